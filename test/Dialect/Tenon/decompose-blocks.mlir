// RUN: tenon-opt %s -tenon-decompose-blocks | FileCheck %s

// That a decomposition computes the same values is tested in test/Reference;
// here is its structure.

// CHECK-LABEL: func.func @softmax(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor<[B, N, 4] f32>
func.func @softmax(%x: !tenon.tensor<[B, N, 4] f32>) -> !tenon.tensor<[B, N, 4] f32> {
  // CHECK-NEXT: %[[MAX:.*]] = tenon.reduce max %[[X]] over [1] : <[B, N, 4] f32> -> <[B, 4] f32>
  // CHECK-NEXT: %[[MAXES:.*]] = tenon.broadcast %[[MAX]] along [0, 2] : <[B, 4] f32> -> <[B, 1, 4] f32>
  // CHECK-NEXT: %[[EXP:.*]] = tenon.map (%{{.*}} = %[[X]], %{{.*}} = %[[MAXES]])
  // CHECK: arith.subf
  // CHECK: math.exp
  // CHECK: %[[SUM:.*]] = tenon.reduce sum %[[EXP]] over [1]
  // CHECK-NEXT: %[[SUMS:.*]] = tenon.broadcast %[[SUM]] along [0, 2]
  // CHECK-NEXT: %[[Y:.*]] = tenon.map (%{{.*}} = %[[EXP]], %{{.*}} = %[[SUMS]])
  // CHECK: arith.divf
  // CHECK: return %[[Y]]
  %y = tenon.softmax %x axis 1 : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, N, 4] f32>
  return %y : !tenon.tensor<[B, N, 4] f32>
}

// CHECK-LABEL: func.func @normalize(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor<[B, N, 4] f32>
func.func @normalize(%x: !tenon.tensor<[B, N, 4] f32>) -> !tenon.tensor<[B, N, 4] f32> {
  // CHECK-NEXT: %[[MEAN:.*]] = tenon.reduce mean %[[X]] over [0, 2] : <[B, N, 4] f32> -> <[N] f32>
  // CHECK-NEXT: %[[MEANS:.*]] = tenon.broadcast %[[MEAN]] along [1] : <[N] f32> -> <[1, N, 1] f32>
  // CHECK-NEXT: %[[CENTERED:.*]] = tenon.map (%{{.*}} = %[[X]], %{{.*}} = %[[MEANS]])
  // CHECK: %[[SQUARED:.*]] = tenon.map (%{{.*}} = %[[CENTERED]])
  // CHECK: %[[VAR:.*]] = tenon.reduce mean %[[SQUARED]] over [0, 2]
  // CHECK-NEXT: %[[VARS:.*]] = tenon.broadcast %[[VAR]] along [1]
  // CHECK-NEXT: tenon.map (%{{.*}} = %[[CENTERED]], %{{.*}} = %[[VARS]])
  // CHECK: arith.constant 2.500000e-01 : f32
  // CHECK: math.sqrt
  %y = tenon.normalize %x over [0, 2] eps 0.25 : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, N, 4] f32>
  return %y : !tenon.tensor<[B, N, 4] f32>
}

