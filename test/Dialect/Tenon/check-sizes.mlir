// RUN: tenon-opt %s -tenon-check-sizes -split-input-file -verify-diagnostics

tenon.size @B from 0 to 8
tenon.size @N from 0 to *
func.func @declared(%x: !tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B*N + 1] f32> {
  %c = tenon.constant 0.0 : f32 -> !tenon.tensor<[B*N + 1] f32>
  return %c : !tenon.tensor<[B*N + 1] f32>
}

// -----

// A declaration may follow its uses.
func.func private @declared_later(!tenon.tensor<[B] f32>)
tenon.size @B from 0 to 8

// -----

func.func private @no_size_needed(%x: !tenon.tensor<[2, 3] f32>, %i: index) {
  return
}

// -----

tenon.size @B from 0 to 8
// expected-error@+1 {{uses the size 'Q', which no tenon.size declares}}
func.func @argument(%x: !tenon.tensor<[B, Q] f32>) {
  return
}

// -----

tenon.size @B from 0 to 8
// expected-error@+1 {{uses the size 'Q', which no tenon.size declares}}
func.func private @declaration(!tenon.tensor<[B]f32>) -> !tenon.tensor<[B*Q + 1] f32>

// -----

func.func @result_of_op() {
  // expected-error@+1 {{uses the size 'Q', which no tenon.size declares}}
  %c = tenon.constant 0.0 : f32 -> !tenon.tensor<[Q] f32>
  return
}

// -----

func.func @extent() {
  %c = tenon.map () : () -> !tenon.tensor<[] f32> {
    // expected-error@+1 {{uses the size 'Q', which no tenon.size declares}}
    %n = tenon.extent <Q> : f32
    tenon.yield %n : f32
  }
  return
}

// -----

tenon.size @N from 1 to *
func.func @start_of_slice(%x: !tenon.tensor<[N] f32>) {
  // expected-error@+1 {{uses the size 'Q', which no tenon.size declares}}
  %y = tenon.slice %x starts [N - Q] steps [1] : !tenon.tensor<[N] f32> -> !tenon.tensor<[1] f32>
  return
}

// -----

// A parameter of the size's name is no size.
tenon.param frozen @Q : !tenon.tensor<[1] f32>
// expected-error@+1 {{uses the size 'Q', which no tenon.size declares}}
func.func private @named_like_a_parameter(!tenon.tensor<[Q] f32>)
