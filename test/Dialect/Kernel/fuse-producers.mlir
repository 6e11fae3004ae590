// RUN: tenon-opt %s -kernel-fuse-producers | FileCheck %s

// CHECK-LABEL: func.func @reduction_of_a_map(
func.func @reduction_of_a_map(%x: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.empty : <[B] f32>
  // CHECK-NEXT: kernel.rows [rows m: B, sum k: 8] (%arg0[k + 8*m])
  // CHECK-NEXT: ^bb0(%[[E:.*]]: f32):
  // CHECK-NEXT: %[[S:.*]] = arith.mulf %[[E]], %[[E]] : f32
  // CHECK-NEXT: kernel.reduce sum %[[S]] : f32
  // CHECK-NOT: kernel.rows
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %s = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B, sum k: 8] (%s[8*m + k]) -> %e1[m]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @chain_of_maps(
func.func @chain_of_maps(%x: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK-COUNT-1: = kernel.rows [
  // CHECK: math.tanh
  // CHECK-NEXT: arith.mulf
  // CHECK-NEXT: kernel.reduce
  // CHECK-NOT: = kernel.rows [
  // CHECK: return
  %e2 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %t = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %e2[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %s = kernel.rows [rows r: B, rows c: 8] (%t[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B, sum k: 8] (%s[8*m + k]) -> %e1[m]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @map_into_map(
func.func @map_into_map(%x: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-COUNT-1: = kernel.rows [
  // CHECK: arith.mulf
  // CHECK-NEXT: math.tanh
  // CHECK-NOT: = kernel.rows [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %s = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%s[8*r + c]) -> %e2[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @two_producers(
func.func @two_producers(%x: !tenon.tensor<[B, 8] f32>, %z: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-COUNT-1: = kernel.rows [
  // CHECK: arith.mulf
  // CHECK: arith.mulf
  // CHECK: arith.addf
  // CHECK-NOT: = kernel.rows [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %s = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %t = kernel.rows [rows r: B, rows c: 8] (%z[8*r + c]) -> %e1[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%s[8*r + c], %t[8*r + c]) -> %e2[8*r + c]
      : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32, %c: f32):
    %u = arith.addf %a, %c : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// The reader's two places, s and s^T, are computed each.
// CHECK-LABEL: func.func @read_at_two_places(
func.func @read_at_two_places(%x: !tenon.tensor<[8, 8] f32>)
    -> !tenon.tensor<[8, 8] f32> {
  // CHECK: kernel.rows [rows r: 8, rows c: 8] (%arg0[c + 8*r], %arg0[8*c + r])
  // CHECK-COUNT-2: arith.mulf
  // CHECK: arith.addf
  // CHECK-NOT: = kernel.rows [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[8, 8] f32>
  %s = kernel.rows [rows r: 8, rows c: 8] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[8, 8] f32>) -> !tenon.tensor<[8, 8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[8, 8] f32>
  %y = kernel.rows [rows r: 8, rows c: 8] (%s[8*r + c], %s[8*c + r]) -> %e1[8*r + c]
      : (!tenon.tensor<[8, 8] f32>, !tenon.tensor<[8, 8] f32>) -> !tenon.tensor<[8, 8] f32> {
  ^bb0(%a: f32, %c: f32):
    %u = arith.addf %a, %c : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[8, 8] f32>
}

// CHECK-LABEL: func.func @cheap_map_repeated(
func.func @cheap_map_repeated(%x: !tenon.tensor<[8] f32>, %z: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-COUNT-1: = kernel.rows [
  // CHECK: arith.mulf
  // CHECK: arith.addf
  // CHECK-NOT: = kernel.rows [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[8] f32>
  %s = kernel.rows [rows c: 8] (%x[c]) -> %e0[c]
      : (!tenon.tensor<[8] f32>) -> !tenon.tensor<[8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%s[c], %z[8*r + c]) -> %e1[8*r + c]
      : (!tenon.tensor<[8] f32>, !tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32, %c: f32):
    %u = arith.addf %a, %c : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @positions_renumbered(
func.func @positions_renumbered(%x: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.rows [rows m: B, sum k: 8]
  // CHECK: kernel.position 1
  // CHECK-NOT: = kernel.rows [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %s = kernel.rows [rows c: 8, rows r: B] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %pos = kernel.position 0
    %i = arith.index_cast %pos : index to i64
    %g = arith.sitofp %i : i64 to f32
    tenon.yield %g : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B, sum k: 8] (%s[8*m + k]) -> %e1[m]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %y : !tenon.tensor<[B] f32>
}
