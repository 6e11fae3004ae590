// RUN: tenon-opt %s --convert-kernel-to-vector=level=v4 | FileCheck %s

// CHECK-LABEL: func.func private @pack_0(
// CHECK-SAME:    %[[W:[a-z0-9]+]]: memref<?xf32>, %[[O:[a-z0-9]+]]: memref<?xf32>
// CHECK-SAME:    kernel.grid = [#kernel.grid<<100>, 64>]
// CHECK:       scf.for
// CHECK:         scf.for
// CHECK:           vector.create_mask
// CHECK:           vector.gather %[[W]]
// CHECK:           arith.select
// CHECK:           vector.store %{{.*}}, %[[O]]
func.func private @pack_0(%w: !tenon.tensor<[100, 9] f32>, %o: !tenon.tensor<[1152] f32>)
    -> !tenon.tensor<[1152] f32> {
  %y = kernel.pack [cols n: 100, sum k: 9] (%w[9*n + k]) -> %o[0] {panel = 64 : i64}
      : (!tenon.tensor<[100, 9] f32>) -> !tenon.tensor<[1152] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[1152] f32>
}

// Where sources are contiguous along the sum, squares are transposed: 16 x 16 elements
// by 4 steps of 16 shuffles; the last columns and terms one by one.
// CHECK-LABEL: func.func private @pack_1(
// CHECK-SAME:    %[[F:[a-z0-9]+]]: memref<?xf32>, %[[W:[a-z0-9]+]]: memref<?xf32>, %[[O:[a-z0-9]+]]: memref<?xf32>
// CHECK:         scf.if
// CHECK:           scf.for
// CHECK-COUNT-16:    arith.mulf
// CHECK-COUNT-64:    vector.shuffle
// CHECK-COUNT-16:    vector.store %{{.*}}, %[[O]]
// CHECK:             vector.gather %[[W]]
// CHECK:         } else {
// CHECK:           vector.gather %[[W]]
func.func private @pack_1(%f: !tenon.tensor<[7, 40] f32>, %w: !tenon.tensor<[100, 40] f32>, %o: !tenon.tensor<[35840] f32>)
    -> !tenon.tensor<[35840] f32> {
  %y = kernel.pack [batch b: 7, cols n: 100, sum k: 40] (%f[40*b + k], %w[40*n + k]) -> %o[5120*b] {panel = 64 : i64}
      : (!tenon.tensor<[7, 40] f32>, !tenon.tensor<[100, 40] f32>) -> !tenon.tensor<[35840] f32> {
  ^bb0(%e: f32, %v: f32):
    %p = arith.mulf %e, %v : f32
    tenon.yield %p : f32
  }
  return %y : !tenon.tensor<[35840] f32>
}

// Columns side by side are loaded, under a mask in the last panel alone. All batches read
// the same matrix: panels come first, so that each stays in cache.
// CHECK-LABEL: func.func private @pack_2(
// CHECK-SAME:    %[[F:[a-z0-9]+]]: memref<?xf32>, %[[W:[a-z0-9]+]]: memref<?xf32>, %[[O:[a-z0-9]+]]: memref<?xf32>
// CHECK-SAME:    kernel.grid = [#kernel.grid<<100>, 64>, #kernel.grid<<7>, 1>]
// CHECK:         scf.if
// CHECK:           scf.for
// CHECK-NOT:         mask
// CHECK-COUNT-4:     vector.load %[[W]]
// CHECK:         } else {
// CHECK:             vector.maskedload %[[W]]
func.func private @pack_2(%f: !tenon.tensor<[7, 40] f32>, %w: !tenon.tensor<[40, 100] f32>, %o: !tenon.tensor<[35840] f32>)
    -> !tenon.tensor<[35840] f32> {
  %y = kernel.pack [batch b: 7, cols n: 100, sum k: 40] (%f[40*b + k], %w[100*k + n]) -> %o[5120*b] {panel = 64 : i64}
      : (!tenon.tensor<[7, 40] f32>, !tenon.tensor<[40, 100] f32>) -> !tenon.tensor<[35840] f32> {
  ^bb0(%e: f32, %v: f32):
    %p = arith.mulf %e, %v : f32
    tenon.yield %p : f32
  }
  return %y : !tenon.tensor<[35840] f32>
}

// Of whole panels nothing is asked.
// CHECK-LABEL: func.func private @pack_3(
// CHECK-NOT:     scf.if
// CHECK-NOT:     mask
// CHECK-COUNT-4: vector.load
// CHECK:         return
func.func private @pack_3(%w: !tenon.tensor<[40, 128] f32>, %o: !tenon.tensor<[5120] f32>) -> !tenon.tensor<[5120] f32> {
  %y = kernel.pack [cols n: 128, sum k: 40] (%w[128*k + n]) -> %o[0] {panel = 64 : i64}
      : (!tenon.tensor<[40, 128] f32>) -> !tenon.tensor<[5120] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[5120] f32>
}

// Tasks of 16 of the 64 rows that are columns of one panel: their squares, each store a line
// that passes the caches.
// CHECK-LABEL: func.func private @rows_are_columns(
// CHECK-SAME:    %[[W:[a-z0-9]+]]: memref<?xf32>, %[[O:[a-z0-9]+]]: memref<?xf32>
// CHECK-SAME:    kernel.grid = [#kernel.grid<<128>, 16>]
// CHECK-COUNT-64:    vector.shuffle
// CHECK-COUNT-16:    vector.store %{{.*}}, %[[O]]{{.*}} {alignment = 64 : i64, nontemporal = true}
// CHECK-NOT:         vector.shuffle
// CHECK:       return
func.func private @rows_are_columns(%w: !tenon.tensor<[128, 40] f32>, %o: !tenon.tensor<[5120] f32>) -> !tenon.tensor<[5120] f32> {
  %y = kernel.pack [cols n: 128, sum k: 40] (%w[40*n + k]) -> %o[0] {panel = 64 : i64, kernel.task = 16 : i64, kernel.streamed}
      : (!tenon.tensor<[128, 40] f32>) -> !tenon.tensor<[5120] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[5120] f32>
}

// Tasks of 8 of the 20 rows that are terms: of each, of all panels.
// CHECK-LABEL: func.func private @rows_are_terms(
// CHECK-SAME:    kernel.grid = [#kernel.grid<<20>, 8>]
// CHECK:         arith.minsi
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK-COUNT-4:     vector.load
func.func private @rows_are_terms(%w: !tenon.tensor<[20, 128] f32>, %o: !tenon.tensor<[2560] f32>) -> !tenon.tensor<[2560] f32> {
  %y = kernel.pack [cols n: 128, sum k: 20] (%w[n + 128*k]) -> %o[0] {panel = 64 : i64, kernel.task = 8 : i64}
      : (!tenon.tensor<[20, 128] f32>) -> !tenon.tensor<[2560] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[2560] f32>
}
