// RUN: tenon-opt %s --tenon-differentiate --canonicalize --cse | FileCheck %s --implicit-check-not=stop_gradient

tenon.size @B from 0 to *
tenon.size @N from 0 to *
tenon.param trainable @w : !tenon.tensor<[5, 3] f32>
tenon.param trainable @idle : !tenon.tensor<[2] f32>

// A product: contractions of the derivative with the other operand. Both reads are one
// parameter; what the loss does not depend on has the derivative 0.
// CHECK-LABEL: func.func @product
// CHECK-SAME: %[[X:.*]]: !tenon.tensor<[B, 3] f32>
func.func @product(%x: !tenon.tensor<[B, 3] f32>) -> (!tenon.tensor<[5, 3] f32>, !tenon.tensor<[B, 3] f32>, !tenon.tensor<[2] f32>) {
  // CHECK-DAG: %[[NONE:.*]] = tenon.constant 0.000000e+00 : f32 -> <[2] f32>
  // CHECK-DAG: %[[W:.*]] = tenon.read @w
  // CHECK-DAG: %[[Y:.*]] = tenon.contract %[[X]][a, b], %[[W]][c, b] -> [a, c]
  // CHECK-DAG: %[[G:.*]] = tenon.map (%{{.*}} = %[[Y]])
  // CHECK-DAG: %[[DW:.*]] = tenon.contract %[[G]][a, c], %[[X]][a, b] -> [c, b]
  // CHECK-DAG: %[[DX:.*]] = tenon.contract %[[G]][a, c], %[[W]][c, b] -> [a, b]
  // CHECK: return %[[DW]], %[[DX]], %[[NONE]]
  %w = tenon.read @w : !tenon.tensor<[5, 3] f32>
  %i = tenon.read @idle : !tenon.tensor<[2] f32>
  %again = tenon.read @w : !tenon.tensor<[5, 3] f32>
  %y = tenon.contract %x[a, b], %again[c, b] -> [a, c] : !tenon.tensor<[B, 3] f32>, !tenon.tensor<[5, 3] f32> -> !tenon.tensor<[B, 5] f32>
  %s = tenon.stop_gradient %y : !tenon.tensor<[B, 5] f32>
  %e = tenon.map (%a = %y, %b = %s) : (!tenon.tensor<[B, 5] f32>, !tenon.tensor<[B, 5] f32>) -> !tenon.tensor<[B, 5] f32> {
    %p = math.exp %b : f32
    %q = arith.mulf %a, %p : f32
    tenon.yield %q : f32
  }
  %l = tenon.reduce sum %e over [0, 1] : !tenon.tensor<[B, 5] f32> -> !tenon.tensor<[] f32>
  %g:3 = tenon.gradient of %l by %w, %x, %i : !tenon.tensor<[] f32>, (!tenon.tensor<[5, 3] f32>, !tenon.tensor<[B, 3] f32>, !tenon.tensor<[2] f32>) -> (!tenon.tensor<[5, 3] f32>, !tenon.tensor<[B, 3] f32>, !tenon.tensor<[2] f32>)
  return %g#0, %g#1, %g#2 : !tenon.tensor<[5, 3] f32>, !tenon.tensor<[B, 3] f32>, !tenon.tensor<[2] f32>
}

