// RUN: tenon-reference %s --entry heads --input 'x=[[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]' --print \
// RUN:   | FileCheck %s --check-prefix=HEADS
// RUN: tenon-reference %s --entry heads --input 'x=[]' --print | FileCheck %s --check-prefix=EMPTY
// RUN: tenon-reference %s --entry merge --input 'x=[[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]' --print \
// RUN:   | FileCheck %s --check-prefix=MERGE
// RUN: tenon-reference %s --entry units --input 'x=[[1, 2]]' --print | FileCheck %s --check-prefix=UNITS

tenon.size @N from 0 to *

// Splits the last axis and moves a factor to the front.
// HEADS{LITERAL}: result0 = [[[0, 1], [6, 7]], [[2, 3], [8, 9]], [[4, 5], [10, 11]]]
// EMPTY{LITERAL}: result0 = [[], [], []]
func.func @heads(%x: !tenon.tensor<[N, 6] f32> {tenon.name = "x"}) -> !tenon.tensor<[3, N, 2] f32> {
  %y = tenon.rearrange %x[a: N, (b: 3, c: 2)] -> [b, a, c] : !tenon.tensor<[N, 6] f32> -> !tenon.tensor<[3, N, 2] f32>
  return %y : !tenon.tensor<[3, N, 2] f32>
}

// MERGE: result0 = [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]
func.func @merge(%x: !tenon.tensor<[N, 6] f32> {tenon.name = "x"}) -> !tenon.tensor<[6*N] f32> {
  %y = tenon.rearrange %x[a: N, (b: 3, c: 2)] -> [(c, a, b)] : !tenon.tensor<[N, 6] f32> -> !tenon.tensor<[6*N] f32>
  return %y : !tenon.tensor<[6*N] f32>
}

// Axes of size 1 come and go.
// UNITS{LITERAL}: result0 = [[1], [2]]
func.func @units(%x: !tenon.tensor<[1, 2] i64> {tenon.name = "x"}) -> !tenon.tensor<[2, 1] i64> {
  %y = tenon.rearrange %x[(), a: 2] -> [a, ()] : !tenon.tensor<[1, 2] i64> -> !tenon.tensor<[2, 1] i64>
  return %y : !tenon.tensor<[2, 1] i64>
}
