// RUN: tenon-opt %s | tenon-opt | FileCheck %s

tenon.size @B from 0 to *
tenon.size @N from 0 to *
tenon.size @M from 0 to *
tenon.param trainable @w : !tenon.tensor<[4] f32>

// CHECK-LABEL: func.func @square
func.func @square(%x: !tenon.tensor<[4] f32>) -> (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>) {
  %w = tenon.read @w : !tenon.tensor<[4] f32>
  // CHECK: tenon.stop_gradient %{{.*}} : <[4] f32>
  %s = tenon.stop_gradient %w : !tenon.tensor<[4] f32>
  %e = tenon.map (%a = %s, %b = %x) : (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
    %p = arith.mulf %a, %b : f32
    tenon.yield %p : f32
  }
  %l = tenon.reduce sum %e over [0] : !tenon.tensor<[4] f32> -> !tenon.tensor<[] f32>
  // CHECK: %{{.*}}:2 = tenon.gradient of %{{.*}} by %{{.*}}, %{{.*}} : <[] f32>, (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>) -> (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>)
  %g:2 = tenon.gradient of %l by %w, %x : !tenon.tensor<[] f32>, (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>) -> (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>)
  return %g#0, %g#1 : !tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>
}

// CHECK-LABEL: func.func @attention_gradient
func.func @attention_gradient(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 8] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 5] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] f32>) {
  // CHECK: tenon.attention_gradient %{{.*}}, %{{.*}}, %{{.*}} by %{{.*}} scale 5.000000e-01 : <[B, 4, N, 8] f32>, <[B, 2, M, 8] f32>, <[B, 2, M, 5] f32>, <[B, 4, N, 5] f32>
  %a:3 = tenon.attention_gradient %q, %k, %v by %dy scale 5.000000e-01 : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32>
  // CHECK: tenon.attention_gradient {{.*}} key_mask %{{.*}} captures(%{{.*}}) by %{{.*}} scale 1.000000e+00 causal : {{.*}} !tenon.tensor<[B, M] i1> captures(!tenon.tensor<[N, M] f32>) score {
  %b:3 = tenon.attention_gradient %q, %k, %v key_mask %m captures(%c) by %dy scale 1.000000e+00 causal : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32>, !tenon.tensor<[B, M] i1> captures(!tenon.tensor<[N, M] f32>) score {
  ^bb0(%s: f32, %b0: index, %h: index, %i: index, %j: index, %e: f32):
    %r = arith.addf %s, %e : f32
    tenon.yield %r : f32
  }
  return
}
