// RUN: tenon-opt %s | FileCheck %s
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-opt %s -mlir-print-op-generic | tenon-opt | FileCheck %s

tenon.size @B from 0 to *
tenon.size @N from 0 to *
tenon.size @M from 0 to *

// CHECK-LABEL: func.func @attention
func.func @attention(%q: !tenon.tensor<[B, 12, N, 32] f32>, %v: !tenon.tensor<[B, 12, N, 16] f32>,
                     %m: !tenon.tensor<[B, N] i1>) {
  // CHECK: tenon.attention %{{.*}}, %{{.*}}, %{{.*}} scale 1.250000e-01 :
  // CHECK-SAME: <[B, 12, N, 32] f32>, <[B, 12, N, 32] f32>, <[B, 12, N, 16] f32> -> <[B, 12, N, 16] f32>
  %plain = tenon.attention %q, %q, %v scale 0.125
      : !tenon.tensor<[B, 12, N, 32] f32>, !tenon.tensor<[B, 12, N, 32] f32>, !tenon.tensor<[B, 12, N, 16] f32>
      -> !tenon.tensor<[B, 12, N, 16] f32>
  // CHECK: tenon.attention %{{.*}}, %{{.*}}, %{{.*}} key_mask %{{.*}} scale 1.000000e+00 causal :
  // CHECK-SAME: <[B, 12, N, 16] f32>, !tenon.tensor<[B, N] i1> ->
  %masked = tenon.attention %q, %q, %v key_mask %m scale 1.0 causal
      : !tenon.tensor<[B, 12, N, 32] f32>, !tenon.tensor<[B, 12, N, 32] f32>, !tenon.tensor<[B, 12, N, 16] f32>,
        !tenon.tensor<[B, N] i1> -> !tenon.tensor<[B, 12, N, 16] f32>
  return
}

// CHECK-LABEL: func.func @attention_shares_keys
func.func @attention_shares_keys(%q: !tenon.tensor<[8, N, 4] f32>, %k: !tenon.tensor<[2, M, 4] f32>) {
  // CHECK: tenon.attention {{.*}} : <[8, N, 4] f32>, <[2, M, 4] f32>, <[2, M, 4] f32> -> <[8, N, 4] f32>
  %y = tenon.attention %q, %k, %k scale 0.5
      : !tenon.tensor<[8, N, 4] f32>, !tenon.tensor<[2, M, 4] f32>, !tenon.tensor<[2, M, 4] f32> -> !tenon.tensor<[8, N, 4] f32>
  return
}

// CHECK-LABEL: func.func @attention_with_score(
// CHECK-SAME: %{{.*}}: !tenon.tensor<[B, 12, N, 32] f32>, %[[BIAS:.*]]: !tenon.tensor<[12, N, N] f32>, %[[GATE:.*]]: !tenon.tensor<[1, N] i1>
func.func @attention_with_score(%q: !tenon.tensor<[B, 12, N, 32] f32>, %bias: !tenon.tensor<[12, N, N] f32>,
                                %gate: !tenon.tensor<[1, N] i1>) {
  // CHECK: captures(%[[BIAS]], %[[GATE]]) scale 1.000000e+00 :
  // CHECK-SAME: captures(!tenon.tensor<[12, N, N] f32>, !tenon.tensor<[1, N] i1>) -> <[B, 12, N, 32] f32> score {
  // CHECK-NEXT: ^bb0(%[[S:.*]]: f32, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %[[B:.*]]: f32, %[[G:.*]]: i1):
  // CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[S]], %[[B]] : f32
  // CHECK-NEXT: %[[OUT:.*]] = arith.select %[[G]], %[[SUM]], %[[S]] : f32
  // CHECK-NEXT: tenon.yield %[[OUT]] : f32
  %y = tenon.attention %q, %q, %q captures(%bias, %gate) scale 1.0
      : !tenon.tensor<[B, 12, N, 32] f32>, !tenon.tensor<[B, 12, N, 32] f32>, !tenon.tensor<[B, 12, N, 32] f32>
      captures(!tenon.tensor<[12, N, N] f32>, !tenon.tensor<[1, N] i1>) -> !tenon.tensor<[B, 12, N, 32] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %c: f32, %g: i1):
    %t = arith.addf %s, %c : f32
    %u = arith.select %g, %t, %s : f32
    tenon.yield %u : f32
  }
  return
}

// CHECK-LABEL: func.func @softmax
func.func @softmax(%x: !tenon.tensor<[B, N] f32>) {
  // CHECK: tenon.softmax %{{.*}} axis 1 : <[B, N] f32> -> <[B, N] f32>
  %y = tenon.softmax %x axis 1 : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N] f32>
  return
}

