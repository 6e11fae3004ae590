// RUN: tenon-opt %s -tenon-merge-routes -canonicalize | FileCheck %s
// RUN: tenon-opt %s -tenon-merge-routes -mlir-disable-threading --remarks-filter-failed=.* -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHY

!x = !tenon.tensor<[B, N, 4] f32>
!y = !tenon.tensor<[B, N, 8] f32>
!w = !tenon.tensor<[8, 4] f32>
!i = !tenon.tensor<[B, N] i64>
!i2 = !tenon.tensor<[B, N] f32>

// Weights are stacked, and each token has its own.
// CHECK-LABEL: func.func @products(
// CHECK: %[[TABLE:.*]] = tenon.concat %{{.*}}, %{{.*}} axis 0 : {{.*}} -> <[2, 8, 4] f32>
// CHECK: %[[OWN:.*]] = tenon.gather %[[TABLE]][%arg3] axis 0 : {{.*}} -> <[B, N, 8, 4] f32>
// CHECK: %[[Y:.*]] = tenon.contract %arg0[a, b, c], %[[OWN]][a, b, d, c] -> [a, b, d]
// CHECK-NEXT: return %[[Y]]
func.func @products(%x: !x, %v: !w, %w: !w, %ids: !i) -> !y {
  %a = tenon.contract %x[a, b, c], %v[d, c] -> [a, b, d] : !x, !w -> !y
  %b = tenon.contract %x[a, b, c], %w[d, c] -> [a, b, d] : !x, !w -> !y
  %y = tenon.route %ids of %a, %b : !i, !y, !y -> !y
  return %y : !y
}

// Through norms, movement and sums; gains join the map.
// CHECK-LABEL: func.func @chain(
// CHECK-NOT: tenon.route
// CHECK: tenon.softmax
// CHECK-NOT: tenon.softmax
// CHECK: tenon.rearrange {{.*}} -> <[B, N, 2, 2] f32>
// CHECK: tenon.gather %{{.*}}[%arg3] axis 0 : {{.*}} -> <[B, N, 2] f32>
// CHECK: tenon.rearrange {{.*}} -> <[B, N, 1, 2] f32>
// CHECK: tenon.map
// CHECK-NOT: tenon.map
// CHECK: tenon.reduce sum
// CHECK-NOT: tenon.reduce
// CHECK: return
func.func @chain(%x: !x, %g: !tenon.tensor<[2] f32>, %h: !tenon.tensor<[2] f32>, %ids: !i) -> !tenon.tensor<[B, N, 2] f32> {
  %s = tenon.softmax %x axis 2 : !x -> !x
  %t = tenon.softmax %x axis 2 : !x -> !x
  %a = tenon.rearrange %s[a: B, b: N, (c: 2, d: 2)] -> [a, b, c, d] : !x -> !tenon.tensor<[B, N, 2, 2] f32>
  %b = tenon.rearrange %t[a: B, b: N, (c: 2, d: 2)] -> [a, b, c, d] : !x -> !tenon.tensor<[B, N, 2, 2] f32>
  %c = tenon.map (%e = %a, %f = %g) : (!tenon.tensor<[B, N, 2, 2] f32>, !tenon.tensor<[2] f32>) -> !tenon.tensor<[B, N, 2, 2] f32> {
    %m = arith.mulf %e, %f : f32
    tenon.yield %m : f32
  }
  %d = tenon.map (%e = %b, %f = %h) : (!tenon.tensor<[B, N, 2, 2] f32>, !tenon.tensor<[2] f32>) -> !tenon.tensor<[B, N, 2, 2] f32> {
    %m = arith.mulf %e, %f : f32
    tenon.yield %m : f32
  }
  %p = tenon.reduce sum %c over [2] : !tenon.tensor<[B, N, 2, 2] f32> -> !tenon.tensor<[B, N, 2] f32>
  %q = tenon.reduce sum %d over [2] : !tenon.tensor<[B, N, 2, 2] f32> -> !tenon.tensor<[B, N, 2] f32>
  %y = tenon.route %ids of %p, %q : !i, !tenon.tensor<[B, N, 2] f32>, !tenon.tensor<[B, N, 2] f32> -> !tenon.tensor<[B, N, 2] f32>
  return %y : !tenon.tensor<[B, N, 2] f32>
}

