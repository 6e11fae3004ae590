// RUN: tenon-opt %s -split-input-file -convert-tenon-to-kernel -canonicalize | FileCheck %s

// All terms fit into one chunk: chunks of 1, 2 terms, 4 elements.
// CHECK-LABEL: func.func @one_chunk
// CHECK: %[[C:.*]] = kernel.rows [rows {{.*}}: 5, rows {{.*}}: 1, rows {{.*}}: 2, rows {{.*}}: 4] (%arg2[{{.*}}]) ->
// CHECK: kernel.contract [rows {{.*}}: B, cols {{.*}}: 5, sum {{.*}}: 1, sum {{.*}}: 2, sum {{.*}}: 4] (%arg0[{{.*}}], %[[C]][{{.*}}], %arg1[{{.*}}])
// CHECK-SAME: prologue {
// CHECK: arith.subf
// CHECK: tenon.yield %{{.*}}, %{{.*}} : f32, f32
func.func @one_chunk(%x: !tenon.tensor<[B, 4] f32>, %knots: !tenon.tensor<[4] f32>, %c: !tenon.tensor<[5, 4, 2] f32>) -> !tenon.tensor<[B, 5] f32> {
  %y = tenon.kan %c (%e = %x, %g = %knots)
      : (!tenon.tensor<[5, 4, 2] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[B, 5] f32> {
    %d = arith.subf %e, %g : f32
    tenon.yield %e, %d : f32, f32
  }
  return %y : !tenon.tensor<[B, 5] f32>
}

// -----

// Chunks of at most 1024 terms and of whole vectors.
// CHECK-LABEL: func.func @chunks
// CHECK: kernel.contract [rows {{.*}}: B, cols {{.*}}: 5, sum {{.*}}: 6, sum {{.*}}: 2, sum {{.*}}: 504]
func.func @chunks(%x: !tenon.tensor<[B, 3024] f32>, %c: !tenon.tensor<[5, 3024, 2] f32>) -> !tenon.tensor<[B, 5] f32> {
  %y = tenon.kan %c (%e = %x) : (!tenon.tensor<[5, 3024, 2] f32>, !tenon.tensor<[B, 3024] f32>) -> !tenon.tensor<[B, 5] f32> {
    tenon.yield %e, %e : f32, f32
  }
  return %y : !tenon.tensor<[B, 5] f32>
}

// -----

// No divisor of 2003 but 1 and itself: all of it, as one sum may have 4096 terms.
// CHECK-LABEL: func.func @prime
// CHECK: kernel.contract [rows {{.*}}: B, cols {{.*}}: 5, sum {{.*}}: 1, sum {{.*}}: 2, sum {{.*}}: 2003]
func.func @prime(%x: !tenon.tensor<[B, 2003] f32>, %c: !tenon.tensor<[5, 2003, 2] f32>) -> !tenon.tensor<[B, 5] f32> {
  %y = tenon.kan %c (%e = %x) : (!tenon.tensor<[5, 2003, 2] f32>, !tenon.tensor<[B, 2003] f32>) -> !tenon.tensor<[B, 5] f32> {
    tenon.yield %e, %e : f32, f32
  }
  return %y : !tenon.tensor<[B, 5] f32>
}
