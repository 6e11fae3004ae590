// The decomposition of a block means what the block means: both are evaluated,
// and no block is left in the second.
//
// DEFINE: %{decomposed} = tenon-opt %s --tenon-decompose-blocks
// DEFINE: %{n} = --input 'x=[[1, -2, 0.5], [3, 3, 3], [100, -50, nan]]'
// DEFINE: %{q} = --input 'q=[[[[1, 0.5], [0, 1]], [[1, 1], [2, -1]]], [[[0, 1], [5, 1]], [[1, 2], [3, 4]]]]'
// DEFINE: %{k} = --input 'k=[[[[1, 0], [0, 1], [1, 1]], [[0, 1], [1, 0], [-1, 1]]], [[[2, 0], [0, 2], [1, 1]], [[0, 3], [1, 0], [-1, 1]]]]'
// DEFINE: %{v} = --input 'v=[[[[1], [2], [3]], [[4], [5], [6]]], [[[7], [8], [9]], [[0], [1], [2]]]]'
// DEFINE: %{m} = --input 'm=[[true, false, true], [false, false, false]]' --input 's=[[[0.5]], [[-2]]]'
// DEFINE: %{r} = --input 'r=[[[[1, -2, 0.5], [3, 0, nan]], [[100, -50, inf], [1, 2, -0.1]]]]' --input 'a=[[1, 2, -1]]' --input 'b=[[1, -2], [0.5, 4]]'
//
// RUN: rm -rf %t && mkdir -p %t
// RUN: %{decomposed} | FileCheck %s --implicit-check-not "tenon.{{attention|softmax|ffn|normalize|rational|kan}}"
// CHECK: func.func @softmax
//
// RUN: tenon-reference %s --entry softmax %{n} --output-dir %t
// RUN: %{decomposed} | tenon-reference --entry softmax %{n} --compare softmax=%t/softmax.npy --tolerance 1e-15
// RUN: tenon-reference %s --entry normalize %{n} --output-dir %t
// RUN: %{decomposed} | tenon-reference --entry normalize %{n} --compare normalize=%t/normalize.npy --tolerance 1e-12
// RUN: tenon-reference %s --entry ffn %{n} --output-dir %t
// RUN: %{decomposed} | tenon-reference --entry ffn %{n} --compare ffn=%t/ffn.npy --tolerance 1e-15
// RUN: tenon-reference %s --entry rational %{r} --output-dir %t
// RUN: %{decomposed} | tenon-reference --entry rational %{r} --compare rational=%t/rational.npy --tolerance 1e-15
// RUN: tenon-reference %s --entry kan %{n} --output-dir %t
// RUN: %{decomposed} | tenon-reference --entry kan %{n} --compare kan=%t/kan.npy --tolerance 1e-15
// RUN: tenon-reference %s --entry plain %{q} %{k} %{v} --output-dir %t
// RUN: %{decomposed} | tenon-reference --entry plain %{q} %{k} %{v} --compare plain=%t/plain.npy --tolerance 1e-15
// RUN: tenon-reference %s --entry scored %{q} %{k} %{v} %{m} --output-dir %t
// RUN: %{decomposed} | tenon-reference --entry scored %{q} %{k} %{v} %{m} --compare scored=%t/scored.npy --tolerance 1e-15
// RUN: tenon-reference %s --entry positioned %{q} %{k} %{v} --output-dir %t
// RUN: %{decomposed} | tenon-reference --entry positioned %{q} %{k} %{v} --compare positioned=%t/positioned.npy --tolerance 1e-15
// RUN: tenon-reference %s --entry shared %{q} %{k} %{v} --output-dir %t
// RUN: %{decomposed} | tenon-reference --entry shared %{q} %{k} %{v} --compare shared=%t/shared.npy --tolerance 1e-15

!x = !tenon.tensor<[N, 3] f32>
!q = !tenon.tensor<[B, 2, N, 2] f32>
!k = !tenon.tensor<[B, 2, M, 2] f32>
!v = !tenon.tensor<[B, 2, M, 1] f32>
!y = !tenon.tensor<[B, 2, N, 1] f32>
tenon.size @B from 0 to *
tenon.size @M from 0 to *
tenon.size @N from 0 to *

func.func @softmax(%x: !x {tenon.name = "x"}) -> (!x {tenon.name = "softmax"}) {
  %y = tenon.softmax %x axis 1 : !x -> !x
  return %y : !x
}

// eps is an f32 in the decomposition; 2^-10 is the same in both.
func.func @normalize(%x: !x {tenon.name = "x"}) -> (!x {tenon.name = "normalize"}) {
  %y = tenon.normalize %x over [1] eps 9.765625e-04 : !x -> !x
  return %y : !x
}

func.func @ffn(%x: !x {tenon.name = "x"}) -> (!x {tenon.name = "ffn"}) {
  %w1 = tenon.constant 0.5 : f32 -> !tenon.tensor<[4, 3] f32>
  %b1 = tenon.constant -1.0 : f32 -> !tenon.tensor<[4] f32>
  %w2 = tenon.constant 2.0 : f32 -> !tenon.tensor<[3, 4] f32>
  %b2 = tenon.constant 3.0 : f32 -> !tenon.tensor<[3] f32>
  %y = tenon.ffn %x, %w1, %w2 bias %b1, %b2
      : (!x, !tenon.tensor<[4, 3] f32>, !tenon.tensor<[3, 4] f32>, !tenon.tensor<[4] f32>, !tenon.tensor<[3] f32>) -> !x {
  ^bb0(%h: f32):
    %r = math.tanh %h : f32
    tenon.yield %r : f32
  }
  return %y : !x
}

