// RUN: tenon-reference %s --entry rows --input 'x=[[3, 1, 2, 1], [nan, -inf, inf, nan], [0, -0.0, 0, -1]]' --print \
// RUN:   | FileCheck %s --check-prefix=ROWS
// RUN: tenon-reference %s --entry falling --input 'x=[[3, 1, 2, 1], [nan, -inf, inf, nan], [0, -0.0, 0, -1]]' --print \
// RUN:   | FileCheck %s --check-prefix=FALLING
// RUN: tenon-reference %s --entry columns --input 'i=[[1, 5], [-9223372036854775808, 9223372036854775807], [3, 1]]' \
// RUN:   --print | FileCheck %s --check-prefix=COLUMNS
// RUN: tenon-reference %s --entry columns --input 'i=[]' --print | FileCheck %s --check-prefix=EMPTY

tenon.size @N from 0 to *

// NaN is the largest; equal elements stay in their order.
// ROWS{LITERAL}: result0 = [[1, 3, 2, 0], [1, 2, 0, 3], [3, 0, 1, 2]]
func.func @rows(%x: !tenon.tensor<[N, 4] f32> {tenon.name = "x"}) -> !tenon.tensor<[N, 4] i64> {
  %y = tenon.argsort %x axis 1 : !tenon.tensor<[N, 4] f32> -> !tenon.tensor<[N, 4] i64>
  return %y : !tenon.tensor<[N, 4] i64>
}

// FALLING{LITERAL}: result0 = [[0, 2, 1, 3], [0, 3, 2, 1], [0, 1, 2, 3]]
func.func @falling(%x: !tenon.tensor<[N, 4] f32> {tenon.name = "x"}) -> !tenon.tensor<[N, 4] i64> {
  %y = tenon.argsort %x axis 1 descending : !tenon.tensor<[N, 4] f32> -> !tenon.tensor<[N, 4] i64>
  return %y : !tenon.tensor<[N, 4] i64>
}

// COLUMNS{LITERAL}: result0 = [[1, 2], [0, 0], [2, 1]]
// EMPTY: result0 = []
func.func @columns(%i: !tenon.tensor<[N, 2] i64> {tenon.name = "i"}) -> !tenon.tensor<[N, 2] i64> {
  %y = tenon.argsort %i axis 0 : !tenon.tensor<[N, 2] i64> -> !tenon.tensor<[N, 2] i64>
  return %y : !tenon.tensor<[N, 2] i64>
}
