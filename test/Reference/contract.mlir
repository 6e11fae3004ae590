// RUN: tenon-reference %s --entry matmul --input 'x=[[1, 2, 3], [4, 5, 6]]' \
// RUN:   --input 'w=[[1, 0, 2], [-1, 3, 1]]' --print | FileCheck %s --check-prefix=MATMUL
// RUN: tenon-reference %s --entry matmul --input 'x=[]' --input 'w=[[1, 0, 2], [-1, 3, 1]]' --print \
// RUN:   | FileCheck %s --check-prefix=EMPTY
// RUN: tenon-reference %s --entry batched --input 'q=[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]' \
// RUN:   --input 'k=[[[1, 1], [0, 2]], [[3, 0], [-1, 1]]]' --print | FileCheck %s --check-prefix=BATCHED
// RUN: tenon-reference %s --entry nothing --input 'x=[[], []]' --print | FileCheck %s --check-prefix=NOTHING
// RUN: tenon-reference %s --entry outer --input 'x=[1, 2]' --input 'y=[3, 4, 5]' --print \
// RUN:   | FileCheck %s --check-prefix=OUTER
// RUN: tenon-reference %s --entry twice --input 'x=[[1, 2, 3], [4, 5, 6]]' \
// RUN:   --input 'y=[[1, 0, 2], [-1, 3, 1]]' --print | FileCheck %s --check-prefix=TWICE

tenon.size @B from 0 to *
tenon.size @N from 0 to *

// MATMUL{LITERAL}: result0 = [[7, 8], [16, 17]]
// EMPTY: result0 = []
func.func @matmul(%x: !tenon.tensor<[B, 3] f32> {tenon.name = "x"}, %w: !tenon.tensor<[2, 3] f32> {tenon.name = "w"})
    -> !tenon.tensor<[B, 2] f32> {
  %y = tenon.contract %x[a, b], %w[c, b] -> [a, c]
      : !tenon.tensor<[B, 3] f32>, !tenon.tensor<[2, 3] f32> -> !tenon.tensor<[B, 2] f32>
  return %y : !tenon.tensor<[B, 2] f32>
}

// Transposed result of a batched product.
// BATCHED{LITERAL}: result0 = [[[1, 5], [2, 6]], [[12, 18], [1, 1]]]
func.func @batched(%q: !tenon.tensor<[B, N, 2] f32> {tenon.name = "q"}, %k: !tenon.tensor<[B, N, 2] f32> {tenon.name = "k"})
    -> !tenon.tensor<[B, N, N] f32> {
  %y = tenon.contract %q[a, b, d], %k[a, c, d] -> [a, c, b]
      : !tenon.tensor<[B, N, 2] f32>, !tenon.tensor<[B, N, 2] f32> -> !tenon.tensor<[B, N, N] f32>
  return %y : !tenon.tensor<[B, N, N] f32>
}

// A sum over no terms is 0.
// NOTHING{LITERAL}: result0 = [[0, 0], [0, 0]]
func.func @nothing(%x: !tenon.tensor<[2, N] f32> {tenon.name = "x"}) -> !tenon.tensor<[2, 2] f32> {
  %y = tenon.contract %x[a, b], %x[c, b] -> [a, c]
      : !tenon.tensor<[2, N] f32>, !tenon.tensor<[2, N] f32> -> !tenon.tensor<[2, 2] f32>
  return %y : !tenon.tensor<[2, 2] f32>
}

// OUTER{LITERAL}: result0 = [[3, 4, 5], [6, 8, 10]]
func.func @outer(%x: !tenon.tensor<[2] f32> {tenon.name = "x"}, %y: !tenon.tensor<[3] f32> {tenon.name = "y"})
    -> !tenon.tensor<[2, 3] f32> {
  %z = tenon.contract %x[a], %y[b] -> [a, b] : !tenon.tensor<[2] f32>, !tenon.tensor<[3] f32> -> !tenon.tensor<[2, 3] f32>
  return %z : !tenon.tensor<[2, 3] f32>
}

// Two summed indices.
// TWICE: result0 = 24
func.func @twice(%x: !tenon.tensor<[2, 3] f32> {tenon.name = "x"}, %y: !tenon.tensor<[2, 3] f32> {tenon.name = "y"})
    -> !tenon.tensor<[] f32> {
  %z = tenon.contract %x[a, b], %y[a, b] -> [] : !tenon.tensor<[2, 3] f32>, !tenon.tensor<[2, 3] f32> -> !tenon.tensor<[] f32>
  return %z : !tenon.tensor<[] f32>
}
