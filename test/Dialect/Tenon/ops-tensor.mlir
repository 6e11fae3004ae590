// RUN: tenon-opt %s | FileCheck %s
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-opt %s -mlir-print-op-generic | tenon-opt | FileCheck %s

tenon.size @B from 0 to *
tenon.size @N from 0 to *

// CHECK: tenon.param trainable @blocks.0.fc1.weight : !tenon.tensor<[8, 4] f32>
tenon.param trainable @"blocks.0.fc1.weight" : !tenon.tensor<[8, 4] f32>
// CHECK: tenon.param frozen @table : !tenon.tensor<[10, 4] f32>
tenon.param frozen @table : !tenon.tensor<[10, 4] f32>
// CHECK: tenon.param state @running.mean : !tenon.tensor<[] f32>
tenon.param state @"running.mean" : !tenon.tensor<[] f32>

// CHECK-LABEL: func.func @read
func.func @read() {
  // CHECK: tenon.read @blocks.0.fc1.weight : <[8, 4] f32>
  %w = tenon.read @"blocks.0.fc1.weight" : !tenon.tensor<[8, 4] f32>
  // CHECK: tenon.read @running.mean : <[] f32>
  %m = tenon.read @"running.mean" : !tenon.tensor<[] f32>
  return
}

// CHECK-LABEL: func.func @constant
func.func @constant() {
  // CHECK: tenon.constant 1.000000e+00 : f32 -> <[] f32>
  %scalar = tenon.constant 1.0 : f32 -> !tenon.tensor<[] f32>
  // CHECK: tenon.constant 0 : i64 -> <[B, N + 1] i64>
  %splat = tenon.constant 0 : i64 -> !tenon.tensor<[B, N + 1] i64>
  // CHECK: tenon.constant true -> <[B] i1>
  %mask = tenon.constant true -> !tenon.tensor<[B] i1>
  return
}

// CHECK-LABEL: func.func @iota
func.func @iota() {
  // CHECK: tenon.iota -> <[N + 1] i64>
  %i = tenon.iota -> !tenon.tensor<[N + 1] i64>
  return
}

// CHECK-LABEL: func.func @map_repeats_axes(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor<[B, N, 4] f32>, %[[BIAS:.*]]: !tenon.tensor<[4] f32>, %[[ROW:.*]]: !tenon.tensor<[B, 1, 1] i1>
func.func @map_repeats_axes(%x: !tenon.tensor<[B, N, 4] f32>, %bias: !tenon.tensor<[4] f32>,
                            %row: !tenon.tensor<[B, 1, 1] i1>) -> !tenon.tensor<[B, N, 4] f32> {
  // CHECK: tenon.map (%[[A:.*]] = %[[X]], %[[B:.*]] = %[[BIAS]], %[[C:.*]] = %[[ROW]])
  // CHECK-SAME: : (!tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[4] f32>, !tenon.tensor<[B, 1, 1] i1>) -> !tenon.tensor<[B, N, 4] f32> {
  // CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[A]], %[[B]] : f32
  // CHECK-NEXT: %[[CHOICE:.*]] = arith.select %[[C]], %[[SUM]], %[[A]] : f32
  // CHECK-NEXT: tenon.yield %[[CHOICE]] : f32
  %y = tenon.map (%a = %x, %b = %bias, %c = %row)
      : (!tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[4] f32>, !tenon.tensor<[B, 1, 1] i1>) -> !tenon.tensor<[B, N, 4] f32> {
    %s = arith.addf %a, %b : f32
    %r = arith.select %c, %s, %a : f32
    tenon.yield %r : f32
  }
  return %y : !tenon.tensor<[B, N, 4] f32>
}

// CHECK-LABEL: func.func @map_without_operands
func.func @map_without_operands() -> !tenon.tensor<[] f32> {
  // CHECK: tenon.map () : () -> !tenon.tensor<[] f32> {
  // CHECK-NEXT: tenon.extent <B*N + 1> : f32
  %y = tenon.map () : () -> !tenon.tensor<[] f32> {
    %n = tenon.extent <B*N + 1> : f32
    tenon.yield %n : f32
  }
  return %y : !tenon.tensor<[] f32>
}

// CHECK-LABEL: func.func @extent_types
func.func @extent_types(%x: !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] i32> {
  %y = tenon.map (%a = %x) : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] i32> {
    // CHECK: tenon.extent <B> : index
    %index = tenon.extent <B> : index
    // CHECK: tenon.extent <7> : i32
    %integer = tenon.extent <7> : i32
    tenon.yield %integer : i32
  }
  return %y : !tenon.tensor<[B] i32>
}

