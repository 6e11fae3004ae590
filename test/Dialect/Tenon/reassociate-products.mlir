// RUN: tenon-opt %s --tenon-reassociate-products --canonicalize | FileCheck %s

tenon.size @B from 0 to *
tenon.size @N from 0 to *
tenon.size @S from 0 to 4
tenon.param trainable @w1 : !tenon.tensor<[64, 8] f32>
tenon.param trainable @w2 : !tenon.tensor<[8, 4] f32>
tenon.param trainable @down : !tenon.tensor<[64, 4] f32>
tenon.param trainable @up : !tenon.tensor<[4, 64] f32>
tenon.param trainable @key : !tenon.tensor<[32, 64] f32>

// Two linear maps without a function between are one, whose weights are multiplied at
// load.
// CHECK-LABEL: func.func @weights
// CHECK:       %[[W:.*]] = tenon.contract %{{.*}}[a, b], %{{.*}}[b, c] -> [a, c] : <[64, 8] f32>, <[8, 4] f32> -> <[64, 4] f32>
// CHECK:       tenon.contract %arg0[a, b], %[[W]][b, c] -> [a, c]
func.func @weights(%x: !tenon.tensor<[B, 64] f32>) -> !tenon.tensor<[B, 4] f32> {
  %w1 = tenon.read @w1 : <[64, 8] f32>
  %w2 = tenon.read @w2 : <[8, 4] f32>
  %h = tenon.contract %x[a, b], %w1[b, c] -> [a, c] : <[B, 64] f32>, <[64, 8] f32> -> <[B, 8] f32>
  %y = tenon.contract %h[a, b], %w2[b, c] -> [a, c] : <[B, 8] f32>, <[8, 4] f32> -> <[B, 4] f32>
  return %y : !tenon.tensor<[B, 4] f32>
}

// Through a narrow width two products are cheaper than one.
// CHECK-LABEL: func.func @narrow
// CHECK:       tenon.contract %arg0
// CHECK:       -> <[B, 4] f32>
func.func @narrow(%x: !tenon.tensor<[B, 64] f32>) -> !tenon.tensor<[B, 64] f32> {
  %down = tenon.read @down : <[64, 4] f32>
  %up = tenon.read @up : <[4, 64] f32>
  %h = tenon.contract %x[a, b], %down[b, c] -> [a, c] : <[B, 64] f32>, <[64, 4] f32> -> <[B, 4] f32>
  %y = tenon.contract %h[a, b], %up[b, c] -> [a, c] : <[B, 4] f32>, <[4, 64] f32> -> <[B, 64] f32>
  return %y : !tenon.tensor<[B, 64] f32>
}

// Attention without softmax: keys meet values first; the scale goes to the end.
// CHECK-LABEL: func.func @linear_attention
// CHECK:       %[[KV:.*]] = tenon.contract %arg1[a, b], %arg2[a, c] -> [b, c] : <[N, 64] f32>, <[N, 64] f32> -> <[64, 64] f32>
// CHECK:       %[[Y:.*]] = tenon.contract %arg0[a, b], %[[KV]][b, c] -> [a, c]
// CHECK:       tenon.map (%{{.*}} = %[[Y]])
// CHECK:       arith.constant 1.250000e-01
func.func @linear_attention(%q: !tenon.tensor<[N, 64] f32>, %k: !tenon.tensor<[N, 64] f32>, %v: !tenon.tensor<[N, 64] f32>)
    -> !tenon.tensor<[N, 64] f32> {
  %s = tenon.contract %q[a, b], %k[c, b] -> [a, c] : <[N, 64] f32>, <[N, 64] f32> -> <[N, N] f32>
  %p = tenon.map (%e = %s) : (!tenon.tensor<[N, N] f32>) -> !tenon.tensor<[N, N] f32> {
    %scale = arith.constant 0.125 : f32
    %f = arith.mulf %e, %scale : f32
    tenon.yield %f : f32
  }
  %y = tenon.contract %p[a, b], %v[b, c] -> [a, c] : <[N, N] f32>, <[N, 64] f32> -> <[N, 64] f32>
  return %y : !tenon.tensor<[N, 64] f32>
}

// Of at most 4 rows scores are the cheaper way.
// CHECK-LABEL: func.func @bounded
// CHECK:       tenon.contract %arg0[a, b], %arg1[c, b] -> [a, c]
func.func @bounded(%q: !tenon.tensor<[S, 64] f32>, %k: !tenon.tensor<[S, 64] f32>, %v: !tenon.tensor<[S, 64] f32>)
    -> !tenon.tensor<[S, 64] f32> {
  %s = tenon.contract %q[a, b], %k[c, b] -> [a, c] : <[S, 64] f32>, <[S, 64] f32> -> <[S, S] f32>
  %y = tenon.contract %s[a, b], %v[b, c] -> [a, c] : <[S, S] f32>, <[S, 64] f32> -> <[S, 64] f32>
  return %y : !tenon.tensor<[S, 64] f32>
}

// Projections of a head that is wider than the tokens are one matrix: x (Wq Wk^T) x^T.
// CHECK-LABEL: func.func @merged_projections
// CHECK:       %[[W:.*]] = tenon.contract {{.*}} : <[32, 64] f32>, <[32, 64] f32> -> <[32, 32] f32>
// CHECK-COUNT-2: tenon.contract
// CHECK-NOT:   tenon.contract
func.func @merged_projections(%x: !tenon.tensor<[N, 32] f32>) -> !tenon.tensor<[N, N] f32> {
  %w = tenon.read @key : <[32, 64] f32>
  %q = tenon.contract %x[a, b], %w[b, c] -> [a, c] : <[N, 32] f32>, <[32, 64] f32> -> <[N, 64] f32>
  %k = tenon.contract %x[a, b], %w[b, c] -> [a, c] : <[N, 32] f32>, <[32, 64] f32> -> <[N, 64] f32>
  %s = tenon.contract %q[a, b], %k[c, b] -> [a, c] : <[N, 64] f32>, <[N, 64] f32> -> <[N, N] f32>
  return %s : !tenon.tensor<[N, N] f32>
}

// What is read elsewhere is computed anyway.
// CHECK-LABEL: func.func @read_twice
// CHECK:       tenon.contract %arg0
// CHECK:       -> <[B, 8] f32>
func.func @read_twice(%x: !tenon.tensor<[B, 64] f32>) -> (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[B, 4] f32>) {
  %w1 = tenon.read @w1 : <[64, 8] f32>
  %w2 = tenon.read @w2 : <[8, 4] f32>
  %h = tenon.contract %x[a, b], %w1[b, c] -> [a, c] : <[B, 64] f32>, <[64, 8] f32> -> <[B, 8] f32>
  %y = tenon.contract %h[a, b], %w2[b, c] -> [a, c] : <[B, 8] f32>, <[8, 4] f32> -> <[B, 4] f32>
  return %h, %y : !tenon.tensor<[B, 8] f32>, !tenon.tensor<[B, 4] f32>
}
