// RUN: tenon-opt %s -kernel-outline -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @one_kernel(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor<[B, 4] f32>
func.func @one_kernel(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  // CHECK-NEXT: %[[O:.*]] = kernel.empty
  // Two ops per element; both tensors once, 4 bytes an element.
  // CHECK-NEXT: %[[Y:.*]] = kernel.launch @rows_0(%[[X]], %[[O]]) flops <8*B> bytes <32*B>
  // CHECK-NEXT: return %[[Y]]
  %o = kernel.empty : !tenon.tensor<[B, 4] f32>
  %y = kernel.rows [rows m: B, rows n: 4] (%x[4*m + n]) -> %o[4*m + n] : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%e: f32):
    %s = arith.mulf %e, %e : f32
    %t = math.tanh %s : f32
    tenon.yield %t : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}
// CHECK: func.func private @rows_0(%[[A:.*]]: !tenon.tensor<[B, 4] f32>, %[[B:.*]]: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
// CHECK-NEXT: %[[R:.*]] = kernel.rows [rows m: B, rows n: 4] (%[[A]][4*m + n]) -> %[[B]][4*m + n]
// CHECK: return %[[R]]

// -----

// Layers that differ in their parameters alone share a function.
// CHECK-LABEL: func.func @equal_kernels_share_a_function
func.func @equal_kernels_share_a_function(%x: !tenon.tensor<[B, 4] f32>, %v: !tenon.tensor<[4, 4] f32>, %w: !tenon.tensor<[4, 4] f32>)
    -> !tenon.tensor<[B, 4] f32> {
  // CHECK: %[[H:.*]] = kernel.launch @contract_0(%{{.*}}, %arg1, %{{.*}}) flops <32*B> bytes <32*B + 64>
  // CHECK: kernel.launch @contract_0(%[[H]], %arg2, %{{.*}}) flops <32*B> bytes <32*B + 64>
  %o = kernel.empty : !tenon.tensor<[B, 4] f32>
  %h = kernel.contract [rows m: B, cols n: 4, sum k: 4] (%x[4*m + k], %v[4*n + k]) -> %o[4*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[4, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  %p = kernel.empty : !tenon.tensor<[B, 4] f32>
  %y = kernel.contract [rows m: B, cols n: 4, sum k: 4] (%h[4*m + k], %w[4*n + k]) -> %p[4*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[4, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}
// CHECK-COUNT-1: func.func private
// CHECK-NOT: func.func private

// -----

// Functions are shared between entries.
func.func @equal_kernels_of_two_entries_1(%x: !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  %o = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B] (%x[m]) -> %o[m] : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[B] f32>
}
// CHECK-LABEL: func.func @equal_kernels_of_two_entries_2
func.func @equal_kernels_of_two_entries_2(%x: !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.launch @rows_0
  %o = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B] (%x[m]) -> %o[m] : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[B] f32>
}
// CHECK-COUNT-1: func.func private
// CHECK-NOT: func.func private

// -----

// CHECK-LABEL: func.func @not_shared_other_region
func.func @not_shared_other_region(%x: !tenon.tensor<[B] f32>) -> (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) {
  // CHECK: kernel.launch @rows_0
  // CHECK: kernel.launch @rows_1
  %o = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B] (%x[m]) -> %o[m] : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    %t = math.tanh %e : f32
    tenon.yield %t : f32
  }
  %p = kernel.empty : !tenon.tensor<[B] f32>
  %z = kernel.rows [rows m: B] (%x[m]) -> %p[m] : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    %t = math.exp %e : f32
    tenon.yield %t : f32
  }
  return %y, %z : !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>
}

// -----

// CHECK-LABEL: func.func @not_shared_other_access
func.func @not_shared_other_access(%x: !tenon.tensor<[2, B] f32>) -> (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) {
  // CHECK: kernel.launch @rows_0
  // CHECK: kernel.launch @rows_1
  %o = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B] (%x[m]) -> %o[m] : (!tenon.tensor<[2, B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  %p = kernel.empty : !tenon.tensor<[B] f32>
  %z = kernel.rows [rows m: B] (%x[B + m]) -> %p[m] : (!tenon.tensor<[2, B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y, %z : !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>
}

// -----

// CHECK-LABEL: func.func @not_shared_other_size
func.func @not_shared_other_size(%x: !tenon.tensor<[B] f32>, %z: !tenon.tensor<[N] f32>) -> (!tenon.tensor<[B] f32>, !tenon.tensor<[N] f32>) {
  // CHECK: kernel.launch @rows_0
  // CHECK: kernel.launch @rows_1
  %o = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B] (%x[m]) -> %o[m] : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  %p = kernel.empty : !tenon.tensor<[N] f32>
  %u = kernel.rows [rows m: N] (%z[m]) -> %p[m] : (!tenon.tensor<[N] f32>) -> !tenon.tensor<[N] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y, %u : !tenon.tensor<[B] f32>, !tenon.tensor<[N] f32>
}

// -----

// Two passes of 2*8 operations a score, four more for softmax; the three
// operands are one tensor read three times.
// CHECK-LABEL: func.func @work_of_attention
func.func @work_of_attention(%q: !tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[N, 8] f32> {
  // CHECK: kernel.launch @attend_0(%arg0, %arg0, %arg0, %{{.*}}) flops <36*N*N> bytes <128*N>
  %o = kernel.empty : !tenon.tensor<[N, 8] f32>
  %y = kernel.attend [queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*i + d], %q[8*j + d], %q[8*j + e]) -> %o[8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[N, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[N, 8] f32>
}

// -----

// An entry keeps the name a kernel would have.
// CHECK-LABEL: func.func @rows_0(
func.func @rows_0(%x: !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.launch @[[NAME:rows_0_[0-9]+]]
  %o = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B] (%x[m]) -> %o[m] : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[B] f32>
}
// CHECK: func.func private @[[NAME]](
