// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(convert-tenon-to-kernel))' | FileCheck %s

// CHECK-LABEL: func.func @slice_is_access(
func.func @slice_is_access(%x: !tenon.tensor<[B, 6] f32>)
    -> !tenon.tensor<[B, 2] f32> {
  // CHECK-COUNT-1: = kernel.rows
  // CHECK-SAME: [rows m0: B, rows m1: 2] (%arg0[6*m0 + 3*m1 + 1]) -> %{{.*}}[2*m0 + m1]
  // CHECK-NOT: = kernel.rows
  %v = tenon.slice %x starts [0, 1] steps [1, 3] : !tenon.tensor<[B, 6] f32> -> !tenon.tensor<[B, 2] f32>
  %y = tenon.map (%a = %v) : (!tenon.tensor<[B, 2] f32>) -> !tenon.tensor<[B, 2] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 2] f32>
}

// CHECK-LABEL: func.func @slice_at_dynamic_start(
func.func @slice_at_dynamic_start(%x: !tenon.tensor<[B, N] f32>)
    -> !tenon.tensor<[B, 1] f32> {
  // CHECK-COUNT-1: = kernel.rows
  // CHECK-SAME: (%arg0[N*m0 + N - 1])
  // CHECK-NOT: = kernel.rows
  %v = tenon.slice %x starts [0, N - 1] steps [1, 1] : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, 1] f32>
  %y = tenon.map (%a = %v) : (!tenon.tensor<[B, 1] f32>) -> !tenon.tensor<[B, 1] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 1] f32>
}

// CHECK-LABEL: func.func @slice_of_a_slice(
func.func @slice_of_a_slice(%x: !tenon.tensor<[16] f32>)
    -> !tenon.tensor<[3] f32> {
  // CHECK: kernel.rows [rows m0: 3] (%arg0[6*m0 + 3])
  %u = tenon.slice %x starts [1] steps [2] : !tenon.tensor<[16] f32> -> !tenon.tensor<[8] f32>
  %v = tenon.slice %u starts [1] steps [3] : !tenon.tensor<[8] f32> -> !tenon.tensor<[3] f32>
  %y = tenon.map (%a = %v) : (!tenon.tensor<[3] f32>) -> !tenon.tensor<[3] f32> {
    %w = math.tanh %a : f32
    tenon.yield %w : f32
  }
  return %y : !tenon.tensor<[3] f32>
}

// CHECK-LABEL: func.func @broadcast_is_access(
func.func @broadcast_is_access(%x: !tenon.tensor<[4] f32>)
    -> !tenon.tensor<[B, 4, 3] f32> {
  // CHECK-COUNT-1: = kernel.rows
  // CHECK-SAME: [rows m0: B, rows m1: 4, rows m2: 3] (%arg0[m1])
  // CHECK-NOT: = kernel.rows
  %v = tenon.broadcast %x along [1] : !tenon.tensor<[4] f32> -> !tenon.tensor<[B, 4, 3] f32>
  %y = tenon.map (%a = %v) : (!tenon.tensor<[B, 4, 3] f32>) -> !tenon.tensor<[B, 4, 3] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 4, 3] f32>
}

// CHECK-LABEL: func.func @broadcast_of_unit_axis(
func.func @broadcast_of_unit_axis(%x: !tenon.tensor<[B, 1] f32>)
    -> !tenon.tensor<[B, N] f32> {
  // CHECK: kernel.rows [rows m0: B, rows m1: N] (%arg0[m0])
  %v = tenon.broadcast %x along [0, 1] : !tenon.tensor<[B, 1] f32> -> !tenon.tensor<[B, N] f32>
  %y = tenon.map (%a = %v) : (!tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, N] f32>
}

// Heads split off; the last axis stays in one piece.
// CHECK-LABEL: func.func @rearrange_is_access(
func.func @rearrange_is_access(%x: !tenon.tensor<[B, N, 8] f32>)
    -> !tenon.tensor<[B, 2, N, 4] f32> {
  // CHECK-COUNT-1: = kernel.rows
  // CHECK-SAME: [rows m0: B, rows m1: 2, rows m2: N, rows m3: 4] (%arg0[8*N*m0 + 4*m1 + 8*m2 + m3])
  // CHECK-NOT: = kernel.rows
  %v = tenon.rearrange %x[a: B, b: N, (c: 2, d: 4)] -> [a, c, b, d] : !tenon.tensor<[B, N, 8] f32> -> !tenon.tensor<[B, 2, N, 4] f32>
  %y = tenon.map (%a = %v) : (!tenon.tensor<[B, 2, N, 4] f32>) -> !tenon.tensor<[B, 2, N, 4] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 2, N, 4] f32>
}

// CHECK-LABEL: func.func @rearrange_merges_evenly(
func.func @rearrange_merges_evenly(%x: !tenon.tensor<[B, N, 4] f32>)
    -> !tenon.tensor<[B*N, 4] f32> {
  // CHECK-COUNT-1: = kernel.rows
  // CHECK-SAME: [rows m0: B*N, rows m1: 4] (%arg0[4*m0 + m1])
  // CHECK-NOT: = kernel.rows
  %v = tenon.rearrange %x[a: B, b: N, c: 4] -> [(a, b), c] : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B*N, 4] f32>
  %y = tenon.map (%a = %v) : (!tenon.tensor<[B*N, 4] f32>) -> !tenon.tensor<[B*N, 4] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B*N, 4] f32>
}

