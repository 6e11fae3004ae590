// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(kernel-split-products))' | FileCheck %s
// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(kernel-split-products,kernel-split-products))' | FileCheck %s

tenon.size @K from 0 to *
tenon.size @M from 0 to *

// A gradient by weights: seven parts of 36 tiles. What the epilogue does it does to the whole sum.
// CHECK-LABEL: func.func @long
func.func @long(%a: !tenon.tensor<[192, K] f32>, %b: !tenon.tensor<[K, 768] f32>, %c: !tenon.tensor<[768] f32>) -> !tenon.tensor<[192, 768] f32> {
  // CHECK: %[[D:.*]] = kernel.empty : <[192, 768] f32>
  // CHECK-NEXT: %[[E:.*]] = kernel.empty : <[7, 192, 768] f32>
  // CHECK-NEXT: %[[P:.*]] = kernel.contract [batch p: 7, rows m: 192, cols n: 768, sum k: K] (%{{.*}}[K*m + k], %{{.*}}[768*k + n]) -> %[[E]][768*m + n + 147456*p] {parts}
  // CHECK-NEXT: ^bb0(%[[S:.*]]: f32):
  // CHECK-NEXT: tenon.yield %[[S]]
  // CHECK: kernel.rows [rows m: 192, rows n: 768, sum p: 7] (%[[P]][768*m + n + 147456*p], %{{.*}}[n]) -> %[[D]][768*m + n]
  // CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %[[C:.*]]: f32):
  // CHECK-NEXT: %[[R:.*]] = kernel.reduce sum %[[X]]
  // CHECK-NEXT: arith.addf %[[R]], %[[C]]
  %0 = kernel.empty : !tenon.tensor<[192, 768] f32>
  %y = kernel.contract [rows m: 192, cols n: 768, sum k: K] (%a[K*m + k], %b[768*k + n], %c[n]) -> %0[768*m + n] : (!tenon.tensor<[192, K] f32>, !tenon.tensor<[K, 768] f32>, !tenon.tensor<[768] f32>) -> !tenon.tensor<[192, 768] f32> {
  ^bb0(%s: f32, %d: f32):
    %r = arith.addf %s, %d : f32
    tenon.yield %r : f32
  }
  return %y : !tenon.tensor<[192, 768] f32>
}

// Known sums: no part has less than 256 terms.
// CHECK-LABEL: func.func @known
func.func @known(%a: !tenon.tensor<[2, 17, 1000] f32>, %b: !tenon.tensor<[2, 9, 1000] f32>) -> !tenon.tensor<[2, 17, 9] f32> {
  // CHECK: kernel.contract [batch p: 3, batch h: 2, rows m: 17, cols n: 9, sum k: 1000] (%{{.*}}[17000*h + k + 1000*m], %{{.*}}[9000*h + k + 1000*n]) -> %{{.*}}[153*h + 9*m + n + 306*p] {parts}
  // CHECK: kernel.rows [rows h: 2, rows m: 17, rows n: 9, sum p: 3]
  %0 = kernel.empty : !tenon.tensor<[2, 17, 9] f32>
  %y = kernel.contract [batch h: 2, rows m: 17, cols n: 9, sum k: 1000] (%a[17000*h + 1000*m + k], %b[9000*h + 1000*n + k]) -> %0[153*h + 9*m + n] : (!tenon.tensor<[2, 17, 1000] f32>, !tenon.tensor<[2, 9, 1000] f32>) -> !tenon.tensor<[2, 17, 9] f32> {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[2, 17, 9] f32>
}

// What stays: rows of a number that is not known, short sums, few columns, an epilogue that asks
// where it is.
// CHECK-LABEL: func.func @stays
// CHECK-NOT: parts
func.func @stays(%a: !tenon.tensor<[M, K] f32>, %b: !tenon.tensor<[64, K] f32>, %c: !tenon.tensor<[64, 300] f32>, %d: !tenon.tensor<[7, K] f32>) -> (!tenon.tensor<[M, 64] f32>, !tenon.tensor<[64, 64] f32>, !tenon.tensor<[64, 7] f32>, !tenon.tensor<[64, 64] f32>) {
  %0 = kernel.empty : !tenon.tensor<[M, 64] f32>
  %x = kernel.contract [rows m: M, cols n: 64, sum k: K] (%a[K*m + k], %b[K*n + k]) -> %0[64*m + n] : (!tenon.tensor<[M, K] f32>, !tenon.tensor<[64, K] f32>) -> !tenon.tensor<[M, 64] f32> {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  %1 = kernel.empty : !tenon.tensor<[64, 64] f32>
  %y = kernel.contract [rows m: 64, cols n: 64, sum k: 300] (%c[300*m + k], %c[300*n + k]) -> %1[64*m + n] : (!tenon.tensor<[64, 300] f32>, !tenon.tensor<[64, 300] f32>) -> !tenon.tensor<[64, 64] f32> {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  %2 = kernel.empty : !tenon.tensor<[64, 7] f32>
  %z = kernel.contract [rows m: 64, cols n: 7, sum k: K] (%b[K*m + k], %d[K*n + k]) -> %2[7*m + n] : (!tenon.tensor<[64, K] f32>, !tenon.tensor<[7, K] f32>) -> !tenon.tensor<[64, 7] f32> {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  %3 = kernel.empty : !tenon.tensor<[64, 64] f32>
  %w = kernel.contract [rows m: 64, cols n: 64, sum k: K] (%b[K*m + k], %b[K*n + k]) -> %3[64*m + n] : (!tenon.tensor<[64, K] f32>, !tenon.tensor<[64, K] f32>) -> !tenon.tensor<[64, 64] f32> {
  ^bb0(%s: f32):
    %p = kernel.position 0
    %i = arith.index_cast %p : index to i64
    %f = arith.sitofp %i : i64 to f32
    %r = arith.addf %s, %f : f32
    tenon.yield %r : f32
  }
  return %x, %y, %z, %w : !tenon.tensor<[M, 64] f32>, !tenon.tensor<[64, 64] f32>, !tenon.tensor<[64, 7] f32>, !tenon.tensor<[64, 64] f32>
}
