// RUN: tenon-opt %s -kernel-update-in-place -split-input-file | FileCheck %s
// RUN: tenon-opt %s -kernel-update-in-place -kernel-join-launches -split-input-file | FileCheck %s --check-prefix=JOIN

// A moment and the parameter: each next value takes the place of the former one. The penalty
// reads the parameter, at the same element, in the tile that overwrites it.
// CHECK-LABEL: func.func @in_place
// CHECK-SAME: %[[G:[^:]*]]:
// CHECK:         %[[H:.+]] = kernel.launch @add(%[[G]],
// CHECK:         %[[MPLACE:.+]] = tenon.read @m
// CHECK-NEXT:    %[[NEXT:.+]] = kernel.launch @add(%[[H]], %{{.+}}, %[[MPLACE]])
// CHECK-NEXT:    %[[WPLACE:.+]] = tenon.read @w
// CHECK-NEXT:    kernel.launch @add(%[[NEXT]], %{{.+}}, %[[WPLACE]])
// JOIN-LABEL: func.func @in_place
// JOIN:         kernel.launch @add(
// JOIN:         kernel.launch @add({{.*}} {join = #kernel<join tiles>}
// JOIN:         kernel.launch @add({{.*}} {join = #kernel<join tiles>}
// JOIN:         return
tenon.param trainable @w : !tenon.tensor<[8, 4] f32>
tenon.param trainable @m : !tenon.tensor<[8, 4] f32>
func.func @in_place(%g: !tenon.tensor<[8, 4] f32>) -> (!tenon.tensor<[8, 4] f32> {tenon.updates = "m"}, !tenon.tensor<[8, 4] f32> {tenon.updates = "w"}) {
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %m = tenon.read @m : !tenon.tensor<[8, 4] f32>
  %0 = kernel.empty : !tenon.tensor<[8, 4] f32>
  %h = kernel.launch @add(%g, %w, %0) flops <32> bytes <384> : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  %1 = kernel.empty : !tenon.tensor<[8, 4] f32>
  %2 = kernel.launch @add(%h, %m, %1) flops <32> bytes <384> : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  %3 = kernel.empty : !tenon.tensor<[8, 4] f32>
  %4 = kernel.launch @add(%2, %w, %3) flops <32> bytes <384> : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  return %2, %4 : !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>
}
func.func private @add(%p: !tenon.tensor<[8, 4] f32>, %q: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  %y = kernel.rows [rows m: 32] (%p[m], %q[m]) -> %o[m] : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%e: f32, %f: f32):
    %s = arith.addf %e, %f : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[8, 4] f32>
}

// -----

// What is read after the update keeps its memory.
// CHECK-LABEL: func.func @is_read_later
// CHECK:         %[[PLACE:.+]] = kernel.empty
// CHECK:         kernel.launch @{{.+}}%[[PLACE]])
tenon.param trainable @w : !tenon.tensor<[8, 4] f32>
func.func @is_read_later(%g: !tenon.tensor<[8, 4] f32>) -> (!tenon.tensor<[8, 4] f32> {tenon.updates = "w"}, !tenon.tensor<[8, 4] f32>) {
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %1 = kernel.empty : !tenon.tensor<[8, 4] f32>
  %2 = kernel.launch @add(%g, %w, %1) flops <32> bytes <384> : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  %3 = kernel.empty : !tenon.tensor<[8, 4] f32>
  %4 = kernel.launch @add(%g, %w, %3) flops <32> bytes <384> : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  return %2, %4 : !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>
}
func.func private @add(%p: !tenon.tensor<[8, 4] f32>, %q: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  %y = kernel.rows [rows m: 32] (%p[m], %q[m]) -> %o[m] : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%e: f32, %f: f32):
    %s = arith.addf %e, %f : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[8, 4] f32>
}

// -----

