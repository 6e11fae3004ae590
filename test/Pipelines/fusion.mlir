// RUN: tenon-opt %s -tenon-graph -tenon-fuse | FileCheck %s

// What joins what, in small networks.

tenon.size @B from 0 to *
tenon.param trainable @"fc1.weight" : !tenon.tensor<[8, 4] f32>
tenon.param trainable @"fc1.bias" : !tenon.tensor<[8] f32>
tenon.param trainable @"fc2.weight" : !tenon.tensor<[3, 8] f32>

// CHECK-LABEL: func.func @bias_and_activation(
func.func @bias_and_activation(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 3] f32> {
  // CHECK: kernel.contract
  // CHECK: arith.addf
  // CHECK: math.tanh
  // CHECK: kernel.contract
  // CHECK-NOT: = kernel.{{rows|contract}} [
  // CHECK: return
  %w1 = tenon.read @"fc1.weight" : !tenon.tensor<[8, 4] f32>
  %b1 = tenon.read @"fc1.bias" : !tenon.tensor<[8] f32>
  %w2 = tenon.read @"fc2.weight" : !tenon.tensor<[3, 8] f32>
  %p = tenon.contract %x[a, b], %w1[c, b] -> [a, c] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, 8] f32>
  %h = tenon.map (%e = %p, %f = %b1) : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, 8] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %t = tenon.map (%e = %h) : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b], %w2[c, b] -> [a, c] : !tenon.tensor<[B, 8] f32>, !tenon.tensor<[3, 8] f32> -> !tenon.tensor<[B, 3] f32>
  return %y : !tenon.tensor<[B, 3] f32>
}

// A softmax reduces itself, so that it does not join the reduction after it.
// CHECK-LABEL: func.func @softmax_and_reduction(
func.func @softmax_and_reduction(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.rows {{.*}}sum
  // CHECK: kernel.reduce max
  // CHECK: kernel.reduce sum
  // CHECK: arith.divf
  // CHECK: kernel.rows {{.*}}sum
  // CHECK: kernel.reduce max
  // CHECK-NOT: = kernel.rows
  // CHECK: return
  %p = tenon.softmax %x axis 1 : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] f32>
  %y = tenon.reduce max %p over [1] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B] f32>
  return %y : !tenon.tensor<[B] f32>
}

// The gather writes behind the token, into the buffer of the whole.
// CHECK-LABEL: func.func @embedding_with_class_token(
func.func @embedding_with_class_token(%ids: !tenon.tensor<[B] i64>, %table: !tenon.tensor<[10, 4] f32>, %token: !tenon.tensor<[1, 4] f32>)
    -> !tenon.tensor<[B + 1, 4] f32> {
  // CHECK: %[[O:.*]] = kernel.empty : <[B + 1, 4] f32>
  // CHECK-NOT: kernel.empty
  // CHECK: %[[TOKEN:.*]] = kernel.rows {{.*}} (%arg2[{{.*}}]) -> %[[O]][
  // CHECK: kernel.index {{.*}} -> %[[TOKEN]][{{.*}} + 4]
  // CHECK-NOT: = kernel.rows
  // CHECK: return
  %rows = tenon.gather %table[%ids] axis 0 : !tenon.tensor<[10, 4] f32>, !tenon.tensor<[B] i64> -> !tenon.tensor<[B, 4] f32>
  %y = tenon.concat %token, %rows axis 0 : !tenon.tensor<[1, 4] f32>, !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B + 1, 4] f32>
  return %y : !tenon.tensor<[B + 1, 4] f32>
}
