// RUN: tenon-opt %s -kernel-pack-updates -split-input-file | FileCheck %s
// RUN: tenon-opt %s -kernel-pack-updates -kernel-join-launches -split-input-file | FileCheck %s --check-prefix=JOIN

// The next value of w is packed where it is made, after what reads the storage for the last
// time; the storage of b, which this step leaves as it is, is not written. The matrix has
// tasks of the same 16 rows in all kernels.
// CHECK-LABEL: func.func @step
// CHECK:         %[[M:.+]] = kernel.launch @moment(
// CHECK:         %[[W:.+]] = kernel.launch @update(%[[M]],
// CHECK:         kernel.launch @read(%{{.+}}, %{{.+}})
// CHECK:         %[[S:.+]] = kernel.stored @packed_0
// CHECK-NEXT:    kernel.launch @pack_0(%[[W]], %[[S]])
// CHECK-NOT:     kernel.launch @pack
// CHECK:         return
// CHECK:       func.func private @moment
// CHECK:         kernel.task = 8192
// CHECK:       func.func private @update
// CHECK:         kernel.task = 8192
// CHECK:       func.func private @pack_0
// CHECK:         kernel.task = 16
// CHECK:       func.func private @pack_1
// CHECK-NOT:     kernel.task

// The reader of the storage stands between: the packing waits for it.
// JOIN-LABEL: func.func @step
// JOIN:         kernel.launch @update({{.*}} {join = #kernel<join tiles>}
// JOIN:         kernel.launch @pack_0(
// JOIN-NOT:     join
// JOIN:         return

