// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(convert-tenon-to-kernel))' -split-input-file -verify-diagnostics

func.func @dynamic_head_size(%q: !tenon.tensor<[8, N, D] f32>, %v: !tenon.tensor<[8, N, 4] f32>) -> !tenon.tensor<[8, N, 4] f32> {
  // expected-error@+1 {{cannot be lowered: head size D is not constant}}
  %y = tenon.attention %q, %q, %v scale 1.0 : !tenon.tensor<[8, N, D] f32>, !tenon.tensor<[8, N, D] f32>, !tenon.tensor<[8, N, 4] f32> -> !tenon.tensor<[8, N, 4] f32>
  return %y : !tenon.tensor<[8, N, 4] f32>
}

// -----

func.func @dynamic_value_size(%q: !tenon.tensor<[8, N, 4] f32>, %v: !tenon.tensor<[8, N, 2*E] f32>) -> !tenon.tensor<[8, N, 2*E] f32> {
  // expected-error@+1 {{cannot be lowered: head size 2*E is not constant}}
  %y = tenon.attention %q, %q, %v scale 1.0 : !tenon.tensor<[8, N, 4] f32>, !tenon.tensor<[8, N, 4] f32>, !tenon.tensor<[8, N, 2*E] f32> -> !tenon.tensor<[8, N, 2*E] f32>
  return %y : !tenon.tensor<[8, N, 2*E] f32>
}

// -----

func.func @contraction_of_f64(%x: !tenon.tensor<[B, 4] f64>) -> !tenon.tensor<[B] f64> {
  // expected-error@+1 {{cannot be lowered: elements of type 'f64'; expected f32}}
  %y = tenon.contract %x[a, b], %x[a, b] -> [a] : !tenon.tensor<[B, 4] f64>, !tenon.tensor<[B, 4] f64> -> !tenon.tensor<[B] f64>
  return %y : !tenon.tensor<[B] f64>
}

// -----

// An extent is a scalar of a region, not a value of the graph.
func.func @op_without_lowering() {
  // expected-error@+1 {{has no lowering to kernels}}
  %n = tenon.extent <B> : f32
  return
}
