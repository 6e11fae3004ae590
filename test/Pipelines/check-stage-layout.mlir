// RUN: tenon-opt %s -tenon-check-stage=stage=layout -split-input-file -verify-diagnostics

// Kernels stand in the private functions that entries launch.
func.func @outlined(%x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  %o = kernel.empty : !tenon.tensor<[4] f32>
  %y = kernel.launch @rows_0(%x, %o) flops <0> bytes <32> : (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32>
  return %y : !tenon.tensor<[4] f32>
}
func.func private @rows_0(%x: !tenon.tensor<[4] f32>, %o: !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  %y = kernel.rows [rows m: 4] (%x[m]) -> %o[m] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[4] f32>
}

// -----

func.func @kernel_left(%x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  %o = kernel.empty : !tenon.tensor<[4] f32>
  // expected-error@+1 {{'kernel.rows' op is left after stage 'layout'; 'kernel-outline' should have removed it}}
  %y = kernel.rows [rows m: 4] (%x[m]) -> %o[m] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[4] f32>
}