// CHECK-LABEL: func.func @reduce_kinds
func.func @reduce_kinds(%x: !tenon.tensor<[B, N, 4] f32>) {
  // CHECK: tenon.reduce sum %{{.*}} over [1] : <[B, N, 4] f32> -> <[B, 4] f32>
  %sum = tenon.reduce sum %x over [1] : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, 4] f32>
  // CHECK: tenon.reduce mean %{{.*}} over [1, 2]
  %mean = tenon.reduce mean %x over [1, 2] : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B] f32>
  // CHECK: tenon.reduce max %{{.*}} over [0, 1, 2] : <[B, N, 4] f32> -> <[] f32>
  %max = tenon.reduce max %x over [0, 1, 2] : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[] f32>
  // CHECK: tenon.reduce min %{{.*}} over [0]
  %min = tenon.reduce min %x over [0] : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[N, 4] f32>
  // CHECK: tenon.reduce prod %{{.*}} over []
  %prod = tenon.reduce prod %x over [] : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, N, 4] f32>
  return
}

// CHECK-LABEL: func.func @contract
func.func @contract(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %v: !tenon.tensor<[4] f32>) {
  // CHECK: tenon.contract %{{.*}}[a, b], %{{.*}}[c, b] -> [a, c] : <[B, 4] f32>, <[8, 4] f32> -> <[B, 8] f32>
  %matrix = tenon.contract %x[a, b], %w[c, b] -> [a, c]
      : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, 8] f32>
  // CHECK: tenon.contract %{{.*}}[a], %{{.*}}[a] -> [] : <[4] f32>, <[4] f32> -> <[] f32>
  %inner = tenon.contract %v[a], %v[a] -> [] : !tenon.tensor<[4] f32>, !tenon.tensor<[4] f32> -> !tenon.tensor<[] f32>
  // Indices after z have a number.
  // CHECK: tenon.contract %{{.*}}[z, a1], %{{.*}}[a1] -> [z]
  %vector = tenon.contract %x[z, a1], %v[a1] -> [z]
      : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[4] f32> -> !tenon.tensor<[B] f32>
  return
}

// CHECK-LABEL: func.func @rearrange
func.func @rearrange(%x: !tenon.tensor<[B, 48] f32>) {
  // CHECK: tenon.rearrange %{{.*}}[a: B, (b: 3, c: 16)] -> [b, a, c] : <[B, 48] f32> -> <[3, B, 16] f32>
  %split = tenon.rearrange %x[a: B, (b: 3, c: 16)] -> [b, a, c]
      : !tenon.tensor<[B, 48] f32> -> !tenon.tensor<[3, B, 16] f32>
  // CHECK: tenon.rearrange %{{.*}}[a: B, b: 48] -> [(b, a)] : <[B, 48] f32> -> <[48*B] f32>
  %merge = tenon.rearrange %x[a: B, b: 48] -> [(b, a)] : !tenon.tensor<[B, 48] f32> -> !tenon.tensor<[48*B] f32>
  // CHECK: tenon.rearrange %{{.*}}[a: B, b: 48] -> [a, (), b] : <[B, 48] f32> -> <[B, 1, 48] f32>
  %unit = tenon.rearrange %x[a: B, b: 48] -> [a, (), b] : !tenon.tensor<[B, 48] f32> -> !tenon.tensor<[B, 1, 48] f32>
  return
}

// CHECK-LABEL: func.func @broadcast
func.func @broadcast(%x: !tenon.tensor<[4] f32>, %s: !tenon.tensor<[] f32>) {
  // CHECK: tenon.broadcast %{{.*}} along [2] : <[4] f32> -> <[B, 1, 4] f32>
  %y = tenon.broadcast %x along [2] : !tenon.tensor<[4] f32> -> !tenon.tensor<[B, 1, 4] f32>
  // CHECK: tenon.broadcast %{{.*}} along [] : <[] f32> -> <[B] f32>
  %z = tenon.broadcast %s along [] : !tenon.tensor<[] f32> -> !tenon.tensor<[B] f32>
  return
}

// CHECK-LABEL: func.func @slice
func.func @slice(%x: !tenon.tensor<[B, 5] f32>, %n: !tenon.tensor<[N] f32>) {
  // CHECK: tenon.slice %{{.*}} starts [0, 1] steps [1, 2] : <[B, 5] f32> -> <[B, 2] f32>
  %steps = tenon.slice %x starts [0, 1] steps [1, 2] : !tenon.tensor<[B, 5] f32> -> !tenon.tensor<[B, 2] f32>
  // CHECK: tenon.slice %{{.*}} starts [N - 1] steps [1] : <[N] f32> -> <[1] f32>
  %last = tenon.slice %n starts [N - 1] steps [1] : !tenon.tensor<[N] f32> -> !tenon.tensor<[1] f32>
  return
}

// CHECK-LABEL: func.func @concat
func.func @concat(%a: !tenon.tensor<[B, 1] f32>, %b: !tenon.tensor<[B, N] f32>) {
  // CHECK: tenon.concat %{{.*}}, %{{.*}} axis 1 : !tenon.tensor<[B, 1] f32>, !tenon.tensor<[B, N] f32> -> <[B, N + 1] f32>
  %y = tenon.concat %a, %b axis 1 : !tenon.tensor<[B, 1] f32>, !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N + 1] f32>
  return
}

