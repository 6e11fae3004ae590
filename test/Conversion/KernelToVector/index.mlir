// RUN: tenon-opt %s --convert-kernel-to-vector=level=v4 | FileCheck %s

tenon.size @N from 0 to *

// CHECK-LABEL: func.func private @index_0(
// CHECK-SAME:    %[[T:[a-z0-9]+]]: memref<?xf32>, %[[I:[a-z0-9]+]]: memref<?xi64>, %[[O:[a-z0-9]+]]: memref<?xf32>
// CHECK-SAME:    %[[ERROR:[^ ]*]]: memref<4xi64>) -> i32
// CHECK-SAME:    kernel.grid = [#kernel.grid<<N>, 1>]
// CHECK:       %[[CODE:.*]] = scf.for {{.*}} iter_args({{.*}}) -> (i32)
// CHECK:         memref.load %[[I]]
// CHECK:         %[[VALID:.*]] = arith.cmpi ult
// CHECK:         scf.if
// CHECK:           vector.load %[[T]]
// CHECK:           vector.store %{{.*}}, %[[O]]
// CHECK:         } else {
// CHECK-COUNT-4:   memref.store %{{.*}}, %[[ERROR]]
// CHECK:         arith.select %[[VALID]]
// CHECK:       return %[[CODE]] : i32
func.func private @index_0(%t: !tenon.tensor<[99, 32] f32>, %i: !tenon.tensor<[N] i64>,
    %o: !tenon.tensor<[N, 32] f32>) -> !tenon.tensor<[N, 32] f32> {
  %y = kernel.index [rows n: N, cols c: 32] (%t[c], %i[n]) -> %o[32*n + c]
      {bound = #tenon.size<99>, stride = #tenon.size<32>}
      : (!tenon.tensor<[99, 32] f32>, !tenon.tensor<[N] i64>) -> !tenon.tensor<[N, 32] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[N, 32] f32>
}
