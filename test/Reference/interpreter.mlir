// RUN: tenon-reference %s --input 'x=[[1, 2]]' --print | FileCheck %s --check-prefix=DEFAULT
// RUN: tenon-reference %s --input 'x=[[1, 2]]' --input 'bias=[5]' --print | FileCheck %s --check-prefix=GIVEN
// RUN: tenon-reference %s --entry second --input 'arg0=[1, 2, 3]' --print \
// RUN:   | FileCheck %s --check-prefix=SECOND
// RUN: not tenon-reference %s --print 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not tenon-reference %s --entry third 2>&1 | FileCheck %s --check-prefix=ENTRY
// RUN: not tenon-reference %s --input 'y=1' 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not tenon-reference %s --input 'x=[1]' 2>&1 | FileCheck %s --check-prefix=RANK
// RUN: not tenon-reference %s --input 'x=[[1, 2, 3]]' 2>&1 | FileCheck %s --check-prefix=FIXED
// RUN: not tenon-reference %s --input 'x=[[1, 2]]' --input 'bias=[1, 2]' \
// RUN:   2>&1 | FileCheck %s --check-prefix=SYMBOL
// RUN: not tenon-reference %s --input 'x=[[1, 2], [1, 2], [1, 2], [1, 2]]' \
// RUN:   2>&1 | FileCheck %s --check-prefix=BOUND
// RUN: not tenon-reference %s --entry second --input 'arg0=[1, 2, 3, 4]' \
// RUN:   2>&1 | FileCheck %s --check-prefix=EXPRESSION

tenon.size @B from 0 to 3
tenon.size @N from 0 to *

// An input that is left out has its default everywhere.
// DEFAULT{LITERAL}: sum = [[3.5, 4.5]]
// GIVEN{LITERAL}: sum = [[6, 7]]
// MISSING: error: input 'x' is missing
// NAME: y: error: no such name in the entry
// RANK: error: input 'x' has rank 1; expected '!tenon.tensor<[B, 2] f32>'
// FIXED: error: axis 1 of input 'x' is 3; expected 2 = 2
// SYMBOL: error: axis 0 of input 'bias' is 2; expected B = 1
// BOUND: error: size 'B' is 4, out of its bounds
func.func @first(%x: !tenon.tensor<[B, 2] f32> {tenon.name = "x"},
                 %bias: !tenon.tensor<[B] f32> {tenon.name = "bias", tenon.default = 2.5 : f32})
    -> (!tenon.tensor<[B, 2] f32> {tenon.name = "sum"}) {
  %column = tenon.rearrange %bias[a: B] -> [a, ()] : !tenon.tensor<[B] f32> -> !tenon.tensor<[B, 1] f32>
  %y = tenon.map (%a = %x, %b = %column) : (!tenon.tensor<[B, 2] f32>, !tenon.tensor<[B, 1] f32>) -> !tenon.tensor<[B, 2] f32> {
    %s = arith.addf %a, %b : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[B, 2] f32>
}

// SECOND: result0 = [1, 2, 3]
// EXPRESSION: error: axis 0 of input 'arg0' is 4; expected 3 = 3
// ENTRY: error: no entry 'third'; the module has first, second
func.func @second(%x: !tenon.tensor<[3] f32>) -> !tenon.tensor<[3] f32> {
  return %x : !tenon.tensor<[3] f32>
}