func.func @plain(%q: !q {tenon.name = "q"}, %k: !k {tenon.name = "k"}, %v: !v {tenon.name = "v"})
    -> (!y {tenon.name = "plain"}) {
  %y = tenon.attention %q, %k, %v scale 5.000000e-01 : !q, !k, !v -> !y
  return %y : !y
}

// The second batch has no visible key.
func.func @scored(%q: !q {tenon.name = "q"}, %k: !k {tenon.name = "k"}, %v: !v {tenon.name = "v"},
                  %m: !tenon.tensor<[B, M] i1> {tenon.name = "m"},
                  %s: !tenon.tensor<[2, 1, 1] f32> {tenon.name = "s"}) -> (!y {tenon.name = "scored"}) {
  %y = tenon.attention %q, %k, %v key_mask %m captures(%s) scale 5.000000e-01
      : !q, !k, !v, !tenon.tensor<[B, M] i1> captures(!tenon.tensor<[2, 1, 1] f32>) -> !y score {
  ^bb0(%score: f32, %b: index, %h: index, %i: index, %j: index, %slope: f32):
    %bent = math.tanh %score : f32
    %r = arith.mulf %bent, %slope : f32
    tenon.yield %r : f32
  }
  return %y : !y
}

func.func @rational(%r: !tenon.tensor<[B, N, 2, 3] f32> {tenon.name = "r"}, %a: !tenon.tensor<[1, 3] f32> {tenon.name = "a"},
                    %b: !tenon.tensor<[2, 2] f32> {tenon.name = "b"}) -> (!tenon.tensor<[B, N, 2, 3] f32> {tenon.name = "rational"}) {
  %y = tenon.rational %r, %b, %a form sum_of_abs
      : !tenon.tensor<[B, N, 2, 3] f32>, !tenon.tensor<[2, 2] f32>, !tenon.tensor<[1, 3] f32> -> !tenon.tensor<[B, N, 2, 3] f32>
  %z = tenon.rational %y, %a, %b form abs_of_sum
      : !tenon.tensor<[B, N, 2, 3] f32>, !tenon.tensor<[1, 3] f32>, !tenon.tensor<[2, 2] f32> -> !tenon.tensor<[B, N, 2, 3] f32>
  return %z : !tenon.tensor<[B, N, 2, 3] f32>
}

func.func @kan(%x: !x {tenon.name = "x"}) -> (!tenon.tensor<[N, 3] f32> {tenon.name = "kan"}) {
  %w = tenon.constant 0.5 : f32 -> !tenon.tensor<[3, 3, 2] f32>
  %y = tenon.kan %w (%e = %x) : (!tenon.tensor<[3, 3, 2] f32>, !x) -> !tenon.tensor<[N, 3] f32> {
    %s = arith.mulf %e, %e : f32
    tenon.yield %e, %s : f32, f32
  }
  return %y : !tenon.tensor<[N, 3] f32>
}

// Each position has a say; M - N is 1, so that query 0 sees two keys of three.
func.func @positioned(%q: !q {tenon.name = "q"}, %k: !k {tenon.name = "k"}, %v: !v {tenon.name = "v"}) -> (!y {tenon.name = "positioned"}) {
  %y = tenon.attention %q, %k, %v scale 0.5 causal : !q, !k, !v -> !y score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %bi = arith.index_cast %b : index to i64
    %hi = arith.index_cast %h : index to i64
    %ii = arith.index_cast %i : index to i64
    %ji = arith.index_cast %j : index to i64
    %2 = arith.constant 2 : i64
    %3 = arith.muli %bi, %2 : i64
    %4 = arith.addi %3, %hi : i64
    %5 = arith.muli %4, %2 : i64
    %6 = arith.addi %5, %ii : i64
    %7 = arith.subi %6, %ji : i64
    %8 = arith.sitofp %7 : i64 to f32
    %9 = arith.addf %s, %8 : f32
    tenon.yield %9 : f32
  }
  return %y : !y
}

// Both heads of queries read one of keys: the first of its two.
func.func @shared(%q: !q {tenon.name = "q"}, %k: !k {tenon.name = "k"}, %v: !v {tenon.name = "v"}) -> (!y {tenon.name = "shared"}) {
  %k1 = tenon.slice %k starts [0, 0, 0, 0] steps [1, 1, 1, 1] : !k -> !tenon.tensor<[B, 1, M, 2] f32>
  %v1 = tenon.slice %v starts [0, 0, 0, 0] steps [1, 1, 1, 1] : !v -> !tenon.tensor<[B, 1, M, 1] f32>
  %y = tenon.attention %q, %k1, %v1 scale 0.5 : !q, !tenon.tensor<[B, 1, M, 2] f32>, !tenon.tensor<[B, 1, M, 1] f32> -> !y score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %hi = arith.index_cast %h : index to i64
    %f = arith.sitofp %hi : i64 to f32
    %t = arith.mulf %s, %f : f32
    tenon.yield %t : f32
  }
  return %y : !y
}
