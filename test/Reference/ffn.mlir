// DEFINE: %{x} = --input 'x=[[1, -2], [3, 0.5]]'
// DEFINE: %{w} = --input 'w1=[[1, 1], [2, -1], [-1, 0]]' --input 'w2=[[1, 0, 2], [0, 1, -1]]'
// DEFINE: %{b1} = --input 'b1=[0.5, 0, 1]'
// DEFINE: %{b2} = --input 'b2=[10, 20]'

// RUN: tenon-reference %s --entry both %{x} %{w} %{b1} %{b2} --print | FileCheck %s --check-prefix=BOTH
// RUN: tenon-reference %s --entry second %{x} %{w} %{b2} --print | FileCheck %s --check-prefix=SECOND
// RUN: tenon-reference %s --entry none %{x} %{w} --print | FileCheck %s --check-prefix=NONE
// RUN: tenon-reference %s --entry none --input 'x=[]' %{w} --print | FileCheck %s --check-prefix=EMPTY

!x = !tenon.tensor<[N, 2] f32>
!w1 = !tenon.tensor<[3, 2] f32>
!w2 = !tenon.tensor<[2, 3] f32>
tenon.size @N from 0 to *

// BOTH{LITERAL}: result0 = [[10, 24], [14, 25.5]]
func.func @both(%x: !x {tenon.name = "x"}, %w1: !w1 {tenon.name = "w1"}, %w2: !w2 {tenon.name = "w2"},
                %b1: !tenon.tensor<[3] f32> {tenon.name = "b1"}, %b2: !tenon.tensor<[2] f32> {tenon.name = "b2"}) -> !x {
  %y = tenon.ffn %x, %w1, %w2 bias %b1, %b2 : (!x, !w1, !w2, !tenon.tensor<[3] f32>, !tenon.tensor<[2] f32>) -> !x {
  ^bb0(%h: f32):
    %zero = arith.constant 0.0 : f32
    %r = arith.maximumf %h, %zero : f32
    tenon.yield %r : f32
  }
  return %y : !x
}

// SECOND{LITERAL}: result0 = [[10, 24], [13.5, 25.5]]
func.func @second(%x: !x {tenon.name = "x"}, %w1: !w1 {tenon.name = "w1"}, %w2: !w2 {tenon.name = "w2"},
                  %b2: !tenon.tensor<[2] f32> {tenon.name = "b2"}) -> !x {
  %y = tenon.ffn %x, %w1, %w2 bias none, %b2 : (!x, !w1, !w2, !tenon.tensor<[2] f32>) -> !x {
  ^bb0(%h: f32):
    %zero = arith.constant 0.0 : f32
    %r = arith.maximumf %h, %zero : f32
    tenon.yield %r : f32
  }
  return %y : !x
}

// Another activation, h^2.
// NONE{LITERAL}: result0 = [[3, 15], [30.25, 21.25]]
// EMPTY: result0 = []
func.func @none(%x: !x {tenon.name = "x"}, %w1: !w1 {tenon.name = "w1"}, %w2: !w2 {tenon.name = "w2"}) -> !x {
  %y = tenon.ffn %x, %w1, %w2 : (!x, !w1, !w2) -> !x {
  ^bb0(%h: f32):
    %r = arith.mulf %h, %h : f32
    tenon.yield %r : f32
  }
  return %y : !x
}