// A layer of learned functions, sin and 1 + x^2: its terms are computed again, a product for
// each of them, and no tensor has an axis of terms but the coefficients' own.
// CHECK-LABEL: func.func @layer
// CHECK-SAME: %[[X:.*]]: !tenon.tensor<[B, 4] f32>, %[[C:.*]]: !tenon.tensor<[5, 4, 2] f32>
// CHECK-NOT: tensor<[B, 4, 2] f32>
func.func @layer(%x: !tenon.tensor<[B, 4] f32>, %c: !tenon.tensor<[5, 4, 2] f32>, %h: !tenon.tensor<[B, 5] f32>) -> (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[5, 4, 2] f32>) {
  // CHECK: %[[SIN:.*]] = tenon.map ({{.*}} = %[[X]])
  // CHECK-NEXT: math.sin
  // CHECK: tenon.contract %[[G:.*]][a, c], %[[SIN]][a, b] -> [c, b]
  // CHECK: %[[SQUARE:.*]] = tenon.map ({{.*}} = %[[X]])
  // CHECK: tenon.contract %[[G]][a, c], %[[SQUARE]][a, b] -> [c, b]
  // CHECK: %[[DC:.*]] = tenon.concat {{.*}} axis 2
  // CHECK: tenon.slice %[[C]] starts [0, 0, 0]
  // CHECK: %[[T0:.*]] = tenon.contract %[[G]][a, c], %{{.*}}[c, b] -> [a, b]
  // CHECK: tenon.slice %[[C]] starts [0, 0, 1]
  // CHECK: %[[T1:.*]] = tenon.contract %[[G]][a, c], %{{.*}}[c, b] -> [a, b]
  // CHECK: %[[DX:.*]] = tenon.map ({{.*}} = %[[T0]], {{.*}} = %[[T1]], {{.*}} = %[[X]])
  // CHECK: math.cos
  // CHECK: return %[[DX]], %[[DC]]
  %y = tenon.kan %c (%e = %x) : (!tenon.tensor<[5, 4, 2] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 5] f32> {
    %one = arith.constant 1.0 : f32
    %s = math.sin %e : f32
    %q = arith.mulf %e, %e : f32
    %r = arith.addf %q, %one : f32
    tenon.yield %s, %r : f32, f32
  }
  %p = tenon.map (%a = %y, %b = %h) : (!tenon.tensor<[B, 5] f32>, !tenon.tensor<[B, 5] f32>) -> !tenon.tensor<[B, 5] f32> {
    %v = arith.mulf %a, %b : f32
    tenon.yield %v : f32
  }
  %l = tenon.reduce sum %p over [0, 1] : !tenon.tensor<[B, 5] f32> -> !tenon.tensor<[] f32>
  %g:2 = tenon.gradient of %l by %x, %c : !tenon.tensor<[] f32>, (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[5, 4, 2] f32>) -> (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[5, 4, 2] f32>)
  return %g#0, %g#1 : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[5, 4, 2] f32>
}

// Blocks with a rule keep their form; others are decomposed.
// CHECK-LABEL: func.func @blocks
// CHECK: tenon.softmax
// CHECK-NOT: tenon.ffn
// CHECK: return
func.func @blocks(%x: !tenon.tensor<[B, 3] f32>, %v: !tenon.tensor<[3, 3] f32>) -> !tenon.tensor<[B, 3] f32> {
  %y = tenon.softmax %x axis 1 : !tenon.tensor<[B, 3] f32> -> !tenon.tensor<[B, 3] f32>
  %z = tenon.ffn %y, %v, %v : (!tenon.tensor<[B, 3] f32>, !tenon.tensor<[3, 3] f32>, !tenon.tensor<[3, 3] f32>) -> !tenon.tensor<[B, 3] f32> {
  ^bb0(%h: f32):
    %t = math.tanh %h : f32
    tenon.yield %t : f32
  }
  %l = tenon.reduce sum %z over [0, 1] : !tenon.tensor<[B, 3] f32> -> !tenon.tensor<[] f32>
  %g = tenon.gradient of %l by %x : !tenon.tensor<[] f32>, (!tenon.tensor<[B, 3] f32>) -> !tenon.tensor<[B, 3] f32>
  return %g : !tenon.tensor<[B, 3] f32>
}

// Attention has an op of its own, which stores no weights; captures that are
// differentiated, and scores that are not sums, need its decomposition.
// CHECK-LABEL: func.func @attention
// CHECK-SAME: %[[Q:arg[0-9]]]: !tenon.tensor<[2, N, 4] f32>, %[[C:arg[0-9]]]
// CHECK-NOT: tenon.softmax
// CHECK: %[[D:.*]], %{{.*}}, %{{.*}} = tenon.attention_gradient %[[Q]], %[[Q]], %[[Q]] captures(%[[C]]) by %{{.*}} scale 5.000000e-01 causal : {{.*}} score {
// CHECK-NOT: tenon.softmax
// CHECK: return
func.func @attention(%q: !tenon.tensor<[2, N, 4] f32>, %c: !tenon.tensor<[N, N] f32>) -> !tenon.tensor<[2, N, 4] f32> {
  %y = tenon.attention %q, %q, %q captures(%c) scale 5.000000e-01 causal
      : !tenon.tensor<[2, N, 4] f32>, !tenon.tensor<[2, N, 4] f32>, !tenon.tensor<[2, N, 4] f32> captures(!tenon.tensor<[N, N] f32>) -> !tenon.tensor<[2, N, 4] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %e: f32):
    %r = arith.addf %s, %e : f32
    tenon.yield %r : f32
  }
  %l = tenon.reduce sum %y over [0, 1, 2] : !tenon.tensor<[2, N, 4] f32> -> !tenon.tensor<[] f32>
  %g = tenon.gradient of %l by %q : !tenon.tensor<[] f32>, (!tenon.tensor<[2, N, 4] f32>) -> !tenon.tensor<[2, N, 4] f32>
  return %g : !tenon.tensor<[2, N, 4] f32>
}

