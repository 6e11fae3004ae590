// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(convert-tenon-to-kernel))' | FileCheck %s

// CHECK-LABEL: func.func @map(
func.func @map(%x: !tenon.tensor<[B, N, 4] f32>)
    -> !tenon.tensor<[B, N, 4] f32> {
  // CHECK-NEXT: %[[O:.*]] = kernel.empty : <[B, N, 4] f32>
  // CHECK-NEXT: %[[Y:.*]] = kernel.rows [rows m0: B, rows m1: N, rows m2: 4] (%arg0[4*N*m0 + 4*m1 + m2]) -> %[[O]][4*N*m0 + 4*m1 + m2]
  // CHECK-NEXT: ^bb0(%[[E:.*]]: f32):
  // CHECK-NEXT: %[[U:.*]] = math.tanh %[[E]] : f32
  // CHECK-NEXT: tenon.yield %[[U]] : f32
  // CHECK: return %[[Y]]
  %y = tenon.map (%a = %x) : (!tenon.tensor<[B, N, 4] f32>) -> !tenon.tensor<[B, N, 4] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, N, 4] f32>
}

// A repeated axis has no coefficient.
// CHECK-LABEL: func.func @map_repeats_operands(
func.func @map_repeats_operands(%x: !tenon.tensor<[B, N, 4] f32>, %b: !tenon.tensor<[4] f32>, %r: !tenon.tensor<[B, 1, 1] f32>)
    -> !tenon.tensor<[B, N, 4] f32> {
  // CHECK: kernel.rows {{.*}} (%arg0[4*N*m0 + 4*m1 + m2], %arg1[m2], %arg2[m0]) -> %{{.*}}[4*N*m0 + 4*m1 + m2]
  %y = tenon.map (%a = %x, %b1 = %b, %c = %r) : (!tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[4] f32>, !tenon.tensor<[B, 1, 1] f32>) -> !tenon.tensor<[B, N, 4] f32> {
    %u = arith.addf %a, %b1 : f32
    %v = arith.addf %u, %c : f32
    tenon.yield %v : f32
  }
  return %y : !tenon.tensor<[B, N, 4] f32>
}

// CHECK-LABEL: func.func @map_of_rank_0(
func.func @map_of_rank_0(%x: !tenon.tensor<[] f32>)
    -> !tenon.tensor<[] f32> {
  // CHECK: kernel.rows [] (%arg0[0]) -> %{{.*}}[0]
  %y = tenon.map (%a = %x) : (!tenon.tensor<[] f32>) -> !tenon.tensor<[] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[] f32>
}