// CHECK-LABEL: func.func @gather
func.func @gather(%table: !tenon.tensor<[10, 4] f32>, %ids: !tenon.tensor<[B, N] i64>, %id: !tenon.tensor<[] i32>,
                  %x: !tenon.tensor<[B, 3, 10] f32>) {
  // CHECK: tenon.gather %{{.*}}[%{{.*}}] axis 0 : <[10, 4] f32>, <[B, N] i64> -> <[B, N, 4] f32>
  %rows = tenon.gather %table[%ids] axis 0
      : !tenon.tensor<[10, 4] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[B, N, 4] f32>
  // CHECK: tenon.gather %{{.*}}[%{{.*}}] axis 1 : <[10, 4] f32>, <[] i32> -> <[10] f32>
  %column = tenon.gather %table[%id] axis 1 : !tenon.tensor<[10, 4] f32>, !tenon.tensor<[] i32> -> !tenon.tensor<[10] f32>
  // CHECK: tenon.gather %{{.*}}[%{{.*}}] axis 2 shared 1 : <[B, 3, 10] f32>, <[B, N] i64> -> <[B, 3, N] f32>
  %own = tenon.gather %x[%ids] axis 2 shared 1
      : !tenon.tensor<[B, 3, 10] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[B, 3, N] f32>
  return
}

// CHECK-LABEL: func.func @order
func.func @order(%x: !tenon.tensor<[B, N] f32>, %i: !tenon.tensor<[N] i32>) {
  // CHECK: tenon.cumsum %{{.*}} axis 1 : <[B, N] f32> -> <[B, N] f32>
  %c = tenon.cumsum %x axis 1 : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N] f32>
  // CHECK: tenon.argsort %{{.*}} axis 0 : <[N] i32> -> <[N] i64>
  %a = tenon.argsort %i axis 0 : !tenon.tensor<[N] i32> -> !tenon.tensor<[N] i64>
  // CHECK: tenon.argsort %{{.*}} axis 0 descending : <[B, N] f32> -> <[B, N] i64>
  %d = tenon.argsort %x axis 0 descending : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N] i64>
  return
}

// CHECK-LABEL: func.func @sums
func.func @sums(%x: !tenon.tensor<[B, 3, N] f32>, %y: !tenon.tensor<[N] f32>) -> !tenon.tensor<[3, 2] f32> {
  // CHECK: tenon.sums over [0, 2] (%[[A:.*]] = %arg0, %[[C:.*]] = %arg1) : (!tenon.tensor<[B, 3, N] f32>, !tenon.tensor<[N] f32>) -> !tenon.tensor<[3, 2] f32> {
  // CHECK-NEXT: %[[P:.*]] = arith.mulf %[[A]], %[[C]] : f32
  // CHECK-NEXT: tenon.yield %[[P]], %[[A]] : f32, f32
  %s = tenon.sums over [0, 2] (%a = %x, %b = %y) : (!tenon.tensor<[B, 3, N] f32>, !tenon.tensor<[N] f32>) -> !tenon.tensor<[3, 2] f32> {
    %p = arith.mulf %a, %b : f32
    tenon.yield %p, %a : f32, f32
  }
  return %s : !tenon.tensor<[3, 2] f32>
}

// CHECK-LABEL: func.func @put
func.func @put(%x: !tenon.tensor<[N, 4] f32>, %t: !tenon.tensor<[9, 4] f32>, %ids: !tenon.tensor<[N] i64>) -> !tenon.tensor<[9, 4] f32> {
  // CHECK: tenon.put %arg0 into %arg1[%arg2] : <[N, 4] f32>, <[9, 4] f32>, <[N] i64> -> <[9, 4] f32>
  %y = tenon.put %x into %t[%ids] : !tenon.tensor<[N, 4] f32>, !tenon.tensor<[9, 4] f32>, !tenon.tensor<[N] i64> -> !tenon.tensor<[9, 4] f32>
  return %y : !tenon.tensor<[9, 4] f32>
}

// CHECK-LABEL: func.func @scatter_add
func.func @scatter_add(%x: !tenon.tensor<[B, 2, N] f32>, %ids: !tenon.tensor<[B, N] i64>) -> !tenon.tensor<[B, 2, 10] f32> {
  // CHECK: tenon.scatter_add %arg0[%arg1] axis 2 shared 1 : <[B, 2, N] f32>, <[B, N] i64> -> <[B, 2, 10] f32>
  %y = tenon.scatter_add %x[%ids] axis 2 shared 1 : !tenon.tensor<[B, 2, N] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[B, 2, 10] f32>
  return %y : !tenon.tensor<[B, 2, 10] f32>
}
