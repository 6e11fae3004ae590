// RUN: tenon-opt %s --convert-kernel-to-vector=level=v4 | FileCheck %s

tenon.size @B from 0 to *
tenon.size @N from 0 to *

// Keys and places, two halves each, take 32 bytes per element. Rounds stop when a run
// is the line.
// CHECK-LABEL: func.func private @argsort_0(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?xf32>, %[[O:[a-z0-9]+]]: memref<?xi64>
// CHECK-SAME:    kernel.grid = [#kernel.grid<<B>, 1>]
// CHECK-SAME:    kernel.scratch = #tenon.size<32*N>
// CHECK:       scf.for
// CHECK:         memref.load %[[X]]
// CHECK:         arith.bitcast
// CHECK:         arith.cmpf uno
// CHECK:         scf.for {{.*}} iter_args(%[[WIDTH:.*]] = %{{.*}}, %[[FROM:.*]] = %{{.*}}) -> (index, index)
// CHECK:           arith.cmpi sge, %[[WIDTH]]
// CHECK:           scf.if
// CHECK:             scf.for
// CHECK:               scf.for {{.*}} iter_args({{.*}}) -> (index, index)
// CHECK:                 arith.cmpi sle
// CHECK:         memref.store %{{.*}}, %[[O]]
func.func private @argsort_0(%x: !tenon.tensor<[B, N] f32>, %o: !tenon.tensor<[B, N] i64>) -> !tenon.tensor<[B, N] i64> {
  %y = kernel.argsort [batch b: B, sum k: N] (%x[N*b + k]) -> %o[N*b + k]
      : (!tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] i64> {
  ^bb0(%e: i64):
    tenon.yield %e : i64
  }
  return %y : !tenon.tensor<[B, N] i64>
}
