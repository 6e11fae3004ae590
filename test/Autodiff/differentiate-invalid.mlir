// RUN: tenon-opt %s --tenon-differentiate -split-input-file -verify-diagnostics

func.func @no_derivative_of_a_scalar_op(%x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  %y = tenon.map (%a = %x) : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
    // expected-error@+1 {{'math.cbrt' op has no derivative}}
    %r = math.cbrt %a : f32
    tenon.yield %r : f32
  }
  %l = tenon.reduce sum %y over [0] : !tenon.tensor<[4] f32> -> !tenon.tensor<[] f32>
  %g = tenon.gradient of %l by %x : !tenon.tensor<[] f32>, (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32>
  return %g : !tenon.tensor<[4] f32>
}

// -----

tenon.size @N from 0 to *
tenon.size @M from 0 to *

func.func @no_derivative_of_steps_along_a_dynamic_axis(%x: !tenon.tensor<[N] f32>, %m: !tenon.tensor<[M] f32>) -> !tenon.tensor<[N] f32> {
  // expected-error@+1 {{has no derivative: a step of 2 along axis 0 of dynamic size}}
  %y = tenon.slice %x starts [0] steps [2] : !tenon.tensor<[N] f32> -> !tenon.tensor<[M] f32>
  %l = tenon.reduce sum %y over [0] : !tenon.tensor<[M] f32> -> !tenon.tensor<[] f32>
  %g = tenon.gradient of %l by %x : !tenon.tensor<[] f32>, (!tenon.tensor<[N] f32>) -> !tenon.tensor<[N] f32>
  return %g : !tenon.tensor<[N] f32>
}
