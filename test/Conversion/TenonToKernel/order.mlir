// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(convert-tenon-to-kernel))' | FileCheck %s

// CHECK-LABEL: func.func @cumsum(
func.func @cumsum(%x: !tenon.tensor<[B, N, 4] f32>) -> !tenon.tensor<[B, N, 4] f32> {
  // CHECK: kernel.scan [batch b0: B, sum k0: N, batch b1: 4] (%arg0[4*N*b0 + b1 + 4*k0]) -> %{{.*}}[4*N*b0 + b1 + 4*k0]
  // CHECK-NEXT: ^bb0(%[[A:.*]]: f32):
  // CHECK-NEXT: tenon.yield %[[A]] : f32
  %y = tenon.cumsum %x axis 1 : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, N, 4] f32>
  return %y : !tenon.tensor<[B, N, 4] f32>
}

// CHECK-LABEL: func.func @argsort_of_a_view(
func.func @argsort_of_a_view(%x: !tenon.tensor<[B, 5] f32>) -> !tenon.tensor<[B, 4] i64> {
  // CHECK: kernel.argsort [sum k0: B, batch b0: 4] (%arg0[b0 + 5*k0 + 1]) -> %{{.*}}[b0 + 4*k0] {descending}
  // CHECK-NEXT: ^bb0(%[[A:.*]]: i64):
  // CHECK-NEXT: tenon.yield %[[A]] : i64
  %v = tenon.slice %x starts [0, 1] steps [1, 1] : !tenon.tensor<[B, 5] f32> -> !tenon.tensor<[B, 4] f32>
  %y = tenon.argsort %v axis 0 descending : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] i64>
  return %y : !tenon.tensor<[B, 4] i64>
}
