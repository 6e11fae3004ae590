// RUN: tenon-opt %s --convert-kernel-to-vector=level=v4 | FileCheck %s

tenon.size @B from 0 to *

// Rows of contiguous elements: vectors run along the row, two sweeps reduce,
// with four accumulators, and one stores. What is the same for a row is scalar;
// exponentials wait in scratch memory, so that they are computed once. Meanwhile
// rows to come are asked for.

// CHECK-LABEL: func.func private @rows_0(
// CHECK-SAME:    kernel.grid = [#kernel.grid<<B>, 4>], kernel.scratch = #tenon.size<512>
// CHECK-NOT:   alloc
// CHECK:       %[[MAX:.*]]:4 = scf.for {{.*}} iter_args
// CHECK:         arith.maximumf {{.*}} : vector<16xf32>
// CHECK:       vector.constant_mask [4] : vector<16xi1>
// CHECK:       vector.maskedload
// CHECK:       arith.select
// CHECK:       %[[ROWMAX:.*]] = vector.extract %{{.*}}[0] : f32 from vector<1xf32>
// CHECK:       vector.broadcast %[[ROWMAX]] : f32 to vector<32xf32>
// CHECK-NOT:   math.exp
// CHECK-COUNT-2: memref.prefetch %arg0
// CHECK-COUNT-2: memref.prefetch %arg1
// CHECK:       arith.shli {{.*}} : vector<32xi32>
// CHECK:       %[[EXP:.*]] = arith.select {{.*}} : vector<32xi1>, vector<32xf32>
// CHECK:       vector.store %[[EXP]], %[[SAVED:[^\[]*]][
// CHECK:       vector.extract_strided_slice
// CHECK-NOT:   math.exp
// CHECK:       vector.load %[[SAVED]][
// CHECK:       vector.maskedstore
func.func private @rows_0(%x: !tenon.tensor<[B, 100] f32>, %o: !tenon.tensor<[B, 100] f32>)
    -> !tenon.tensor<[B, 100] f32> {
  %y = kernel.rows [rows m: B, sum k: 100] (%x[100*m + k]) -> %o[100*m + k]
      : (!tenon.tensor<[B, 100] f32>) -> !tenon.tensor<[B, 100] f32> {
  ^bb0(%e: f32):
    %max = kernel.reduce max %e : f32
    %d = arith.subf %e, %max : f32
    %p = math.exp %d : f32
    %sum = kernel.reduce sum %p : f32
    %r = arith.divf %p, %sum : f32
    tenon.yield %r : f32
  }
  return %y : !tenon.tensor<[B, 100] f32>
}

// Sums along an outer dimension: each lane is a row of its own.

// CHECK-LABEL: func.func private @rows_1(
// CHECK-SAME:    #kernel.grid<<B>, 4>, #kernel.grid<<32>, 64>
// CHECK:       scf.for {{.*}} iter_args(%{{.*}} = %{{.*}}) -> (vector<16xf32>)
// CHECK:         vector.load
// CHECK:         arith.addf
// CHECK-NOT:   vector.extract
// CHECK:       vector.store
func.func private @rows_1(%x: !tenon.tensor<[B, 7, 32] f32>, %o: !tenon.tensor<[B, 32] f32>)
    -> !tenon.tensor<[B, 32] f32> {
  %y = kernel.rows [rows m: B, rows n: 32, sum k: 7] (%x[224*m + 32*k + n]) -> %o[32*m + n]
      : (!tenon.tensor<[B, 7, 32] f32>) -> !tenon.tensor<[B, 32] f32> {
  ^bb0(%e: f32):
    %sum = kernel.reduce sum %e : f32
    tenon.yield %sum : f32
  }
  return %y : !tenon.tensor<[B, 32] f32>
}

// A permutation: contiguous stores, gathered loads. Booleans are bytes.

// CHECK-LABEL: func.func private @rows_2(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?xf32>, %[[K:[a-z0-9]+]]: memref<?xi8>, %[[O:[a-z0-9]+]]: memref<?xf32>
// CHECK:       %[[BYTES:.*]] = vector.load %[[K]]{{.*}} vector<16xi8>
// CHECK:       arith.cmpi ne, %[[BYTES]]
// CHECK:       vector.gather %[[X]]
// CHECK:       arith.select
// CHECK:       vector.store %{{.*}}, %[[O]]
func.func private @rows_2(%x: !tenon.tensor<[16, 32] f32>, %k: !tenon.tensor<[16] i1>,
    %o: !tenon.tensor<[32, 16] f32>) -> !tenon.tensor<[32, 16] f32> {
  %y = kernel.rows [rows m: 16, rows n: 32] (%x[32*m + n], %k[m]) -> %o[16*n + m]
      : (!tenon.tensor<[16, 32] f32>, !tenon.tensor<[16] i1>) -> !tenon.tensor<[32, 16] f32> {
  ^bb0(%e: f32, %keep: i1):
    %zero = arith.constant 0.0 : f32
    %r = arith.select %keep, %e, %zero : f32
    tenon.yield %r : f32
  }
  return %y : !tenon.tensor<[32, 16] f32>
}
