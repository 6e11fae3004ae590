// RUN: tenon-opt %s -kernel-skip-padding | FileCheck %s
// RUN: tenon-opt %s -kernel-skip-padding -mlir-disable-threading --remarks-filter-passed=.* -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHY

!x = !tenon.tensor<[B, N, 4] f32>
!w = !tenon.tensor<[4, 4] f32>
!m = !tenon.tensor<[B, N] i1>
!f = !tenon.tensor<[B, N] f32>
!p = !tenon.tensor<[B, 4] f32>

// All is read as hidden keys and values, or multiplied by the mask in the end.
// WHY-COUNT-4: HiddenTokensSkipped
// WHY-NOT: HiddenTokensSkipped
// CHECK-LABEL: func.func @pooled(
// CHECK: %[[IDS:.*]] = kernel.rows [rows m: B*N] (%arg2[m]) -> %{{.*}}[m]
// CHECK: arith.select %{{.*}}, %c0_i32, %c1_i32
// CHECK: %[[ORDER:.*]] = kernel.partition [rows m: B*N] (%[[IDS]][m]) -> %{{.*}}[0] {groups = 2 : i64} : {{.*}} -> !tenon.tensor<[B*N + 3] i32>
// CHECK: kernel.contract [groups g0: 1, rows m: B*N, cols n: 4, sum k: 4] (%arg0[k + 4*m], %arg1[k + 4*n], %[[ORDER]][m + 3])
// CHECK: kernel.attend {{.*}} {keyMask, scale = 1.000000e+00 : f64, scoreInputs = 1 : i64, skipsHidden}
// CHECK: kernel.contract [groups g0: 1,
func.func @pooled(%x: !x, %w: !w, %mask: !m) -> !p {
  %0 = kernel.empty : !x
  %q = kernel.contract [rows m: B*N, cols n: 4, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %0[4*m + n] : (!x, !w) -> !x {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %1 = kernel.empty : !x
  %a = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 4, values e: 4]
      (%q[4*N*b + 4*i + d], %q[4*N*b + 4*j + d], %q[4*N*b + 4*j + e], %mask[N*b + j]) -> %1[4*N*b + 4*i + e]
      {scale = 1.0, scoreInputs = 1, keyMask} : (!x, !x, !x, !m) -> !x {
  ^bb0(%v: f32):
    tenon.yield %v : f32
  }
  %2 = kernel.empty : !x
  %y = kernel.contract [rows m: B*N, cols n: 4, sum k: 4] (%a[4*m + k], %w[4*n + k], %q[4*m + n]) -> %2[4*m + n] : (!x, !w, !x) -> !x {
  ^bb0(%v: f32, %r: f32):
    %s = arith.addf %v, %r : f32
    tenon.yield %s : f32
  }
  %3 = kernel.empty : !p
  %s = kernel.rows [rows b: B, rows c: 4, sum k: N] (%y[4*N*b + c + 4*k], %mask[N*b + k]) -> %3[4*b + c] : (!x, !m) -> !p {
  ^bb0(%v: f32, %u: i1):
    %c = arith.uitofp %u : i1 to f32
    %h = arith.mulf %v, %c : f32
    %t = kernel.reduce sum %h : f32
    tenon.yield %t : f32
  }
  return %s : !p
}

// A row kernel that ends with the mask, as a tensor of 0 and 1.
// CHECK-LABEL: func.func @masked_at_the_end(
// CHECK: kernel.contract [groups g0: 1,
// CHECK: kernel.attend {{.*}}skipsHidden
func.func @masked_at_the_end(%x: !x, %w: !w, %mask: !m) -> !x {
  %0 = kernel.empty : !x
  %q = kernel.contract [rows m: B*N, cols n: 4, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %0[4*m + n] : (!x, !w) -> !x {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %1 = kernel.empty : !x
  %a = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 4, values e: 4]
      (%q[4*N*b + 4*i + d], %q[4*N*b + 4*j + d], %q[4*N*b + 4*j + e], %mask[N*b + j]) -> %1[4*N*b + 4*i + e]
      {scale = 1.0, scoreInputs = 1, keyMask} : (!x, !x, !x, !m) -> !x {
  ^bb0(%v: f32):
    tenon.yield %v : f32
  }
  %2 = kernel.empty : !f
  %f = kernel.rows [rows m: B*N] (%mask[m]) -> %2[m] : (!m) -> !f {
  ^bb0(%u: i1):
    %c = arith.uitofp %u : i1 to f32
    tenon.yield %c : f32
  }
  %3 = kernel.empty : !x
  %y = kernel.rows [rows m: B*N, sum k: 4] (%a[4*m + k], %f[m]) -> %3[4*m + k] : (!x, !f) -> !x {
  ^bb0(%v: f32, %c: f32):
    %t = kernel.reduce sum %v : f32
    %d = arith.divf %v, %t : f32
    %h = arith.mulf %d, %c : f32
    tenon.yield %h : f32
  }
  return %y : !x
}

// An output shows every token.
// CHECK-LABEL: func.func @tokens_are_returned(
// CHECK-NOT: groups
// CHECK-NOT: skipsHidden
func.func @tokens_are_returned(%x: !x, %w: !w, %mask: !m) -> !x {
  %0 = kernel.empty : !x
  %q = kernel.contract [rows m: B*N, cols n: 4, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %0[4*m + n] : (!x, !w) -> !x {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %1 = kernel.empty : !x
  %a = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 4, values e: 4]
      (%q[4*N*b + 4*i + d], %q[4*N*b + 4*j + d], %q[4*N*b + 4*j + e], %mask[N*b + j]) -> %1[4*N*b + 4*i + e]
      {scale = 1.0, scoreInputs = 1, keyMask} : (!x, !x, !x, !m) -> !x {
  ^bb0(%v: f32):
    tenon.yield %v : f32
  }
  return %a : !x
}

// Keys alone are hidden: their product skips, that of the queries does not.
// CHECK-LABEL: func.func @keys_alone(
// CHECK: kernel.contract [rows m: B*N,
// CHECK: kernel.contract [groups g0: 1,
// CHECK-NOT: skipsHidden
func.func @keys_alone(%x: !x, %w: !w, %mask: !m) -> !x {
  %0 = kernel.empty : !x
  %q = kernel.contract [rows m: B*N, cols n: 4, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %0[4*m + n] : (!x, !w) -> !x {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %1 = kernel.empty : !x
  %k = kernel.contract [rows m: B*N, cols n: 4, sum k: 4] (%x[4*m + k], %w[n + 4*k]) -> %1[4*m + n] : (!x, !w) -> !x {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %2 = kernel.empty : !x
  %a = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 4, values e: 4]
      (%q[4*N*b + 4*i + d], %k[4*N*b + 4*j + d], %k[4*N*b + 4*j + e], %mask[N*b + j]) -> %2[4*N*b + 4*i + e]
      {scale = 1.0, scoreInputs = 1, keyMask} : (!x, !x, !x, !m) -> !x {
  ^bb0(%v: f32):
    tenon.yield %v : f32
  }
  return %a : !x
}

// A sum over tokens without the mask sees all of them.
// CHECK-LABEL: func.func @plain_sum(
// CHECK-NOT: groups
func.func @plain_sum(%x: !x, %w: !w, %mask: !m) -> !p {
  %0 = kernel.empty : !x
  %q = kernel.contract [rows m: B*N, cols n: 4, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %0[4*m + n] : (!x, !w) -> !x {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %1 = kernel.empty : !x
  %a = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 4, values e: 4]
      (%q[4*N*b + 4*i + d], %q[4*N*b + 4*j + d], %q[4*N*b + 4*j + e], %mask[N*b + j]) -> %1[4*N*b + 4*i + e]
      {scale = 1.0, scoreInputs = 1, keyMask} : (!x, !x, !x, !m) -> !x {
  ^bb0(%v: f32):
    tenon.yield %v : f32
  }
  %2 = kernel.empty : !p
  %s = kernel.rows [rows b: B, rows c: 4, sum k: N] (%a[4*N*b + c + 4*k]) -> %2[4*b + c] : (!x) -> !p {
  ^bb0(%v: f32):
    %t = kernel.reduce sum %v : f32
    tenon.yield %t : f32
  }
  return %s : !p
}

// Another order of tokens, or another mask, is none.
// CHECK-LABEL: func.func @other_mask(
// CHECK-NOT: groups
func.func @other_mask(%x: !x, %w: !w, %mask: !m, %other: !m) -> !p {
  %0 = kernel.empty : !x
  %q = kernel.contract [rows m: B*N, cols n: 4, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %0[4*m + n] : (!x, !w) -> !x {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %1 = kernel.empty : !x
  %a = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 4, values e: 4]
      (%q[4*N*b + 4*i + d], %q[4*N*b + 4*j + d], %q[4*N*b + 4*j + e], %mask[N*b + j]) -> %1[4*N*b + 4*i + e]
      {scale = 1.0, scoreInputs = 1, keyMask} : (!x, !x, !x, !m) -> !x {
  ^bb0(%v: f32):
    tenon.yield %v : f32
  }
  %2 = kernel.empty : !p
  %s = kernel.rows [rows b: B, rows c: 4, sum k: N] (%a[4*N*b + c + 4*k], %other[N*b + k]) -> %2[4*b + c] : (!x, !m) -> !p {
  ^bb0(%v: f32, %u: i1):
    %c = arith.uitofp %u : i1 to f32
    %h = arith.mulf %v, %c : f32
    %t = kernel.reduce sum %h : f32
    tenon.yield %t : f32
  }
  return %s : !p
}
