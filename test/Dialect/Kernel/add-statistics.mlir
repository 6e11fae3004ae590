// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(kernel-add-statistics))' | FileCheck %s
// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(kernel-add-statistics,kernel-add-statistics))' | FileCheck %s

// Three numbers per query of every head; the score region and the mask go along. Twice is
// as once.

tenon.size @N from 0 to *
tenon.size @M from 0 to *

// CHECK-LABEL: func.func @gradient
func.func @gradient(%q: !tenon.tensor<[2, N, 5] f32>, %k: !tenon.tensor<[M, 5] f32>, %v: !tenon.tensor<[M, 3] f32>, %dy: !tenon.tensor<[2, N, 3] f32>, %c: !tenon.tensor<[N] f32>, %m: !tenon.tensor<[M] i1>) -> !tenon.tensor<[10*N + 8*M] f32> {
  // CHECK: %[[O:.*]] = kernel.empty : <[8*M + 10*N] f32>
  // CHECK-NEXT: %[[E:.*]] = kernel.empty : <[2, N, 3] f32>
  // CHECK-NEXT: %[[S:.*]] = kernel.attend_statistics [batch h: 2, queries i: N, keys j: M, depth d: 5, values e: 3]
  // CHECK-SAME: %{{.*}}[i], %{{.*}}[j]) -> %[[E]][3*N*h + 3*i] {causal, keyMask, scale = 5.000000e-01 : f64, scoreInputs = 2 : i64}
  // CHECK: score {
  // CHECK: arith.addf
  // CHECK: kernel.attend_gradient
  // CHECK-SAME: %{{.*}}[j], %[[S]][3*N*h + 3*i]) -> %[[O]][0] {causal, keyMask, scale = 5.000000e-01 : f64, scoreInputs = 2 : i64, statistics}
  // CHECK-NOT: attend_statistics
  %o = kernel.empty : <[10*N + 8*M] f32>
  %g = kernel.attend_gradient [batch h: 2, queries i: N, keys j: M, depth d: 5, values e: 3]
      (%q[5*N*h + 5*i + d], %k[5*j + d], %v[3*j + e], %dy[3*N*h + 3*i + e], %c[i], %m[j]) -> %o[0] {scale = 0.5 : f64, scoreInputs = 2 : i64, keyMask, causal}
      : (!tenon.tensor<[2, N, 5] f32>, !tenon.tensor<[M, 5] f32>, !tenon.tensor<[M, 3] f32>, !tenon.tensor<[2, N, 3] f32>, !tenon.tensor<[N] f32>, !tenon.tensor<[M] i1>) -> !tenon.tensor<[10*N + 8*M] f32> score {
  ^bb0(%s: f32, %b: f32):
    %r = arith.addf %s, %b : f32
    tenon.yield %r : f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %g : !tenon.tensor<[10*N + 8*M] f32>
}