// So does what is read at another element than the one that is written.
// CHECK-LABEL: func.func @reads_other_elements
// CHECK:         %[[PLACE:.+]] = kernel.empty
// CHECK:         kernel.launch @{{.+}}%[[PLACE]])
tenon.param trainable @w : !tenon.tensor<[8, 4] f32>
func.func @reads_other_elements(%g: !tenon.tensor<[8, 4] f32>) -> (!tenon.tensor<[8, 4] f32> {tenon.updates = "w"}) {
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %1 = kernel.empty : !tenon.tensor<[8, 4] f32>
  %2 = kernel.launch @add_turned(%g, %w, %1) flops <32> bytes <384> : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  return %2 : !tenon.tensor<[8, 4] f32>
}
func.func private @add(%p: !tenon.tensor<[8, 4] f32>, %q: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  %y = kernel.rows [rows m: 32] (%p[m], %q[m]) -> %o[m] : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%e: f32, %f: f32):
    %s = arith.addf %e, %f : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[8, 4] f32>
}
func.func private @add_turned(%p: !tenon.tensor<[8, 4] f32>, %q: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  %y = kernel.rows [rows m: 32] (%p[m], %q[31 + -1*m]) -> %o[m] : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%e: f32, %f: f32):
    %s = arith.addf %e, %f : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[8, 4] f32>
}

// -----

// A kernel that is no map may read what it has overwritten.
// CHECK-LABEL: func.func @is_no_map
// CHECK:         %[[PLACE:.+]] = kernel.empty
// CHECK:         kernel.launch @{{.+}}%[[PLACE]])
tenon.param trainable @w : !tenon.tensor<[8, 4] f32>
func.func @is_no_map() -> (!tenon.tensor<[8, 4] f32> {tenon.updates = "w"}) {
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %1 = kernel.empty : !tenon.tensor<[8, 4] f32>
  %2 = kernel.launch @center(%w, %1) flops <32> bytes <384> : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  return %2 : !tenon.tensor<[8, 4] f32>
}
func.func private @add(%p: !tenon.tensor<[8, 4] f32>, %q: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  %y = kernel.rows [rows m: 32] (%p[m], %q[m]) -> %o[m] : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%e: f32, %f: f32):
    %s = arith.addf %e, %f : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[8, 4] f32>
}
func.func private @center(%p: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  %y = kernel.rows [rows m: 8, sum k: 4] (%p[4*m + k]) -> %o[4*m + k] : (!tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%e: f32):
    %t = kernel.reduce sum %e : f32
    %s = arith.subf %e, %t : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[8, 4] f32>
}

// -----

// After it comes what is neither map nor packing: the step could end between.
// CHECK-LABEL: func.func @is_not_last
// CHECK:         %[[PLACE:.+]] = kernel.empty
// CHECK:         kernel.launch @{{.+}}%[[PLACE]])
tenon.param trainable @w : !tenon.tensor<[8, 4] f32>
func.func @is_not_last(%g: !tenon.tensor<[8, 4] f32>) -> (!tenon.tensor<[8, 4] f32> {tenon.updates = "w"}, !tenon.tensor<[8, 4] f32>) {
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %1 = kernel.empty : !tenon.tensor<[8, 4] f32>
  %2 = kernel.launch @add(%g, %w, %1) flops <32> bytes <384> : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  %3 = kernel.empty : !tenon.tensor<[8, 4] f32>
  %4 = kernel.launch @center(%g, %3) flops <32> bytes <384> : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  return %2, %4 : !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>
}
func.func private @add(%p: !tenon.tensor<[8, 4] f32>, %q: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  %y = kernel.rows [rows m: 32] (%p[m], %q[m]) -> %o[m] : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%e: f32, %f: f32):
    %s = arith.addf %e, %f : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[8, 4] f32>
}
func.func private @center(%p: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  %y = kernel.rows [rows m: 8, sum k: 4] (%p[4*m + k]) -> %o[4*m + k] : (!tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%e: f32):
    %t = kernel.reduce sum %e : f32
    %s = arith.subf %e, %t : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[8, 4] f32>
}

// -----

// It is an output, too.
// CHECK-LABEL: func.func @is_returned_twice
// CHECK:         %[[PLACE:.+]] = kernel.empty
// CHECK:         kernel.launch @{{.+}}%[[PLACE]])
tenon.param trainable @w : !tenon.tensor<[8, 4] f32>
func.func @is_returned_twice(%g: !tenon.tensor<[8, 4] f32>) -> (!tenon.tensor<[8, 4] f32> {tenon.updates = "w"}, !tenon.tensor<[8, 4] f32>) {
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %1 = kernel.empty : !tenon.tensor<[8, 4] f32>
  %2 = kernel.launch @add(%g, %w, %1) flops <32> bytes <384> : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  return %2, %2 : !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>
}
func.func private @add(%p: !tenon.tensor<[8, 4] f32>, %q: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  %y = kernel.rows [rows m: 32] (%p[m], %q[m]) -> %o[m] : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%e: f32, %f: f32):
    %s = arith.addf %e, %f : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[8, 4] f32>
}