// CHECK-LABEL: func.func @attention_capture
// CHECK-NOT: attention_gradient
// CHECK: tenon.softmax
// CHECK: return
func.func @attention_capture(%q: !tenon.tensor<[2, N, 4] f32>, %c: !tenon.tensor<[N, N] f32>) -> !tenon.tensor<[N, N] f32> {
  %y = tenon.attention %q, %q, %q captures(%c) scale 5.000000e-01
      : !tenon.tensor<[2, N, 4] f32>, !tenon.tensor<[2, N, 4] f32>, !tenon.tensor<[2, N, 4] f32> captures(!tenon.tensor<[N, N] f32>) -> !tenon.tensor<[2, N, 4] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %e: f32):
    %r = arith.addf %s, %e : f32
    tenon.yield %r : f32
  }
  %l = tenon.reduce sum %y over [0, 1, 2] : !tenon.tensor<[2, N, 4] f32> -> !tenon.tensor<[] f32>
  %g = tenon.gradient of %l by %c : !tenon.tensor<[] f32>, (!tenon.tensor<[N, N] f32>) -> !tenon.tensor<[N, N] f32>
  return %g : !tenon.tensor<[N, N] f32>
}

// CHECK-LABEL: func.func @attention_cap
// CHECK-NOT: attention_gradient
// CHECK: return
func.func @attention_cap(%q: !tenon.tensor<[2, N, 4] f32>) -> !tenon.tensor<[2, N, 4] f32> {
  %y = tenon.attention %q, %q, %q scale 5.000000e-01
      : !tenon.tensor<[2, N, 4] f32>, !tenon.tensor<[2, N, 4] f32>, !tenon.tensor<[2, N, 4] f32> -> !tenon.tensor<[2, N, 4] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %r = math.tanh %s : f32
    tenon.yield %r : f32
  }
  %l = tenon.reduce sum %y over [0, 1, 2] : !tenon.tensor<[2, N, 4] f32> -> !tenon.tensor<[] f32>
  %g = tenon.gradient of %l by %q : !tenon.tensor<[] f32>, (!tenon.tensor<[2, N, 4] f32>) -> !tenon.tensor<[2, N, 4] f32>
  return %g : !tenon.tensor<[2, N, 4] f32>
}

// Derivatives of parts that do not overlap lie side by side.
// CHECK-LABEL: func.func @parts
// CHECK: %[[ZEROS:.*]] = tenon.constant 0.000000e+00 : f32 -> <[1, N] f32>
// CHECK: %[[ALL:.*]] = tenon.concat %{{.*}}, %[[ZEROS]], %{{.*}} axis 0 : !tenon.tensor<[2, N] f32>, !tenon.tensor<[1, N] f32>, !tenon.tensor<[1, N] f32> -> <[4, N] f32>
// CHECK: return %[[ALL]]
func.func @parts(%x: !tenon.tensor<[4, N] f32>, %c: !tenon.tensor<[N] f32>) -> !tenon.tensor<[4, N] f32> {
  %a = tenon.slice %x starts [3, 0] steps [1, 1] : !tenon.tensor<[4, N] f32> -> !tenon.tensor<[1, N] f32>
  %b = tenon.slice %x starts [0, 0] steps [1, 1] : !tenon.tensor<[4, N] f32> -> !tenon.tensor<[2, N] f32>
  %p = tenon.map (%u = %b, %v = %a, %w = %c) : (!tenon.tensor<[2, N] f32>, !tenon.tensor<[1, N] f32>, !tenon.tensor<[N] f32>) -> !tenon.tensor<[2, N] f32> {
    %s = arith.mulf %u, %v : f32
    %t = arith.mulf %s, %w : f32
    tenon.yield %t : f32
  }
  %l = tenon.reduce sum %p over [0, 1] : !tenon.tensor<[2, N] f32> -> !tenon.tensor<[] f32>
  %g = tenon.gradient of %l by %x : !tenon.tensor<[] f32>, (!tenon.tensor<[4, N] f32>) -> !tenon.tensor<[4, N] f32>
  return %g : !tenon.tensor<[4, N] f32>
}
