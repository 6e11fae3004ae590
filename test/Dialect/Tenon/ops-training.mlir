// RUN: tenon-opt %s | tenon-opt | FileCheck %s

tenon.param trainable @w : !tenon.tensor<[4] f32>

// CHECK-LABEL: func.func @square
func.func @square(%x: !tenon.tensor<[4] f32>) -> (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>) {
  %w = tenon.read @w : !tenon.tensor<[4] f32>
  // CHECK: tenon.stop_gradient %{{.*}} : <[4] f32>
  %s = tenon.stop_gradient %w : !tenon.tensor<[4] f32>
  %e = tenon.map (%a = %s, %b = %x) : (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
    %p = arith.mulf %a, %b : f32
    tenon.yield %p : f32
  }
  %l = tenon.reduce sum %e over [0] : !tenon.tensor<[4] f32> -> !tenon.tensor<[] f32>
  // CHECK: %{{.*}}:2 = tenon.gradient of %{{.*}} by %{{.*}}, %{{.*}} : <[] f32>, (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>) -> (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>)
  %g:2 = tenon.gradient of %l by %w, %x : !tenon.tensor<[] f32>, (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>) -> (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>)
  return %g#0, %g#1 : !tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>
}
