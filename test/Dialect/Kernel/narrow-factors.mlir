// RUN: tenon-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(kernel-narrow-factors))' | FileCheck %s
// RUN: tenon-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(kernel-narrow-factors,kernel-narrow-factors))' | FileCheck %s

// Who computes what a product alone reads stores it in bf16; of an input it reads a copy.
module attributes {tenon.compute = bf16} {
tenon.size @M from 0 to *

// CHECK-LABEL: func.func @computed_and_given
func.func @computed_and_given(%a: !tenon.tensor<[M, 24] f32>, %w: !tenon.tensor<[8, 24] f32>) -> !tenon.tensor<[M, 8] f32> {
  // CHECK-NEXT: %[[E:.*]] = kernel.empty : <[8, 24] bf16>
  // CHECK-NEXT: %[[W:.*]] = kernel.rows [rows m: 192] (%{{.*}}[m]) -> %[[E]][m] : (!tenon.tensor<[8, 24] f32>) -> !tenon.tensor<[8, 24] bf16>
  // CHECK-NEXT: ^bb0(%[[X:.*]]: f32):
  // CHECK-NEXT: %[[N:.*]] = arith.truncf %[[X]] : f32 to bf16
  // CHECK-NEXT: tenon.yield %[[N]] : bf16
  // CHECK: kernel.empty : <[M, 24] bf16>
  // CHECK-NEXT: %[[V:.*]] = kernel.rows [rows m: 24*M]
  // CHECK: %[[D:.*]] = arith.addf
  // CHECK-NEXT: %[[R:.*]] = arith.truncf %[[D]] : f32 to bf16
  // CHECK-NEXT: tenon.yield %[[R]] : bf16
  // CHECK: kernel.contract [rows m: M, cols n: 8, sum k: 24] (%[[V]][k + 24*m], %[[W]][k + 24*n])
  // CHECK-SAME: (!tenon.tensor<[M, 24] bf16>, !tenon.tensor<[8, 24] bf16>) -> !tenon.tensor<[M, 8] f32>
  %0 = kernel.empty : !tenon.tensor<[M, 24] f32>
  %v = kernel.rows [rows m: 24*M] (%a[m]) -> %0[m] : (!tenon.tensor<[M, 24] f32>) -> !tenon.tensor<[M, 24] f32> {
  ^bb0(%x: f32):
    %d = arith.addf %x, %x : f32
    tenon.yield %d : f32
  }
  %1 = kernel.empty : !tenon.tensor<[M, 8] f32>
  %y = kernel.contract [rows m: M, cols n: 8, sum k: 24] (%v[24*m + k], %w[24*n + k]) -> %1[8*m + n] : (!tenon.tensor<[M, 24] f32>, !tenon.tensor<[8, 24] f32>) -> !tenon.tensor<[M, 8] f32> {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[M, 8] f32>
}

// A result that others read, too, stays; so does one that is returned.
// CHECK-LABEL: func.func @other_readers
func.func @other_readers(%a: !tenon.tensor<[8, 8] f32>) -> (!tenon.tensor<[8, 8] f32>, !tenon.tensor<[8, 8] f32>) {
  // CHECK: %[[Y:.*]] = kernel.contract
  // CHECK-SAME: -> !tenon.tensor<[8, 8] f32>
  // CHECK: %[[C:.*]] = kernel.rows [rows m: 64] (%[[Y]][m])
  // CHECK-SAME: -> !tenon.tensor<[8, 8] bf16>
  // CHECK: %[[Z:.*]] = kernel.contract
  // CHECK-SAME: (%[[C]][k + 8*m], %[[C]][8*k + n])
  // CHECK: return %[[Y]], %[[Z]]
  %0 = kernel.empty : !tenon.tensor<[8, 8] f32>
  %y = kernel.contract [rows m: 8, cols n: 8, sum k: 8] (%a[8*m + k], %a[8*n + k]) -> %0[8*m + n] : (!tenon.tensor<[8, 8] f32>, !tenon.tensor<[8, 8] f32>) -> !tenon.tensor<[8, 8] f32> {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  %1 = kernel.empty : !tenon.tensor<[8, 8] f32>
  %z = kernel.contract [rows m: 8, cols n: 8, sum k: 8] (%y[8*m + k], %y[8*k + n]) -> %1[8*m + n] : (!tenon.tensor<[8, 8] f32>, !tenon.tensor<[8, 8] f32>) -> !tenon.tensor<[8, 8] f32> {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  return %y, %z : !tenon.tensor<[8, 8] f32>, !tenon.tensor<[8, 8] f32>
}

// Elements of w begin at no multiple of 16 bytes: neither factor is narrow.
// CHECK-LABEL: func.func @scattered
// CHECK-NOT: bf16
func.func @scattered(%a: !tenon.tensor<[8, 24] f32>, %w: !tenon.tensor<[24, 9] f32>) -> !tenon.tensor<[8, 9] f32> {
  %0 = kernel.empty : !tenon.tensor<[8, 9] f32>
  %y = kernel.contract [rows m: 8, cols n: 9, sum k: 24] (%a[24*m + k], %w[9*k + n]) -> %0[9*m + n] : (!tenon.tensor<[8, 24] f32>, !tenon.tensor<[24, 9] f32>) -> !tenon.tensor<[8, 9] f32> {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[8, 9] f32>
}

// CHECK-LABEL: func.func @attention
func.func @attention(%q: !tenon.tensor<[M, 8] f32>, %k: !tenon.tensor<[M, 8] f32>, %v: !tenon.tensor<[M, 16] f32>) -> !tenon.tensor<[M, 16] f32> {
  // CHECK-COUNT-3: kernel.rows
  // CHECK: kernel.attend
  // CHECK-SAME: (!tenon.tensor<[M, 8] bf16>, !tenon.tensor<[M, 8] bf16>, !tenon.tensor<[M, 16] bf16>) -> !tenon.tensor<[M, 16] f32>
  %0 = kernel.empty : !tenon.tensor<[M, 16] f32>
  %y = kernel.attend [queries i: M, keys j: M, depth d: 8, values e: 16] (%q[8*i + d], %k[8*j + d], %v[16*j + e]) -> %0[16*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64} : (!tenon.tensor<[M, 8] f32>, !tenon.tensor<[M, 8] f32>, !tenon.tensor<[M, 16] f32>) -> !tenon.tensor<[M, 16] f32> {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[M, 16] f32>
}
}

// -----

// Products of f32 keep their factors.
// CHECK-LABEL: func.func @of_f32
// CHECK-NOT: bf16
func.func @of_f32(%a: !tenon.tensor<[8, 24] f32>, %w: !tenon.tensor<[8, 24] f32>) -> !tenon.tensor<[8, 8] f32> {
  %0 = kernel.empty : !tenon.tensor<[8, 8] f32>
  %y = kernel.contract [rows m: 8, cols n: 8, sum k: 24] (%a[24*m + k], %w[24*n + k]) -> %0[8*m + n] : (!tenon.tensor<[8, 24] f32>, !tenon.tensor<[8, 24] f32>) -> !tenon.tensor<[8, 8] f32> {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[8, 8] f32>
}
