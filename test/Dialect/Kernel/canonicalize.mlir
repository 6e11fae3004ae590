// RUN: tenon-opt %s -canonicalize -cse | FileCheck %s

// CHECK-LABEL: func.func @unused_kernel_and_buffer_vanish(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor<[B] f32>
func.func @unused_kernel_and_buffer_vanish(%x: !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  // CHECK-NEXT: return %[[X]]
  %o = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B] (%x[m]) -> %o[m] : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %x : !tenon.tensor<[B] f32>
}

// Equal kernels that write two buffers are two results.
// CHECK-LABEL: func.func @not_merged_buffers
func.func @not_merged_buffers(%x: !tenon.tensor<[B] f32>) -> (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) {
  // CHECK-COUNT-2: kernel.empty
  // CHECK-COUNT-2: kernel.rows
  %o = kernel.empty : !tenon.tensor<[B] f32>
  %p = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B] (%x[m]) -> %o[m] : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  %z = kernel.rows [rows m: B] (%x[m]) -> %p[m] : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y, %z : !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>
}
