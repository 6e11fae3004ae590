// RUN: tenon-opt %s --convert-kernel-to-vector=level=v4 | FileCheck %s

// The windows of 24 rows are laid out in scratch memory, zero outside of the
// source; the product reads them there.

// CHECK-LABEL: func.func private @window_0(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?xf32>, %[[W:[a-z0-9]+]]: memref<?xf32>, %[[O:[a-z0-9]+]]: memref<?xf32>
// CHECK-SAME:    kernel.grid = [#kernel.grid<<25>, 24>], kernel.scratch = #tenon.size<2432>
// CHECK:       %[[WINDOWS:.*]] = memref.view {{.*}} to memref<?xf32>
// CHECK:       arith.cmpi ult, {{.*}} : index
// CHECK:       arith.cmpi ult, {{.*}} : vector<16xindex>
// CHECK:       vector.maskedload %[[X]]
// CHECK:       vector.maskedstore
// CHECK:       vector.load %[[W]]
// CHECK:       vector.fma
// CHECK:       vector.maskedstore %[[O]]
func.func private @window_0(%x: !tenon.tensor<[5, 5] f32>, %w: !tenon.tensor<[576] f32>,
    %o: !tenon.tensor<[5, 5, 8] f32>) -> !tenon.tensor<[5, 5, 8] f32> {
  %y = kernel.window [rows p: 5, rows q: 5, cols f: 8, sum t: 3, sum u: 3]
      (%x[5*p + q + 5*t + u - 6], %w[0]) -> %o[40*p + 8*q + f]
      {bounds = array<i64: 0, 3, 1, 1, 1, 5, 1, 4, 1, 1, 1, 5>, panel = 64 : i64}
      : (!tenon.tensor<[5, 5] f32>, !tenon.tensor<[576] f32>) -> !tenon.tensor<[5, 5, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[5, 5, 8] f32>
}
