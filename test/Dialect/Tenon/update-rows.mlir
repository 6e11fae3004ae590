// RUN: tenon-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(tenon-update-rows{of-any-size}),canonicalize,cse)' | FileCheck %s
// RUN: tenon-opt %s --split-input-file --tenon-update-rows | FileCheck %s --check-prefix=SMALL

tenon.size @B from 0 to *
tenon.param trainable @w : !tenon.tensor<[9, 4] f32>

// The ids are sorted, each one that differs from the one before it begins a row; sums and
// rows of the table are of the batch, and go to their places last.
// CHECK-LABEL: func.func @plain
// CHECK-SAME:    %[[D:arg0]]: {{.*}}, %[[I:arg1]]:
// CHECK:       %[[ORDER:.*]] = tenon.argsort %[[I]] axis 0
// CHECK:       %[[SORTED:.*]] = tenon.gather %[[I]][%[[ORDER]]]
// CHECK:       %[[UPTO:.*]] = tenon.cumsum
// CHECK:       %[[OWN:.*]] = tenon.map ({{.*}} = %[[UPTO]])
// CHECK:       %[[NUMBERS:.*]] = tenon.put %[[OWN]] into %{{.*}}[%[[ORDER]]]
// CHECK:       %[[ROWS:.*]] = tenon.put %[[SORTED]] into
// CHECK:       %[[SAFE:.*]] = tenon.map ({{.*}} = %[[ROWS]])
// CHECK:       %[[G:.*]] = tenon.scatter_add %[[D]][%[[NUMBERS]]] axis 0 : <[B, 4] f32>, <[B] i64> -> <[B, 4] f32>
// CHECK:       %[[W:.*]] = tenon.read @w
// CHECK:       %[[OLD:.*]] = tenon.gather %[[W]][%[[SAFE]]] axis 0
// CHECK:       %[[NEW:.*]] = tenon.map ({{.*}} = %[[OLD]], {{.*}} = %[[G]])
// CHECK:       %[[NEXT:.*]] = tenon.put %[[NEW]] into %[[W]][%[[ROWS]]] : <[B, 4] f32>, <[9, 4] f32>, <[B] i64> -> <[9, 4] f32>
// CHECK:       return %{{.*}}, %[[NEXT]]
// SMALL-LABEL: func.func @plain
// SMALL-NOT:   tenon.put
func.func @plain(%d: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %loss: !tenon.tensor<[] f32>)
    -> (!tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32> {tenon.updates = "w"}) attributes {tenon.train = {}} {
  %w = tenon.read @w : <[9, 4] f32>
  %g = tenon.scatter_add %d[%i] axis 0 : <[B, 4] f32>, <[B] i64> -> <[9, 4] f32>
  %y = tenon.map (%a = %w, %b = %g) : (!tenon.tensor<[9, 4] f32>, !tenon.tensor<[9, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
    %r = arith.constant 0.1 : f32
    %s = arith.mulf %b, %r : f32
    %t = arith.subf %a, %s : f32
    tenon.yield %t : f32
  }
  return %loss, %y : !tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32>
}

// -----

tenon.size @B from 0 to *
tenon.size @T from 0 to *
tenon.param trainable @w : !tenon.tensor<[9, 4] f32>

// Two lookups, one of i32 and two axes: their rows are found once, each has its part of the
// numbers. The norm is that of the batch's rows.
// CHECK-LABEL: func.func @two_lookups
// CHECK:       %[[ALL:.*]] = tenon.concat {{.*}} -> <[B*T + B] i64>
// CHECK:       tenon.argsort %[[ALL]]
// CHECK:       %[[NUMBERS:.*]] = tenon.put
// CHECK:       %[[FIRST:.*]] = tenon.slice %[[NUMBERS]] starts [0] steps [1]
// CHECK:       tenon.scatter_add %arg0[%[[FIRST]]] axis 0 : <[B, 4] f32>, <[B] i64> -> <[B*T + B, 4] f32>
// CHECK:       %[[SECOND:.*]] = tenon.slice %[[NUMBERS]] starts [B] steps [1]
// CHECK:       tenon.scatter_add %{{.*}}[%[[SECOND]]] axis 0 : <[B*T, 4] f32>, <[B*T] i64> -> <[B*T + B, 4] f32>
// CHECK:       tenon.reduce sum %{{.*}} over [0, 1] : <[B*T + B, 4] f32> -> <[] f32>
// CHECK:       tenon.put %{{.*}} : <[B*T + B, 4] f32>, <[9, 4] f32>, <[B*T + B] i64> -> <[9, 4] f32>
func.func @two_lookups(%d: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>,
    %e: !tenon.tensor<[B, T, 4] f32>, %j: !tenon.tensor<[B, T] i32>)
    -> (!tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32> {tenon.updates = "w"}) attributes {tenon.train = {}} {
  %w = tenon.read @w : <[9, 4] f32>
  %f = tenon.scatter_add %d[%i] axis 0 : <[B, 4] f32>, <[B] i64> -> <[9, 4] f32>
  %h = tenon.scatter_add %e[%j] axis 0 : <[B, T, 4] f32>, <[B, T] i32> -> <[9, 4] f32>
  %g = tenon.map (%a = %f, %b = %h) : (!tenon.tensor<[9, 4] f32>, !tenon.tensor<[9, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
    %s = arith.addf %a, %b : f32
    tenon.yield %s : f32
  }
  %q = tenon.map (%a = %g) : (!tenon.tensor<[9, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
    %s = arith.mulf %a, %a : f32
    tenon.yield %s : f32
  }
  %norm = tenon.reduce sum %q over [0, 1] : <[9, 4] f32> -> <[] f32>
  %y = tenon.map (%a = %w, %b = %g, %n = %norm) : (!tenon.tensor<[9, 4] f32>, !tenon.tensor<[9, 4] f32>, !tenon.tensor<[] f32>) -> !tenon.tensor<[9, 4] f32> {
    %s = arith.divf %b, %n : f32
    %t = arith.subf %a, %s : f32
    tenon.yield %t : f32
  }
  return %norm, %y : !tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32>
}

// -----

tenon.size @B from 0 to *
tenon.param trainable @w : !tenon.tensor<[9] f32>
tenon.param state @tenon.m.w : !tenon.tensor<[9] f32>

// A state that waits, a table without columns: `where(g != 0, 0.9 m + g, m)`.
// CHECK-LABEL: func.func @state_waits
// CHECK:       tenon.gather %{{.*}} axis 0 : <[9] f32>, <[B] i64> -> <[B] f32>
// CHECK-COUNT-2: tenon.put %{{.*}} : <[B] f32>, <[9] f32>, <[B] i64> -> <[9] f32>
func.func @state_waits(%d: !tenon.tensor<[B] f32>, %i: !tenon.tensor<[B] i64>, %loss: !tenon.tensor<[] f32>)
    -> (!tenon.tensor<[] f32>, !tenon.tensor<[9] f32> {tenon.updates = "w"},
        !tenon.tensor<[9] f32> {tenon.updates = "tenon.m.w"}) attributes {tenon.train = {}} {
  %w = tenon.read @w : <[9] f32>
  %m = tenon.read @tenon.m.w : <[9] f32>
  %g = tenon.scatter_add %d[%i] axis 0 : <[B] f32>, <[B] i64> -> <[9] f32>
  %met = tenon.map (%a = %g) : (!tenon.tensor<[9] f32>) -> !tenon.tensor<[9] i1> {
    %zero = arith.constant 0.0 : f32
    %s = arith.cmpf une, %a, %zero : f32
    tenon.yield %s : i1
  }
  %less = tenon.map (%a = %m) : (!tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32> {
    %c = arith.constant 0.9 : f32
    %s = arith.mulf %a, %c : f32
    tenon.yield %s : f32
  }
  %next = tenon.map (%c = %met, %a = %less, %b = %g, %o = %m) : (!tenon.tensor<[9] i1>, !tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32> {
    %s = arith.addf %a, %b : f32
    %t = arith.select %c, %s, %o : f32
    tenon.yield %t : f32
  }
  %y = tenon.map (%c = %met, %a = %w, %b = %next) : (!tenon.tensor<[9] i1>, !tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32> {
    %s = arith.subf %a, %b : f32
    %t = arith.select %c, %s, %a : f32
    tenon.yield %t : f32
  }
  return %loss, %y, %next : !tenon.tensor<[] f32>, !tenon.tensor<[9] f32>, !tenon.tensor<[9] f32>
}

// -----

tenon.size @B from 0 to *
tenon.param trainable @w : !tenon.tensor<[9, 4] f32>
tenon.param state @tenon.m.w : !tenon.tensor<[9, 4] f32>

// Momentum moves rows that the batch has not met.
// CHECK-LABEL: func.func @not_momentum
// CHECK-NOT:   tenon.put
func.func @not_momentum(%d: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %loss: !tenon.tensor<[] f32>)
    -> (!tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32> {tenon.updates = "w"},
        !tenon.tensor<[9, 4] f32> {tenon.updates = "tenon.m.w"}) attributes {tenon.train = {}} {
  %w = tenon.read @w : <[9, 4] f32>
  %m = tenon.read @tenon.m.w : <[9, 4] f32>
  %g = tenon.scatter_add %d[%i] axis 0 : <[B, 4] f32>, <[B] i64> -> <[9, 4] f32>
  %next = tenon.map (%a = %m, %b = %g) : (!tenon.tensor<[9, 4] f32>, !tenon.tensor<[9, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
    %c = arith.constant 0.9 : f32
    %s = arith.mulf %a, %c : f32
    %t = arith.addf %s, %b : f32
    tenon.yield %t : f32
  }
  %y = tenon.map (%a = %w, %b = %next) : (!tenon.tensor<[9, 4] f32>, !tenon.tensor<[9, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
    %s = arith.subf %a, %b : f32
    tenon.yield %s : f32
  }
  return %loss, %y, %next : !tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32>, !tenon.tensor<[9, 4] f32>
}

// -----

tenon.size @B from 0 to *
tenon.param trainable @w : !tenon.tensor<[9, 4] f32>

// The table is a matrix of a product, too: its gradient is nowhere 0.
// CHECK-LABEL: func.func @not_tied
// CHECK-NOT:   tenon.put
func.func @not_tied(%d: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %p: !tenon.tensor<[B, 9] f32>,
    %loss: !tenon.tensor<[] f32>)
    -> (!tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32> {tenon.updates = "w"}) attributes {tenon.train = {}} {
  %w = tenon.read @w : <[9, 4] f32>
  %f = tenon.scatter_add %d[%i] axis 0 : <[B, 4] f32>, <[B] i64> -> <[9, 4] f32>
  %h = tenon.contract %p[a, b], %d[a, c] -> [b, c] : <[B, 9] f32>, <[B, 4] f32> -> <[9, 4] f32>
  %y = tenon.map (%a = %w, %b = %f, %c = %h) : (!tenon.tensor<[9, 4] f32>, !tenon.tensor<[9, 4] f32>, !tenon.tensor<[9, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
    %s = arith.addf %b, %c : f32
    %t = arith.subf %a, %s : f32
    tenon.yield %t : f32
  }
  return %loss, %y : !tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32>
}

// -----

tenon.size @B from 0 to *
tenon.param trainable @w : !tenon.tensor<[9, 4] f32>

// A sum of what is 1 where the gradient is 0 needs all rows; so does a maximum.
// CHECK-LABEL: func.func @not_sums_of_others
// CHECK-NOT:   tenon.put
func.func @not_sums_of_others(%d: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>)
    -> (!tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32> {tenon.updates = "w"}) attributes {tenon.train = {}} {
  %w = tenon.read @w : <[9, 4] f32>
  %g = tenon.scatter_add %d[%i] axis 0 : <[B, 4] f32>, <[B] i64> -> <[9, 4] f32>
  %e = tenon.map (%a = %g) : (!tenon.tensor<[9, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
    %s = math.exp %a : f32
    tenon.yield %s : f32
  }
  %norm = tenon.reduce sum %e over [0, 1] : <[9, 4] f32> -> <[] f32>
  %y = tenon.map (%a = %w, %b = %g) : (!tenon.tensor<[9, 4] f32>, !tenon.tensor<[9, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
    %s = arith.subf %a, %b : f32
    tenon.yield %s : f32
  }
  return %norm, %y : !tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32>
}

// -----

tenon.size @B from 0 to *
tenon.param trainable @w : !tenon.tensor<[9, 4] f32>
tenon.param trainable @v : !tenon.tensor<[9, 4] f32>

// The next value of @w is made of @v: no row stays.
// CHECK-LABEL: func.func @not_another_parameter
// CHECK-NOT:   tenon.put
func.func @not_another_parameter(%d: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %loss: !tenon.tensor<[] f32>)
    -> (!tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32> {tenon.updates = "w"}) attributes {tenon.train = {}} {
  %v = tenon.read @v : <[9, 4] f32>
  %g = tenon.scatter_add %d[%i] axis 0 : <[B, 4] f32>, <[B] i64> -> <[9, 4] f32>
  %y = tenon.map (%a = %v, %b = %g) : (!tenon.tensor<[9, 4] f32>, !tenon.tensor<[9, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
    %s = arith.subf %a, %b : f32
    tenon.yield %s : f32
  }
  return %loss, %y : !tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32>
}

// -----

tenon.param trainable @w : !tenon.tensor<[20000, 64] f32>

// As many ids as a quarter of the rows are worth the sorting, more are not.
// CHECK-LABEL: func.func @few_ids
// SMALL-LABEL: func.func @few_ids
// SMALL:       tenon.put
func.func @few_ids(%d: !tenon.tensor<[5000, 64] f32>, %i: !tenon.tensor<[5000] i64>, %loss: !tenon.tensor<[] f32>)
    -> (!tenon.tensor<[] f32>, !tenon.tensor<[20000, 64] f32> {tenon.updates = "w"}) attributes {tenon.train = {}} {
  %w = tenon.read @w : <[20000, 64] f32>
  %g = tenon.scatter_add %d[%i] axis 0 : <[5000, 64] f32>, <[5000] i64> -> <[20000, 64] f32>
  %y = tenon.map (%a = %w, %b = %g) : (!tenon.tensor<[20000, 64] f32>, !tenon.tensor<[20000, 64] f32>) -> !tenon.tensor<[20000, 64] f32> {
    %s = arith.subf %a, %b : f32
    tenon.yield %s : f32
  }
  return %loss, %y : !tenon.tensor<[] f32>, !tenon.tensor<[20000, 64] f32>
}
// SMALL-LABEL: func.func @not_many_ids
// SMALL-NOT:   tenon.put
func.func @not_many_ids(%d: !tenon.tensor<[5001, 64] f32>, %i: !tenon.tensor<[5001] i64>, %loss: !tenon.tensor<[] f32>)
    -> (!tenon.tensor<[] f32>, !tenon.tensor<[20000, 64] f32> {tenon.updates = "w"}) attributes {tenon.train = {}} {
  %w = tenon.read @w : <[20000, 64] f32>
  %g = tenon.scatter_add %d[%i] axis 0 : <[5001, 64] f32>, <[5001] i64> -> <[20000, 64] f32>
  %y = tenon.map (%a = %w, %b = %g) : (!tenon.tensor<[20000, 64] f32>, !tenon.tensor<[20000, 64] f32>) -> !tenon.tensor<[20000, 64] f32> {
    %s = arith.subf %a, %b : f32
    tenon.yield %s : f32
  }
  return %loss, %y : !tenon.tensor<[] f32>, !tenon.tensor<[20000, 64] f32>
}

// -----

tenon.size @B from 0 to *
tenon.param trainable @w : !tenon.tensor<[9, 4] f32>

// A sum before the gradient, of what is 0 everywhere: it stays, the rows are updated.
// CHECK-LABEL: func.func @sum_before
// CHECK:       %[[SUM:.*]] = tenon.reduce sum {{.*}} : <[9, 4] f32> -> <[] f32>
// CHECK:       tenon.scatter_add {{.*}} -> <[B, 4] f32>
// CHECK:       tenon.put
// CHECK:       return %[[SUM]]
func.func @sum_before(%d: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>)
    -> (!tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32> {tenon.updates = "w"}) attributes {tenon.train = {}} {
  %w = tenon.read @w : <[9, 4] f32>
  %z = tenon.map (%a = %w) : (!tenon.tensor<[9, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
    %zero = arith.constant 0.0 : f32
    %s = arith.mulf %a, %zero : f32
    tenon.yield %s : f32
  }
  %loss = tenon.reduce sum %z over [0, 1] : <[9, 4] f32> -> <[] f32>
  %e = tenon.map (%a = %d, %l = %loss) : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[] f32>) -> !tenon.tensor<[B, 4] f32> {
    %s = arith.addf %a, %l : f32
    tenon.yield %s : f32
  }
  %g = tenon.scatter_add %e[%i] axis 0 : <[B, 4] f32>, <[B] i64> -> <[9, 4] f32>
  %y = tenon.map (%a = %w, %b = %g, %c = %z) : (!tenon.tensor<[9, 4] f32>, !tenon.tensor<[9, 4] f32>, !tenon.tensor<[9, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
    %s = arith.addf %b, %c : f32
    %t = arith.subf %a, %s : f32
    tenon.yield %t : f32
  }
  return %loss, %y : !tenon.tensor<[] f32>, !tenon.tensor<[9, 4] f32>
}