// CHECK-LABEL: func.func @map_without_operands(
func.func @map_without_operands()
    -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.rows [rows m0: B] () -> %{{.*}}[m0]
  // CHECK-NEXT: tenon.extent <B> : f32
  %y = tenon.map () : () -> !tenon.tensor<[B] f32> {
    %n = tenon.extent <B> : f32
    tenon.yield %n : f32
  }
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @constant(
func.func @constant()
    -> !tenon.tensor<[B, 4] i64> {
  // CHECK: kernel.rows [rows m0: B, rows m1: 4] () -> %{{.*}}[4*m0 + m1]
  // CHECK-NEXT: %[[C:.*]] = arith.constant 7 : i64
  // CHECK-NEXT: tenon.yield %[[C]] : i64
  %y = tenon.constant 7 : i64 -> !tenon.tensor<[B, 4] i64>
  return %y : !tenon.tensor<[B, 4] i64>
}

// CHECK-LABEL: func.func @reduce_sum(
func.func @reduce_sum(%x: !tenon.tensor<[B, N, 4] f32>)
    -> !tenon.tensor<[B, 4] f32> {
  // CHECK: kernel.rows [rows m0: B, sum k0: N, rows m1: 4] (%arg0[4*N*m0 + 4*k0 + m1]) -> %{{.*}}[4*m0 + m1]
  // CHECK-NEXT: ^bb0(%[[E:.*]]: f32):
  // CHECK-NEXT: %[[R:.*]] = kernel.reduce sum %[[E]] : f32
  // CHECK-NEXT: tenon.yield %[[R]]
  %y = tenon.reduce sum %x over [1] : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return %y : !tenon.tensor<[B, 4] f32>
}

// CHECK-LABEL: func.func @reduce_max(
func.func @reduce_max(%x: !tenon.tensor<[B, N, 4] f32>)
    -> !tenon.tensor<[B, 4] f32> {
  // CHECK: kernel.rows [rows m0: B, sum k0: N, rows m1: 4] (%arg0[4*N*m0 + 4*k0 + m1]) -> %{{.*}}[4*m0 + m1]
  // CHECK-NEXT: ^bb0(%[[E:.*]]: f32):
  // CHECK-NEXT: %[[R:.*]] = kernel.reduce max %[[E]] : f32
  // CHECK-NEXT: tenon.yield %[[R]]
  %y = tenon.reduce max %x over [1] : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return %y : !tenon.tensor<[B, 4] f32>
}

// CHECK-LABEL: func.func @reduce_min(
func.func @reduce_min(%x: !tenon.tensor<[B, N, 4] f32>)
    -> !tenon.tensor<[B, 4] f32> {
  // CHECK: kernel.rows [rows m0: B, sum k0: N, rows m1: 4] (%arg0[4*N*m0 + 4*k0 + m1]) -> %{{.*}}[4*m0 + m1]
  // CHECK-NEXT: ^bb0(%[[E:.*]]: f32):
  // CHECK-NEXT: %[[R:.*]] = kernel.reduce min %[[E]] : f32
  // CHECK-NEXT: tenon.yield %[[R]]
  %y = tenon.reduce min %x over [1] : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return %y : !tenon.tensor<[B, 4] f32>
}

// CHECK-LABEL: func.func @reduce_prod(
func.func @reduce_prod(%x: !tenon.tensor<[B, N, 4] f32>)
    -> !tenon.tensor<[B, 4] f32> {
  // CHECK: kernel.rows [rows m0: B, sum k0: N, rows m1: 4] (%arg0[4*N*m0 + 4*k0 + m1]) -> %{{.*}}[4*m0 + m1]
  // CHECK-NEXT: ^bb0(%[[E:.*]]: f32):
  // CHECK-NEXT: %[[R:.*]] = kernel.reduce prod %[[E]] : f32
  // CHECK-NEXT: tenon.yield %[[R]]
  %y = tenon.reduce prod %x over [1] : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return %y : !tenon.tensor<[B, 4] f32>
}

// The sum divided by the number of elements.
// CHECK-LABEL: func.func @reduce_mean(
func.func @reduce_mean(%x: !tenon.tensor<[B, N, 4] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.rows [rows m0: B, sum k0: N, sum k1: 4] {{.*}} -> %{{.*}}[m0]
  // CHECK: %[[S:.*]] = kernel.reduce sum
  // CHECK-NEXT: %[[N:.*]] = tenon.extent <4*N> : f32
  // CHECK-NEXT: arith.divf %[[S]], %[[N]] : f32
  %y = tenon.reduce mean %x over [1, 2] : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B] f32>
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @reduce_over_no_axis(
func.func @reduce_over_no_axis(%x: !tenon.tensor<[B] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.rows [rows m0: B] (%arg0[m0]) -> %{{.*}}[m0]
  // CHECK: kernel.reduce sum
  %y = tenon.reduce sum %x over [] : !tenon.tensor<[B] f32> -> !tenon.tensor<[B] f32>
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @gather(
func.func @gather(%t: !tenon.tensor<[10, 4] f32>, %i: !tenon.tensor<[B, N] i64>)
    -> !tenon.tensor<[B, N, 4] f32> {
  // CHECK: kernel.index [rows m0: B, rows m1: N, cols n0: 4] (%arg0[n0], %arg1[N*m0 + m1]) -> %{{.*}}[4*N*m0 + 4*m1 + n0]
  // CHECK-SAME: {bound = #tenon.size<10>, stride = #tenon.size<4>}
  %y = tenon.gather %t[%i] axis 0 : !tenon.tensor<[10, 4] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[B, N, 4] f32>
  return %y : !tenon.tensor<[B, N, 4] f32>
}

// CHECK-LABEL: func.func @gather_inner_axis(
func.func @gather_inner_axis(%t: !tenon.tensor<[2, 10, 4] f32>, %i: !tenon.tensor<[B] i32>)
    -> !tenon.tensor<[2, B, 4] f32> {
  // CHECK: kernel.index [rows m0: 2, rows m1: B, cols n0: 4] (%arg0[40*m0 + n0], %arg1[m1]) -> %{{.*}}[4*B*m0 + 4*m1 + n0]
  %y = tenon.gather %t[%i] axis 1 : !tenon.tensor<[2, 10, 4] f32>, !tenon.tensor<[B] i32> -> !tenon.tensor<[2, B, 4] f32>
  return %y : !tenon.tensor<[2, B, 4] f32>
}

// CHECK-LABEL: func.func @gather_columns_of_a_view(
func.func @gather_columns_of_a_view(%t: !tenon.tensor<[4, 10] f32>, %i: !tenon.tensor<[B] i64>)
    -> !tenon.tensor<[4, B] f32> {
  // CHECK: kernel.index [rows m0: 4, rows m1: B] (%arg0[10*m0 + 1], %arg1[m1])
  // CHECK-SAME: {bound = #tenon.size<9>, stride = #tenon.size<1>}
  %v = tenon.slice %t starts [0, 1] steps [1, 1] : !tenon.tensor<[4, 10] f32> -> !tenon.tensor<[4, 9] f32>
  %y = tenon.gather %v[%i] axis 1 : !tenon.tensor<[4, 9] f32>, !tenon.tensor<[B] i64> -> !tenon.tensor<[4, B] f32>
  return %y : !tenon.tensor<[4, B] f32>
}

// Along shared axes both walk together.
// CHECK-LABEL: func.func @gather_own_rows(
func.func @gather_own_rows(%x: !tenon.tensor<[B, 3, 10] f32>, %i: !tenon.tensor<[B, N] i64>)
    -> !tenon.tensor<[B, 3, N] f32> {
  // CHECK: kernel.index [rows m0: B, rows m1: 3, rows m2: N] (%arg0[30*m0 + 10*m1], %arg1[N*m0 + m2]) -> %{{.*}}[3*N*m0 + N*m1 + m2]
  // CHECK-SAME: {bound = #tenon.size<10>, stride = #tenon.size<1>}
  %y = tenon.gather %x[%i] axis 2 shared 1 : !tenon.tensor<[B, 3, 10] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[B, 3, N] f32>
  return %y : !tenon.tensor<[B, 3, N] f32>
}
