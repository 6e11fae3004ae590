// RUN: tenon-opt %s -kernel-fuse-epilogues | FileCheck %s

// CHECK-LABEL: func.func @bias_and_activation(
func.func @bias_and_activation(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %b: !tenon.tensor<[8] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK: %[[O:.*]] = kernel.empty
  // CHECK-NOT: kernel.empty
  // CHECK: kernel.contract [rows m: B, cols n: 8, sum k: 4] (%arg0[k + 4*m], %arg1[k + 4*n], %arg2[n]) -> %[[O]][8*m + n]
  // CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32, %[[B:.*]]: f32):
  // CHECK-NEXT: %[[H:.*]] = arith.addf %[[ACC]], %[[B]] : f32
  // CHECK-NEXT: %[[Y:.*]] = math.tanh %[[H]] : f32
  // CHECK-NEXT: tenon.yield %[[Y]]
  // CHECK-NOT: kernel.rows
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %h = kernel.rows [rows r: B, rows c: 8] (%p[8*r + c], %b[c]) -> %e1[8*r + c]
      : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32, %c: f32):
    %u = arith.addf %a, %c : f32
    tenon.yield %u : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%h[8*r + c]) -> %e2[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @residual(
func.func @residual(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %r: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK: kernel.contract {{.*}} %arg2[8*m + n])
  // CHECK-NOT: kernel.rows
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%r[8*r + c], %p[8*r + c]) -> %e1[8*r + c]
      : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32, %c: f32):
    %u = arith.addf %a, %c : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @permuted_store(
func.func @permuted_store(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[8, B] f32> {
  // CHECK: kernel.contract {{.*}} -> %{{.*}}[B*n + m]
  // CHECK-NOT: kernel.rows
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[8, B] f32>
  %y = kernel.rows [rows c: 8, rows r: B] (%p[8*r + c]) -> %e2[B*c + r]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[8, B] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[8, B] f32>
}

// CHECK-LABEL: func.func @concatenated_store(
func.func @concatenated_store(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %z: !tenon.tensor<[B, 1] f32>)
    -> !tenon.tensor<[B, 9] f32> {
  // CHECK: %[[O:.*]] = kernel.empty : <[B, 9] f32>
  // CHECK: %[[FIRST:.*]] = kernel.rows
  // CHECK: kernel.contract {{.*}} -> %[[FIRST]][9*m + n + 1]
  // CHECK-NOT: kernel.rows
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 9] f32>
  %f = kernel.rows [rows r: B] (%z[r]) -> %e1[9*r]
      : (!tenon.tensor<[B, 1] f32>) -> !tenon.tensor<[B, 9] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %y = kernel.rows [rows r: B, rows c: 8] (%p[8*r + c]) -> %f[9*r + c + 1]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 9] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[B, 9] f32>
}

