// RUN: tenon-opt %s --convert-kernel-to-vector=level=v4 | FileCheck %s

tenon.size @N from 0 to *

// Keys are transposed into scratch memory, 16 by 16, and values copied. Then, per
// tile of queries: scores, softmax by rows, and values.

// CHECK-LABEL: func.func private @attend_0(
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<?xf32>, %[[K:[a-z0-9]+]]: memref<?xf32>, %[[V:[a-z0-9]+]]: memref<?xf32>, %[[O:[a-z0-9]+]]: memref<?xf32>
// CHECK-SAME:    kernel.grid = [#kernel.grid<<12>, 1>, #kernel.grid<<N>, 36>]
// CHECK-SAME:    kernel.scratch = #tenon.size<656*N + 21552>
// CHECK-NOT:   alloc
// CHECK-COUNT-16: vector.load %[[K]]
// CHECK-COUNT-64: vector.shuffle
// CHECK-COUNT-4: vector.load %[[V]]
// CHECK-NOT:   %[[V]][
// CHECK:       scf.index_switch
// CHECK:       case 1 {
// CHECK:       default {
// CHECK:         scf.for {{.*}} iter_args
// CHECK:           memref.load %[[Q]]
// CHECK:           vector.fma
// CHECK:       arith.mulf
// CHECK:       vector.create_mask
// CHECK:       scf.index_switch
// CHECK:       default {
// CHECK:         vector.fma
// CHECK:       arith.divf
// CHECK:       vector.store %{{.*}}, %[[O]]
func.func private @attend_0(%q: !tenon.tensor<[12, N, 64] f32>, %k: !tenon.tensor<[12, N, 64] f32>,
    %v: !tenon.tensor<[12, N, 64] f32>, %o: !tenon.tensor<[12, N, 64] f32>)
    -> !tenon.tensor<[12, N, 64] f32> {
  %y = kernel.attend [batch h: 12, queries i: N, keys j: N, depth d: 64, values e: 64]
      (%q[64*N*h + 64*i + d], %k[64*N*h + 64*j + d], %v[64*N*h + 64*j + e])
      -> %o[64*N*h + 64*i + e] {scale = 0.125 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[12, N, 64] f32>, !tenon.tensor<[12, N, 64] f32>,
         !tenon.tensor<[12, N, 64] f32>) -> !tenon.tensor<[12, N, 64] f32> {
  ^bb0(%x: f32):
    tenon.yield %x : f32
  }
  return %y : !tenon.tensor<[12, N, 64] f32>
}
