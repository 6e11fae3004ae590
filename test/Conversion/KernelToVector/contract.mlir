// RUN: sed "s/@PANEL@/64/" %s | tenon-opt --convert-kernel-to-vector=level=v4 | FileCheck %s --check-prefixes=CHECK,V4
// RUN: sed "s/@PANEL@/16/" %s | tenon-opt --convert-kernel-to-vector=level=v3 | FileCheck %s --check-prefixes=CHECK,V3

// The tile's accumulators are carried by the loop over k; the epilogue is a
// loop over the rows of the tile in scratch memory. Tiles are of nearly equal
// height: 11 rows are 6 and 5, and need no other code.

tenon.size @B from 0 to *

// CHECK-LABEL: func.func private @contract_0(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<?xf32>, %[[W:[a-z0-9]+]]: memref<?xf32>, %[[BIAS:[a-z0-9]+]]: memref<?xf32>,
// CHECK-SAME:    %[[O:[a-z0-9]+]]: memref<?xf32>, %{{[a-z0-9]+}}: index, %[[BEGIN:[a-z0-9]+]]: index, %[[END:[a-z0-9]+]]: index,
// CHECK-SAME:    %{{[a-z0-9]+}}: memref<?xi8>, %{{[a-z0-9]+}}: memref<4xi64>) -> i32
// V4-SAME:       kernel.grid = [#kernel.grid<<11>, 204>, #kernel.grid<<70>, 64>]
// V4-SAME:       kernel.scratch = #tenon.size<1536>
// V3-SAME:       kernel.grid = [#kernel.grid<<11>, 66>, #kernel.grid<<70>, 16>]
// V3-SAME:       kernel.scratch = #tenon.size<384>
// CHECK-NOT:   alloc
// CHECK:       scf.while (%[[TASK:.*]] = %[[BEGIN]])
// CHECK:         arith.cmpi slt, %[[TASK]], %[[END]]
// CHECK:           scf.index_switch
// CHECK:           case 5 {
// CHECK-NOT:       case
// CHECK:           default {
// V4:                %[[TILE:.*]]:24 = scf.for %{{.*}} = %{{.*}} to %{{.*}} step %{{.*}} iter_args(
// V4:                  memref.prefetch %[[W]]
// V4-COUNT-4:          vector.load %[[W]]{{.*}}vector<16xf32>
// V4-NOT:              vector.load
// V4-COUNT-24:         vector.fma
// V4:                  scf.yield
// V4:                vector.store %[[TILE]]#0
// V3:                %[[TILE:.*]]:12 = scf.for %{{.*}} = %{{.*}} to %{{.*}} step %{{.*}} iter_args(
// V3:                  memref.prefetch %[[W]]
// V3-COUNT-2:          vector.load %[[W]]{{.*}}vector<8xf32>
// V3-NOT:              vector.load
// V3-COUNT-12:         vector.fma
// V3:                  scf.yield
// CHECK:           scf.for
// V4:                vector.load %[[BIAS]]{{.*}}vector<32xf32>
// V3:                vector.load %[[BIAS]]{{.*}}vector<16xf32>
// CHECK:             arith.addf
// CHECK:             vector.store %{{.*}}, %[[O]]

// The last panel: fewer vectors, the last of them masked.
// CHECK:           scf.index_switch
// CHECK:             vector.maskedload %[[BIAS]]
// CHECK:             vector.maskedstore %[[O]]
func.func private @contract_0(%x: !tenon.tensor<[11, 33] f32>, %w: !tenon.tensor<[4224] f32>,
    %b: !tenon.tensor<[70] f32>, %o: !tenon.tensor<[11, 70] f32>) -> !tenon.tensor<[11, 70] f32> {
  %y = kernel.contract [rows m: 11, cols n: 70, sum k: 33]
      (%x[33*m + k], %w[0], %b[n]) -> %o[70*m + n] {panel = @PANEL@ : i64}
      : (!tenon.tensor<[11, 33] f32>, !tenon.tensor<[4224] f32>, !tenon.tensor<[70] f32>)
      -> !tenon.tensor<[11, 70] f32> {
  ^bb0(%acc: f32, %bias: f32):
    %h = arith.addf %acc, %bias : f32
    tenon.yield %h : f32
  }
  return %y : !tenon.tensor<[11, 70] f32>
}

// A dynamic number of rows needs code for every height of a tile; up to
// one tile of rows meets several panels at once. A dynamic number of terms needs
// a loop over blocks of 4096, whose sums are added in order.

// CHECK-LABEL: func.func private @contract_1(
// CHECK:       scf.if
// CHECK:         scf.index_switch
// V4:            case 1 {
// V4-COUNT-16:     vector.fma
// V3:            case 1 {
// V3-COUNT-8:      vector.fma
// CHECK:         case 5 {
// CHECK:         default {
// CHECK:           arith.minsi
// CHECK:           iter_args
// CHECK:           arith.addf
// CHECK:           vector.store
// CHECK:       } else {
// CHECK:         scf.index_switch
// CHECK:         case 3 {

// CHECK-NOT:   kernel.contract
func.func private @contract_1(%x: !tenon.tensor<[B, B] f32>, %w: !tenon.tensor<[64, B] f32>,
    %o: !tenon.tensor<[B, 64] f32>) -> !tenon.tensor<[B, 64] f32> {
  %y = kernel.contract [rows m: B, cols n: 64, sum k: B]
      (%x[B*m + k], %w[0]) -> %o[64*m + n] {panel = @PANEL@ : i64}
      : (!tenon.tensor<[B, B] f32>, !tenon.tensor<[64, B] f32>) -> !tenon.tensor<[B, 64] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[B, 64] f32>
}

// A long epilogue takes the sums of several tiles at once: on v3 all eleven of a block,
// on v4 four.

// CHECK-LABEL: func.func private @contract_2(
// V4:          %[[TILES:.*]] = arith.constant 4 : index
// V3:          %[[TILES:.*]] = arith.constant 11 : index
// CHECK:       scf.for %[[GROUP:.*]] = %c0 to %{{.*}} step %[[TILES]] {
// CHECK:         scf.for %{{.*}} = %[[GROUP]] to %[[LAST:.*]] step %c1 {
// CHECK-COUNT-6:   vector.fma
// CHECK:         arith.minsi %[[LAST]],
// CHECK:         scf.for
// CHECK-NOT:       vector.fma
// CHECK:           math.exp
// CHECK:           vector.store
func.func private @contract_2(%x: !tenon.tensor<[50, 32] f32>, %w: !tenon.tensor<[2048] f32>,
    %o: !tenon.tensor<[50, 64] f32>) -> !tenon.tensor<[50, 64] f32> {
  %y = kernel.contract [rows m: 50, cols n: 64, sum k: 32]
      (%x[32*m + k], %w[0]) -> %o[64*m + n] {panel = @PANEL@ : i64}
      : (!tenon.tensor<[50, 32] f32>, !tenon.tensor<[2048] f32>) -> !tenon.tensor<[50, 64] f32> {
  ^bb0(%acc: f32):
    %e = math.exp %acc : f32
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[50, 64] f32>
}
