// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(convert-tenon-to-kernel))' | FileCheck %s

// CHECK-LABEL: func.func @plain(
func.func @plain(%q: !tenon.tensor<[B, 8, N, 4] f32>, %k: !tenon.tensor<[B, 8, M, 4] f32>)
    -> !tenon.tensor<[B, 8, N, 4] f32> {
  // CHECK-NEXT: %[[O:.*]] = kernel.empty : <[B, 8, N, 4] f32>
  // CHECK-NEXT: %[[Y:.*]] = kernel.attend [batch b0: B, batch b1: 8, queries i0: N, keys j0: M, depth d0: 4, values e0: 4]
  // CHECK-SAME: (%arg0[32*N*b0 + 4*N*b1 + d0 + 4*i0], %arg1[32*M*b0 + 4*M*b1 + d0 + 4*j0], %arg1[32*M*b0 + 4*M*b1 + e0 + 4*j0]) -> %[[O]][32*N*b0 + 4*N*b1 + e0 + 4*i0]
  // CHECK-SAME: {scale = 5.000000e-01 : f64, scoreInputs = 0 : i64}
  // CHECK-NOT: score {
  // CHECK: return %[[Y]]
  %y = tenon.attention %q, %k, %k scale 0.5
      : !tenon.tensor<[B, 8, N, 4] f32>, !tenon.tensor<[B, 8, M, 4] f32>, !tenon.tensor<[B, 8, M, 4] f32>
      -> !tenon.tensor<[B, 8, N, 4] f32>
  return %y : !tenon.tensor<[B, 8, N, 4] f32>
}

// CHECK-LABEL: func.func @causal(
func.func @causal(%q: !tenon.tensor<[8, N, 4] f32>)
    -> !tenon.tensor<[8, N, 4] f32> {
  // CHECK: kernel.attend {{.*}} {causal, scale =
  %y = tenon.attention %q, %q, %q scale 0.5 causal
      : !tenon.tensor<[8, N, 4] f32>, !tenon.tensor<[8, N, 4] f32>, !tenon.tensor<[8, N, 4] f32>
      -> !tenon.tensor<[8, N, 4] f32>
  return %y : !tenon.tensor<[8, N, 4] f32>
}

// CHECK-LABEL: func.func @values_of_other_width(
func.func @values_of_other_width(%q: !tenon.tensor<[B, 8, N, 4] f32>, %v: !tenon.tensor<[B, 8, N, 16] f32>)
    -> !tenon.tensor<[B, 8, N, 16] f32> {
  // CHECK: kernel.attend {{.*}}depth d0: 4, values e0: 16] {{.*}} %arg1[128*N*b0 + 16*N*b1 + e0 + 16*j0]) -> %{{.*}}[128*N*b0 + 16*N*b1 + e0 + 16*i0]
  %y = tenon.attention %q, %q, %v scale 0.5
      : !tenon.tensor<[B, 8, N, 4] f32>, !tenon.tensor<[B, 8, N, 4] f32>, !tenon.tensor<[B, 8, N, 16] f32>
      -> !tenon.tensor<[B, 8, N, 16] f32>
  return %y : !tenon.tensor<[B, 8, N, 16] f32>
}

// Grouped queries: four heads read one key; head = 4*b1 + b2.
// CHECK-LABEL: func.func @shared_keys(
func.func @shared_keys(%q: !tenon.tensor<[B, 8, N, 4] f32>, %k: !tenon.tensor<[B, 2, M, 4] f32>)
    -> !tenon.tensor<[B, 8, N, 4] f32> {
  // CHECK: kernel.attend [batch b0: B, batch b1: 2, batch b2: 4, queries
  // CHECK-SAME: (%arg0[32*N*b0 + 16*N*b1 + 4*N*b2 + d0 + 4*i0], %arg1[8*M*b0 + 4*M*b1 + d0 + 4*j0], %arg1[8*M*b0 + 4*M*b1 + e0 + 4*j0])
  %y = tenon.attention %q, %k, %k scale 0.5
      : !tenon.tensor<[B, 8, N, 4] f32>, !tenon.tensor<[B, 2, M, 4] f32>, !tenon.tensor<[B, 2, M, 4] f32>
      -> !tenon.tensor<[B, 8, N, 4] f32>
  return %y : !tenon.tensor<[B, 8, N, 4] f32>
}

