// RUN: tenon-opt %s -kernel-pack-operands -split-input-file | FileCheck %s
// RUN: tenon-opt %s -kernel-pack-operands=panel=4 -split-input-file | FileCheck %s --check-prefix=PANEL4
// RUN: tenon-opt %s -kernel-pack-operands -split-input-file --remarks-filter-failed=.* --remarks-filter-missed=.* --mlir-disable-threading -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHY

// A parameter is packed once, by the prepare function.
tenon.param trainable @w : !tenon.tensor<[8, 4] f32>

// CHECK-LABEL: func.func @parameter(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor<[B, 4] f32>
func.func @parameter(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  // CHECK: %[[W:.*]] = kernel.stored @packed_0 : <[256] f32>
  // CHECK: kernel.contract [rows m: B, cols n: 8, sum k: 4] (%[[X]][k + 4*m], %[[W]][0]) -> %{{.*}}[8*m + n] {panel = 64 : i64}
  // PANEL4: kernel.stored @packed_0 : <[32] f32>
  // PANEL4: {panel = 4 : i64}
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %o = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}
// CHECK: kernel.storage @packed_0 : !tenon.tensor<[256] f32>
// CHECK: func.func @prepare() -> !tenon.tensor<[256] f32> attributes {kernel.prepare} {
// CHECK-NEXT: %[[SOURCE:.*]] = tenon.read @w
// CHECK-NEXT: %[[STORE:.*]] = kernel.stored @packed_0
// CHECK-NEXT: %[[PACKED:.*]] = kernel.pack [cols n: 8, sum k: 4] (%[[SOURCE]][k + 4*n]) -> %[[STORE]][0] {panel = 64 : i64}
// CHECK: return %[[PACKED]]

// -----

// The columns of the last panel that do not exist are part of the storage: 5
// columns take two panels of 4.
tenon.param trainable @w : !tenon.tensor<[5, 3] f32>
// PANEL4-LABEL: func.func @columns_not_a_multiple
func.func @columns_not_a_multiple(%x: !tenon.tensor<[B, 3] f32>) -> !tenon.tensor<[B, 5] f32> {
  // PANEL4: kernel.stored @packed_0 : <[24] f32>
  %w = tenon.read @w : !tenon.tensor<[5, 3] f32>
  %o = kernel.empty : !tenon.tensor<[B, 5] f32>
  %y = kernel.contract [rows m: B, cols n: 5, sum k: 3] (%x[3*m + k], %w[3*n + k]) -> %o[5*m + n]
      : (!tenon.tensor<[B, 3] f32>, !tenon.tensor<[5, 3] f32>) -> !tenon.tensor<[B, 5] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[B, 5] f32>
}

// -----

