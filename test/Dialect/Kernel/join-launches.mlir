// RUN: tenon-opt %s -kernel-join-launches -split-input-file | FileCheck %s

// An optimizer: maps over the same elements follow one another tile by tile; what is
// independent of them runs beside them.
// CHECK-LABEL: func.func @tiles_and_free
func.func @tiles_and_free(%g: !tenon.tensor<[B] f32>, %m: !tenon.tensor<[B] f32>, %x: !tenon.tensor<[9] f32>)
    -> (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) {
  // CHECK: kernel.launch @add(
  // CHECK-NOT: join
  // CHECK: kernel.launch @add({{.*}} {join = #kernel<join tiles>}
  // CHECK: kernel.launch @scale({{.*}} {join = #kernel<join free>}
  // CHECK: kernel.launch @scale({{.*}} {join = #kernel<join tiles>}
  %0 = kernel.empty : !tenon.tensor<[B] f32>
  %a = kernel.launch @add(%g, %m, %0) flops <B> bytes <12*B> : (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  %1 = kernel.empty : !tenon.tensor<[B] f32>
  %b = kernel.launch @add(%g, %a, %1) flops <B> bytes <12*B> : (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32>
  %2 = kernel.empty : !tenon.tensor<[9] f32>
  %c = kernel.launch @scale(%x, %2) flops <9> bytes <72> : (!tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32>
  %3 = kernel.empty : !tenon.tensor<[9] f32>
  %d = kernel.launch @scale(%c, %3) flops <9> bytes <72> : (!tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32>
  return %a, %b, %c, %d : !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>
}
func.func private @add(%p: !tenon.tensor<[B] f32>, %q: !tenon.tensor<[B] f32>, %o: !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  %y = kernel.rows [rows m: B] (%p[m], %q[m]) -> %o[m] : (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32, %f: f32):
    %s = arith.addf %e, %f : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[B] f32>
}
func.func private @scale(%p: !tenon.tensor<[9] f32>, %o: !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32> {
  %y = kernel.rows [rows m: 9] (%p[m]) -> %o[m] : (!tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32> {
  ^bb0(%e: f32):
    %s = arith.mulf %e, %e : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[9] f32>
}

// -----

// What reads other elements than the same one, waits: here backwards, and of another
// chain than the last.
// CHECK-LABEL: func.func @waits
func.func @waits(%x: !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32> {
  // CHECK: kernel.launch @turn(
  // CHECK-NOT: join
  // CHECK: kernel.launch @turn(
  // CHECK-NOT: join
  // CHECK: kernel.launch @copy({{.*}} {join = #kernel<join free>}
  // CHECK: kernel.launch @copy(
  // CHECK-NOT: join
  // CHECK: return
  %0 = kernel.empty : !tenon.tensor<[9] f32>
  %a = kernel.launch @turn(%x, %0) flops <9> bytes <72> : (!tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32>
  %1 = kernel.empty : !tenon.tensor<[9] f32>
  %b = kernel.launch @turn(%a, %1) flops <9> bytes <72> : (!tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32>
  %2 = kernel.empty : !tenon.tensor<[9] f32>
  %c = kernel.launch @copy(%x, %2) flops <9> bytes <72> : (!tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32>
  %3 = kernel.empty : !tenon.tensor<[9] f32>
  %d = kernel.launch @copy(%b, %3) flops <9> bytes <72> : (!tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32>
  return %d : !tenon.tensor<[9] f32>
}
func.func private @turn(%p: !tenon.tensor<[9] f32>, %o: !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32> {
  %y = kernel.rows [rows m: 9] (%p[8 - m]) -> %o[m] : (!tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[9] f32>
}
func.func private @copy(%p: !tenon.tensor<[9] f32>, %o: !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32> {
  %y = kernel.rows [rows m: 9] (%p[m]) -> %o[m] : (!tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[9] f32>
}

// -----

// Memory that another launch of the group reads, or writes a part of, is not written beside it.
// CHECK-LABEL: func.func @same_memory
// CHECK-NOT: join
func.func @same_memory(%x: !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32> {
  %0 = kernel.empty : !tenon.tensor<[9] f32>
  %a = kernel.launch @sum(%x, %0) flops <9> bytes <72> : (!tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32>
  %b = kernel.launch @sum(%x, %a) flops <9> bytes <72> : (!tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32>
  return %b : !tenon.tensor<[9] f32>
}
func.func private @sum(!tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32>

// -----

// A rate that inputs alone decide is computed first, also where it is all there is.
// CHECK-LABEL: func.func @scalars_first
func.func @scalars_first(%x: !tenon.tensor<[9] f32>, %step: !tenon.tensor<[] f32>) -> (!tenon.tensor<[] f32>, !tenon.tensor<[9] f32>, !tenon.tensor<[] f32>) {
  // CHECK-NEXT: %[[A:.*]] = kernel.empty
  // CHECK-NEXT: kernel.launch @rate(%arg1, %[[A]])
  // CHECK-NEXT: %[[B:.*]] = kernel.empty
  // CHECK-NEXT: kernel.launch @rate(%arg1, %[[B]])
  // CHECK: kernel.launch @map(
  %0 = kernel.empty : !tenon.tensor<[] f32>
  %a = kernel.launch @rate(%step, %0) flops <1> bytes <8> : (!tenon.tensor<[] f32>, !tenon.tensor<[] f32>) -> !tenon.tensor<[] f32>
  %1 = kernel.empty : !tenon.tensor<[9] f32>
  %b = kernel.launch @map(%x, %1) flops <9> bytes <72> : (!tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32>
  %2 = kernel.empty : !tenon.tensor<[] f32>
  %c = kernel.launch @rate(%step, %2) flops <1> bytes <8> : (!tenon.tensor<[] f32>, !tenon.tensor<[] f32>) -> !tenon.tensor<[] f32>
  return %a, %b, %c : !tenon.tensor<[] f32>, !tenon.tensor<[9] f32>, !tenon.tensor<[] f32>
}
func.func private @rate(!tenon.tensor<[] f32>, !tenon.tensor<[] f32>) -> !tenon.tensor<[] f32>
func.func private @map(!tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32>
