// DEFINE: %{c} = --input 'c=[[[1, 2], [0, -1]], [[3, 0], [1, 1]], [[0, 0], [0, 0.5]]]'
// RUN: tenon-reference %s --entry kan --input 'x=[[2, 3], [-1, nan]]' --input 'g=[1, 0]' %{c} --print | FileCheck %s
// RUN: tenon-reference %s --entry kan --input 'x=[]' --input 'g=[1, 0]' %{c} --print | FileCheck %s --check-prefix=EMPTY

tenon.size @N from 0 to *

// Terms x and (x - g)^2: of row 0 (2, 1), (3, 9); y = 2 + 2 - 9, 6 + 3 + 9, 4.5.
// CHECK{LITERAL}: result0 = [[-5, 18, 4.5], [nan, nan, nan]]
// EMPTY: result0 = []
func.func @kan(%x: !tenon.tensor<[N, 2] f32> {tenon.name = "x"}, %g: !tenon.tensor<[2] f32> {tenon.name = "g"},
               %c: !tenon.tensor<[3, 2, 2] f32> {tenon.name = "c"}) -> !tenon.tensor<[N, 3] f32> {
  %y = tenon.kan %c (%e = %x, %k = %g)
      : (!tenon.tensor<[3, 2, 2] f32>, !tenon.tensor<[N, 2] f32>, !tenon.tensor<[2] f32>) -> !tenon.tensor<[N, 3] f32> {
    %d = arith.subf %e, %k : f32
    %s = arith.mulf %d, %d : f32
    tenon.yield %e, %s : f32, f32
  }
  return %y : !tenon.tensor<[N, 3] f32>
}
