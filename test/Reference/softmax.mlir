// RUN: tenon-reference %s --entry rows --input 'x=[[1, 2, 3], [0, 0, 1000]]' --print \
// RUN:   | FileCheck %s --check-prefix=ROWS
// RUN: tenon-reference %s --entry columns --input 'x=[[1, 2, 3], [0, 0, 1000]]' --print \
// RUN:   | FileCheck %s --check-prefix=COLUMNS
// RUN: tenon-reference %s --entry rows \
// RUN:   --input 'x=[[-inf, -inf, -inf], [0, inf, 0], [0, nan, 0], [0, -inf, 0]]' --print \
// RUN:   | FileCheck %s --check-prefix=SPECIAL
// RUN: tenon-reference %s --entry columns --input 'x=[]' --print | FileCheck %s --check-prefix=EMPTY

tenon.size @N from 0 to *

// ROWS{LITERAL}: result0 = [[0.0900305732, 0.244728471, 0.665240956], [0, 0, 1]]
// As the formula says: NaN without a finite maximum.
// SPECIAL{LITERAL}: result0 = [[nan, nan, nan], [nan, nan, nan], [nan, nan, nan], [0.5, 0, 0.5]]
func.func @rows(%x: !tenon.tensor<[N, 3] f32> {tenon.name = "x"}) -> !tenon.tensor<[N, 3] f32> {
  %y = tenon.softmax %x axis 1 : !tenon.tensor<[N, 3] f32> -> !tenon.tensor<[N, 3] f32>
  return %y : !tenon.tensor<[N, 3] f32>
}

// COLUMNS{LITERAL}: result0 = [[0.731058579, 0.880797078, 0], [0.268941421, 0.119202922, 1]]
// EMPTY: result0 = []
func.func @columns(%x: !tenon.tensor<[N, 3] f32> {tenon.name = "x"}) -> !tenon.tensor<[N, 3] f32> {
  %y = tenon.softmax %x axis 0 : !tenon.tensor<[N, 3] f32> -> !tenon.tensor<[N, 3] f32>
  return %y : !tenon.tensor<[N, 3] f32>
}
