// RUN: tenon-opt %s -cse -split-input-file | FileCheck %s

// Two reads of one parameter are tied weights: one value.
tenon.param trainable @w : !tenon.tensor<[4] f32>
// CHECK-LABEL: func.func @reads_of_one_parameter
func.func @reads_of_one_parameter() -> (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>) {
  // CHECK: %[[W:.*]] = tenon.read @w
  // CHECK-NEXT: return %[[W]], %[[W]]
  %a = tenon.read @w : !tenon.tensor<[4] f32>
  %b = tenon.read @w : !tenon.tensor<[4] f32>
  return %a, %b : !tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>
}

// -----

tenon.param trainable @v : !tenon.tensor<[4] f32>
tenon.param trainable @w : !tenon.tensor<[4] f32>
// CHECK-LABEL: func.func @not_one_other_parameter
func.func @not_one_other_parameter() -> (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>) {
  // CHECK: %[[V:.*]] = tenon.read @v
  // CHECK: %[[W:.*]] = tenon.read @w
  // CHECK: return %[[V]], %[[W]]
  %a = tenon.read @v : !tenon.tensor<[4] f32>
  %b = tenon.read @w : !tenon.tensor<[4] f32>
  return %a, %b : !tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>
}

// -----

// CHECK-LABEL: func.func @equal_maps
func.func @equal_maps(%x: !tenon.tensor<[B] f32>) -> (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) {
  // CHECK: %[[Y:.*]] = tenon.map
  // CHECK-NOT: tenon.map
  // CHECK: return %[[Y]], %[[Y]]
  %a = tenon.map (%e = %x) : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
    %t = math.tanh %e : f32
    tenon.yield %t : f32
  }
  %b = tenon.map (%e = %x) : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
    %t = math.tanh %e : f32
    tenon.yield %t : f32
  }
  return %a, %b : !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>
}

// -----

// CHECK-LABEL: func.func @not_one_other_region
func.func @not_one_other_region(%x: !tenon.tensor<[B] f32>) -> (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) {
  // CHECK-COUNT-2: tenon.map
  %a = tenon.map (%e = %x) : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
    %t = math.tanh %e : f32
    tenon.yield %t : f32
  }
  %b = tenon.map (%e = %x) : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
    %t = math.exp %e : f32
    tenon.yield %t : f32
  }
  return %a, %b : !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>
}
