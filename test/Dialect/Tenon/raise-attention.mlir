// RUN: tenon-opt %s -split-input-file -tenon-raise-attention -canonicalize | FileCheck %s
// RUN: tenon-opt %s -split-input-file -tenon-raise-attention --remarks-filter-failed=.* --mlir-disable-threading -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHY

!q = !tenon.tensor<[B, 2, N, 4] f32>
!k = !tenon.tensor<[B, 2, M, 4] f32>
!v = !tenon.tensor<[B, 2, M, 8] f32>
!s = !tenon.tensor<[B, 2, N, M] f32>
!y = !tenon.tensor<[B, 2, N, 8] f32>

// CHECK-LABEL: func.func @scaled
// CHECK-NEXT: %[[Y:.*]] = tenon.attention %arg0, %arg1, %arg2 scale 5.000000e-01 strict : {{.*}} -> <[B, 2, N, 8] f32>{{$}}
// CHECK-NEXT: return %[[Y]]
func.func @scaled(%q: !q, %k: !k, %v: !v) -> !y {
  %s = tenon.contract %q[a, b, c, d], %k[a, b, e, d] -> [a, b, c, e] : !q, !k -> !s
  %t = tenon.map (%x = %s) : (!s) -> !s {
    %two = arith.constant 2.0 : f32
    %z = arith.divf %x, %two : f32
    tenon.yield %z : f32
  }
  %p = tenon.softmax %t axis 3 : !s -> !s
  %y = tenon.contract %p[a, b, c, e], %v[a, b, e, f] -> [a, b, c, f] : !s, !v -> !y
  return %y : !y
}

// -----

// Axes in another order, and maps that read a mask and a bias.
!q = !tenon.tensor<[B, N, 2, 4] f32>
!s = !tenon.tensor<[B, 2, N, N] f32>

// CHECK-LABEL: func.func @in_the_order_of_tokens
// CHECK-DAG: %[[Q:.*]] = tenon.rearrange %arg0[a: B, b: N, c: 2, d: 4] -> [a, c, b, d]
// CHECK-DAG: %[[K:.*]] = tenon.rearrange %arg1[a: B, b: N, c: 2, d: 4] -> [a, c, b, d]
// CHECK-DAG: %[[V:.*]] = tenon.rearrange %arg2[a: B, b: N, c: 2, d: 4] -> [a, c, b, d]
// CHECK: %[[Y:.*]] = tenon.attention %[[Q]], %[[K]], %[[V]] captures(%arg3, %arg4) scale 1.000000e+00 strict
// CHECK: ^bb0(%[[S:.*]]: f32, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %[[BIAS:.*]]: f32, %[[MASK:.*]]: i1):
// CHECK: %[[A:.*]] = arith.addf %[[S]], %[[BIAS]]
// CHECK: arith.select %[[MASK]], %[[A]]
// CHECK: tenon.rearrange %[[Y]][a: B, b: 2, c: N, d: 4] -> [a, c, b, d]
func.func @in_the_order_of_tokens(%q: !q, %k: !q, %v: !q, %b: !tenon.tensor<[2, N, N] f32>, %m: !tenon.tensor<[N, N] i1>) -> !q {
  %s = tenon.contract %k[a, e, b, d], %q[a, c, b, d] -> [a, b, c, e] : !q, !q -> !s
  %t = tenon.map (%x = %s, %bias = %b) : (!s, !tenon.tensor<[2, N, N] f32>) -> !s {
    %z = arith.addf %x, %bias : f32
    tenon.yield %z : f32
  }
  %u = tenon.map (%mask = %m, %x = %t) : (!tenon.tensor<[N, N] i1>, !s) -> !s {
    %low = arith.constant -1.0e9 : f32
    %z = arith.select %mask, %x, %low : f32
    tenon.yield %z : f32
  }
  %p = tenon.softmax %u axis 3 : !s -> !s
  %y = tenon.contract %v[a, e, b, f], %p[a, b, c, e] -> [a, c, b, f] : !q, !s -> !q
  return %y : !q
}

// -----

// A single head without leading axes.
// CHECK-LABEL: func.func @one_head
// CHECK: tenon.attention %{{.*}}, %{{.*}}, %{{.*}} scale 1.000000e+00 strict : <[1, N, 4] f32>, <[1, M, 4] f32>, <[1, M, 8] f32> -> <[1, N, 8] f32>
// CHECK: tenon.rearrange %{{.*}} -> [(a, b), c]
func.func @one_head(%q: !tenon.tensor<[N, 4] f32>, %k: !tenon.tensor<[M, 4] f32>, %v: !tenon.tensor<[M, 8] f32>) -> !tenon.tensor<[N, 8] f32> {
  %s = tenon.contract %q[c, d], %k[e, d] -> [c, e] : !tenon.tensor<[N, 4] f32>, !tenon.tensor<[M, 4] f32> -> !tenon.tensor<[N, M] f32>
  %p = tenon.softmax %s axis 1 : !tenon.tensor<[N, M] f32> -> !tenon.tensor<[N, M] f32>
  %y = tenon.contract %p[c, e], %v[e, f] -> [c, f] : !tenon.tensor<[N, M] f32>, !tenon.tensor<[M, 8] f32> -> !tenon.tensor<[N, 8] f32>
  return %y : !tenon.tensor<[N, 8] f32>
}

