// RUN: tenon-opt %s -split-input-file -verify-diagnostics

func.func @c1(%x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  // expected-error@+1 {{C1: loss; expected a tensor without axes, got [4]}}
  %g = tenon.gradient of %x by %x : !tenon.tensor<[4] f32>, (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32>
  return %g : !tenon.tensor<[4] f32>
}

// -----

func.func @c2_type(%l: !tenon.tensor<[] f32>, %x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[5] f32> {
  // expected-error@+1 {{C2: result 0; expected '!tenon.tensor<[4] f32>', got '!tenon.tensor<[5] f32>'}}
  %g = tenon.gradient of %l by %x : !tenon.tensor<[] f32>, (!tenon.tensor<[4] f32>) -> !tenon.tensor<[5] f32>
  return %g : !tenon.tensor<[5] f32>
}

// -----

func.func @c2_count(%l: !tenon.tensor<[] f32>, %x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  // expected-error@+1 {{C2: results; expected 1, one for each input, got 2}}
  %g:2 = tenon.gradient of %l by %x : !tenon.tensor<[] f32>, (!tenon.tensor<[4] f32>) -> (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>)
  return %g#0 : !tenon.tensor<[4] f32>
}

// -----

func.func @c3(%x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  %y = tenon.broadcast %x along [0] : !tenon.tensor<[4] f32> -> !tenon.tensor<[4] f32>
  %l = tenon.reduce sum %y over [0] : !tenon.tensor<[4] f32> -> !tenon.tensor<[] f32>
  // expected-error@+1 {{C3: input 0 is computed; expected an argument of the entry or a parameter}}
  %g = tenon.gradient of %l by %y : !tenon.tensor<[] f32>, (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32>
  return %g : !tenon.tensor<[4] f32>
}

// -----

func.func @stop_gradient_c1(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{requires the same type for all operands and results}}
  %y = "tenon.stop_gradient"(%x) : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[5] f32>
  return
}
