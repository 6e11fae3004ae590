// RUN: tenon-opt %s -split-input-file -tenon-split-products -canonicalize -cse | FileCheck %s

// The first layer over pairs: q once per row of B, k once with weights of that row.
// CHECK-LABEL: func.func @pairs
// CHECK-SAME: (%[[Q:.*]]: !tenon.tensor<[B, 4] f32>, %[[K:.*]]: !tenon.tensor<[B, T, 4] f32>, %[[W:.*]]: !tenon.tensor<[8, 16] f32>)
// CHECK-DAG: %[[W1:.*]] = tenon.slice %[[W]] starts [0, 0]
// CHECK-DAG: %[[W2:.*]] = tenon.slice %[[W]] starts [0, 4]
// CHECK-DAG: %[[W3:.*]] = tenon.slice %[[W]] starts [0, 8]
// CHECK-DAG: %[[W4:.*]] = tenon.slice %[[W]] starts [0, 12]
// CHECK-DAG: %[[QROW:.*]] = tenon.rearrange %[[Q]][a: B, b: 4] -> [a, (), b]
// CHECK-DAG: %[[WQ:.*]] = tenon.map ({{.*}} = %[[W1]], {{.*}} = %[[W3]]) {{.*}} -> !tenon.tensor<[8, 4] f32>
// CHECK-DAG: %[[WK:.*]] = tenon.map ({{.*}} = %[[W2]], {{.*}} = %[[W3]]) {{.*}} -> !tenon.tensor<[8, 4] f32>
// CHECK-DAG: %[[S:.*]] = tenon.map ({{.*}} = %[[QROW]], {{.*}} = %[[W4]]) {{.*}} -> !tenon.tensor<[B, 8, 4] f32>
// CHECK-DAG: %[[WB:.*]] = tenon.map ({{.*}} = %[[WK]], {{.*}} = %[[S]]) {{.*}} -> !tenon.tensor<[B, 8, 4] f32>
// CHECK-DAG: %[[P:.*]] = tenon.contract %[[K]][a, b, c], %[[WB]][a, d, c] -> [a, b, d]
// CHECK-DAG: %[[R:.*]] = tenon.contract %[[Q]][a, c], %[[WQ]][d, c] -> [a, d]
// CHECK: %[[ROW:.*]] = tenon.rearrange %[[R]][a: B, b: 8] -> [a, (), b]
// CHECK: tenon.map ({{.*}} = %[[P]], {{.*}} = %[[ROW]])
func.func @pairs(%q: !tenon.tensor<[B, 4] f32>, %k: !tenon.tensor<[B, T, 4] f32>, %w: !tenon.tensor<[8, 16] f32>) -> !tenon.tensor<[B, T, 8] f32> {
  %r = tenon.broadcast %q along [0, 2] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, T, 4] f32>
  %d = tenon.map (%a = %r, %b = %k) : (!tenon.tensor<[B, T, 4] f32>, !tenon.tensor<[B, T, 4] f32>) -> !tenon.tensor<[B, T, 4] f32> {
    %v = arith.subf %a, %b : f32
    tenon.yield %v : f32
  }
  %p = tenon.map (%a = %r, %b = %k) : (!tenon.tensor<[B, T, 4] f32>, !tenon.tensor<[B, T, 4] f32>) -> !tenon.tensor<[B, T, 4] f32> {
    %v = arith.mulf %a, %b : f32
    tenon.yield %v : f32
  }
  %z = tenon.concat %r, %k, %d, %p axis 2
      : !tenon.tensor<[B, T, 4] f32>, !tenon.tensor<[B, T, 4] f32>, !tenon.tensor<[B, T, 4] f32>, !tenon.tensor<[B, T, 4] f32> -> !tenon.tensor<[B, T, 16] f32>
  %y = tenon.contract %z[a, b, c], %w[d, c] -> [a, b, d] : !tenon.tensor<[B, T, 16] f32>, !tenon.tensor<[8, 16] f32> -> !tenon.tensor<[B, T, 8] f32>
  return %y : !tenon.tensor<[B, T, 8] f32>
}

// -----

// Weights [in, out], a part from the middle axis, what is subtracted first.
// CHECK-LABEL: func.func @other_orders
// CHECK-DAG: %[[N:.*]] = tenon.map ({{.*}} = %{{.*}}) : (!tenon.tensor<[4, 8] f32>) -> !tenon.tensor<[4, 8] f32>
// CHECK-DAG: arith.negf
// CHECK-DAG: tenon.contract %arg0[b, c], %{{.*}}[c, d] -> [b, d] : <[T, 4] f32>, <[4, 8] f32> -> <[T, 8] f32>
// CHECK-DAG: tenon.contract %arg1[a, b, c], %[[N]][c, d] -> [a, b, d]
func.func @other_orders(%q: !tenon.tensor<[T, 4] f32>, %k: !tenon.tensor<[B, T, 4] f32>, %w: !tenon.tensor<[8, 8] f32>) -> !tenon.tensor<[B, T, 8] f32> {
  %r = tenon.broadcast %q along [1, 2] : !tenon.tensor<[T, 4] f32> -> !tenon.tensor<[B, T, 4] f32>
  %d = tenon.map (%a = %r, %b = %k) : (!tenon.tensor<[B, T, 4] f32>, !tenon.tensor<[B, T, 4] f32>) -> !tenon.tensor<[B, T, 4] f32> {
    %v = arith.subf %a, %b : f32
    tenon.yield %v : f32
  }
  %z = tenon.concat %r, %d axis 2 : !tenon.tensor<[B, T, 4] f32>, !tenon.tensor<[B, T, 4] f32> -> !tenon.tensor<[B, T, 8] f32>
  %y = tenon.contract %z[a, b, c], %w[c, d] -> [a, b, d] : !tenon.tensor<[B, T, 8] f32>, !tenon.tensor<[8, 8] f32> -> !tenon.tensor<[B, T, 8] f32>
  return %y : !tenon.tensor<[B, T, 8] f32>
}

// -----

// Nothing is repeated: sums would stay as long as they are.
// CHECK-LABEL: func.func @nothing_repeated
// CHECK: %[[Z:.*]] = tenon.concat
// CHECK: tenon.contract %[[Z]]
func.func @nothing_repeated(%q: !tenon.tensor<[B, 4] f32>, %k: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  %z = tenon.concat %q, %k axis 1 : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 8] f32>
  %y = tenon.contract %z[a, c], %w[d, c] -> [a, d] : !tenon.tensor<[B, 8] f32>, !tenon.tensor<[8, 8] f32> -> !tenon.tensor<[B, 8] f32>
  return %y : !tenon.tensor<[B, 8] f32>
}
