// RUN: tenon-opt %s -kernel-merge-dims | FileCheck %s

// CHECK-LABEL: func.func @rows(
func.func @rows(%x: !tenon.tensor<[B, N, 4] f32>)
    -> !tenon.tensor<[B, N, 4] f32> {
  // CHECK: kernel.rows [rows c: 4*B*N] (%arg0[c]) -> %{{.*}}[c]
  %o = kernel.empty : !tenon.tensor<[B, N, 4] f32>
  %y = kernel.rows [rows r: B, rows s: N, rows c: 4] (%x[4*N*r + 4*s + c]) -> %o[4*N*r + 4*s + c]
      : (!tenon.tensor<[B, N, 4] f32>) -> !tenon.tensor<[B, N, 4] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, N, 4] f32>
}

// CHECK-LABEL: func.func @rows_of_a_contraction(
func.func @rows_of_a_contraction(%x: !tenon.tensor<[B, N, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[B, N, 8] f32> {
  // CHECK: kernel.contract [rows s: B*N, cols n: 8, sum k: 4] (%arg0[k + 4*s], %arg1[k + 4*n]) -> %{{.*}}[n + 8*s]
  %o = kernel.empty : !tenon.tensor<[B, N, 8] f32>
  %y = kernel.contract [rows r: B, rows s: N, cols n: 8, sum k: 4] (%x[4*N*r + 4*s + k], %w[4*n + k]) -> %o[8*N*r + 8*s + n]
      : (!tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[B, N, 8] f32>
}

// A batch that the left-hand side does not vary with, and over which the columns go on evenly.
// CHECK-LABEL: func.func @batch_of_columns(
func.func @batch_of_columns(%x: !tenon.tensor<[B, N, 5] f32>, %w: !tenon.tensor<[5, 7, 6] f32>, %b: !tenon.tensor<[7, 6] f32>)
    -> !tenon.tensor<[B, N, 7, 6] f32> {
  // CHECK: kernel.contract [rows m1: B*N, cols n0: 42, sum k0: 5] (%arg0[k0 + 5*m1], %arg1[42*k0 + n0], %arg2[n0]) -> %{{.*}}[42*m1 + n0]
  %o = kernel.empty : !tenon.tensor<[B, N, 7, 6] f32>
  %y = kernel.contract [batch b0: 7, rows m0: B, rows m1: N, cols n0: 6, sum k0: 5] (%x[5*N*m0 + 5*m1 + k0], %w[6*b0 + 42*k0 + n0], %b[6*b0 + n0]) -> %o[42*N*m0 + 42*m1 + 6*b0 + n0]
      : (!tenon.tensor<[B, N, 5] f32>, !tenon.tensor<[5, 7, 6] f32>, !tenon.tensor<[7, 6] f32>) -> !tenon.tensor<[B, N, 7, 6] f32> {
  ^bb0(%a: f32, %c: f32):
    %s = arith.addf %a, %c : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[B, N, 7, 6] f32>
}

// CHECK-LABEL: func.func @not_merged_left_hand_side_of_each_batch(
func.func @not_merged_left_hand_side_of_each_batch(%x: !tenon.tensor<[7, B, 5] f32>, %w: !tenon.tensor<[5, 7, 6] f32>)
    -> !tenon.tensor<[B, 7, 6] f32> {
  // CHECK: kernel.contract [batch b0: 7, rows m0: B, cols n0: 6, sum k0: 5]
  %o = kernel.empty : !tenon.tensor<[B, 7, 6] f32>
  %y = kernel.contract [batch b0: 7, rows m0: B, cols n0: 6, sum k0: 5] (%x[5*B*b0 + 5*m0 + k0], %w[6*b0 + 42*k0 + n0]) -> %o[42*m0 + 6*b0 + n0]
      : (!tenon.tensor<[7, B, 5] f32>, !tenon.tensor<[5, 7, 6] f32>) -> !tenon.tensor<[B, 7, 6] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[B, 7, 6] f32>
}

// CHECK-LABEL: func.func @sums(
func.func @sums(%x: !tenon.tensor<[B, N, 4] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.rows [rows r: B, sum c: 4*N] (%arg0[4*N*r + c]) -> %{{.*}}[r]
  %o = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows r: B, sum s: N, sum c: 4] (%x[4*N*r + 4*s + c]) -> %o[r]
      : (!tenon.tensor<[B, N, 4] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @batches_of_attention(
func.func @batches_of_attention(%q: !tenon.tensor<[B, H, N, 8] f32>)
    -> !tenon.tensor<[B, H, N, 8] f32> {
  // CHECK: kernel.attend [batch h: B*H, queries i: N, keys j: N, depth d: 8, values e: 8]
  %o = kernel.empty : !tenon.tensor<[B, H, N, 8] f32>
  %y = kernel.attend [batch b: B, batch h: H, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*H*N*b + 8*N*h + 8*i + d], %q[8*H*N*b + 8*N*h + 8*j + d], %q[8*H*N*b + 8*N*h + 8*j + e]) -> %o[8*H*N*b + 8*N*h + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, H, N, 8] f32>, !tenon.tensor<[B, H, N, 8] f32>, !tenon.tensor<[B, H, N, 8] f32>) -> !tenon.tensor<[B, H, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[B, H, N, 8] f32>
}

// The bias stands still along both dimensions.
// CHECK-LABEL: func.func @repeated_alike(
func.func @repeated_alike(%b: !tenon.tensor<[8] f32>)
    -> !tenon.tensor<[B, N, 8] f32> {
  // CHECK: kernel.rows [rows s: B*N, rows c: 8] (%arg0[c])
  %o = kernel.empty : !tenon.tensor<[B, N, 8] f32>
  %y = kernel.rows [rows r: B, rows s: N, rows c: 8] (%b[c]) -> %o[8*N*r + 8*s + c]
      : (!tenon.tensor<[8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, N, 8] f32>
}

// CHECK-LABEL: func.func @unit_dimension_vanishes(
func.func @unit_dimension_vanishes(%x: !tenon.tensor<[B, 1, 4] f32>)
    -> !tenon.tensor<[B, 1, 4] f32> {
  // CHECK: kernel.rows [rows c: 4*B] (%arg0[c])
  %o = kernel.empty : !tenon.tensor<[B, 1, 4] f32>
  %y = kernel.rows [rows r: B, rows s: 1, rows c: 4] (%x[4*r + 4*s + c]) -> %o[4*r + 4*s + c]
      : (!tenon.tensor<[B, 1, 4] f32>) -> !tenon.tensor<[B, 1, 4] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 1, 4] f32>
}

// CHECK-LABEL: func.func @all_dimensions_vanish(
func.func @all_dimensions_vanish(%x: !tenon.tensor<[1, 1] f32>)
    -> !tenon.tensor<[1, 1] f32> {
  // CHECK: kernel.rows [] (%arg0[0]) -> %{{.*}}[0]
  %o = kernel.empty : !tenon.tensor<[1, 1] f32>
  %y = kernel.rows [rows r: 1, rows c: 1] (%x[r + c]) -> %o[r + c]
      : (!tenon.tensor<[1, 1] f32>) -> !tenon.tensor<[1, 1] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[1, 1] f32>
}

// CHECK-LABEL: func.func @not_merged_other_roles(
func.func @not_merged_other_roles(%x: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.rows [rows r: B, sum c: 8]
  %o = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows r: B, sum c: 8] (%x[8*r + c]) -> %o[r]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @not_merged_operand_permuted(
func.func @not_merged_operand_permuted(%x: !tenon.tensor<[4, B] f32>)
    -> !tenon.tensor<[B, 4] f32> {
  // CHECK: kernel.rows [rows r: B, rows c: 4]
  %o = kernel.empty : !tenon.tensor<[B, 4] f32>
  %y = kernel.rows [rows r: B, rows c: 4] (%x[B*c + r]) -> %o[4*r + c]
      : (!tenon.tensor<[4, B] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}

// CHECK-LABEL: func.func @not_merged_operand_repeated(
func.func @not_merged_operand_repeated(%x: !tenon.tensor<[B, 4] f32>, %b: !tenon.tensor<[4] f32>)
    -> !tenon.tensor<[B, 4] f32> {
  // CHECK: kernel.rows [rows r: B, rows c: 4]
  %o = kernel.empty : !tenon.tensor<[B, 4] f32>
  %y = kernel.rows [rows r: B, rows c: 4] (%x[4*r + c], %b[c]) -> %o[4*r + c]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32, %c: f32):
    %u = arith.addf %a, %c : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}

// CHECK-LABEL: func.func @not_merged_gap_after_a_row(
func.func @not_merged_gap_after_a_row(%x: !tenon.tensor<[B, 5] f32>)
    -> !tenon.tensor<[B, 4] f32> {
  // CHECK: kernel.rows [rows r: B, rows c: 4]
  %o = kernel.empty : !tenon.tensor<[B, 4] f32>
  %y = kernel.rows [rows r: B, rows c: 4] (%x[5*r + c]) -> %o[4*r + c]
      : (!tenon.tensor<[B, 5] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}

// CHECK-LABEL: func.func @not_merged_positions(
func.func @not_merged_positions(%x: !tenon.tensor<[B, 4] f32>)
    -> !tenon.tensor<[B, 4] f32> {
  // CHECK: kernel.rows [rows r: B, rows c: 4]
  // CHECK: kernel.position 1
  %o = kernel.empty : !tenon.tensor<[B, 4] f32>
  %y = kernel.rows [rows r: B, rows c: 4] (%x[4*r + c]) -> %o[4*r + c]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    %pos = kernel.position 1
    %i = arith.index_cast %pos : index to i64
    %g = arith.sitofp %i : i64 to f32
    tenon.yield %g : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}

// CHECK-LABEL: func.func @not_merged_padded_window(
func.func @not_merged_padded_window(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 3] f32>)
    -> !tenon.tensor<[B, 8, 4] f32> {
  // CHECK: kernel.window [rows m: B, rows p: 4, rows u: 1, cols n: 8, sum t: 3]
  %o = kernel.empty : !tenon.tensor<[B, 8, 4] f32>
  %y = kernel.window [rows m: B, rows p: 4, rows u: 1, cols n: 8, sum t: 3] (%x[4*m + p + t - 1], %w[3*n + t]) -> %o[32*m + 4*n + p] {bounds = array<i64: 1, 4, 1, 1, 1, 4>}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 3] f32>) -> !tenon.tensor<[B, 8, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[B, 8, 4] f32>
}

// CHECK-LABEL: func.func @kept_dimensions_a_contraction_needs(
func.func @kept_dimensions_a_contraction_needs(%x: !tenon.tensor<[1, 1] f32>, %w: !tenon.tensor<[1, 1] f32>)
    -> !tenon.tensor<[1, 1] f32> {
  // CHECK: kernel.contract [rows m: 1, cols n: 1, sum k: 1]
  %o = kernel.empty : !tenon.tensor<[1, 1] f32>
  %y = kernel.contract [batch b: 1, rows l: 1, rows m: 1, cols n: 1, sum k: 1] (%x[m + k], %w[n + k]) -> %o[m + n]
      : (!tenon.tensor<[1, 1] f32>, !tenon.tensor<[1, 1] f32>) -> !tenon.tensor<[1, 1] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[1, 1] f32>
}

// It says that the kernel reduces.
// CHECK-LABEL: func.func @kept_only_sum_of_a_row_kernel(
func.func @kept_only_sum_of_a_row_kernel(%x: !tenon.tensor<[B, 1] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.rows [rows r: B, sum k: 1]
  %o = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows r: B, sum k: 1] (%x[r + k]) -> %o[r]
      : (!tenon.tensor<[B, 1] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %y : !tenon.tensor<[B] f32>
}
