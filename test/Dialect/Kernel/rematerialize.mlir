// RUN: tenon-opt %s -kernel-rematerialize="max-memory=768 sizes=B=16" -split-input-file -verify-diagnostics | FileCheck %s

// 16 elements are 64 bytes, 64 elements 256. The two wide temporaries and %t, or %u, are
// 832 bytes where @join writes; without %t 768 are left.
// CHECK-LABEL: func.func @runs_again
// CHECK-SAME: %[[X:[^:]*]]: !tenon.tensor<[B, 4] f32>
func.func @runs_again(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B] f32> {
  // CHECK: %[[T:.*]] = kernel.launch @narrow(%[[X]]
  // CHECK: %[[U:.*]] = kernel.launch @widen(%[[T]]
  // CHECK: %[[V:.*]] = kernel.launch @join(%[[U]], %[[U]]
  // CHECK: %[[W:.*]] = kernel.launch @join(%[[U]], %[[V]]
  // CHECK: %[[AGAIN:.*]] = kernel.launch @narrow(%[[X]]
  // CHECK-NEXT: %[[Y:.*]] = kernel.launch @end(%[[W]], %[[AGAIN]]
  // CHECK: return %[[Y]]
  %0 = kernel.empty : !tenon.tensor<[B] f32>
  %t = kernel.launch @narrow(%x, %0) flops <4*B> bytes <20*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  %1 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %u = kernel.launch @widen(%t, %1) flops <4*B> bytes <20*B> : (!tenon.tensor<[B] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %2 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %v = kernel.launch @join(%u, %u, %2) flops <4*B> bytes <48*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %3 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %w = kernel.launch @join(%u, %v, %3) flops <4*B> bytes <48*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %4 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.launch @end(%w, %t, %4) flops <4*B> bytes <24*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  return %y : !tenon.tensor<[B] f32>
}
func.func private @narrow(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
func.func private @widen(!tenon.tensor<[B] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
func.func private @join(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
func.func private @end(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>

// -----

// What %t is computed from is gone by then: both steps run again. Nobody reads the first
// %t, so it is not computed where it was.
// CHECK-LABEL: func.func @runs_again_with_operands
func.func @runs_again_with_operands(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B] f32> {
  // CHECK-NOT: kernel.launch @map
  // CHECK: kernel.launch @join
  // CHECK: kernel.launch @join
  // CHECK: kernel.launch @join
  // CHECK: %[[S:.*]] = kernel.launch @narrow(%{{.*}})
  // CHECK: %[[T:.*]] = kernel.launch @map(%[[S]]
  // CHECK-NEXT: kernel.launch @end(%{{.*}}, %[[T]]
  %0 = kernel.empty : !tenon.tensor<[B] f32>
  %s = kernel.launch @narrow(%x, %0) flops <4*B> bytes <20*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  %1 = kernel.empty : !tenon.tensor<[B] f32>
  %t = kernel.launch @map(%s, %1) flops <4*B> bytes <8*B> : (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  %2 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %u = kernel.launch @join(%x, %x, %2) flops <4*B> bytes <48*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %3 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %v = kernel.launch @join(%u, %u, %3) flops <4*B> bytes <48*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %4 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %w = kernel.launch @join(%u, %v, %4) flops <4*B> bytes <48*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %5 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.launch @end(%w, %t, %5) flops <4*B> bytes <24*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  return %y : !tenon.tensor<[B] f32>
}
func.func private @narrow(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
func.func private @map(!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
func.func private @join(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
func.func private @end(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>

// -----

// Memory that several launches write stays: only the last one's value is known by name.
// expected-error@+1 {{entry 'two_writers' needs at least 832 bytes for intermediate results, whatever runs again: more than is allowed}}
func.func @two_writers(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B] f32> {
  %0 = kernel.empty : !tenon.tensor<[B] f32>
  %s = kernel.launch @narrow(%x, %0) flops <4*B> bytes <20*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  %t = kernel.launch @narrow(%x, %s) flops <4*B> bytes <20*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  %2 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %u = kernel.launch @join(%x, %x, %2) flops <4*B> bytes <48*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %3 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %v = kernel.launch @join(%u, %u, %3) flops <4*B> bytes <48*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %4 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %w = kernel.launch @join(%u, %v, %4) flops <4*B> bytes <48*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %5 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.launch @end(%w, %t, %5) flops <4*B> bytes <24*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  return %y : !tenon.tensor<[B] f32>
}
func.func private @narrow(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
func.func private @join(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
func.func private @end(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>

// -----

func.func @no_value(%x: !tenon.tensor<[N, 4] f32>) -> !tenon.tensor<[N, 4] f32> {
  %0 = kernel.empty : !tenon.tensor<[N, 4] f32>
  // expected-error@+1 {{the size of '!tenon.tensor<[N, 4] f32>' has no 64-bit value}}
  %s = kernel.launch @map(%x, %0) flops <4*N> bytes <32*N> : (!tenon.tensor<[N, 4] f32>, !tenon.tensor<[N, 4] f32>) -> !tenon.tensor<[N, 4] f32>
  %1 = kernel.empty : !tenon.tensor<[N, 4] f32>
  %y = kernel.launch @map(%s, %1) flops <4*N> bytes <32*N> : (!tenon.tensor<[N, 4] f32>, !tenon.tensor<[N, 4] f32>) -> !tenon.tensor<[N, 4] f32>
  return %y : !tenon.tensor<[N, 4] f32>
}
func.func private @map(!tenon.tensor<[N, 4] f32>, !tenon.tensor<[N, 4] f32>) -> !tenon.tensor<[N, 4] f32>

// -----

// %t is computed from what is packed anew before its last reader: it is kept.
tenon.param trainable @p : !tenon.tensor<[4, 4] f32>
kernel.storage @packed : !tenon.tensor<[16] f32>
// expected-error@+1 {{entry 'keeps_what_is_overwritten' needs at least 832 bytes for intermediate results, whatever runs again: more than is allowed}}
func.func @keeps_what_is_overwritten(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B] f32> {
  %stored = kernel.stored @packed : !tenon.tensor<[16] f32>
  %0 = kernel.empty : !tenon.tensor<[B] f32>
  %t = kernel.launch @narrow(%x, %stored, %0) flops <4*B> bytes <20*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[16] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  %1 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %u = kernel.launch @widen(%t, %1) flops <4*B> bytes <20*B> : (!tenon.tensor<[B] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %2 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %v = kernel.launch @join(%u, %u, %2) flops <4*B> bytes <48*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %3 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %w = kernel.launch @join(%u, %v, %3) flops <4*B> bytes <48*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %p = tenon.read @p : !tenon.tensor<[4, 4] f32>
  %again = kernel.stored @packed : !tenon.tensor<[16] f32>
  %packed = kernel.launch @pack(%p, %again) flops <0> bytes <128> : (!tenon.tensor<[4, 4] f32>, !tenon.tensor<[16] f32>) -> !tenon.tensor<[16] f32>
  %4 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.launch @end(%w, %t, %4) flops <4*B> bytes <24*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  return %y : !tenon.tensor<[B] f32>
}
func.func private @narrow(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[16] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
func.func private @widen(!tenon.tensor<[B] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
func.func private @join(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
func.func private @end(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
func.func private @pack(!tenon.tensor<[4, 4] f32>, !tenon.tensor<[16] f32>) -> !tenon.tensor<[16] f32>

// -----

// A packing is kept though nothing here reads it, and what is read before it runs again.
// CHECK-LABEL: func.func @packs
// CHECK:         kernel.launch @narrow
// CHECK:         kernel.launch @narrow
// CHECK:         kernel.launch @end
// CHECK:         kernel.launch @pack
// CHECK:         return
tenon.param trainable @p : !tenon.tensor<[4, 4] f32>
kernel.storage @packed : !tenon.tensor<[16] f32>
func.func @packs(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B] f32> {
  %stored = kernel.stored @packed : !tenon.tensor<[16] f32>
  %0 = kernel.empty : !tenon.tensor<[B] f32>
  %t = kernel.launch @narrow(%x, %stored, %0) flops <4*B> bytes <20*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[16] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  %1 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %u = kernel.launch @widen(%t, %1) flops <4*B> bytes <20*B> : (!tenon.tensor<[B] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %2 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %v = kernel.launch @join(%u, %u, %2) flops <4*B> bytes <48*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %3 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %w = kernel.launch @join(%u, %v, %3) flops <4*B> bytes <48*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  %4 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.launch @end(%w, %t, %4) flops <4*B> bytes <24*B> : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  %p = tenon.read @p : !tenon.tensor<[4, 4] f32>
  %again = kernel.stored @packed : !tenon.tensor<[16] f32>
  %packed = kernel.launch @pack(%p, %again) flops <0> bytes <128> : (!tenon.tensor<[4, 4] f32>, !tenon.tensor<[16] f32>) -> !tenon.tensor<[16] f32>
  return %y : !tenon.tensor<[B] f32>
}
func.func private @narrow(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[16] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
func.func private @widen(!tenon.tensor<[B] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
func.func private @join(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
func.func private @end(!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
func.func private @pack(!tenon.tensor<[4, 4] f32>, !tenon.tensor<[16] f32>) -> !tenon.tensor<[16] f32>