// CHECK-LABEL: func.func @ffn(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor<[B, N, 4] f32>, %[[W1:.*]]: !tenon.tensor<[8, 4] f32>, %[[W2:.*]]: !tenon.tensor<[6, 8] f32>, %[[B1:.*]]: !tenon.tensor<[8] f32>
func.func @ffn(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>,
               %b1: !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK-NEXT: %[[P:.*]] = tenon.contract %[[X]][a, b, c], %[[W1]][d, c] -> [a, b, d]
  // CHECK-NEXT: %[[H:.*]] = tenon.map (%{{.*}} = %[[P]], %{{.*}} = %[[B1]])
  // CHECK: arith.addf
  // CHECK: %[[T:.*]] = tenon.map (%{{.*}} = %[[H]])
  // CHECK-NEXT: math.tanh
  // CHECK: %[[Y:.*]] = tenon.contract %[[T]][a, b, c], %[[W2]][d, c] -> [a, b, d]
  // CHECK-NEXT: return %[[Y]]
  %y = tenon.ffn %x, %w1, %w2 bias %b1, none
      : (!tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[6, 8] f32>, !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, N, 6] f32> {
  ^bb0(%h: f32):
    %t = math.tanh %h : f32
    tenon.yield %t : f32
  }
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// The softmax inside is decomposed, too.
// CHECK-LABEL: func.func @attention(
// CHECK-SAME: %[[Q:.*]]: !tenon.tensor<[B, 2, N, 8] f32>, %[[K:.*]]: !tenon.tensor<[B, 2, M, 8] f32>, %[[MASK:.*]]: !tenon.tensor<[B, M] i1>
func.func @attention(%q: !tenon.tensor<[B, 2, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 8] f32>,
                     %m: !tenon.tensor<[B, M] i1>) -> !tenon.tensor<[B, 2, N, 8] f32> {
  // CHECK-NEXT: %[[S:.*]] = tenon.contract %[[Q]][a, b, c, e], %[[K]][a, b, d, e] -> [a, b, c, d]
  // CHECK-NEXT: %[[VISIBLE:.*]] = tenon.broadcast %[[MASK]] along [0, 3] : <[B, M] i1> -> <[B, 1, 1, M] i1>
  // CHECK-NEXT: tenon.map (%{{.*}} = %[[S]], %[[SEEN:.*]] = %[[VISIBLE]])
  // CHECK: arith.constant 1.250000e-01 : f32
  // CHECK: %[[HIDDEN:.*]] = arith.constant 0xFF800000 : f32
  // CHECK: arith.select %[[SEEN]], %{{.*}}, %[[HIDDEN]]
  // CHECK-NOT: tenon.softmax
  // CHECK: tenon.contract %{{.*}}[a, b, c, d], %[[K]][a, b, d, f] -> [a, b, c, f]
  %y = tenon.attention %q, %k, %k key_mask %m scale 0.125
      : !tenon.tensor<[B, 2, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, M] i1>
      -> !tenon.tensor<[B, 2, N, 8] f32>
  return %y : !tenon.tensor<[B, 2, N, 8] f32>
}

// CHECK-LABEL: func.func @attention_score_of_a_capture(
// CHECK-SAME: %{{.*}}: !tenon.tensor<[2, N, 8] f32>, %[[C:.*]]: !tenon.tensor<[N, N] f32>
func.func @attention_score_of_a_capture(%q: !tenon.tensor<[2, N, 8] f32>, %c: !tenon.tensor<[N, N] f32>) -> !tenon.tensor<[2, N, 8] f32> {
  // CHECK: tenon.map (%[[S:.*]] = %{{.*}}, %[[E:.*]] = %[[C]])
  // CHECK: %[[SCALED:.*]] = arith.mulf %[[S]]
  // CHECK: arith.addf %[[SCALED]], %[[E]]
  %y = tenon.attention %q, %q, %q captures(%c) scale 1.0
      : !tenon.tensor<[2, N, 8] f32>, !tenon.tensor<[2, N, 8] f32>, !tenon.tensor<[2, N, 8] f32> captures(!tenon.tensor<[N, N] f32>)
      -> !tenon.tensor<[2, N, 8] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %e: f32):
    %t = arith.addf %s, %e : f32
    tenon.yield %t : f32
  }
  return %y : !tenon.tensor<[2, N, 8] f32>
}

// Convolutions and tensor ops are no blocks with a decomposition.
// CHECK-LABEL: func.func @not_decomposed_tensor_ops
func.func @not_decomposed_tensor_ops(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  // CHECK-NEXT: tenon.broadcast
  // CHECK-NEXT: return
  %y = tenon.broadcast %x along [0, 1] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return %y : !tenon.tensor<[B, 4] f32>
}
