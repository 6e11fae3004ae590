// RUN: tenon-reference %s --entry new --input 'x=[1, 2]' --input 'n=[0, 0, 0]' --print \
// RUN:   | FileCheck %s --check-prefix=NEW
// RUN: tenon-reference %s --entry unit --input 'x=[[1], [2]]' --input 'n=[0, 0, 0]' --print \
// RUN:   | FileCheck %s --check-prefix=UNIT
// RUN: tenon-reference %s --entry unit --input 'x=[[1], [2]]' --input 'n=[]' --print \
// RUN:   | FileCheck %s --check-prefix=EMPTY

tenon.size @N from 0 to *

// NEW{LITERAL}: result0 = [[[1, 2]], [[1, 2]], [[1, 2]]]
func.func @new(%x: !tenon.tensor<[2] f32> {tenon.name = "x"}, %n: !tenon.tensor<[N] f32> {tenon.name = "n"})
    -> !tenon.tensor<[N, 1, 2] f32> {
  %y = tenon.broadcast %x along [2] : !tenon.tensor<[2] f32> -> !tenon.tensor<[N, 1, 2] f32>
  return %y : !tenon.tensor<[N, 1, 2] f32>
}

// UNIT{LITERAL}: result0 = [[1, 1, 1], [2, 2, 2]]
// EMPTY{LITERAL}: result0 = [[], []]
func.func @unit(%x: !tenon.tensor<[2, 1] f32> {tenon.name = "x"}, %n: !tenon.tensor<[N] f32> {tenon.name = "n"})
    -> !tenon.tensor<[2, N] f32> {
  %y = tenon.broadcast %x along [0, 1] : !tenon.tensor<[2, 1] f32> -> !tenon.tensor<[2, N] f32>
  return %y : !tenon.tensor<[2, N] f32>
}
