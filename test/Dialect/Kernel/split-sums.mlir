// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(kernel-split-sums))' | FileCheck %s

// Sums of few rows are taken in parts.

tenon.size @M from 0 to *

// A gradient by a bias: a thread per column, parts by rows.
// CHECK-LABEL: func.func @columns
func.func @columns(%x: !tenon.tensor<[M, 192] f32>) -> !tenon.tensor<[192] f32> {
  // CHECK: %[[D:.*]] = kernel.empty : <[192] f32>
  // CHECK: %[[E:.*]] = kernel.empty : <[192, 1, 512] f32>
  // CHECK-NEXT: %[[P:.*]] = kernel.part_sums [sum k: M, rows m: 192] (%{{.*}}[192*k + m]) -> %[[E]][512*m] {parts = 512 : i64}
  // CHECK: tenon.yield %{{.*}} : f32
  // CHECK: kernel.rows [rows m: 192, sum p: 512] (%[[P]][512*m + p]) -> %[[D]][m]
  // CHECK: kernel.reduce sum
  %0 = kernel.empty : !tenon.tensor<[192] f32>
  %y = kernel.rows [sum k: M, rows m: 192] (%x[192*k + m]) -> %0[m] : (!tenon.tensor<[M, 192] f32>) -> !tenon.tensor<[192] f32> {
  ^bb0(%e: f32):
    %s = kernel.reduce sum %e : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[192] f32>
}

// A mean of squares: what follows the sum follows the sum of parts, with what it reads.
// CHECK-LABEL: func.func @loss
func.func @loss(%x: !tenon.tensor<[M, 192] f32>, %c: !tenon.tensor<[1] f32>) -> !tenon.tensor<[] f32> {
  // CHECK: kernel.part_sums [sum k: 192*M] (%{{.*}}[k]) -> %{{.*}}[0] {parts = 512 : i64}
  // CHECK: arith.mulf
  // CHECK-NOT: arith.addf
  // CHECK: kernel.rows [sum p: 512] (%{{.*}}[p], %{{.*}}[0]) -> %{{.*}}[0]
  // CHECK: %[[S:.*]] = kernel.reduce sum
  // CHECK: arith.addf %[[S]]
  %0 = kernel.empty : !tenon.tensor<[] f32>
  %y = kernel.rows [sum k: 192*M] (%x[k], %c[0]) -> %0[0] : (!tenon.tensor<[M, 192] f32>, !tenon.tensor<[1] f32>) -> !tenon.tensor<[] f32> {
  ^bb0(%e: f32, %f: f32):
    %q = arith.mulf %e, %e : f32
    %s = kernel.reduce sum %q : f32
    %r = arith.addf %s, %f : f32
    tenon.yield %r : f32
  }
  return %y : !tenon.tensor<[] f32>
}

// Coefficients of groups: channels of a group count as rows until the end. The names of the new
// dimensions are free ones.
// CHECK-LABEL: func.func @groups
func.func @groups(%x: !tenon.tensor<[M, 768] f32>) -> !tenon.tensor<[8, 2] f32> {
  // CHECK: kernel.empty : <[8, 96, 2, 256] f32>
  // CHECK: kernel.part_sums [sum k: M, rows m: 8, rows p: 96] (%{{.*}}[768*k + 96*m + p]) -> %{{.*}}[49152*m + 512*p] {parts = 256 : i64}
  // CHECK: kernel.rows [rows m: 8, sum p: 96, rows s: 2, sum p0: 256] (%{{.*}}[49152*m + 512*p + p0 + 256*s]) -> %{{.*}}[2*m + s]
  %0 = kernel.empty : !tenon.tensor<[8, 2] f32>
  %y = kernel.sums [sum k: M, rows m: 8, sum p: 96] (%x[768*k + 96*m + p]) -> %0[2*m] : (!tenon.tensor<[M, 768] f32>) -> !tenon.tensor<[8, 2] f32> {
  ^bb0(%e: f32):
    %q = arith.mulf %e, %e : f32
    tenon.yield %e, %q : f32, f32
  }
  return %y : !tenon.tensor<[8, 2] f32>
}

// Known sizes: no more parts than there is work for.
// CHECK-LABEL: func.func @known
func.func @known(%x: !tenon.tensor<[8192] f32>, %z: !tenon.tensor<[300] f32>) -> (!tenon.tensor<[] f32>, !tenon.tensor<[] f32>) {
  // CHECK: kernel.part_sums [sum k: 8192] (%{{.*}}[k]) -> %{{.*}}[0] {parts = 8 : i64}
  // CHECK: kernel.rows [sum p: 8]
  // CHECK: kernel.rows [sum k: 300]
  %0 = kernel.empty : !tenon.tensor<[] f32>
  %y = kernel.rows [sum k: 8192] (%x[k]) -> %0[0] : (!tenon.tensor<[8192] f32>) -> !tenon.tensor<[] f32> {
  ^bb0(%e: f32):
    %s = kernel.reduce sum %e : f32
    tenon.yield %s : f32
  }
  %1 = kernel.empty : !tenon.tensor<[] f32>
  %w = kernel.rows [sum k: 300] (%z[k]) -> %1[0] : (!tenon.tensor<[300] f32>) -> !tenon.tensor<[] f32> {
  ^bb0(%e: f32):
    %s = kernel.reduce sum %e : f32
    tenon.yield %s : f32
  }
  return %y, %w : !tenon.tensor<[] f32>, !tenon.tensor<[] f32>
}

// What stays: many rows, a number of rows that is not known, another reduction, elements that are
// needed again, reductions of reductions.
// CHECK-LABEL: func.func @stays
// CHECK-NOT: kernel.part_sums
func.func @stays(%x: !tenon.tensor<[M, 1000] f32>, %z: !tenon.tensor<[M] f32>) -> (!tenon.tensor<[1000] f32>, !tenon.tensor<[M] f32>, !tenon.tensor<[] f32>, !tenon.tensor<[M] f32>, !tenon.tensor<[] f32>) {
  %0 = kernel.empty : !tenon.tensor<[1000] f32>
  %a = kernel.rows [rows m: 1000, sum k: M] (%x[M*m + k]) -> %0[m] : (!tenon.tensor<[M, 1000] f32>) -> !tenon.tensor<[1000] f32> {
  ^bb0(%e: f32):
    %s = kernel.reduce sum %e : f32
    tenon.yield %s : f32
  }
  %1 = kernel.empty : !tenon.tensor<[M] f32>
  %b = kernel.rows [rows m: M, sum k: 1000] (%x[1000*m + k]) -> %1[m] : (!tenon.tensor<[M, 1000] f32>) -> !tenon.tensor<[M] f32> {
  ^bb0(%e: f32):
    %s = kernel.reduce sum %e : f32
    tenon.yield %s : f32
  }
  %2 = kernel.empty : !tenon.tensor<[] f32>
  %c = kernel.rows [sum k: M] (%z[k]) -> %2[0] : (!tenon.tensor<[M] f32>) -> !tenon.tensor<[] f32> {
  ^bb0(%e: f32):
    %s = kernel.reduce max %e : f32
    tenon.yield %s : f32
  }
  %3 = kernel.empty : !tenon.tensor<[M] f32>
  %d = kernel.rows [sum k: M] (%z[k]) -> %3[k] : (!tenon.tensor<[M] f32>) -> !tenon.tensor<[M] f32> {
  ^bb0(%e: f32):
    %s = kernel.reduce sum %e : f32
    %q = arith.divf %e, %s : f32
    tenon.yield %q : f32
  }
  %4 = kernel.empty : !tenon.tensor<[] f32>
  %f = kernel.rows [sum k: M] (%z[k]) -> %4[0] : (!tenon.tensor<[M] f32>) -> !tenon.tensor<[] f32> {
  ^bb0(%e: f32):
    %s = kernel.reduce sum %e : f32
    %q = arith.subf %e, %s : f32
    %t = kernel.reduce sum %q : f32
    tenon.yield %t : f32
  }
  return %a, %b, %c, %d, %f : !tenon.tensor<[1000] f32>, !tenon.tensor<[M] f32>, !tenon.tensor<[] f32>, !tenon.tensor<[M] f32>, !tenon.tensor<[] f32>
}
