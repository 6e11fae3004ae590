// DEFINE: %{q} = --input 'q=[[[[1, 0], [0, 1]], [[1, 1], [2, -1]]]]'
// DEFINE: %{k} = --input 'k=[[[[1, 0], [0, 1], [1, 1]], [[0, 1], [1, 0], [-1, 1]]]]'
// DEFINE: %{v} = --input 'v=[[[[1], [2], [3]], [[10], [20], [30]]]]'

// RUN: tenon-reference %s --entry plain %{q} %{k} %{v} --print | FileCheck %s --check-prefix=PLAIN
// RUN: tenon-reference %s --entry plain %{q} --input 'k=[[[], []]]' --input 'v=[[[], []]]' --print \
// RUN:   | FileCheck %s --check-prefix=NOKEYS
// RUN: tenon-reference %s --entry plain --input 'q=[]' --input 'k=[]' --input 'v=[]' --print \
// RUN:   | FileCheck %s --check-prefix=EMPTY
// RUN: tenon-reference %s --entry causal %{q} %{k} %{v} --print | FileCheck %s --check-prefix=CAUSAL
// RUN: tenon-reference %s --entry masked %{q} %{k} %{v} --input 'm=[[true, false, true]]' --print \
// RUN:   | FileCheck %s --check-prefix=MASKED
// RUN: tenon-reference %s --entry masked %{q} %{k} %{v} --input 'm=[[false, false, false]]' --print \
// RUN:   | FileCheck %s --check-prefix=HIDDEN
// RUN: tenon-reference %s --entry masked %{q} %{k} --input 'v=[[[[1], [nan], [3]], [[10], [20], [inf]]]]' \
// RUN:   --input 'm=[[true, false, true]]' --print | FileCheck %s --check-prefix=SPREAD
// RUN: tenon-reference %s --entry grouped %{q} --input 'k=[[[[1, 0], [0, 1], [1, 1]]]]' \
// RUN:   --input 'v=[[[[1], [2], [3]]]]' --print | FileCheck %s --check-prefix=GROUPED
// RUN: tenon-reference %s --entry positions %{q} %{k} %{v} --print | FileCheck %s --check-prefix=POSITIONS
// RUN: tenon-reference %s --entry bias %{q} %{k} %{v} --input 's=[[[0.5]], [[0.25]]]' --print \
// RUN:   | FileCheck %s --check-prefix=BIAS
// RUN: tenon-reference %s --entry minus_infinity %{q} %{k} %{v} --print | FileCheck %s --check-prefix=HIDDEN

!q = !tenon.tensor<[B, 2, N, 2] f32>
!k = !tenon.tensor<[B, 2, M, 2] f32>
!v = !tenon.tensor<[B, 2, M, 1] f32>
!k1 = !tenon.tensor<[B, 1, M, 2] f32>
!v1 = !tenon.tensor<[B, 1, M, 1] f32>
!y = !tenon.tensor<[B, 2, N, 1] f32>
tenon.size @B from 0 to *
tenon.size @N from 0 to *
tenon.size @M from 0 to *

// PLAIN{LITERAL}: result0 = [[[[2], [2.15095519]], [[18.4904481], [18.9193723]]]]
// NOKEYS{LITERAL}: result0 = [[[[0], [0]], [[0], [0]]]]
// EMPTY: result0 = []
func.func @plain(%q: !q {tenon.name = "q"}, %k: !k {tenon.name = "k"}, %v: !v {tenon.name = "v"}) -> !y {
  %y = tenon.attention %q, %k, %v scale 5.000000e-01 : !q, !k, !v -> !y
  return %y : !y
}

// The last query sees all keys, the one before all but one.
// CAUSAL{LITERAL}: result0 = [[[[1.26894142], [2.26695639]], [[15], [19.5925404]]]]
func.func @causal(%q: !q {tenon.name = "q"}, %k: !k {tenon.name = "k"}, %v: !v {tenon.name = "v"}) -> !y {
  %y = tenon.attention %q, %k, %v scale 1.000000e+00 causal : !q, !k, !v -> !y
  return %y : !y
}

// Hidden keys count for nothing, whatever their values are; a row without a
// visible key is zero.
// MASKED{LITERAL}: result0 = [[[[2], [2.46211716]], [[15.3788284], [12.3840584]]]]
// HIDDEN{LITERAL}: result0 = [[[[0], [0]], [[0], [0]]]]
// SPREAD{LITERAL}: result0 = [[[[2], [2.46211716]], [[inf], [inf]]]]
func.func @masked(%q: !q {tenon.name = "q"}, %k: !k {tenon.name = "k"}, %v: !v {tenon.name = "v"},
                  %m: !tenon.tensor<[B, M] i1> {tenon.name = "m"}) -> !y {
  %y = tenon.attention %q, %k, %v key_mask %m scale 1.000000e+00 : !q, !k, !v, !tenon.tensor<[B, M] i1> -> !y
  return %y : !y
}

// Two heads share the keys.
// GROUPED{LITERAL}: result0 = [[[[2], [2.26695639]], [[2.36417533], [1.55411195]]]]
func.func @grouped(%q: !q {tenon.name = "q"}, %k: !k1 {tenon.name = "k"}, %v: !v1 {tenon.name = "v"}) -> !y {
  %y = tenon.attention %q, %k, %v scale 1.000000e+00 : !q, !k1, !v1 -> !y
  return %y : !y
}

// A score of positions: s + h - i * j.
// POSITIONS{LITERAL}: result0 = [[[[2], [1.73304361]], [[17.3304361], [18.8323529]]]]
func.func @positions(%q: !q {tenon.name = "q"}, %k: !k {tenon.name = "k"}, %v: !v {tenon.name = "v"}) -> !y {
  %y = tenon.attention %q, %k, %v scale 1.000000e+00 : !q, !k, !v -> !y score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %product = arith.muli %i, %j : index
    %sum = arith.subi %h, %product : index
    %word = arith.index_cast %sum : index to i64
    %bias = arith.sitofp %word : i64 to f32
    %r = arith.addf %s, %bias : f32
    tenon.yield %r : f32
  }
  return %y : !y
}

// A captured tensor, repeated over queries and keys: s * slope[h].
// BIAS{LITERAL}: result0 = [[[[2], [2.15095519]], [[19.203976], [18.9432897]]]]
func.func @bias(%q: !q {tenon.name = "q"}, %k: !k {tenon.name = "k"}, %v: !v {tenon.name = "v"},
                %s: !tenon.tensor<[2, 1, 1] f32> {tenon.name = "s"}) -> !y {
  %y = tenon.attention %q, %k, %v captures(%s) scale 1.000000e+00 : !q, !k, !v captures(!tenon.tensor<[2, 1, 1] f32>) -> !y score {
  ^bb0(%score: f32, %b: index, %h: index, %i: index, %j: index, %slope: f32):
    %r = arith.mulf %score, %slope : f32
    tenon.yield %r : f32
  }
  return %y : !y
}

// Visible scores that are all -inf hide the row too.
func.func @minus_infinity(%q: !q {tenon.name = "q"}, %k: !k {tenon.name = "k"}, %v: !v {tenon.name = "v"}) -> !y {
  %y = tenon.attention %q, %k, %v scale 1.000000e+00 : !q, !k, !v -> !y score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %r = arith.constant 0xFF800000 : f32
    tenon.yield %r : f32
  }
  return %y : !y
}