// -----

// CHECK-LABEL: func.func @weights_are_returned
// CHECK-NOT: tenon.attention
// WHY: WeightsHaveAnotherReader{{.*}}no attention block: its weights have another reader
func.func @weights_are_returned(%q: !tenon.tensor<[N, 4] f32>, %k: !tenon.tensor<[M, 4] f32>, %v: !tenon.tensor<[M, 8] f32>) -> (!tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, M] f32>) {
  %s = tenon.contract %q[c, d], %k[e, d] -> [c, e] : !tenon.tensor<[N, 4] f32>, !tenon.tensor<[M, 4] f32> -> !tenon.tensor<[N, M] f32>
  %p = tenon.softmax %s axis 1 : !tenon.tensor<[N, M] f32> -> !tenon.tensor<[N, M] f32>
  %y = tenon.contract %p[c, e], %v[e, f] -> [c, f] : !tenon.tensor<[N, M] f32>, !tenon.tensor<[M, 8] f32> -> !tenon.tensor<[N, 8] f32>
  return %y, %p : !tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, M] f32>
}

// -----

// CHECK-LABEL: func.func @dynamic_head
// CHECK-NOT: tenon.attention
// WHY: HeadSizeNotConstant{{.*}}no attention block: the size of a head is not constant
func.func @dynamic_head(%q: !tenon.tensor<[N, D] f32>, %k: !tenon.tensor<[M, D] f32>, %v: !tenon.tensor<[M, 8] f32>) -> !tenon.tensor<[N, 8] f32> {
  %s = tenon.contract %q[c, d], %k[e, d] -> [c, e] : !tenon.tensor<[N, D] f32>, !tenon.tensor<[M, D] f32> -> !tenon.tensor<[N, M] f32>
  %p = tenon.softmax %s axis 1 : !tenon.tensor<[N, M] f32> -> !tenon.tensor<[N, M] f32>
  %y = tenon.contract %p[c, e], %v[e, f] -> [c, f] : !tenon.tensor<[N, M] f32>, !tenon.tensor<[M, 8] f32> -> !tenon.tensor<[N, 8] f32>
  return %y : !tenon.tensor<[N, 8] f32>
}

// -----

// A mean over queries is no product with values.
// CHECK-LABEL: func.func @sums_over_queries
// CHECK-NOT: tenon.attention
func.func @sums_over_queries(%q: !tenon.tensor<[N, 4] f32>, %k: !tenon.tensor<[N, 4] f32>, %v: !tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[N, 8] f32> {
  %s = tenon.contract %q[c, d], %k[e, d] -> [c, e] : !tenon.tensor<[N, 4] f32>, !tenon.tensor<[N, 4] f32> -> !tenon.tensor<[N, N] f32>
  %p = tenon.softmax %s axis 1 : !tenon.tensor<[N, N] f32> -> !tenon.tensor<[N, N] f32>
  %y = tenon.contract %p[e, c], %v[e, f] -> [c, f] : !tenon.tensor<[N, N] f32>, !tenon.tensor<[N, 8] f32> -> !tenon.tensor<[N, 8] f32>
  return %y : !tenon.tensor<[N, 8] f32>
}

// -----

// A product that sums over heads, too.
// CHECK-LABEL: func.func @sums_over_heads
// CHECK-NOT: tenon.attention
func.func @sums_over_heads(%q: !tenon.tensor<[2, N, 4] f32>, %k: !tenon.tensor<[2, M, 4] f32>, %v: !tenon.tensor<[2, M, 8] f32>) -> !tenon.tensor<[N, 8] f32> {
  %s = tenon.contract %q[a, c, d], %k[a, e, d] -> [a, c, e] : !tenon.tensor<[2, N, 4] f32>, !tenon.tensor<[2, M, 4] f32> -> !tenon.tensor<[2, N, M] f32>
  %p = tenon.softmax %s axis 2 : !tenon.tensor<[2, N, M] f32> -> !tenon.tensor<[2, N, M] f32>
  %y = tenon.contract %p[a, c, e], %v[a, e, f] -> [c, f] : !tenon.tensor<[2, N, M] f32>, !tenon.tensor<[2, M, 8] f32> -> !tenon.tensor<[N, 8] f32>
  return %y : !tenon.tensor<[N, 8] f32>
}
