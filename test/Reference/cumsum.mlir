// RUN: tenon-reference %s --entry rows --input 'x=[[1, 2, -4], [1, inf, 1]]' --print \
// RUN:   | FileCheck %s --check-prefix=ROWS
// RUN: tenon-reference %s --entry rows --input 'x=[[inf, -inf, 1], [1, nan, 2], [-inf, 5, 6]]' --print \
// RUN:   | FileCheck %s --check-prefix=SPECIAL
// RUN: tenon-reference %s --entry columns --input 'i=[[1, 2147483647], [2, 1], [3, 1]]' --print \
// RUN:   | FileCheck %s --check-prefix=COLUMNS
// RUN: tenon-reference %s --entry columns --input 'i=[]' --print | FileCheck %s --check-prefix=EMPTY

tenon.size @N from 0 to *

// ROWS{LITERAL}: result0 = [[1, 3, -1], [1, inf, inf]]
// SPECIAL{LITERAL}: result0 = [[inf, nan, nan], [1, nan, nan], [-inf, -inf, -inf]]
func.func @rows(%x: !tenon.tensor<[N, 3] f32> {tenon.name = "x"}) -> !tenon.tensor<[N, 3] f32> {
  %y = tenon.cumsum %x axis 1 : !tenon.tensor<[N, 3] f32> -> !tenon.tensor<[N, 3] f32>
  return %y : !tenon.tensor<[N, 3] f32>
}

// Integers wrap around.
// COLUMNS{LITERAL}: result0 = [[1, 2147483647], [3, -2147483648], [6, -2147483647]]
// EMPTY: result0 = []
func.func @columns(%i: !tenon.tensor<[N, 2] i32> {tenon.name = "i"}) -> !tenon.tensor<[N, 2] i32> {
  %y = tenon.cumsum %i axis 0 : !tenon.tensor<[N, 2] i32> -> !tenon.tensor<[N, 2] i32>
  return %y : !tenon.tensor<[N, 2] i32>
}
