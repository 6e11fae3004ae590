// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(convert-tenon-to-kernel))' | FileCheck %s

tenon.param frozen @w : !tenon.tensor<[8, 4] f32>

// CHECK-LABEL: func.func @computed_result_is_returned(
func.func @computed_result_is_returned(%x: !tenon.tensor<[B] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK: %[[Y:.*]] = kernel.rows
  // CHECK-NOT: = kernel.rows
  // CHECK: return %[[Y]]
  %y = tenon.map (%a = %x) : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @returned_input_copied(
func.func @returned_input_copied(%x: !tenon.tensor<[B] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK: %[[COPY:.*]] = kernel.rows [rows m0: B] (%arg0[m0])
  // CHECK-NEXT: ^bb0(%[[E:.*]]: f32):
  // CHECK-NEXT: tenon.yield %[[E]] : f32
  // CHECK: return %[[COPY]]
  return %x : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @returned_parameter_copied(
func.func @returned_parameter_copied()
    -> !tenon.tensor<[8, 4] f32> {
  // CHECK: %[[W:.*]] = tenon.read @w
  // CHECK: %[[COPY:.*]] = kernel.rows {{.*}} (%[[W]][4*m0 + m1])
  // CHECK-NEXT: ^bb0(%[[E:.*]]: f32):
  // CHECK-NEXT: tenon.yield %[[E]] : f32
  // CHECK: return %[[COPY]]
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  return %w : !tenon.tensor<[8, 4] f32>
}

// CHECK-LABEL: func.func @returned_twice_copied_once(
func.func @returned_twice_copied_once(%x: !tenon.tensor<[B] f32>)
    -> (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) {
  // CHECK: %[[Y:.*]] = kernel.rows
  // CHECK: math.tanh
  // CHECK: %[[COPY:.*]] = kernel.rows [rows m0: B] (%[[Y]][m0])
  // CHECK-NOT: = kernel.rows
  // CHECK: return %[[Y]], %[[COPY]]
  %y = tenon.map (%a = %x) : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y, %y : !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @returned_view_copied(
func.func @returned_view_copied(%x: !tenon.tensor<[6] f32>)
    -> !tenon.tensor<[2] f32> {
  // CHECK: kernel.rows [rows m0: 2] (%arg0[3*m0 + 1])
  %v = tenon.slice %x starts [1] steps [3] : !tenon.tensor<[6] f32> -> !tenon.tensor<[2] f32>
  return %v : !tenon.tensor<[2] f32>
}

// An output has its own shape.
// CHECK-LABEL: func.func @returned_reshape_copied(
func.func @returned_reshape_copied(%x: !tenon.tensor<[B, 4] f32>)
    -> !tenon.tensor<[4*B] f32> {
  // CHECK: %[[Y:.*]] = kernel.rows
  // CHECK: %[[COPY:.*]] = kernel.rows [rows m0: 4*B] (%[[Y]][m0])
  // CHECK: return %[[COPY]]
  %y = tenon.map (%a = %x) : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  %v = tenon.rearrange %y[a: B, b: 4] -> [(a, b)] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[4*B] f32>
  return %v : !tenon.tensor<[4*B] f32>
}
