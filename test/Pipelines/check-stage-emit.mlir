// RUN: tenon-opt %s -tenon-check-stage=stage=emit -split-input-file -verify-diagnostics

func.func private @kernel_left(%x: !tenon.tensor<[4] f32>, %o: !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  // expected-error@+1 {{'kernel.rows' op is left after stage 'emit'; 'convert-kernel-to-vector' should have removed it}}
  %y = kernel.rows [rows m: 4] (%x[m]) -> %o[m] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[4] f32>
}

// -----

// Launches and buffers are what an entry is made of to the end.
func.func private @rows_0(!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32>
func.func @entry(%x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  %o = kernel.empty : !tenon.tensor<[4] f32>
  %y = kernel.launch @rows_0(%x, %o) flops <0> bytes <32> : (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32>
  return %y : !tenon.tensor<[4] f32>
}