tenon.param trainable @w : !tenon.tensor<[512, 512] f32>
tenon.param trainable @m : !tenon.tensor<[512, 512] f32>
tenon.param trainable @b : !tenon.tensor<[512, 512] f32>
kernel.storage @packed_0 : !tenon.tensor<[262144] f32>
kernel.storage @packed_1 : !tenon.tensor<[262144] f32>
func.func @step(%g: !tenon.tensor<[512, 512] f32>)
    -> (!tenon.tensor<[512, 512] f32> {tenon.updates = "m"}, !tenon.tensor<[512, 512] f32> {tenon.updates = "w"},
        !tenon.tensor<[262144] f32>) {
  %m = tenon.read @m : !tenon.tensor<[512, 512] f32>
  %w = tenon.read @w : !tenon.tensor<[512, 512] f32>
  %p = kernel.stored @packed_0 : !tenon.tensor<[262144] f32>
  %0 = kernel.empty : !tenon.tensor<[512, 512] f32>
  %1 = kernel.launch @moment(%g, %m, %0) flops <1> bytes <1> : (!tenon.tensor<[512, 512] f32>, !tenon.tensor<[512, 512] f32>, !tenon.tensor<[512, 512] f32>) -> !tenon.tensor<[512, 512] f32>
  %2 = kernel.empty : !tenon.tensor<[512, 512] f32>
  %3 = kernel.launch @update(%1, %w, %2) flops <1> bytes <1> : (!tenon.tensor<[512, 512] f32>, !tenon.tensor<[512, 512] f32>, !tenon.tensor<[512, 512] f32>) -> !tenon.tensor<[512, 512] f32>
  %4 = kernel.empty : !tenon.tensor<[262144] f32>
  %5 = kernel.launch @read(%p, %4) flops <1> bytes <1> : (!tenon.tensor<[262144] f32>, !tenon.tensor<[262144] f32>) -> !tenon.tensor<[262144] f32>
  return %1, %3, %5 : !tenon.tensor<[512, 512] f32>, !tenon.tensor<[512, 512] f32>, !tenon.tensor<[262144] f32>
}
func.func @prepare() -> (!tenon.tensor<[262144] f32>, !tenon.tensor<[262144] f32>) attributes {kernel.prepare} {
  %w = tenon.read @w : !tenon.tensor<[512, 512] f32>
  %0 = kernel.stored @packed_0 : !tenon.tensor<[262144] f32>
  %1 = kernel.launch @pack_0(%w, %0) flops <0> bytes <1> : (!tenon.tensor<[512, 512] f32>, !tenon.tensor<[262144] f32>) -> !tenon.tensor<[262144] f32>
  %b = tenon.read @b : !tenon.tensor<[512, 512] f32>
  %2 = kernel.stored @packed_1 : !tenon.tensor<[262144] f32>
  %3 = kernel.launch @pack_1(%b, %2) flops <0> bytes <1> : (!tenon.tensor<[512, 512] f32>, !tenon.tensor<[262144] f32>) -> !tenon.tensor<[262144] f32>
  return %1, %3 : !tenon.tensor<[262144] f32>, !tenon.tensor<[262144] f32>
}
func.func private @moment(%p: !tenon.tensor<[512, 512] f32>, %q: !tenon.tensor<[512, 512] f32>, %o: !tenon.tensor<[512, 512] f32>) -> !tenon.tensor<[512, 512] f32> {
  %y = kernel.rows [rows m: 262144] (%p[m], %q[m]) -> %o[m] : (!tenon.tensor<[512, 512] f32>, !tenon.tensor<[512, 512] f32>) -> !tenon.tensor<[512, 512] f32> {
  ^bb0(%e: f32, %f: f32):
    %s = arith.addf %e, %f : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[512, 512] f32>
}
func.func private @update(%p: !tenon.tensor<[512, 512] f32>, %q: !tenon.tensor<[512, 512] f32>, %o: !tenon.tensor<[512, 512] f32>) -> !tenon.tensor<[512, 512] f32> {
  %y = kernel.rows [rows m: 262144] (%p[m], %q[m]) -> %o[m] : (!tenon.tensor<[512, 512] f32>, !tenon.tensor<[512, 512] f32>) -> !tenon.tensor<[512, 512] f32> {
  ^bb0(%e: f32, %f: f32):
    %s = arith.subf %f, %e : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[512, 512] f32>
}
func.func private @read(%p: !tenon.tensor<[262144] f32>, %o: !tenon.tensor<[262144] f32>) -> !tenon.tensor<[262144] f32> {
  %y = kernel.rows [rows m: 262144] (%p[m]) -> %o[m] : (!tenon.tensor<[262144] f32>) -> !tenon.tensor<[262144] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[262144] f32>
}
func.func private @pack_0(%p: !tenon.tensor<[512, 512] f32>, %o: !tenon.tensor<[262144] f32>) -> !tenon.tensor<[262144] f32> {
  %y = kernel.pack [cols n: 512, sum k: 512] (%p[512*n + k]) -> %o[0] {panel = 64 : i64} : (!tenon.tensor<[512, 512] f32>) -> !tenon.tensor<[262144] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[262144] f32>
}
func.func private @pack_1(%p: !tenon.tensor<[512, 512] f32>, %o: !tenon.tensor<[262144] f32>) -> !tenon.tensor<[262144] f32> {
  %y = kernel.pack [cols n: 512, sum k: 512] (%p[n + 512*k]) -> %o[0] {panel = 64 : i64} : (!tenon.tensor<[512, 512] f32>) -> !tenon.tensor<[262144] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[262144] f32>
}

// -----

// Both packings of a wide matrix follow its map tile by tile: 16 rows of 8192. A small one
// does too, with the panel of rows that it is; what is packed of two parameters comes last.
// CHECK-LABEL: func.func @tiles
// JOIN-LABEL: func.func @tiles
// JOIN:         %[[W:.+]] = kernel.launch @double(
// JOIN:         kernel.launch @backward(%[[W]]{{.*}} {join = #kernel<join tiles>}
// JOIN:         kernel.launch @forward(%[[W]]{{.*}} {join = #kernel<join tiles>}
// JOIN:         %[[S:.+]] = kernel.launch @double_small({{.*}} {join = #kernel<join free>}
// JOIN:         kernel.launch @small(%[[S]]{{.*}} {join = #kernel<join tiles>}
// JOIN:         %[[V:.+]] = kernel.launch @double_small({{.*}} {join = #kernel<join free>}
// JOIN:         kernel.launch @product(%[[S]], %[[V]],
// JOIN-NOT:     join
// JOIN:         return
// JOIN:       func.func private @double(
// JOIN:         kernel.task = 131072
// JOIN:       func.func private @double_small(
// JOIN:         kernel.task = 4096
// JOIN:       func.func private @forward(
// JOIN:         kernel.task = 16
// JOIN:       func.func private @backward(
// JOIN:         kernel.task = 16
// JOIN:       func.func private @small(
// JOIN:         kernel.task = 64
// JOIN:       func.func private @product(
// JOIN-NOT:     kernel.task

tenon.param trainable @w : !tenon.tensor<[64, 8192] f32>
tenon.param trainable @s : !tenon.tensor<[64, 64] f32>
kernel.storage @packed_0 : !tenon.tensor<[524288] f32>
kernel.storage @packed_1 : !tenon.tensor<[524288] f32>
tenon.param trainable @v : !tenon.tensor<[64, 64] f32>
kernel.storage @packed_2 : !tenon.tensor<[4096] f32>
kernel.storage @packed_3 : !tenon.tensor<[4096] f32>
func.func @tiles() -> (!tenon.tensor<[64, 8192] f32> {tenon.updates = "w"}, !tenon.tensor<[64, 64] f32> {tenon.updates = "s"},
                       !tenon.tensor<[64, 64] f32> {tenon.updates = "v"}) {
  %w = tenon.read @w : !tenon.tensor<[64, 8192] f32>
  %0 = kernel.empty : !tenon.tensor<[64, 8192] f32>
  %1 = kernel.launch @double(%w, %0) flops <1> bytes <1> : (!tenon.tensor<[64, 8192] f32>, !tenon.tensor<[64, 8192] f32>) -> !tenon.tensor<[64, 8192] f32>
  %s = tenon.read @s : !tenon.tensor<[64, 64] f32>
  %2 = kernel.empty : !tenon.tensor<[64, 64] f32>
  %3 = kernel.launch @double_small(%s, %2) flops <1> bytes <1> : (!tenon.tensor<[64, 64] f32>, !tenon.tensor<[64, 64] f32>) -> !tenon.tensor<[64, 64] f32>
  %v = tenon.read @v : !tenon.tensor<[64, 64] f32>
  %4 = kernel.empty : !tenon.tensor<[64, 64] f32>
  %5 = kernel.launch @double_small(%v, %4) flops <1> bytes <1> : (!tenon.tensor<[64, 64] f32>, !tenon.tensor<[64, 64] f32>) -> !tenon.tensor<[64, 64] f32>
  return %1, %3, %5 : !tenon.tensor<[64, 8192] f32>, !tenon.tensor<[64, 64] f32>, !tenon.tensor<[64, 64] f32>
}
func.func @prepare() -> (!tenon.tensor<[524288] f32>, !tenon.tensor<[524288] f32>, !tenon.tensor<[4096] f32>, !tenon.tensor<[4096] f32>) attributes {kernel.prepare} {
  %w = tenon.read @w : !tenon.tensor<[64, 8192] f32>
  %0 = kernel.stored @packed_0 : !tenon.tensor<[524288] f32>
  %1 = kernel.launch @backward(%w, %0) flops <0> bytes <1> : (!tenon.tensor<[64, 8192] f32>, !tenon.tensor<[524288] f32>) -> !tenon.tensor<[524288] f32>
  %2 = kernel.stored @packed_1 : !tenon.tensor<[524288] f32>
  %3 = kernel.launch @forward(%w, %2) flops <0> bytes <1> : (!tenon.tensor<[64, 8192] f32>, !tenon.tensor<[524288] f32>) -> !tenon.tensor<[524288] f32>
  %s = tenon.read @s : !tenon.tensor<[64, 64] f32>
  %4 = kernel.stored @packed_2 : !tenon.tensor<[4096] f32>
  %5 = kernel.launch @small(%s, %4) flops <0> bytes <1> : (!tenon.tensor<[64, 64] f32>, !tenon.tensor<[4096] f32>) -> !tenon.tensor<[4096] f32>
  %v = tenon.read @v : !tenon.tensor<[64, 64] f32>
  %6 = kernel.stored @packed_3 : !tenon.tensor<[4096] f32>
  %7 = kernel.launch @product(%s, %v, %6) flops <0> bytes <1> : (!tenon.tensor<[64, 64] f32>, !tenon.tensor<[64, 64] f32>, !tenon.tensor<[4096] f32>) -> !tenon.tensor<[4096] f32>
  return %1, %3, %5, %7 : !tenon.tensor<[524288] f32>, !tenon.tensor<[524288] f32>, !tenon.tensor<[4096] f32>, !tenon.tensor<[4096] f32>
}
func.func private @double(%p: !tenon.tensor<[64, 8192] f32>, %o: !tenon.tensor<[64, 8192] f32>) -> !tenon.tensor<[64, 8192] f32> {
  %y = kernel.rows [rows m: 524288] (%p[m]) -> %o[m] : (!tenon.tensor<[64, 8192] f32>) -> !tenon.tensor<[64, 8192] f32> {
  ^bb0(%e: f32):
    %s = arith.addf %e, %e : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[64, 8192] f32>
}
func.func private @double_small(%p: !tenon.tensor<[64, 64] f32>, %o: !tenon.tensor<[64, 64] f32>) -> !tenon.tensor<[64, 64] f32> {
  %y = kernel.rows [rows m: 4096] (%p[m]) -> %o[m] : (!tenon.tensor<[64, 64] f32>) -> !tenon.tensor<[64, 64] f32> {
  ^bb0(%e: f32):
    %s = arith.addf %e, %e : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[64, 64] f32>
}
func.func private @forward(%p: !tenon.tensor<[64, 8192] f32>, %o: !tenon.tensor<[524288] f32>) -> !tenon.tensor<[524288] f32> {
  %y = kernel.pack [cols n: 64, sum k: 8192] (%p[8192*n + k]) -> %o[0] {panel = 64 : i64} : (!tenon.tensor<[64, 8192] f32>) -> !tenon.tensor<[524288] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[524288] f32>
}
func.func private @backward(%p: !tenon.tensor<[64, 8192] f32>, %o: !tenon.tensor<[524288] f32>) -> !tenon.tensor<[524288] f32> {
  %y = kernel.pack [cols n: 8192, sum k: 64] (%p[n + 8192*k]) -> %o[0] {panel = 64 : i64} : (!tenon.tensor<[64, 8192] f32>) -> !tenon.tensor<[524288] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[524288] f32>
}
func.func private @small(%p: !tenon.tensor<[64, 64] f32>, %o: !tenon.tensor<[4096] f32>) -> !tenon.tensor<[4096] f32> {
  %y = kernel.pack [cols n: 64, sum k: 64] (%p[64*n + k]) -> %o[0] {panel = 64 : i64} : (!tenon.tensor<[64, 64] f32>) -> !tenon.tensor<[4096] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[4096] f32>
}
func.func private @product(%p: !tenon.tensor<[64, 64] f32>, %q: !tenon.tensor<[64, 64] f32>, %o: !tenon.tensor<[4096] f32>) -> !tenon.tensor<[4096] f32> {
  %y = kernel.pack [cols n: 64, sum k: 64] (%p[64*n + k], %q[64*n + k]) -> %o[0] {panel = 64 : i64} : (!tenon.tensor<[64, 64] f32>, !tenon.tensor<[64, 64] f32>) -> !tenon.tensor<[4096] f32> {
  ^bb0(%e: f32, %f: f32):
    %m = arith.mulf %e, %f : f32
    tenon.yield %m : f32
  }
  return %y : !tenon.tensor<[4096] f32>
}
