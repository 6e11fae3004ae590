// RUN: tenon-opt %s -kernel-hoist-parameters -canonicalize | FileCheck %s
// RUN: tenon-opt %s -kernel-hoist-parameters -canonicalize | FileCheck %s --check-prefix=PREPARE
// RUN: tenon-opt %s -kernel-hoist-parameters -canonicalize | FileCheck %s --check-prefix=ALIKE

tenon.param trainable @w : !tenon.tensor<[4] f32>

// What parameters alone decide is computed once, and read.
// CHECK-LABEL: func.func @scaled(
// CHECK: %[[T:.*]] = kernel.stored @packed_0
// CHECK: kernel.rows [rows m: B, rows n: 4] (%arg0[4*m + n], %[[T]][n])
// CHECK-NOT: kernel.rows
// PREPARE: func.func @prepare() -> ({{.*}}) attributes {kernel.prepare} {
// PREPARE: %[[W:.*]] = tenon.read @w
// PREPARE: %[[E:.*]] = kernel.rows [rows n: 4] (%[[W]][n]) -> %{{.*}}[n]
// PREPARE: math.exp
// PREPARE-NOT: math.exp
// PREPARE: return %[[E]],
func.func @scaled(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  %w = tenon.read @w : !tenon.tensor<[4] f32>
  %e = kernel.empty : !tenon.tensor<[4] f32>
  %p = kernel.rows [rows n: 4] (%w[n]) -> %e[n] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  ^bb0(%a: f32):
    %b = math.exp %a : f32
    tenon.yield %b : f32
  }
  %o = kernel.empty : !tenon.tensor<[B, 4] f32>
  %y = kernel.rows [rows m: B, rows n: 4] (%x[4*m + n], %p[n]) -> %o[4*m + n] : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32, %b: f32):
    %c = arith.mulf %a, %b : f32
    tenon.yield %c : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}

// The same in another entry is the same storage; memory filled in steps is one.
// CHECK-LABEL: func.func @again(
// CHECK-DAG: kernel.stored @packed_0
// CHECK-DAG: kernel.stored @packed_1
// CHECK: kernel.rows [rows m: B, rows n: 8]
// CHECK-NOT: kernel.rows
func.func @again(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  %w = tenon.read @w : !tenon.tensor<[4] f32>
  %e = kernel.empty : !tenon.tensor<[4] f32>
  %p = kernel.rows [rows n: 4] (%w[n]) -> %e[n] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  ^bb0(%a: f32):
    %b = math.exp %a : f32
    tenon.yield %b : f32
  }
  %f = kernel.empty : !tenon.tensor<[8] f32>
  %q = kernel.rows [rows n: 4] (%w[n]) -> %f[n] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %r = kernel.rows [rows n: 4] (%w[n]) -> %q[n + 4] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[8] f32> {
  ^bb0(%a: f32):
    %b = arith.negf %a : f32
    tenon.yield %b : f32
  }
  %o = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows m: B, rows n: 8] (%p[0], %r[n]) -> %o[8*m + n] : (!tenon.tensor<[4] f32>, !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32, %b: f32):
    %c = arith.mulf %a, %b : f32
    tenon.yield %c : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// An entry writes its own results, and what a kernel that stays writes to stays.
// CHECK-LABEL: func.func @results_stay(
// CHECK-COUNT-3: kernel.rows
// CHECK: return
func.func @results_stay(%x: !tenon.tensor<[4] f32>) -> (!tenon.tensor<[4] f32>, !tenon.tensor<[8] f32>) {
  %w = tenon.read @w : !tenon.tensor<[4] f32>
  %e = kernel.empty : !tenon.tensor<[4] f32>
  %p = kernel.rows [rows n: 4] (%w[n]) -> %e[n] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  ^bb0(%a: f32):
    %b = math.exp %a : f32
    tenon.yield %b : f32
  }
  %f = kernel.empty : !tenon.tensor<[8] f32>
  %q = kernel.rows [rows n: 4] (%w[n]) -> %f[n] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %r = kernel.rows [rows n: 4] (%x[n]) -> %q[n + 4] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %p, %r : !tenon.tensor<[4] f32>, !tenon.tensor<[8] f32>
}

// A size of the run is not known when parameters are loaded.
// CHECK-LABEL: func.func @sizes_stay(
// CHECK: tenon.extent <B> : f32
// CHECK: return
func.func @sizes_stay(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  %w = tenon.read @w : !tenon.tensor<[4] f32>
  %e = kernel.empty : !tenon.tensor<[4] f32>
  %p = kernel.rows [rows n: 4] (%w[n]) -> %e[n] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  ^bb0(%a: f32):
    %b = tenon.extent <B> : f32
    %c = arith.mulf %a, %b : f32
    tenon.yield %c : f32
  }
  %o = kernel.empty : !tenon.tensor<[B, 4] f32>
  %y = kernel.rows [rows m: B, rows n: 4] (%x[4*m + n], %p[n]) -> %o[4*m + n] : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32, %b: f32):
    %c = arith.mulf %a, %b : f32
    tenon.yield %c : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}

// Memory that begins alike and goes on apart is not shared: neither value is overwritten.
// ALIKE: func.func @prepare()
// ALIKE: %[[A:.*]] = kernel.stored @packed_2
// ALIKE: %[[A0:.*]] = kernel.rows {{.*}} -> %[[A]][n]
// ALIKE: kernel.rows {{.*}} -> %[[A0]][n + 4]
// ALIKE: math.tanh
// ALIKE: %[[B:.*]] = kernel.stored @packed_3
// ALIKE: %[[B0:.*]] = kernel.rows {{.*}} -> %[[B]][n]
// ALIKE: kernel.rows {{.*}} -> %[[B0]][n + 4]
// ALIKE: math.sin
// ALIKE: math.cos
// CHECK-LABEL: func.func @begins_alike(
// CHECK-COUNT-3: kernel.stored
// CHECK: kernel.rows [rows m: B, rows n: 8]
// CHECK-NOT: kernel.rows
// CHECK: return
func.func @begins_alike(%x: !tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  %w = tenon.read @w : !tenon.tensor<[4] f32>
  %e = kernel.empty : !tenon.tensor<[8] f32>
  %a0 = kernel.rows [rows n: 4] (%w[n]) -> %e[n] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %a1 = kernel.rows [rows n: 4] (%w[n]) -> %a0[n + 4] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[8] f32> {
  ^bb0(%a: f32):
    %b = math.tanh %a : f32
    tenon.yield %b : f32
  }
  %f = kernel.empty : !tenon.tensor<[8] f32>
  %b0 = kernel.rows [rows n: 4] (%w[n]) -> %f[n] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %b1 = kernel.rows [rows n: 4] (%w[n]) -> %b0[n + 4] : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[8] f32> {
  ^bb0(%a: f32):
    %b = math.sin %a : f32
    tenon.yield %b : f32
  }
  %g = kernel.empty : !tenon.tensor<[8] f32>
  %c = kernel.rows [rows n: 8] (%a1[n]) -> %g[n] : (!tenon.tensor<[8] f32>) -> !tenon.tensor<[8] f32> {
  ^bb0(%a: f32):
    %b = math.cos %a : f32
    tenon.yield %b : f32
  }
  %o = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows m: B, rows n: 8] (%x[8*m + n], %a1[n], %b1[n], %c[n]) -> %o[8*m + n] : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[8] f32>, !tenon.tensor<[8] f32>, !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32, %b: f32, %c1: f32, %d: f32):
    %s = arith.mulf %a, %b : f32
    %t = arith.mulf %s, %c1 : f32
    %u = arith.mulf %t, %d : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}
