// RUN: tenon-reference %s --entry both --input 'x=[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]' --input 'y=[10, 100]' \
// RUN:   --print | FileCheck %s --check-prefix=BOTH
// RUN: tenon-reference %s --entry both --input 'x=[]' --input 'y=[10, 100]' --print | FileCheck %s --check-prefix=EMPTY
// RUN: tenon-opt %s --tenon-decompose-blocks | FileCheck %s --check-prefix=PARTS

tenon.size @B from 0 to *

// The products of row 0 are 10 + 200 + 50 + 600, those of row 1 30 + 400 + 70 + 800.
// BOTH{LITERAL}: result0 = [[860, 14], [1300, 22]]
// EMPTY{LITERAL}: result0 = [[0, 0], [0, 0]]
// PARTS-COUNT-2: tenon.reduce sum
// PARTS: tenon.concat
func.func @both(%x: !tenon.tensor<[B, 2, 2] f32> {tenon.name = "x"}, %y: !tenon.tensor<[2] f32> {tenon.name = "y"})
    -> !tenon.tensor<[2, 2] f32> {
  %s = tenon.sums over [0, 2] (%a = %x, %b = %y) : (!tenon.tensor<[B, 2, 2] f32>, !tenon.tensor<[2] f32>) -> !tenon.tensor<[2, 2] f32> {
    %p = arith.mulf %a, %b : f32
    tenon.yield %p, %a : f32, f32
  }
  return %s : !tenon.tensor<[2, 2] f32>
}