// CHECK-LABEL: func.func @rearrange_of_a_slice_is_access(
func.func @rearrange_of_a_slice_is_access(%x: !tenon.tensor<[N, 24] f32>)
    -> !tenon.tensor<[2, N, 4] f32> {
  // CHECK-COUNT-1: = kernel.rows
  // CHECK-SAME: (%arg0[4*m0 + 24*m1 + m2 + 8])
  // CHECK-NOT: = kernel.rows
  %s = tenon.slice %x starts [0, 8] steps [1, 1] : !tenon.tensor<[N, 24] f32> -> !tenon.tensor<[N, 8] f32>
  %v = tenon.rearrange %s[a: N, (b: 2, c: 4)] -> [b, a, c] : !tenon.tensor<[N, 8] f32> -> !tenon.tensor<[2, N, 4] f32>
  %y = tenon.map (%a = %v) : (!tenon.tensor<[2, N, 4] f32>) -> !tenon.tensor<[2, N, 4] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[2, N, 4] f32>
}

// CHECK-LABEL: func.func @rearrange_adds_unit_axes(
func.func @rearrange_adds_unit_axes(%x: !tenon.tensor<[B, 4] f32>)
    -> !tenon.tensor<[B, 1, 4] f32> {
  // CHECK-COUNT-1: = kernel.rows
  // CHECK-SAME: (%arg0[4*m0 + m2])
  // CHECK-NOT: = kernel.rows
  %v = tenon.rearrange %x[a: B, b: 4] -> [a, (), b] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 1, 4] f32>
  %y = tenon.map (%a = %v) : (!tenon.tensor<[B, 1, 4] f32>) -> !tenon.tensor<[B, 1, 4] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 1, 4] f32>
}

// Heads join again: no access is linear in the merged axis.
// CHECK-LABEL: func.func @rearrange_copies_uneven_merge(
func.func @rearrange_copies_uneven_merge(%x: !tenon.tensor<[B, 2, N, 4] f32>)
    -> !tenon.tensor<[B, N, 8] f32> {
  // CHECK: %[[COPY:.*]] = kernel.rows [rows m0: B, rows m1: N, rows m2: 2, rows m3: 4] (%arg0[8*N*m0 + 4*N*m2 + 4*m1 + m3]) -> %{{.*}}[8*N*m0 + 8*m1 + 4*m2 + m3]
  // CHECK-NEXT: ^bb0(%[[E:.*]]: f32):
  // CHECK-NEXT: tenon.yield %[[E]]
  // CHECK: kernel.rows {{.*}} (%[[COPY]][8*N*m0 + 8*m1 + m2])
  %v = tenon.rearrange %x[a: B, b: 2, c: N, d: 4] -> [a, c, (b, d)] : !tenon.tensor<[B, 2, N, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %y = tenon.map (%a = %v) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, N, 8] f32>
}

// CHECK-LABEL: func.func @rearrange_copies_scattered_last_axis(
func.func @rearrange_copies_scattered_last_axis(%x: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[8, B] f32> {
  // CHECK: %[[COPY:.*]] = kernel.rows [rows m0: 8, rows m1: B] (%arg0[m0 + 8*m1]) -> %{{.*}}[B*m0 + m1]
  // CHECK: kernel.rows {{.*}} (%[[COPY]][B*m0 + m1])
  %v = tenon.rearrange %x[a: B, b: 8] -> [b, a] : !tenon.tensor<[B, 8] f32> -> !tenon.tensor<[8, B] f32>
  %y = tenon.map (%a = %v) : (!tenon.tensor<[8, B] f32>) -> !tenon.tensor<[8, B] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[8, B] f32>
}

// CHECK-LABEL: func.func @concat_is_a_destination_chain(
func.func @concat_is_a_destination_chain(%a: !tenon.tensor<[B, 1] f32>, %b: !tenon.tensor<[B, N] f32>, %c: !tenon.tensor<[B, 2] f32>)
    -> !tenon.tensor<[B, N + 3] f32> {
  // CHECK: %[[O:.*]] = kernel.empty : <[B, N + 3] f32>
  // CHECK-NOT: kernel.empty
  // CHECK: %[[A:.*]] = kernel.rows {{.*}} (%arg0[{{.*}}]) -> %[[O]][N*m0 + 3*m0{{.*}}]
  // CHECK: %[[B:.*]] = kernel.rows {{.*}} (%arg1[{{.*}}]) -> %[[A]][N*m0 + 3*m0 + m1 + 1]
  // CHECK: %[[C:.*]] = kernel.rows {{.*}} (%arg2[{{.*}}]) -> %[[B]][N*m0 + N + 3*m0 + m1 + 1]
  // CHECK: return %[[C]]
  %y = tenon.concat %a, %b, %c axis 1 : !tenon.tensor<[B, 1] f32>, !tenon.tensor<[B, N] f32>, !tenon.tensor<[B, 2] f32> -> !tenon.tensor<[B, N + 3] f32>
  return %y : !tenon.tensor<[B, N + 3] f32>
}

// CHECK-LABEL: func.func @concat_of_views(
func.func @concat_of_views(%a: !tenon.tensor<[B, 6] f32>)
    -> !tenon.tensor<[2*B, 2] f32> {
  // CHECK-COUNT-2: = kernel.rows
  // CHECK-NOT: = kernel.rows
  %u = tenon.slice %a starts [0, 0] steps [1, 1] : !tenon.tensor<[B, 6] f32> -> !tenon.tensor<[B, 2] f32>
  %v = tenon.slice %a starts [0, 4] steps [1, 1] : !tenon.tensor<[B, 6] f32> -> !tenon.tensor<[B, 2] f32>
  %y = tenon.concat %u, %v axis 0 : !tenon.tensor<[B, 2] f32>, !tenon.tensor<[B, 2] f32> -> !tenon.tensor<[2*B, 2] f32>
  return %y : !tenon.tensor<[2*B, 2] f32>
}