// CHECK-LABEL: func.func @one_key_for_all_heads(
func.func @one_key_for_all_heads(%q: !tenon.tensor<[B, 8, N, 4] f32>, %k: !tenon.tensor<[B, 1, M, 4] f32>)
    -> !tenon.tensor<[B, 8, N, 4] f32> {
  // CHECK: kernel.attend [batch b0: B, batch b1: 1, batch b2: 8, queries
  // CHECK-SAME: %arg1[4*M*b0 + d0 + 4*j0]
  %y = tenon.attention %q, %k, %k scale 0.5
      : !tenon.tensor<[B, 8, N, 4] f32>, !tenon.tensor<[B, 1, M, 4] f32>, !tenon.tensor<[B, 1, M, 4] f32>
      -> !tenon.tensor<[B, 8, N, 4] f32>
  return %y : !tenon.tensor<[B, 8, N, 4] f32>
}

// CHECK-LABEL: func.func @key_mask(
func.func @key_mask(%q: !tenon.tensor<[B, 8, N, 4] f32>, %k: !tenon.tensor<[B, 8, M, 4] f32>, %m: !tenon.tensor<[B, M] i1>)
    -> !tenon.tensor<[B, 8, N, 4] f32> {
  // CHECK: kernel.attend {{.*}}, %arg2[M*b0 + j0]) -> {{.*}} {keyMask, {{.*}} scoreInputs = 1 : i64}
  // CHECK-NOT: score {
  %y = tenon.attention %q, %k, %k key_mask %m scale 0.5
      : !tenon.tensor<[B, 8, N, 4] f32>, !tenon.tensor<[B, 8, M, 4] f32>, !tenon.tensor<[B, 8, M, 4] f32>, !tenon.tensor<[B, M] i1>
      -> !tenon.tensor<[B, 8, N, 4] f32>
  return %y : !tenon.tensor<[B, 8, N, 4] f32>
}

// CHECK-LABEL: func.func @captures_repeat(
func.func @captures_repeat(%q: !tenon.tensor<[B, 8, N, 4] f32>, %k: !tenon.tensor<[B, 8, M, 4] f32>, %c: !tenon.tensor<[8, 1, M] f32>, %d: !tenon.tensor<[] f32>)
    -> !tenon.tensor<[B, 8, N, 4] f32> {
  // CHECK: kernel.attend {{.*}}, %arg2[M*b1 + j0], %arg3[0]) -> {{.*}} scoreInputs = 2 : i64}
  // CHECK-NEXT: ^bb0(%[[S:.*]]: f32, %[[C:.*]]: f32, %[[D:.*]]: f32):
  // CHECK: %[[T:.*]] = arith.addf %[[S]], %[[C]] : f32
  // CHECK-NEXT: arith.mulf %[[T]], %[[D]] : f32
  %y = tenon.attention %q, %k, %k captures(%c, %d) scale 0.5
      : !tenon.tensor<[B, 8, N, 4] f32>, !tenon.tensor<[B, 8, M, 4] f32>, !tenon.tensor<[B, 8, M, 4] f32> captures(!tenon.tensor<[8, 1, M] f32>, !tenon.tensor<[] f32>)
      -> !tenon.tensor<[B, 8, N, 4] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %e0: f32, %e1: f32):
    %t = arith.addf %s, %e0 : f32
    %u = arith.mulf %t, %e1 : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8, N, 4] f32>
}

