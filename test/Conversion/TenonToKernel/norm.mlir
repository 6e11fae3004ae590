// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(convert-tenon-to-kernel))' | FileCheck %s

// CHECK-LABEL: func.func @normalize(
func.func @normalize(%x: !tenon.tensor<[B, N, 4] f32>)
    -> !tenon.tensor<[B, N, 4] f32> {
  // CHECK: kernel.rows [rows m0: B, sum k0: N, sum k1: 4] (%arg0[4*N*m0 + 4*k0 + k1]) -> %{{.*}}[4*N*m0 + 4*k0 + k1]
  // CHECK-NEXT: ^bb0(%[[X:.*]]: f32):
  // CHECK-NEXT: %[[N:.*]] = tenon.extent <4*N> : f32
  // CHECK-NEXT: %[[S:.*]] = kernel.reduce sum %[[X]] : f32
  // CHECK-NEXT: %[[MEAN:.*]] = arith.divf %[[S]], %[[N]] : f32
  // CHECK-NEXT: %[[C:.*]] = arith.subf %[[X]], %[[MEAN]] : f32
  // CHECK-NEXT: %[[SQUARE:.*]] = arith.mulf %[[C]], %[[C]] : f32
  // CHECK-NEXT: %[[T:.*]] = kernel.reduce sum %[[SQUARE]] : f32
  // CHECK-NEXT: %[[VAR:.*]] = arith.divf %[[T]], %[[N]] : f32
  // CHECK: %[[EPS:.*]] = arith.constant 2.500000e-01 : f32
  // CHECK: arith.addf %[[VAR]], %[[EPS]] : f32
  // CHECK: math.sqrt
  %y = tenon.normalize %x over [1, 2] eps 0.25 : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, N, 4] f32>
  return %y : !tenon.tensor<[B, N, 4] f32>
}

// CHECK-LABEL: func.func @normalize_outer_axis(
func.func @normalize_outer_axis(%x: !tenon.tensor<[B, N, 4] f32>)
    -> !tenon.tensor<[B, N, 4] f32> {
  // CHECK: kernel.rows [sum k0: B, rows m0: N, rows m1: 4] (%arg0[4*N*k0 + 4*m0 + m1])
  // CHECK: tenon.extent <B> : f32
  %y = tenon.normalize %x over [0] eps 0.25 : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, N, 4] f32>
  return %y : !tenon.tensor<[B, N, 4] f32>
}