// CHECK-LABEL: func.func @ffn(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor<[B, 4] f32>, %[[W1:.*]]: !tenon.tensor<[8, 4] f32>, %[[W2:.*]]: !tenon.tensor<[4, 8] f32>, %[[B1:.*]]: !tenon.tensor<[8] f32>, %[[B2:.*]]: !tenon.tensor<[4] f32>
func.func @ffn(%x: !tenon.tensor<[B, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[4, 8] f32>,
               %b1: !tenon.tensor<[8] f32>, %b2: !tenon.tensor<[4] f32>) {
  // CHECK: tenon.ffn %[[X]], %[[W1]], %[[W2]] bias %[[B1]], %[[B2]] :
  // CHECK-SAME: (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[4, 8] f32>, !tenon.tensor<[8] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[B, 4] f32> {
  // CHECK-NEXT: ^bb0(%[[H:.*]]: f32):
  // CHECK-NEXT: math.tanh %[[H]] : f32
  %both = tenon.ffn %x, %w1, %w2 bias %b1, %b2
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[4, 8] f32>, !tenon.tensor<[8] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%h: f32):
    %t = math.tanh %h : f32
    tenon.yield %t : f32
  }
  // CHECK: tenon.ffn %[[X]], %[[W1]], %[[W2]] bias %[[B1]], none :
  %first = tenon.ffn %x, %w1, %w2 bias %b1, none
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[4, 8] f32>, !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%h: f32):
    tenon.yield %h : f32
  }
  // CHECK: tenon.ffn %[[X]], %[[W1]], %[[W2]] bias none, %[[B2]] :
  %second = tenon.ffn %x, %w1, %w2 bias none, %b2
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[4, 8] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%h: f32):
    tenon.yield %h : f32
  }
  // CHECK: tenon.ffn %[[X]], %[[W1]], %[[W2]] :
  %none = tenon.ffn %x, %w1, %w2
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[4, 8] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%h: f32):
    tenon.yield %h : f32
  }
  return
}

// CHECK-LABEL: func.func @normalize
func.func @normalize(%x: !tenon.tensor<[B, N, 4] f32>) {
  // CHECK: tenon.normalize %{{.*}} over [2] eps 1.000000e-05 : <[B, N, 4] f32> -> <[B, N, 4] f32>
  %last = tenon.normalize %x over [2] eps 1.0e-05 : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, N, 4] f32>
  // CHECK: tenon.normalize %{{.*}} over [0, 1] eps 0.000000e+00
  %outer = tenon.normalize %x over [0, 1] eps 0.0 : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, N, 4] f32>
  return
}

// CHECK-LABEL: func.func @conv
func.func @conv(%image: !tenon.tensor<[B, 1, 8, 8] f32>, %w: !tenon.tensor<[4, 1, 2, 2] f32>,
                %line: !tenon.tensor<[B, 4, 9] f32>, %v: !tenon.tensor<[6, 2, 3] f32>) {
  // CHECK: tenon.conv %{{.*}}, %{{.*}} strides [2, 2] pads [0, 0] dilations [1, 1] groups 1 :
  // CHECK-SAME: <[B, 1, 8, 8] f32>, <[4, 1, 2, 2] f32> -> <[B, 4, 4, 4] f32>
  %patches = tenon.conv %image, %w strides [2, 2] pads [0, 0] dilations [1, 1] groups 1
      : !tenon.tensor<[B, 1, 8, 8] f32>, !tenon.tensor<[4, 1, 2, 2] f32> -> !tenon.tensor<[B, 4, 4, 4] f32>
  // (9 + 2*1 - 2*2 - 1) / 3 + 1 = 3.
  // CHECK: tenon.conv %{{.*}}, %{{.*}} strides [3] pads [1] dilations [2] groups 2 :
  // CHECK-SAME: <[B, 4, 9] f32>, <[6, 2, 3] f32> -> <[B, 6, 3] f32>
  %grouped = tenon.conv %line, %v strides [3] pads [1] dilations [2] groups 2
      : !tenon.tensor<[B, 4, 9] f32>, !tenon.tensor<[6, 2, 3] f32> -> !tenon.tensor<[B, 6, 3] f32>
  return
}

// CHECK-LABEL: func.func @rational
func.func @rational(%x: !tenon.tensor<[B, 8, 3] f32>, %a: !tenon.tensor<[1, 6] f32>, %b: !tenon.tensor<[8, 4] f32>) {
  // CHECK: tenon.rational %{{.*}}, %{{.*}}, %{{.*}} form sum_of_abs : <[B, 8, 3] f32>, <[1, 6] f32>, <[8, 4] f32> -> <[B, 8, 3] f32>
  %kernel = tenon.rational %x, %a, %b form sum_of_abs
      : !tenon.tensor<[B, 8, 3] f32>, !tenon.tensor<[1, 6] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, 8, 3] f32>
  // CHECK: tenon.rational {{.*}} form abs_of_sum : <[B, 8, 3] f32>, <[8, 4] f32>, <[1, 6] f32>
  %paper = tenon.rational %x, %b, %a form abs_of_sum
      : !tenon.tensor<[B, 8, 3] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[1, 6] f32> -> !tenon.tensor<[B, 8, 3] f32>
  return
}

// CHECK-LABEL: func.func @kan
func.func @kan(%x: !tenon.tensor<[B, 4] f32>, %knots: !tenon.tensor<[4] f32>, %c: !tenon.tensor<[5, 4, 2] f32>) {
  // CHECK: tenon.kan %arg2 (%[[E:.*]] = %arg0, %[[G:.*]] = %arg1) : (!tenon.tensor<[5, 4, 2] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[B, 5] f32> {
  // CHECK-NEXT: %[[D:.*]] = arith.subf %[[E]], %[[G]] : f32
  // CHECK-NEXT: tenon.yield %[[E]], %[[D]] : f32, f32
  %y = tenon.kan %c (%e = %x, %g = %knots)
      : (!tenon.tensor<[5, 4, 2] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[B, 5] f32> {
    %d = arith.subf %e, %g : f32
    tenon.yield %e, %d : f32, f32
  }
  return
}

// CHECK-LABEL: func.func @route
func.func @route(%ids: !tenon.tensor<[B, N] i32>, %x: !tenon.tensor<[B, N, 4] f32>) {
  // CHECK: tenon.route %arg0 of %arg1, %arg1 : <[B, N] i32>, !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, N, 4] f32> -> <[B, N, 4] f32>
  %y = tenon.route %ids of %x, %x
      : !tenon.tensor<[B, N] i32>, !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, N, 4] f32>
  return
}