// The region gets the flat batch index and the head.
// CHECK-LABEL: func.func @positions_of_shared_keys(
func.func @positions_of_shared_keys(%q: !tenon.tensor<[A, B, 8, N, 4] f32>, %k: !tenon.tensor<[A, B, 2, M, 4] f32>)
    -> !tenon.tensor<[A, B, 8, N, 4] f32> {
  // CHECK: kernel.attend [batch b0: A, batch b1: B, batch b2: 2, batch b3: 4, queries i0: N, keys j0: M
  // CHECK-DAG: %[[P0:.*]] = kernel.position 0
  // CHECK-DAG: %[[P1:.*]] = kernel.position 1
  // CHECK-DAG: %[[B:.*]] = tenon.extent <B> : index
  // CHECK-DAG: %[[OUTER:.*]] = arith.muli %[[P0]], %[[B]] : index
  // CHECK-DAG: %[[BATCH:.*]] = arith.addi %[[P1]], %[[OUTER]] : index
  // CHECK-DAG: %[[P2:.*]] = kernel.position 2
  // CHECK-DAG: %[[FOUR:.*]] = tenon.extent <4> : index
  // CHECK-DAG: %[[GROUP:.*]] = arith.muli %[[P2]], %[[FOUR]] : index
  // CHECK-DAG: %[[P3:.*]] = kernel.position 3
  // CHECK-DAG: %[[HEAD:.*]] = arith.addi %[[GROUP]], %[[P3]] : index
  // CHECK: %[[I:.*]] = kernel.position 4
  // CHECK: %[[J:.*]] = kernel.position 5
  // CHECK: arith.addi %[[BATCH]], %[[HEAD]] : index
  // CHECK: arith.addi %[[I]], %[[J]] : index
  %y = tenon.attention %q, %k, %k scale 0.5
      : !tenon.tensor<[A, B, 8, N, 4] f32>, !tenon.tensor<[A, B, 2, M, 4] f32>, !tenon.tensor<[A, B, 2, M, 4] f32>
      -> !tenon.tensor<[A, B, 8, N, 4] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %p = arith.addi %b, %h : index
    %q0 = arith.addi %i, %j : index
    %r = arith.muli %p, %q0 : index
    %n = arith.index_cast %r : index to i64
    %g = arith.sitofp %n : i64 to f32
    %t = arith.addf %s, %g : f32
    tenon.yield %t : f32
  }
  return %y : !tenon.tensor<[A, B, 8, N, 4] f32>
}

// CHECK-LABEL: func.func @heads_are_a_view(
func.func @heads_are_a_view(%x: !tenon.tensor<[B, N, 32] f32>)
    -> !tenon.tensor<[B, 8, N, 4] f32> {
  // CHECK-NOT: kernel.rows
  // CHECK: kernel.attend [batch b0: B, batch b1: 8, queries i0: N, keys j0: N, depth d0: 4, values e0: 4] (%arg0[32*N*b0 + 4*b1 + d0 + 32*i0]
  %h = tenon.rearrange %x[a: B, b: N, (c: 8, d: 4)] -> [a, c, b, d] : !tenon.tensor<[B, N, 32] f32> -> !tenon.tensor<[B, 8, N, 4] f32>
  %y = tenon.attention %h, %h, %h scale 0.5
      : !tenon.tensor<[B, 8, N, 4] f32>, !tenon.tensor<[B, 8, N, 4] f32>, !tenon.tensor<[B, 8, N, 4] f32>
      -> !tenon.tensor<[B, 8, N, 4] f32>
  return %y : !tenon.tensor<[B, 8, N, 4] f32>
}

