// RUN: tenon-opt %s --tenon-check-sizes -verify-diagnostics -split-input-file

// expected-error @+1 {{argument 0 is 'f32'; expected a !tenon.tensor}}
func.func @scalar_argument(%x: f32) -> f32 {
  return %x : f32
}

// -----

// expected-error @+1 {{argument 0 is 'tensor<4xf32>'; expected a !tenon.tensor}}
func.func @builtin_tensor(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
