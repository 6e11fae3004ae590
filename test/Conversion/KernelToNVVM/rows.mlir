// RUN: tenon-opt %s -convert-kernel-to-nvvm | FileCheck %s

tenon.size @B from 0 to *

// A thread per four neighbours, which are written after all are made.
// CHECK-LABEL: func.func private @map(
// CHECK-SAME: memref<?xf32, 1>, %{{.*}}: memref<?xf32, 1>, %[[B:.*]]: index, %{{.*}}: index, %{{.*}}: memref<6xi64, 1>)
// CHECK-SAME: kernel.grid = [#kernel.grid<<4*B>, 1024>], kernel.threads = 256 : i64, kernel.wide
func.func private @map(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  // CHECK-DAG: nvvm.read.ptx.sreg.tid.x
  // CHECK-DAG: nvvm.read.ptx.sreg.ctaid.x
  // CHECK: scf.if
  // CHECK-COUNT-4: arith.mulf %[[E:.*]], %[[E]]
  // CHECK-COUNT-4: memref.store
  %y = kernel.rows [rows m: B, rows n: 4] (%x[4*m + n]) -> %o[4*m + n] : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%e: f32):
    %s = arith.mulf %e, %e : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}

// Seven dimensions, of which the last one is of fours.
// CHECK-LABEL: func.func private @seven(
// CHECK-SAME: kernel.grid = [#kernel.grid<<5760>, 1024>], kernel.threads = 256 : i64, kernel.wide
func.func private @seven(%x: !tenon.tensor<[5760] f32>, %o: !tenon.tensor<[5760] f32>) -> !tenon.tensor<[5760] f32> {
  %y = kernel.rows [rows a: 2, rows b: 3, rows c: 4, rows d: 5, rows e: 3, rows f: 2, rows g: 8] (%x[g + 8*a + 16*b + 48*c + 192*d + 960*e + 2880*f]) -> %o[2880*a + 960*b + 240*c + 48*d + 16*e + 8*f + g] : (!tenon.tensor<[5760] f32>) -> !tenon.tensor<[5760] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[5760] f32>
}

// A sum over no dimension is its element.
// CHECK-LABEL: func.func private @no_sum(
func.func private @no_sum(%x: !tenon.tensor<[64] f32>, %o: !tenon.tensor<[64] f32>) -> !tenon.tensor<[64] f32> {
  // CHECK: memref.store
  %y = kernel.rows [rows m: 64] (%x[m]) -> %o[m] : (!tenon.tensor<[64] f32>) -> !tenon.tensor<[64] f32> {
  ^bb0(%e: f32):
    %s = kernel.reduce sum %e : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[64] f32>
}

// Threes: a thread per element.
// CHECK-LABEL: func.func private @threes(
// CHECK-SAME: kernel.grid = [#kernel.grid<<3*B>, 256>], kernel.threads = 256 : i64}
func.func private @threes(%x: !tenon.tensor<[B, 3] f32>, %o: !tenon.tensor<[B, 3] f32>) -> !tenon.tensor<[B, 3] f32> {
  // CHECK: scf.if
  // CHECK-COUNT-1: memref.store
  %y = kernel.rows [rows m: B, rows n: 3] (%x[3*m + n]) -> %o[3*m + n] : (!tenon.tensor<[B, 3] f32>) -> !tenon.tensor<[B, 3] f32> {
  ^bb0(%e: f32):
    %s = arith.mulf %e, %e : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[B, 3] f32>
}

// Transposed: neighbours of the result are not neighbours of what is read.
// CHECK-LABEL: func.func private @transposed(
// CHECK-SAME: kernel.grid = [#kernel.grid<<4*B>, 256>], kernel.threads = 256 : i64}
func.func private @transposed(%x: !tenon.tensor<[4, B] f32>, %o: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  %y = kernel.rows [rows m: B, rows n: 4] (%x[B*n + m]) -> %o[4*m + n] : (!tenon.tensor<[4, B] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}

// A block per row; the threads of a warp exchange their sums, warps theirs in shared memory.
// CHECK: memref.global "private" @[[SHARED:.*]] : memref<4xf32, 3>
// CHECK-LABEL: func.func private @sum(
// CHECK-SAME: kernel.grid = [#kernel.grid<<B>, 1>], kernel.threads = 128
func.func private @sum(%x: !tenon.tensor<[B, 40] f32>, %o: !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  // CHECK-COUNT-5: nvvm.shfl.sync bfly
  // CHECK: memref.get_global @[[SHARED]]
  // CHECK: nvvm.barrier0
  %y = kernel.rows [rows m: B, sum k: 40] (%x[40*m + k]) -> %o[m] : (!tenon.tensor<[B, 40] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    %s = kernel.reduce sum %e : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[B] f32>
}