// One buffer: derivatives by queries, keys and values behind one another. Heads that
// share keys are a dimension of their own.
// CHECK-LABEL: func.func @derivatives(
func.func @derivatives(%q: !tenon.tensor<[B, 6, N, 4] f32>, %k: !tenon.tensor<[B, 2, M, 4] f32>, %dy: !tenon.tensor<[B, 6, N, 4] f32>, %m: !tenon.tensor<[B, M] i1>)
    -> !tenon.tensor<[B, 2, M, 4] f32> {
  // CHECK: %[[O:.*]] = kernel.empty : <[16*B*M + 24*B*N] f32>
  // CHECK: %[[G:.*]] = kernel.attend_gradient [batch b0: B, batch b1: 2, batch b2: 3, queries i0: N, keys j0: M, depth d0: 4, values e0: 4]
  // CHECK-SAME: (%arg0[{{.*}}12*N*b1 + 4*N*b2{{.*}}], %arg1[8*M*b0 + 4*M*b1 + d0 + 4*j0], %arg1[8*M*b0 + 4*M*b1 + e0 + 4*j0], %arg2[{{.*}}], %arg3[M*b0 + j0]) -> %[[O]][0] {keyMask, scale = 5.000000e-01 : f64, scoreInputs = 1 : i64}
  // CHECK: kernel.rows {{.*}} (%[[G]][{{.*}}24*B*N{{.*}}], %[[G]][{{.*}}8*B*M + 24*B*N{{.*}}])
  %dq, %dk, %dv = tenon.attention_gradient %q, %k, %k key_mask %m by %dy scale 0.5
      : !tenon.tensor<[B, 6, N, 4] f32>, !tenon.tensor<[B, 2, M, 4] f32>, !tenon.tensor<[B, 2, M, 4] f32>, !tenon.tensor<[B, 6, N, 4] f32>, !tenon.tensor<[B, M] i1>
  %s = tenon.map (%a = %dk, %b = %dv) : (!tenon.tensor<[B, 2, M, 4] f32>, !tenon.tensor<[B, 2, M, 4] f32>) -> !tenon.tensor<[B, 2, M, 4] f32> {
    %r = arith.addf %a, %b : f32
    tenon.yield %r : f32
  }
  return %s : !tenon.tensor<[B, 2, M, 4] f32>
}

// Every other element: the kernel wants heads in one piece.
// CHECK-LABEL: func.func @keys_copied_when_scattered(
func.func @keys_copied_when_scattered(%q: !tenon.tensor<[8, N, 4] f32>, %k: !tenon.tensor<[8, M, 8] f32>)
    -> !tenon.tensor<[8, N, 4] f32> {
  // CHECK: %[[K:.*]] = kernel.rows [rows m0: 8, rows m1: M, rows m2: 4] (%arg1[8*M*m0 + 8*m1 + 2*m2])
  // CHECK: kernel.attend {{.*}} (%arg0[{{.*}}], %[[K]][4*M*b0 + d0 + 4*j0], %{{.*}}[4*M*b0 + e0 + 4*j0])
  %s = tenon.slice %k starts [0, 0, 0] steps [1, 1, 2] : !tenon.tensor<[8, M, 8] f32> -> !tenon.tensor<[8, M, 4] f32>
  %y = tenon.attention %q, %s, %s scale 0.5
      : !tenon.tensor<[8, N, 4] f32>, !tenon.tensor<[8, M, 4] f32>, !tenon.tensor<[8, M, 4] f32>
      -> !tenon.tensor<[8, N, 4] f32>
  return %y : !tenon.tensor<[8, N, 4] f32>
}

// CHECK-LABEL: func.func @softmax_of_inner_axis(
func.func @softmax_of_inner_axis(%x: !tenon.tensor<[B, N, 4] f32>)
    -> !tenon.tensor<[B, N, 4] f32> {
  // CHECK: kernel.rows [rows m0: B, sum k0: N, rows m1: 4] (%arg0[4*N*m0 + 4*k0 + m1]) -> %{{.*}}[4*N*m0 + 4*k0 + m1]
  // CHECK-NEXT: ^bb0(%[[X:.*]]: f32):
  // CHECK-NEXT: %[[MAX:.*]] = kernel.reduce max %[[X]] : f32
  // CHECK-NEXT: %[[D:.*]] = arith.subf %[[X]], %[[MAX]] : f32
  // CHECK-NEXT: %[[E:.*]] = math.exp %[[D]] : f32
  // CHECK-NEXT: %[[SUM:.*]] = kernel.reduce sum %[[E]] : f32
  // CHECK-NEXT: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
  // CHECK-NEXT: %[[R:.*]] = arith.divf %[[ONE]], %[[SUM]] : f32
  // CHECK-NEXT: arith.mulf %[[E]], %[[R]] : f32
  %y = tenon.softmax %x axis 1 : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, N, 4] f32>
  return %y : !tenon.tensor<[B, N, 4] f32>
}
