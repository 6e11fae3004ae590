// RUN: tenon-reference %s --entry rows --input 'x=[[1, 2], [3, 4], [5, 6]]' --input 't=[[10, 20], [30, 40], [50, 60]]' \
// RUN:   --input 'i=[2, -1, 3]' --print | FileCheck %s --check-prefix=ROWS
// RUN: tenon-reference %s --entry rows --input 'x=[]' --input 't=[[10, 20], [30, 40], [50, 60]]' --input 'i=[]' --print \
// RUN:   | FileCheck %s --check-prefix=EMPTY

tenon.size @B from 0 to *

// Ids out of range replace nothing.
// ROWS{LITERAL}: result0 = [[10, 20], [30, 40], [1, 2]]
// EMPTY{LITERAL}: result0 = [[10, 20], [30, 40], [50, 60]]
func.func @rows(%x: !tenon.tensor<[B, 2] f32> {tenon.name = "x"}, %t: !tenon.tensor<[3, 2] f32> {tenon.name = "t"},
    %i: !tenon.tensor<[B] i64> {tenon.name = "i"}) -> !tenon.tensor<[3, 2] f32> {
  %y = tenon.put %x into %t[%i] : !tenon.tensor<[B, 2] f32>, !tenon.tensor<[3, 2] f32>, !tenon.tensor<[B] i64> -> !tenon.tensor<[3, 2] f32>
  return %y : !tenon.tensor<[3, 2] f32>
}