// CHECK-LABEL: func.func @value_read_twice_by_one_map(
func.func @value_read_twice_by_one_map(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK: kernel.contract
  // CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32):
  // CHECK-NEXT: arith.addf %[[ACC]], %[[ACC]]
  // CHECK-NOT: kernel.rows
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%p[8*r + c], %p[8*r + c]) -> %e1[8*r + c]
      : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32, %c: f32):
    %u = arith.addf %a, %c : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @chain_of_maps(
func.func @chain_of_maps(%x: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-COUNT-1: kernel.rows
  // CHECK: math.tanh
  // CHECK-NEXT: math.tanh
  // CHECK-NOT: kernel.rows
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%p[8*r + c]) -> %e2[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @row_kernel(
func.func @row_kernel(%x: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK: kernel.rows [rows m: B, sum k: 8]
  // CHECK: arith.divf
  // CHECK-NEXT: math.tanh
  // CHECK-NOT: kernel.rows
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.rows [rows m: B, sum k: 8] (%x[8*m + k]) -> %e0[8*m + k]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    %u = arith.divf %a, %sum : f32
    tenon.yield %u : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%p[8*r + c]) -> %e2[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @gather(
func.func @gather(%t: !tenon.tensor<[10, 8] f32>, %i: !tenon.tensor<[B] i64>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK: kernel.index
  // CHECK-NEXT: ^bb0(%[[E:.*]]: f32):
  // CHECK-NEXT: math.tanh %[[E]]
  // CHECK-NOT: kernel.rows
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.index [rows m: B, cols n: 8] (%t[n], %i[m]) -> %e0[8*m + n] {bound = #tenon.size<10>, stride = #tenon.size<8>}
      : (!tenon.tensor<[10, 8] f32>, !tenon.tensor<[B] i64>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%p[8*r + c]) -> %e2[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @attention(
func.func @attention(%q: !tenon.tensor<[N, 8] f32>)
    -> !tenon.tensor<[N, 8] f32> {
  // CHECK: kernel.attend
  // CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32):
  // CHECK-NEXT: math.tanh %[[ACC]]
  // CHECK-NOT: kernel.rows
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[N, 8] f32>
  %p = kernel.attend [queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*i + d], %q[8*j + d], %q[8*j + e]) -> %e0[8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[N, 8] f32>
  %y = kernel.rows [rows r: N, rows c: 8] (%p[8*r + c]) -> %e1[8*r + c]
      : (!tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[N, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[N, 8] f32>
}

// A row's result is spread along the dimension that was summed over.
// CHECK-LABEL: func.func @row_result_spread(
func.func @row_result_spread(%x: !tenon.tensor<[B, 2, 8] f32>, %g: !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, 2, 8] f32> {
  // CHECK: kernel.rows [rows m: B, rows n: 2, sum k: 8] (%arg0[k + 16*m + 8*n], %arg1[k]) -> %{{.*}}[k + 16*m + 8*n]
  // CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %[[G:.*]]: f32):
  // CHECK-NEXT: %[[S:.*]] = kernel.reduce sum %[[X]]
  // CHECK-NEXT: %[[Q:.*]] = arith.divf %[[X]], %[[S]]
  // CHECK-NEXT: %[[R:.*]] = arith.mulf %[[Q]], %[[G]]
  // CHECK-NEXT: tenon.yield %[[R]]
  // CHECK-NOT: kernel.rows
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 2] f32>
  %s = kernel.rows [rows m: B, rows n: 2, sum k: 8] (%x[16*m + 8*n + k]) -> %e0[2*m + n]
      : (!tenon.tensor<[B, 2, 8] f32>) -> !tenon.tensor<[B, 2] f32> {
  ^bb0(%a: f32):
    %u = kernel.reduce sum %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 2, 8] f32>
  %q = kernel.rows [rows h: B, rows i: 2, rows j: 8] (%x[16*h + 8*i + j], %s[2*h + i]) -> %e1[16*h + 8*i + j]
      : (!tenon.tensor<[B, 2, 8] f32>, !tenon.tensor<[B, 2] f32>) -> !tenon.tensor<[B, 2, 8] f32> {
  ^bb0(%a: f32, %b: f32):
    %u = arith.divf %a, %b : f32
    tenon.yield %u : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 2, 8] f32>
  %y = kernel.rows [rows h: B, rows i: 2, rows j: 8] (%q[16*h + 8*i + j], %g[j]) -> %e2[16*h + 8*i + j]
      : (!tenon.tensor<[B, 2, 8] f32>, !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, 2, 8] f32> {
  ^bb0(%a: f32, %b: f32):
    %u = arith.mulf %a, %b : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 2, 8] f32>
}

// The map's dimensions stand in another order than the contraction's.
// CHECK-LABEL: func.func @positions_renumbered(
func.func @positions_renumbered(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK: kernel.contract
  // CHECK: kernel.position 1
  // CHECK: kernel.position 0
  // CHECK-NOT: kernel.rows
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows c: 8, rows r: B] (%p[8*r + c]) -> %e2[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %pos = kernel.position 0
    %other = kernel.position 1
    %i = arith.index_cast %pos : index to i64
    %g = arith.sitofp %i : i64 to f32
    %u = arith.addf %a, %g : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// An operand that two maps read at the same place is read once.
// CHECK-LABEL: func.func @read_once(
func.func @read_once(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  // CHECK: kernel.rows [rows m: B, rows n: 4] (%arg0[4*m + n]) ->
  // CHECK-NEXT: ^bb0(%[[X:.*]]: f32):
  // CHECK-NEXT: %[[E:.*]] = math.exp %[[X]]
  // CHECK-NEXT: %[[Y:.*]] = arith.addf %[[E]], %[[X]]
  // CHECK-NEXT: tenon.yield %[[Y]]
  %e0 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %p = kernel.rows [rows m: B, rows n: 4] (%x[4*m + n]) -> %e0[4*m + n]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    %u = math.exp %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %y = kernel.rows [rows r: B, rows c: 4] (%p[4*r + c], %x[4*r + c]) -> %e1[4*r + c]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32, %b: f32):
    %u = arith.addf %a, %b : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}
