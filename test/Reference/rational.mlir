// DEFINE: %{x} = --input 'x=[[[1, -2], [0.5, -1]]]'
// DEFINE: %{a} = --input 'a=[[1, 2, -1]]'
// DEFINE: %{b} = --input 'b=[[1, -2], [0, 4]]'

// RUN: tenon-reference %s --entry kernel %{x} %{a} %{b} --print | FileCheck %s --check-prefix=KERNEL
// RUN: tenon-reference %s --entry paper %{x} %{a} %{b} --print | FileCheck %s --check-prefix=PAPER
// RUN: tenon-reference %s --entry kernel --input 'x=[]' %{a} %{b} --print | FileCheck %s --check-prefix=EMPTY


!x = !tenon.tensor<[N, 2, 2] f32>
!a = !tenon.tensor<[1, 3] f32>
!b = !tenon.tensor<[2, 2] f32>
tenon.size @N from 0 to *

// P = 1 + 2x - x^2: 2, -7; 1.75, -2. Group 0: 1 + |x| + |2x^2| = 4, 11; group 1:
// 1 + 4x^2 = 2, 5.
// KERNEL{LITERAL}: result0 = [[[0.5, -0.636363636], [0.875, -0.4]]]
// EMPTY: result0 = []
func.func @kernel(%x: !x {tenon.name = "x"}, %a: !a {tenon.name = "a"}, %b: !b {tenon.name = "b"}) -> !x {
  %y = tenon.rational %x, %a, %b form sum_of_abs : !x, !a, !b -> !x
  return %y : !x
}

// 1 + |x - 2x^2| = 2, 11; 1 + |4x^2| = 2, 5.
// PAPER{LITERAL}: result0 = [[[1, -0.636363636], [0.875, -0.4]]]
func.func @paper(%x: !x {tenon.name = "x"}, %a: !a {tenon.name = "a"}, %b: !b {tenon.name = "b"}) -> !x {
  %y = tenon.rational %x, %a, %b form abs_of_sum : !x, !a, !b -> !x
  return %y : !x
}
