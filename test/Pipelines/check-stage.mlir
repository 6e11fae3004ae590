// RUN: tenon-opt %s -tenon-check-stage=stage=fuse -split-input-file -verify-diagnostics

// Parameters, buffers and kernels may stay after the stage fuse.
tenon.param frozen @w : !tenon.tensor<[4] f32>
func.func @fused() -> !tenon.tensor<[4] f32> {
  %w = tenon.read @w : !tenon.tensor<[4] f32>
  %o = kernel.empty : !tenon.tensor<[4] f32>
  %y = kernel.rows [rows m: 4] (%w[m]) -> %o[m] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  ^bb0(%e: f32):
    %n = tenon.extent <4> : f32
    tenon.yield %n : f32
  }
  return %y : !tenon.tensor<[4] f32>
}

// -----

// Every op that is left is reported.
func.func @graph_ops_left(%x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  // expected-error@+1 {{'tenon.softmax' op is left after stage 'fuse'; 'convert-tenon-to-kernel' should have removed it}}
  %y = tenon.softmax %x axis 0 : !tenon.tensor<[4] f32> -> !tenon.tensor<[4] f32>
  // expected-error@+1 {{'tenon.broadcast' op is left after stage 'fuse'; 'convert-tenon-to-kernel' should have removed it}}
  %z = tenon.broadcast %y along [0] : !tenon.tensor<[4] f32> -> !tenon.tensor<[4] f32>
  return %z : !tenon.tensor<[4] f32>
}
