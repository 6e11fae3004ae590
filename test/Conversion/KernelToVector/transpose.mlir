// RUN: tenon-opt %s --convert-kernel-to-vector=level=v3 | FileCheck %s

// A copy that turns a tensor around goes in tiles of 8 x 8 that are turned in registers;
// elements at the edges one by one.
// CHECK-LABEL: func.func private @turn
// CHECK-COUNT-8: vector.load
// CHECK-COUNT-24: vector.shuffle
// CHECK-COUNT-8: vector.store
// CHECK-NOT: vector.shuffle
// CHECK-COUNT-2: memref.store
tenon.size @B from 0 to *

func.func private @turn(%x: !tenon.tensor<[B, 40] f32>, %o: !tenon.tensor<[40, B] f32>) -> !tenon.tensor<[40, B] f32> {
  %y = kernel.rows [rows m: 40, rows n: B] (%x[m + 40*n]) -> %o[B*m + n] : (!tenon.tensor<[B, 40] f32>) -> !tenon.tensor<[40, B] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[40, B] f32>
}

// Along one dimension both lie side by side: vectors run along it.
// CHECK-LABEL: func.func private @no_turn
// CHECK-NOT: vector.shuffle
func.func private @no_turn(%x: !tenon.tensor<[B, 3, 40] f32>, %o: !tenon.tensor<[3, B, 40] f32>) -> !tenon.tensor<[3, B, 40] f32> {
  %y = kernel.rows [rows m: 3, rows n: B, rows k: 40] (%x[40*m + 120*n + k]) -> %o[40*B*m + 40*n + k] : (!tenon.tensor<[B, 3, 40] f32>) -> !tenon.tensor<[3, B, 40] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[3, B, 40] f32>
}