// A block that cannot take one weight per token is taken apart.
// CHECK-LABEL: func.func @blocks(
// CHECK-NOT: tenon.ffn
// CHECK-COUNT-2: tenon.contract
// CHECK-NOT: tenon.contract
func.func @blocks(%x: !x, %w: !w, %v: !tenon.tensor<[4, 8] f32>, %u: !tenon.tensor<[4, 8] f32>, %ids: !i) -> !x {
  %a = tenon.ffn %x, %w, %v : (!x, !w, !tenon.tensor<[4, 8] f32>) -> !x {
  ^bb0(%h: f32):
    %r = math.tanh %h : f32
    tenon.yield %r : f32
  }
  %b = tenon.ffn %x, %w, %u : (!x, !w, !tenon.tensor<[4, 8] f32>) -> !x {
  ^bb0(%h: f32):
    %r = math.tanh %h : f32
    tenon.yield %r : f32
  }
  %y = tenon.route %ids of %a, %b : !i, !x, !x -> !x
  return %y : !x
}

// The sum is computed once; where the branches part they are taken apart.
// CHECK-LABEL: func.func @functions_differ(
// CHECK: %[[R:.*]] = tenon.route %arg1 of
// CHECK-NEXT: %[[S:.*]] = tenon.reduce sum %[[R]] over [2]
// CHECK-NEXT: return %[[S]]
// WHY: BranchesDiffer{{.*}}every branch computes all tokens where they differ: 'map' is not the same in all
func.func @functions_differ(%x: !x, %ids: !i) -> !i2 {
  %a = tenon.map (%e = %x) : (!x) -> !x {
    %m = math.tanh %e : f32
    tenon.yield %m : f32
  }
  %b = tenon.map (%e = %x) : (!x) -> !x {
    %m = math.exp %e : f32
    tenon.yield %m : f32
  }
  %p = tenon.reduce sum %a over [2] : !x -> !i2
  %q = tenon.reduce sum %b over [2] : !x -> !i2
  %y = tenon.route %ids of %p, %q : !i, !i2, !i2 -> !i2
  return %y : !i2
}

// Tokens that are mixed cannot come from several places.
// CHECK-LABEL: func.func @tokens_are_mixed(
// CHECK-COUNT-2: tenon.softmax
// CHECK: tenon.route
// WHY: BranchesDiffer{{.*}}'softmax' does not compute tokens one by one
func.func @tokens_are_mixed(%x: !x, %z: !x, %ids: !i) -> !x {
  %a = tenon.softmax %x axis 1 : !x -> !x
  %b = tenon.softmax %z axis 1 : !x -> !x
  %y = tenon.route %ids of %a, %b : !i, !x, !x -> !x
  return %y : !x
}

// A branch that is an input has no op to merge.
// CHECK-LABEL: func.func @inputs(
// CHECK: tenon.route
// WHY: BranchesDiffer{{.*}}a branch is an input as it is
func.func @inputs(%x: !x, %z: !x, %ids: !i) -> !x {
  %y = tenon.route %ids of %x, %z : !i, !x, !x -> !x
  return %y : !x
}

// Values along one axis of the tokens alone are no token's own.
// CHECK-LABEL: func.func @part_of_a_token(
// CHECK: tenon.route
// WHY: BranchesDiffer{{.*}}what 'map' reads varies along some axes of tokens alone
func.func @part_of_a_token(%x: !x, %p: !tenon.tensor<[N, 4] f32>, %q: !tenon.tensor<[N, 4] f32>, %ids: !i) -> !x {
  %a = tenon.map (%e = %x, %f = %p) : (!x, !tenon.tensor<[N, 4] f32>) -> !x {
    %m = arith.mulf %e, %f : f32
    tenon.yield %m : f32
  }
  %b = tenon.map (%e = %x, %f = %q) : (!x, !tenon.tensor<[N, 4] f32>) -> !x {
    %m = arith.mulf %e, %f : f32
    tenon.yield %m : f32
  }
  %y = tenon.route %ids of %a, %b : !i, !x, !x -> !x
  return %y : !x
}
