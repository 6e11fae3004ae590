// RUN: tenon-opt %s --convert-kernel-to-vector=level=v4 | FileCheck %s

// CHECK-LABEL: func.func private @pack_0(
// CHECK-SAME:    %[[W:[a-z0-9]+]]: memref<?xf32>, %[[O:[a-z0-9]+]]: memref<?xf32>
// CHECK-SAME:    kernel.grid = [#kernel.grid<<100>, 64>]
// CHECK:       scf.for
// CHECK:         scf.for
// CHECK:           vector.create_mask
// CHECK:           vector.gather %[[W]]
// CHECK:           arith.select
// CHECK:           vector.store %{{.*}}, %[[O]]
func.func private @pack_0(%w: !tenon.tensor<[100, 9] f32>, %o: !tenon.tensor<[1152] f32>)
    -> !tenon.tensor<[1152] f32> {
  %y = kernel.pack [cols n: 100, sum k: 9] (%w[9*n + k]) -> %o[0] {panel = 64 : i64}
      : (!tenon.tensor<[100, 9] f32>) -> !tenon.tensor<[1152] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[1152] f32>
}