// Two entries read one parameter: one storage, one packing.
tenon.param trainable @w : !tenon.tensor<[8, 4] f32>
// CHECK-LABEL: func.func @equal_packings_shared_1
func.func @equal_packings_shared_1(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  // CHECK: kernel.stored @packed_0
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %o = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}
// CHECK-LABEL: func.func @equal_packings_shared_2
func.func @equal_packings_shared_2(%x: !tenon.tensor<[N, 4] f32>) -> !tenon.tensor<[N, 8] f32> {
  // CHECK: kernel.stored @packed_0
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %o = kernel.empty : !tenon.tensor<[N, 8] f32>
  %y = kernel.contract [rows m: N, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[N, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[N, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[N, 8] f32>
}
// CHECK-COUNT-1: kernel.storage
// CHECK-NOT: kernel.storage
// CHECK-COUNT-1: = kernel.pack
// CHECK-NOT: = kernel.pack

// -----

// One parameter, read as W and as its transpose: two layouts.
tenon.param trainable @w : !tenon.tensor<[4, 4] f32>
// CHECK-LABEL: func.func @not_shared_other_access
func.func @not_shared_other_access(%x: !tenon.tensor<[B, 4] f32>) -> (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) {
  // CHECK: kernel.stored @packed_0
  // CHECK: kernel.stored @packed_1
  %w = tenon.read @w : !tenon.tensor<[4, 4] f32>
  %o = kernel.empty : !tenon.tensor<[B, 4] f32>
  %y = kernel.contract [rows m: B, cols n: 4, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[4*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[4, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  %p = kernel.empty : !tenon.tensor<[B, 4] f32>
  %z = kernel.contract [rows m: B, cols n: 4, sum k: 4] (%x[4*m + k], %w[n + 4*k]) -> %p[4*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[4, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y, %z : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>
}
// CHECK: func.func @prepare() -> (!tenon.tensor<[256] f32>, !tenon.tensor<[256] f32>)
// CHECK: kernel.pack {{.*}} (%{{.*}}[k + 4*n])
// CHECK: kernel.pack {{.*}} (%{{.*}}[4*k + n])

// -----

// What is computed is packed where it is used, batch by batch; columns known
// only at run time take at most one panel more than they fill.
// CHECK-LABEL: func.func @computed_batches(
// WHY: remark: {{\[}}Failure] PackedInEveryRun | {{.*}} Function=computed_batches | {{.*}}packing it moves 32*B*M + 2016*B bytes in every run
// CHECK-SAME: %[[Q:.*]]: !tenon.tensor<[B, N, 4] f32>, %[[K:.*]]: !tenon.tensor<[B, M, 4] f32>
func.func @computed_batches(%q: !tenon.tensor<[B, N, 4] f32>, %k: !tenon.tensor<[B, M, 4] f32>) -> !tenon.tensor<[B, N, M] f32> {
  // CHECK: %[[STORE:.*]] = kernel.empty : <[4*B*M + 252*B] f32>
  // CHECK: %[[PACKED:.*]] = kernel.pack [batch b: B, cols n: M, sum k: 4] (%[[K]][4*M*b + k + 4*n]) -> %[[STORE]][4*M*b + 252*b] {panel = 64 : i64}
  // CHECK: kernel.contract {{.*}} (%[[Q]][4*N*b + k + 4*m], %[[PACKED]][4*M*b + 252*b])
  %o = kernel.empty : !tenon.tensor<[B, N, M] f32>
  %y = kernel.contract [batch b: B, rows m: N, cols n: M, sum k: 4] (%q[4*N*b + 4*m + k], %k[4*M*b + 4*n + k]) -> %o[M*N*b + M*m + n]
      : (!tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, M, 4] f32>) -> !tenon.tensor<[B, N, M] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[B, N, M] f32>
}
// CHECK-NOT: kernel.prepare

// -----

// A batch that the right-hand side does not vary with is packed once.
tenon.param trainable @w : !tenon.tensor<[8, 4] f32>
// CHECK-LABEL: func.func @batch_shares_matrix
func.func @batch_shares_matrix(%x: !tenon.tensor<[B, 2, 4] f32>) -> !tenon.tensor<[2, B, 8] f32> {
  // CHECK: kernel.stored @packed_0 : <[256] f32>
  // CHECK: kernel.contract [batch b: 2, {{.*}} %{{.*}}[0]) ->
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %o = kernel.empty : !tenon.tensor<[2, B, 8] f32>
  %y = kernel.contract [batch b: 2, rows m: B, cols n: 8, sum k: 4] (%x[4*b + 8*m + k], %w[4*n + k]) -> %o[8*B*b + 8*m + n]
      : (!tenon.tensor<[B, 2, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[2, B, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[2, B, 8] f32>
}

// -----

// The sums of a window, channel and offset, are one in the packing; each group
// of a grouped convolution has its panels.
tenon.param trainable @w : !tenon.tensor<[6, 2, 3] f32>
// CHECK-LABEL: func.func @window_of_groups
func.func @window_of_groups(%x: !tenon.tensor<[B, 4, 8] f32>) -> !tenon.tensor<[B, 6, 6] f32> {
  // CHECK: kernel.window {{.*}} %{{.*}}[384*g]) -> {{.*}} {bounds = array<i64>, panel = 64 : i64}
  %w = tenon.read @w : !tenon.tensor<[6, 2, 3] f32>
  %o = kernel.empty : !tenon.tensor<[B, 6, 6] f32>
  %y = kernel.window [batch g: 2, rows m: B, rows p: 6, cols n: 3, sum c: 2, sum t: 3]
      (%x[16*g + 32*m + p + 8*c + t], %w[18*g + 6*n + 3*c + t]) -> %o[18*g + 36*m + p + 6*n] {bounds = array<i64>}
      : (!tenon.tensor<[B, 4, 8] f32>, !tenon.tensor<[6, 2, 3] f32>) -> !tenon.tensor<[B, 6, 6] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[B, 6, 6] f32>
}
// CHECK: func.func @prepare
// CHECK: kernel.pack [batch g: 2, cols n: 3, sum t: 6] (%{{.*}}[18*g + 6*n + t]) -> %{{.*}}[384*g]

// -----

// An entry may have the name of the prepare function, which gives way.
tenon.param trainable @w : !tenon.tensor<[8, 4] f32>
// CHECK-LABEL: func.func @prepare(%
func.func @prepare(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %o = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}
// CHECK: func.func @prepare_{{[0-9]+}}() -> {{.*}} attributes {kernel.prepare}

// -----

// CHECK-LABEL: func.func @not_packed_is_packed
func.func @not_packed_is_packed(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[128] f32>) -> !tenon.tensor<[B, 8] f32> {
  // CHECK-NOT: kernel.pack
  // CHECK: {panel = 32 : i64}
  %o = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[0]) -> %o[8*m + n] {panel = 32 : i64}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[128] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// -----

// CHECK-LABEL: func.func @not_packed_no_contraction
func.func @not_packed_no_contraction(%x: !tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[N, 8] f32> {
  // CHECK-NOT: kernel.pack
  // CHECK: return
  %o = kernel.empty : !tenon.tensor<[N, 8] f32>
  %y = kernel.attend [queries i: N, keys j: N, depth d: 8, values e: 8] (%x[8*i + d], %x[8*j + d], %x[8*j + e]) -> %o[8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[N, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[N, 8] f32>
}

// -----

// A map that makes the rhs is computed where it is packed.
// CHECK-LABEL: func.func @map_joins
// CHECK-NOT: kernel.rows
// CHECK: %[[P:.*]] = kernel.pack [batch b: B, cols n: 8, sum k: 4] (%arg1[4*b + k], %arg2[k + 4*n]) -> %{{.*}}[256*b] {panel = 64 : i64}
// CHECK: arith.mulf
// CHECK: kernel.contract [batch b: B, rows m: N, cols n: 8, sum k: 4] (%arg0[4*N*b + k + 4*m], %[[P]][256*b])
func.func @map_joins(%x: !tenon.tensor<[B, N, 4] f32>, %q: !tenon.tensor<[B, 4] f32>, %v: !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  %e = kernel.empty : !tenon.tensor<[B, 8, 4] f32>
  %w = kernel.rows [rows b: B, rows n: 8, rows k: 4] (%q[4*b + k], %v[4*n + k]) -> %e[32*b + 4*n + k]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8, 4] f32> {
  ^bb0(%a: f32, %c: f32):
    %p = arith.mulf %a, %c : f32
    tenon.yield %p : f32
  }
  %o = kernel.empty : !tenon.tensor<[B, N, 8] f32>
  %y = kernel.contract [batch b: B, rows m: N, cols n: 8, sum k: 4] (%x[4*N*b + 4*m + k], %w[32*b + 4*n + k]) -> %o[8*N*b + 8*m + n]
      : (!tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, 8, 4] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[B, N, 8] f32>
}

// -----

// What parameters alone decide and would be gathered, a factor and a difference, is put
// along the columns first: no batch computes it. A bias lies along them as it is.
tenon.param trainable @w : !tenon.tensor<[8, 8] f32>
tenon.param trainable @c : !tenon.tensor<[8] f32>
// CHECK-LABEL: func.func @parts_of_parameters
// CHECK: %[[W:.*]] = tenon.read @w
// CHECK: %[[C:.*]] = tenon.read @c
// CHECK: %[[F:.*]] = kernel.rows [rows k: 4, rows n: 8] (%[[W]][k + 8*n]) -> %{{.*}}[8*k + n]
// CHECK: %[[D:.*]] = kernel.rows [rows k: 4, rows n: 8] (%[[W]][k + 8*n], %[[W]][k + 8*n + 4]) -> %{{.*}}[8*k + n]
// CHECK:   arith.subf
// CHECK: kernel.pack [batch b: B, cols n: 8, sum k: 4] (%arg1[4*b + k], %[[C]][n], %[[F]][8*k + n], %[[D]][8*k + n]) -> %{{.*}}[256*b]
// CHECK-NEXT: ^bb0(%[[Q:.*]]: f32, %[[BIAS:.*]]: f32, %[[FACTOR:.*]]: f32, %[[DIFFERENCE:.*]]: f32):
// CHECK-NEXT:   %[[P:.*]] = arith.mulf %[[Q]], %[[FACTOR]]
// CHECK-NEXT:   %[[S:.*]] = arith.addf %[[P]], %[[DIFFERENCE]]
// CHECK-NEXT:   arith.addf %[[S]], %[[BIAS]]
func.func @parts_of_parameters(%x: !tenon.tensor<[B, N, 4] f32>, %q: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  %v = tenon.read @w : !tenon.tensor<[8, 8] f32>
  %c = tenon.read @c : !tenon.tensor<[8] f32>
  %e = kernel.empty : !tenon.tensor<[B, 8, 4] f32>
  %w = kernel.rows [rows b: B, rows n: 8, rows k: 4] (%q[4*b + k], %v[8*n + k], %v[8*n + k + 4], %c[n]) -> %e[32*b + 4*n + k]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 8] f32>, !tenon.tensor<[8, 8] f32>, !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, 8, 4] f32> {
  ^bb0(%a: f32, %f: f32, %g: f32, %bias: f32):
    %d = arith.subf %f, %g : f32
    %p = arith.mulf %a, %f : f32
    %s = arith.addf %p, %d : f32
    %t = arith.addf %s, %bias : f32
    tenon.yield %t : f32
  }
  %o = kernel.empty : !tenon.tensor<[B, N, 8] f32>
  %y = kernel.contract [batch b: B, rows m: N, cols n: 8, sum k: 4] (%x[4*N*b + 4*m + k], %w[32*b + 4*n + k]) -> %o[8*N*b + 8*m + n]
      : (!tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, 8, 4] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[B, N, 8] f32>
}

// -----

// Beside a computed matrix that lies across the columns, too, parameters stay as they lie.
tenon.param trainable @w : !tenon.tensor<[8, 4] f32>
// CHECK-LABEL: func.func @parts_beside_another_matrix
// CHECK-NOT: kernel.rows
// CHECK: kernel.pack [batch b: B, cols n: 8, sum k: 4] (%arg1[32*b + k + 4*n], %{{.*}}[k + 4*n])
func.func @parts_beside_another_matrix(%x: !tenon.tensor<[B, N, 4] f32>, %q: !tenon.tensor<[B, 8, 4] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  %v = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %e = kernel.empty : !tenon.tensor<[B, 8, 4] f32>
  %w = kernel.rows [rows b: B, rows n: 8, rows k: 4] (%q[32*b + 4*n + k], %v[4*n + k]) -> %e[32*b + 4*n + k]
      : (!tenon.tensor<[B, 8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8, 4] f32> {
  ^bb0(%a: f32, %f: f32):
    %p = arith.mulf %a, %f : f32
    tenon.yield %p : f32
  }
  %o = kernel.empty : !tenon.tensor<[B, N, 8] f32>
  %y = kernel.contract [batch b: B, rows m: N, cols n: 8, sum k: 4] (%x[4*N*b + 4*m + k], %w[32*b + 4*n + k]) -> %o[8*N*b + 8*m + n]
      : (!tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, 8, 4] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[B, N, 8] f32>
}

// -----

// Another reader keeps it in memory.
// CHECK-LABEL: func.func @map_has_another_reader
// CHECK: kernel.rows
// CHECK: kernel.pack
// WHY: joins no kernel: its result has another reader
func.func @map_has_another_reader(%x: !tenon.tensor<[B, 4] f32>, %v: !tenon.tensor<[8, 4] f32>) -> (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[8, 4] f32>) {
  %e = kernel.empty : !tenon.tensor<[8, 4] f32>
  %w = kernel.rows [rows n: 8, rows k: 4] (%v[4*n + k]) -> %e[4*n + k] : (!tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 4] f32> {
  ^bb0(%c: f32):
    %p = math.exp %c : f32
    tenon.yield %p : f32
  }
  %o = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y, %w : !tenon.tensor<[B, 8] f32>, !tenon.tensor<[8, 4] f32>
}

// -----

// One row per batch: whole panels of computed columns are read where they lie.
// CHECK-LABEL: func.func @few_rows
// CHECK-NOT: kernel.pack
// CHECK: kernel.contract [batch b: B, rows m: 1, cols n: 128, sum k: N] (%arg0[N*b + k], %arg1[128*N*b + 128*k + n]) -> %{{.*}}[128*b + n] :
func.func @few_rows(%x: !tenon.tensor<[B, N] f32>, %k: !tenon.tensor<[B, N, 128] f32>) -> !tenon.tensor<[B, 128] f32> {
  %o = kernel.empty : !tenon.tensor<[B, 128] f32>
  %y = kernel.contract [batch b: B, rows m: 1, cols n: 128, sum k: N] (%x[N*b + k], %k[128*N*b + 128*k + n]) -> %o[128*b + n]
      : (!tenon.tensor<[B, N] f32>, !tenon.tensor<[B, N, 128] f32>) -> !tenon.tensor<[B, 128] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[B, 128] f32>
}
