// RUN: tenon-reference %s --entry real --input 'x=[[1, 2, 4], [0, 0, 0]]' --print \
// RUN:   | FileCheck %s --check-prefix=REAL
// RUN: tenon-reference %s --entry integer --input 'x=[[1, 2, 4], [0, 0, 0]]' --print \
// RUN:   | FileCheck %s --check-prefix=INTEGER

tenon.size @B from 0 to *
tenon.size @N from 0 to *

// REAL{LITERAL}: result0 = [[6, 12, 24], [0, 0, 0]]
func.func @real(%x: !tenon.tensor<[B, N] f32> {tenon.name = "x"}) -> !tenon.tensor<[B, N] f32> {
  %y = tenon.map (%a = %x) : (!tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32> {
    %n = tenon.extent<B*N> : f32
    %s = arith.mulf %a, %n : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[B, N] f32>
}

// INTEGER: result0 = 4
func.func @integer(%x: !tenon.tensor<[B, N] f32> {tenon.name = "x"}) -> !tenon.tensor<[] i32> {
  %y = tenon.map () : () -> !tenon.tensor<[] i32> {
    %n = tenon.extent<N + 1> : i32
    tenon.yield %n : i32
  }
  return %y : !tenon.tensor<[] i32>
}
