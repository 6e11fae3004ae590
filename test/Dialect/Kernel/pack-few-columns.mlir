// RUN: tenon-opt %s --kernel-pack-operands="panel=64 vector=16" | FileCheck %s

// Few columns have a panel of as few vectors as hold them.
// CHECK-LABEL: func.func @few_columns
// CHECK: kernel.pack [cols n0: 6, sum k0: 40*B] (%{{.*}}[6*k0 + n0]) -> %{{.*}}[0] {panel = 16 : i64}
// CHECK: kernel.contract
// CHECK-SAME: {panel = 16 : i64}
// CHECK: kernel.pack [cols n0: 65, sum k0: 40*B]
// CHECK-SAME: {panel = 64 : i64}
func.func @few_columns(%x: !tenon.tensor<[8, B, 40] f32>, %y: !tenon.tensor<[B, 40, 6] f32>, %z: !tenon.tensor<[B, 40, 65] f32>) -> (!tenon.tensor<[8, 6] f32>, !tenon.tensor<[8, 65] f32>) {
  %0 = kernel.empty : !tenon.tensor<[8, 6] f32>
  %a = kernel.contract [rows m0: 8, cols n0: 6, sum k0: 40*B] (%x[40*B*m0 + k0], %y[6*k0 + n0]) -> %0[6*m0 + n0] : (!tenon.tensor<[8, B, 40] f32>, !tenon.tensor<[B, 40, 6] f32>) -> !tenon.tensor<[8, 6] f32> {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  %1 = kernel.empty : !tenon.tensor<[8, 65] f32>
  %b = kernel.contract [rows m0: 8, cols n0: 65, sum k0: 40*B] (%x[40*B*m0 + k0], %z[65*k0 + n0]) -> %1[65*m0 + n0] : (!tenon.tensor<[8, B, 40] f32>, !tenon.tensor<[B, 40, 65] f32>) -> !tenon.tensor<[8, 65] f32> {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  return %a, %b : !tenon.tensor<[8, 6] f32>, !tenon.tensor<[8, 65] f32>
}
