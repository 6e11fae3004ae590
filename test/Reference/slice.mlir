// RUN: tenon-reference %s --entry steps \
// RUN:   --input 'x=[[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, 13, 14]]' --print \
// RUN:   | FileCheck %s --check-prefix=STEPS
// RUN: tenon-reference %s --entry last --input 'x=[4, 5, 6]' --print | FileCheck %s --check-prefix=LAST
// RUN: not tenon-reference %s --entry last --input 'x=[]' --print 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: tenon-reference %s --entry fixed --input 'x=[1, 2, 3, 4]' --print | FileCheck %s --check-prefix=FIXED
// RUN: not tenon-reference %s --entry fixed --input 'x=[1, 2]' --print \
// RUN:   2>&1 | FileCheck %s --check-prefix=BEYOND

tenon.size @N from 0 to *

// STEPS{LITERAL}: result0 = [[1, 3], [6, 8], [11, 13]]
func.func @steps(%x: !tenon.tensor<[N, 5] f32> {tenon.name = "x"}) -> !tenon.tensor<[N, 2] f32> {
  %y = tenon.slice %x starts [0, 1] steps [1, 2] : !tenon.tensor<[N, 5] f32> -> !tenon.tensor<[N, 2] f32>
  return %y : !tenon.tensor<[N, 2] f32>
}

// LAST: result0 = [6]
// NEGATIVE: error: size N - 1 is negative: -1
func.func @last(%x: !tenon.tensor<[N] f32> {tenon.name = "x"}) -> !tenon.tensor<[1] f32> {
  %y = tenon.slice %x starts [N - 1] steps [1] : !tenon.tensor<[N] f32> -> !tenon.tensor<[1] f32>
  return %y : !tenon.tensor<[1] f32>
}

// FIXED: result0 = [2, 3]
// BEYOND: error: slice of axis 0 reads element 2; the axis has 2
func.func @fixed(%x: !tenon.tensor<[N] f32> {tenon.name = "x"}) -> !tenon.tensor<[2] f32> {
  %y = tenon.slice %x starts [1] steps [1] : !tenon.tensor<[N] f32> -> !tenon.tensor<[2] f32>
  return %y : !tenon.tensor<[2] f32>
}
