// RUN: tenon-opt %s --convert-kernel-to-vector=level=v4 | FileCheck %s

tenon.size @B from 0 to *
tenon.size @N from 0 to *

// A line is a task; its sum so far is handed on, also to the map behind it.
// CHECK-LABEL: func.func private @scan_0(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?xf32>, %[[O:[a-z0-9]+]]: memref<?xf32>
// CHECK-SAME:    kernel.grid = [#kernel.grid<<B>, 1>]
// CHECK:       scf.for {{.*}} iter_args(%[[BEFORE:.*]] = %{{.*}}) -> (f32)
// CHECK:         %[[E:.*]] = memref.load %[[X]]
// CHECK:         %[[SUM:.*]] = arith.addf %[[BEFORE]], %[[E]] : f32
// CHECK:         %[[NEGATIVE:.*]] = arith.negf %[[SUM]] : f32
// CHECK:         memref.store %[[NEGATIVE]], %[[O]]
// CHECK:         scf.yield %[[SUM]] : f32
func.func private @scan_0(%x: !tenon.tensor<[B, N] f32>, %o: !tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32> {
  %y = kernel.scan [batch b: B, sum k: N] (%x[N*b + k]) -> %o[N*b + k]
      : (!tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32> {
  ^bb0(%e: f32):
    %n = arith.negf %e : f32
    tenon.yield %n : f32
  }
  return %y : !tenon.tensor<[B, N] f32>
}

// Lines whose elements lie side by side share vectors.
// CHECK-LABEL: func.func private @scan_1(
// CHECK-SAME:    kernel.grid = [#kernel.grid<<B>, 1>, #kernel.grid<<40>, 16>]
// CHECK:       scf.for {{.*}} iter_args(%[[BEFORE:.*]] = %{{.*}}) -> (vector<16xi32>)
// CHECK:         %[[E:.*]] = vector.maskedload
// CHECK:         arith.addi %[[BEFORE]], %[[E]] : vector<16xi32>
// CHECK:         vector.maskedstore
func.func private @scan_1(%x: !tenon.tensor<[B, N, 40] i32>, %o: !tenon.tensor<[B, N, 40] i32>) -> !tenon.tensor<[B, N, 40] i32> {
  %y = kernel.scan [batch b: B, sum k: N, batch c: 40] (%x[40*N*b + 40*k + c]) -> %o[40*N*b + 40*k + c]
      : (!tenon.tensor<[B, N, 40] i32>) -> !tenon.tensor<[B, N, 40] i32> {
  ^bb0(%e: i32):
    tenon.yield %e : i32
  }
  return %y : !tenon.tensor<[B, N, 40] i32>
}
