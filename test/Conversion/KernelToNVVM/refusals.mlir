// RUN: tenon-opt %s -convert-kernel-to-nvvm -split-input-file -verify-diagnostics

func.func private @no_emitter(%w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[64] f32>) -> !tenon.tensor<[64] f32> {
  // expected-error@+1 {{cannot be emitted for GPUs}}
  %p = kernel.pack [cols n: 8, sum k: 4] (%w[4*n + k]) -> %o[0] {panel = 16 : i64} : (!tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[64] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %p : !tenon.tensor<[64] f32>
}

// -----

func.func private @no_statistics(%x: !tenon.tensor<[4, 8] f32>, %o: !tenon.tensor<[96] f32>) -> !tenon.tensor<[96] f32> {
  // expected-error@+1 {{cannot be emitted for GPUs: it has no statistics}}
  %y = kernel.attend_gradient [queries i: 4, keys j: 4, depth d: 8, values e: 8] (%x[8*i + d], %x[8*j + d], %x[8*j + e], %x[8*i + e]) -> %o[0] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[4, 8] f32>, !tenon.tensor<[4, 8] f32>, !tenon.tensor<[4, 8] f32>, !tenon.tensor<[4, 8] f32>) -> !tenon.tensor<[96] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[96] f32>
}

// -----

func.func private @packed_for_a_cpu(%x: !tenon.tensor<[4, 4] f32>, %w: !tenon.tensor<[64] f32>, %o: !tenon.tensor<[4, 4] f32>) -> !tenon.tensor<[4, 4] f32> {
  // expected-error@+1 {{cannot be emitted for GPUs: its rhs is packed for a CPU}}
  %y = kernel.contract [rows m: 4, cols n: 4, sum k: 4] (%x[4*m + k], %w[0]) -> %o[4*m + n] {panel = 16 : i64} : (!tenon.tensor<[4, 4] f32>, !tenon.tensor<[64] f32>) -> !tenon.tensor<[4, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[4, 4] f32>
}
