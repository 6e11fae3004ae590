// RUN: tenon-reference %s --entry rows --input 'x=[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]' \
// RUN:   --input 'i=[[2, 0], [2, 2]]' --print | FileCheck %s --check-prefix=ROWS
// RUN: tenon-reference %s --entry rows --input 'x=[]' --input 'i=[]' --print | FileCheck %s --check-prefix=EMPTY
// RUN: not tenon-reference %s --entry rows --input 'x=[[[1, 2], [3, 4]]]' --input 'i=[[0, 3]]' 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ABOVE
// RUN: tenon-reference %s --entry own --input 'x=[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]' \
// RUN:   --input 'i=[[2, 0], [1, 1]]' --print | FileCheck %s --check-prefix=OWN

tenon.size @B from 0 to *
tenon.size @N from 0 to *

// ROWS{LITERAL}: result0 = [[3, 4], [0, 0], [13, 16]]
// EMPTY{LITERAL}: result0 = [[0, 0], [0, 0], [0, 0]]
// ABOVE: error: index 3 at [0, 1] is out of range; expected 0..2
func.func @rows(%x: !tenon.tensor<[B, 2, 2] f32> {tenon.name = "x"}, %i: !tenon.tensor<[B, 2] i64> {tenon.name = "i"})
    -> !tenon.tensor<[3, 2] f32> {
  %y = tenon.scatter_add %x[%i] axis 0 : !tenon.tensor<[B, 2, 2] f32>, !tenon.tensor<[B, 2] i64> -> !tenon.tensor<[3, 2] f32>
  return %y : !tenon.tensor<[3, 2] f32>
}

// Sample b adds to its own rows.
// OWN{LITERAL}: result0 = [[[2, 0, 1], [4, 0, 3]], [[0, 11, 0], [0, 15, 0]]]
func.func @own(%x: !tenon.tensor<[B, 2, 2] f32> {tenon.name = "x"}, %i: !tenon.tensor<[B, 2] i64> {tenon.name = "i"})
    -> !tenon.tensor<[B, 2, 3] f32> {
  %y = tenon.scatter_add %x[%i] axis 2 shared 1 : !tenon.tensor<[B, 2, 2] f32>, !tenon.tensor<[B, 2] i64> -> !tenon.tensor<[B, 2, 3] f32>
  return %y : !tenon.tensor<[B, 2, 3] f32>
}