// -----

// Rows go into the parameter, not into a copy of it; where rows are made of the parameter
// itself, or the copy has another reader, it is copied.
// CHECK-LABEL: func.func @rows_in_place
// CHECK-NOT:     kernel.launch @copy
// CHECK:         tenon.read @w
// CHECK:         %[[PLACE:.+]] = tenon.read @w
// CHECK-NOT:     kernel.launch @copy
// CHECK:         kernel.launch @put(%{{.+}}, %{{.+}}, %[[PLACE]])
tenon.size @B from 0 to *
tenon.param trainable @w : !tenon.tensor<[8, 4] f32>
func.func @rows_in_place(%i: !tenon.tensor<[B] i64>, %x: !tenon.tensor<[B, 4] f32>) -> (!tenon.tensor<[8, 4] f32> {tenon.updates = "w"}) {
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %0 = kernel.empty : !tenon.tensor<[8, 4] f32>
  %1 = kernel.launch @copy(%w, %0) flops <0> bytes <256> : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  %2 = kernel.launch @put(%i, %x, %1) flops <0> bytes <256> : (!tenon.tensor<[B] i64>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  return %2 : !tenon.tensor<[8, 4] f32>
}
// CHECK-LABEL: func.func @rows_of_itself
// CHECK:         kernel.launch @copy
tenon.param trainable @v : !tenon.tensor<[8, 4] f32>
func.func @rows_of_itself(%i: !tenon.tensor<[8] i64>) -> (!tenon.tensor<[8, 4] f32> {tenon.updates = "v"}) {
  %v = tenon.read @v : !tenon.tensor<[8, 4] f32>
  %0 = kernel.empty : !tenon.tensor<[8, 4] f32>
  %1 = kernel.launch @copy_v(%v, %0) flops <0> bytes <256> : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  %2 = kernel.launch @put_v(%i, %v, %1) flops <0> bytes <256> : (!tenon.tensor<[8] i64>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  return %2 : !tenon.tensor<[8, 4] f32>
}
// CHECK-LABEL: func.func @copy_is_read
// CHECK:         kernel.launch @copy
func.func @copy_is_read(%i: !tenon.tensor<[B] i64>, %x: !tenon.tensor<[B, 4] f32>) -> (!tenon.tensor<[8, 4] f32> {tenon.updates = "w"}, !tenon.tensor<[8, 4] f32>) {
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %0 = kernel.empty : !tenon.tensor<[8, 4] f32>
  %1 = kernel.launch @copy(%w, %0) flops <0> bytes <256> : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  %2 = kernel.launch @put(%i, %x, %1) flops <0> bytes <256> : (!tenon.tensor<[B] i64>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32>
  return %2, %1 : !tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>
}
func.func private @copy(%p: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  %y = kernel.rows [rows m: 32] (%p[m]) -> %o[m] : (!tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[8, 4] f32>
}
func.func private @put(%i: !tenon.tensor<[B] i64>, %x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  %y = kernel.put [rows m: B, cols n: 4] (%i[m], %x[4*m + n]) -> %o[n] {bound = #tenon.size<8>, stride = #tenon.size<4>} : (!tenon.tensor<[B] i64>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[8, 4] f32>
}
func.func private @copy_v(%p: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  %y = kernel.rows [rows m: 32] (%p[m]) -> %o[m] : (!tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[8, 4] f32>
}
func.func private @put_v(%i: !tenon.tensor<[8] i64>, %x: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  %y = kernel.put [rows m: 8, cols n: 4] (%i[m], %x[4*m + n]) -> %o[n] {bound = #tenon.size<8>, stride = #tenon.size<4>} : (!tenon.tensor<[8] i64>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[8, 4] f32>
}
