// RUN: tenon-reference %s --input 'a=[[1], [2]]' --input 'b=[[3, 4], [5, 6]]' --print \
// RUN:   | FileCheck %s --check-prefix=SOME
// RUN: tenon-reference %s --input 'a=[[1], [2]]' --input 'b=[[], []]' --print \
// RUN:   | FileCheck %s --check-prefix=NONE

tenon.size @N from 0 to *

// SOME{LITERAL}: result0 = [[1, 3, 4, 1], [2, 5, 6, 2]]
// NONE{LITERAL}: result0 = [[1, 1], [2, 2]]
func.func @main(%a: !tenon.tensor<[2, 1] f32> {tenon.name = "a"}, %b: !tenon.tensor<[2, N] f32> {tenon.name = "b"})
    -> !tenon.tensor<[2, N + 2] f32> {
  %y = tenon.concat %a, %b, %a axis 1
      : !tenon.tensor<[2, 1] f32>, !tenon.tensor<[2, N] f32>, !tenon.tensor<[2, 1] f32> -> !tenon.tensor<[2, N + 2] f32>
  return %y : !tenon.tensor<[2, N + 2] f32>
}
