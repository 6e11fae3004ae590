// RUN: tenon-opt %s -canonicalize -split-input-file | FileCheck %s

//===----------------------------------------------------------------------===//
// map
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @constant_operand_inlined(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor<[B, 4] f32>
func.func @constant_operand_inlined(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  // CHECK-NOT: tenon.constant
  // CHECK: tenon.map (%[[A:.*]] = %[[X]])
  // CHECK-NEXT: %[[C:.*]] = arith.constant 2.000000e+00 : f32
  // CHECK-NEXT: arith.mulf %[[A]], %[[C]]
  %c = tenon.constant 2.0 : f32 -> !tenon.tensor<[] f32>
  %y = tenon.map (%a = %c, %b = %x) : (!tenon.tensor<[] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
    %m = arith.mulf %a, %b : f32
    tenon.yield %m : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}

// -----

// CHECK-LABEL: func.func @all_operands_constant
func.func @all_operands_constant() -> !tenon.tensor<[B] i1> {
  // CHECK-NOT: tenon.constant
  // CHECK: tenon.map () : () -> !tenon.tensor<[B] i1>
  %c = tenon.constant true -> !tenon.tensor<[B] i1>
  %d = tenon.constant 3 : i64 -> !tenon.tensor<[1] i64>
  %y = tenon.map (%a = %c, %b = %d) : (!tenon.tensor<[B] i1>, !tenon.tensor<[1] i64>) -> !tenon.tensor<[B] i1> {
    %n = tenon.extent <B> : i64
    %p = arith.cmpi slt, %n, %b : i64
    %q = arith.andi %p, %a : i1
    tenon.yield %q : i1
  }
  return %y : !tenon.tensor<[B] i1>
}

// -----

// CHECK-LABEL: func.func @equal_operands_merged(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor<[B] f32>, %[[Y:.*]]: !tenon.tensor<[B] f32>
func.func @equal_operands_merged(%x: !tenon.tensor<[B] f32>, %y: !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  // CHECK: tenon.map (%[[A:.*]] = %[[X]], %[[B:.*]] = %[[Y]])
  // CHECK-NEXT: %[[P:.*]] = arith.mulf %[[A]], %[[A]]
  // CHECK-NEXT: arith.addf %[[P]], %[[B]]
  %z = tenon.map (%a = %x, %b = %y, %c = %x)
      : (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
    %p = arith.mulf %a, %c : f32
    %s = arith.addf %p, %b : f32
    tenon.yield %s : f32
  }
  return %z : !tenon.tensor<[B] f32>
}

// -----

// CHECK-LABEL: func.func @not_merged_other_operands
func.func @not_merged_other_operands(%x: !tenon.tensor<[B] f32>, %y: !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  // CHECK: tenon.map (%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}})
  %z = tenon.map (%a = %x, %b = %y) : (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
    %p = arith.mulf %a, %b : f32
    tenon.yield %p : f32
  }
  return %z : !tenon.tensor<[B] f32>
}

// -----

//===----------------------------------------------------------------------===//
// rearrange
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @identity_rearrange(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor
func.func @identity_rearrange(%x: !tenon.tensor<[B, 6] f32>) -> !tenon.tensor<[B, 6] f32> {
  // CHECK-NEXT: return %[[X]]
  %y = tenon.rearrange %x[a: B, (b: 2, c: 3)] -> [a, (b, c)] : !tenon.tensor<[B, 6] f32> -> !tenon.tensor<[B, 6] f32>
  return %y : !tenon.tensor<[B, 6] f32>
}

// -----

// The types alone do not tell a transposition.
// CHECK-LABEL: func.func @not_identity_square_transposed
func.func @not_identity_square_transposed(%x: !tenon.tensor<[N, N] f32>) -> !tenon.tensor<[N, N] f32> {
  // CHECK: tenon.rearrange
  %y = tenon.rearrange %x[a: N, b: N] -> [b, a] : !tenon.tensor<[N, N] f32> -> !tenon.tensor<[N, N] f32>
  return %y : !tenon.tensor<[N, N] f32>
}

// -----

// CHECK-LABEL: func.func @not_identity_other_shape
func.func @not_identity_other_shape(%x: !tenon.tensor<[B, 6] f32>) -> !tenon.tensor<[6*B] f32> {
  // CHECK: tenon.rearrange
  %y = tenon.rearrange %x[a: B, b: 6] -> [(a, b)] : !tenon.tensor<[B, 6] f32> -> !tenon.tensor<[6*B] f32>
  return %y : !tenon.tensor<[6*B] f32>
}

// -----

//===----------------------------------------------------------------------===//
// slice
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @whole_slice(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor
func.func @whole_slice(%x: !tenon.tensor<[B, 6] f32>) -> !tenon.tensor<[B, 6] f32> {
  // CHECK-NEXT: return %[[X]]
  %y = tenon.slice %x starts [0, 0] steps [1, 1] : !tenon.tensor<[B, 6] f32> -> !tenon.tensor<[B, 6] f32>
  return %y : !tenon.tensor<[B, 6] f32>
}

// -----

// CHECK-LABEL: func.func @not_whole_shorter
func.func @not_whole_shorter(%x: !tenon.tensor<[B, 6] f32>) -> !tenon.tensor<[B, 5] f32> {
  // CHECK: tenon.slice
  %y = tenon.slice %x starts [0, 0] steps [1, 1] : !tenon.tensor<[B, 6] f32> -> !tenon.tensor<[B, 5] f32>
  return %y : !tenon.tensor<[B, 5] f32>
}

// -----

// The type is the same, the start is not known to be 0.
// CHECK-LABEL: func.func @not_whole_dynamic_start
func.func @not_whole_dynamic_start(%x: !tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  // CHECK: tenon.slice
  %y = tenon.slice %x starts [N] steps [1] : !tenon.tensor<[B] f32> -> !tenon.tensor<[B] f32>
  return %y : !tenon.tensor<[B] f32>
}

// -----

//===----------------------------------------------------------------------===//
// Dead and constant values
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @unused_values_vanish(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor
func.func @unused_values_vanish(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  // CHECK-NEXT: return %[[X]]
  %s = tenon.softmax %x axis 1 : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] f32>
  %r = tenon.reduce sum %s over [0] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[4] f32>
  return %x : !tenon.tensor<[B, 4] f32>
}

// -----

// Constants of one value and type are one.
// CHECK-LABEL: func.func @equal_constants_merged
func.func @equal_constants_merged() -> (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>, !tenon.tensor<[B] f32>) {
  // CHECK-COUNT-2: tenon.constant
  // CHECK-NOT: tenon.constant
  %a = tenon.constant 1.0 : f32 -> !tenon.tensor<[4] f32>
  %b = tenon.constant 1.0 : f32 -> !tenon.tensor<[4] f32>
  %c = tenon.constant 1.0 : f32 -> !tenon.tensor<[B] f32>
  return %a, %b, %c : !tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>, !tenon.tensor<[B] f32>
}

//===----------------------------------------------------------------------===//
// rearrange
//===----------------------------------------------------------------------===//

// Queries and keys go to their last places at once.
// CHECK-LABEL: func.func @rearranged_before_concat(
// CHECK-SAME: %[[Q:.*]]: !tenon.tensor<[1, B, 4, 8] f32>, %[[K:.*]]: !tenon.tensor<[2, B, 4, 8] f32>
func.func @rearranged_before_concat(%q: !tenon.tensor<[1, B, 4, 8] f32>, %k: !tenon.tensor<[2, B, 4, 8] f32>) -> !tenon.tensor<[B, 96] f32> {
  // CHECK: %[[A:.*]] = tenon.rearrange %[[Q]][a: 1, b: B, c: 4, d: 8] -> [b, (a, c, d)] : <[1, B, 4, 8] f32> -> <[B, 32] f32>
  // CHECK: %[[B:.*]] = tenon.rearrange %[[K]][a: 2, b: B, c: 4, d: 8] -> [b, (a, c, d)] : <[2, B, 4, 8] f32> -> <[B, 64] f32>
  // CHECK: %[[Y:.*]] = tenon.concat %[[A]], %[[B]] axis 1
  // CHECK: return %[[Y]]
  %s = tenon.concat %q, %k axis 0 : !tenon.tensor<[1, B, 4, 8] f32>, !tenon.tensor<[2, B, 4, 8] f32> -> !tenon.tensor<[3, B, 4, 8] f32>
  %y = tenon.rearrange %s[a: 3, b: B, c: 4, d: 8] -> [b, (a, c, d)] : !tenon.tensor<[3, B, 4, 8] f32> -> !tenon.tensor<[B, 96] f32>
  return %y : !tenon.tensor<[B, 96] f32>
}

// Not where the parts of the axis would lie between others, where the axis is split, where
// neighbours part, or where the whole is read, too.
// CHECK-LABEL: func.func @concat_stays(
// CHECK-COUNT-2: tenon.concat
// CHECK: tenon.rearrange
// CHECK: tenon.concat
// CHECK: tenon.rearrange
// CHECK: tenon.concat
// CHECK: tenon.rearrange
// CHECK: tenon.rearrange
// CHECK-NOT: tenon.concat
func.func @concat_stays(%q: !tenon.tensor<[2, B, 4, 8] f32>, %k: !tenon.tensor<[2, B, 4, 8] f32>)
    -> (!tenon.tensor<[4, B, 4, 8] f32>, !tenon.tensor<[B, 128] f32>, !tenon.tensor<[2, B, 4, 2, 8] f32>, !tenon.tensor<[4, 8, B, 4] f32>, !tenon.tensor<[B, 4, 4, 8] f32>) {
  %u = tenon.concat %q, %k axis 0 : !tenon.tensor<[2, B, 4, 8] f32>, !tenon.tensor<[2, B, 4, 8] f32> -> !tenon.tensor<[4, B, 4, 8] f32>
  %s0 = tenon.concat %k, %q axis 0 : !tenon.tensor<[2, B, 4, 8] f32>, !tenon.tensor<[2, B, 4, 8] f32> -> !tenon.tensor<[4, B, 4, 8] f32>
  %between = tenon.rearrange %s0[a: 4, b: B, c: 4, d: 8] -> [b, (c, a, d)] : !tenon.tensor<[4, B, 4, 8] f32> -> !tenon.tensor<[B, 128] f32>
  %s1 = tenon.concat %q, %q axis 0 : !tenon.tensor<[2, B, 4, 8] f32>, !tenon.tensor<[2, B, 4, 8] f32> -> !tenon.tensor<[4, B, 4, 8] f32>
  %split = tenon.rearrange %s1[(a: 2, b: 2), c: B, d: 4, e: 8] -> [a, c, d, b, e] : !tenon.tensor<[4, B, 4, 8] f32> -> !tenon.tensor<[2, B, 4, 2, 8] f32>
  %s2 = tenon.concat %k, %k axis 0 : !tenon.tensor<[2, B, 4, 8] f32>, !tenon.tensor<[2, B, 4, 8] f32> -> !tenon.tensor<[4, B, 4, 8] f32>
  %part = tenon.rearrange %s2[a: 4, b: B, c: 4, d: 8] -> [a, d, b, c] : !tenon.tensor<[4, B, 4, 8] f32> -> !tenon.tensor<[4, 8, B, 4] f32>
  %read = tenon.rearrange %u[a: 4, b: B, c: 4, d: 8] -> [b, a, c, d] : !tenon.tensor<[4, B, 4, 8] f32> -> !tenon.tensor<[B, 4, 4, 8] f32>
  return %u, %between, %split, %part, %read : !tenon.tensor<[4, B, 4, 8] f32>, !tenon.tensor<[B, 128] f32>, !tenon.tensor<[2, B, 4, 2, 8] f32>, !tenon.tensor<[4, 8, B, 4] f32>, !tenon.tensor<[B, 4, 4, 8] f32>
}
