// RUN: tenon-opt %s -convert-kernel-to-nvvm | FileCheck %s

tenon.size @N from 0 to *

// A block per 64 queries; tensor cores multiply.
// CHECK-LABEL: func.func private @tiles(
// CHECK-SAME: kernel.grid = [#kernel.grid<<2>, 1>, #kernel.grid<<N>, 64>], kernel.shared = {{[0-9]+}} : i64, kernel.threads = 128
func.func private @tiles(%q: !tenon.tensor<[2, N, 16] f32>, %k: !tenon.tensor<[2, N, 16] f32>, %v: !tenon.tensor<[2, N, 8] f32>, %o: !tenon.tensor<[2, N, 8] f32>) -> !tenon.tensor<[2, N, 8] f32> {
  // CHECK: scf.for
  // CHECK: nvvm.cp.async.shared.global
  // CHECK: nvvm.cp.async.wait.group 0
  // CHECK: nvvm.barrier0
  // CHECK: nvvm.ldmatrix
  // CHECK: nvvm.mma.sync
  // CHECK: nvvm.vote.sync any
  // CHECK: nvvm.barrier0
  // CHECK: nvvm.shfl.sync bfly
  // CHECK: nvvm.mma.sync
  %y = kernel.attend [batch h: 2, queries i: N, keys j: N, depth d: 16, values e: 8] (%q[16*N*h + 16*i + d], %k[16*N*h + 16*j + d], %v[8*N*h + 8*j + e]) -> %o[8*N*h + 8*i + e] {scale = 0.25 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[2, N, 16] f32>, !tenon.tensor<[2, N, 16] f32>, !tenon.tensor<[2, N, 8] f32>) -> !tenon.tensor<[2, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[2, N, 8] f32>
}

// A block per query where there are few, known when compiling.
// CHECK-LABEL: func.func private @few(
// CHECK-SAME: kernel.grid = [#kernel.grid<<2>, 1>, #kernel.grid<<1>, 1>], kernel.threads = 128
func.func private @few(%q: !tenon.tensor<[2, 1, 16] f32>, %k: !tenon.tensor<[2, N, 16] f32>, %v: !tenon.tensor<[2, N, 8] f32>, %o: !tenon.tensor<[2, 1, 8] f32>) -> !tenon.tensor<[2, 1, 8] f32> {
  // CHECK-NOT: nvvm.mma.sync
  %y = kernel.attend [batch h: 2, queries i: 1, keys j: N, depth d: 16, values e: 8] (%q[16*h + 16*i + d], %k[16*N*h + 16*j + d], %v[8*N*h + 8*j + e]) -> %o[8*h + 8*i + e] {scale = 0.25 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[2, 1, 16] f32>, !tenon.tensor<[2, N, 16] f32>, !tenon.tensor<[2, N, 8] f32>) -> !tenon.tensor<[2, 1, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[2, 1, 8] f32>
}
