// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(convert-tenon-to-kernel))' | FileCheck %s

// Without padding every window lies inside: no bounds.
// CHECK-LABEL: func.func @patches(
func.func @patches(%x: !tenon.tensor<[B, 1, 8, 8] f32>, %w: !tenon.tensor<[4, 1, 2, 2] f32>)
    -> !tenon.tensor<[B, 4, 4, 4] f32> {
  // CHECK: kernel.window [rows m0: B, rows m1: 4, rows m2: 4, cols n0: 4, sum k0: 1, sum k1: 2, sum k2: 2]
  // CHECK-SAME: (%arg0[64*k0 + 8*k1 + k2 + 64*m0 + 16*m1 + 2*m2], %arg1[4*k0 + 2*k1 + k2 + 4*n0]) -> %{{.*}}[64*m0 + 4*m1 + m2 + 16*n0] {bounds = array<i64>}
  %y = tenon.conv %x, %w strides [2, 2] pads [0, 0] dilations [1, 1] groups 1
      : !tenon.tensor<[B, 1, 8, 8] f32>, !tenon.tensor<[4, 1, 2, 2] f32> -> !tenon.tensor<[B, 4, 4, 4] f32>
  return %y : !tenon.tensor<[B, 4, 4, 4] f32>
}

// CHECK-LABEL: func.func @padding(
func.func @padding(%x: !tenon.tensor<[B, 2, 8] f32>, %w: !tenon.tensor<[4, 2, 3] f32>)
    -> !tenon.tensor<[B, 4, 8] f32> {
  // CHECK: kernel.window [rows m0: B, rows m1: 8, cols n0: 4, sum k0: 2, sum k1: 3]
  // CHECK-SAME: (%arg0[8*k0 + k1 + 16*m0 + m1 - 1], {{.*}} {bounds = array<i64: 1, 4, 1, 1, 1, 8>}
  %y = tenon.conv %x, %w strides [1] pads [1] dilations [1] groups 1
      : !tenon.tensor<[B, 2, 8] f32>, !tenon.tensor<[4, 2, 3] f32> -> !tenon.tensor<[B, 4, 8] f32>
  return %y : !tenon.tensor<[B, 4, 8] f32>
}

// CHECK-LABEL: func.func @stride_and_dilation(
func.func @stride_and_dilation(%x: !tenon.tensor<[B, 2, 8] f32>, %w: !tenon.tensor<[4, 2, 3] f32>)
    -> !tenon.tensor<[B, 4, 3] f32> {
  // CHECK-DAG: kernel.window {{.*}} (%arg0[8*k0 + 2*k1 + 16*m0 + 3*m1 - 2], {{.*}} {bounds = array<i64: 1, 4, 3, 2, 2, 8>}
  %y = tenon.conv %x, %w strides [3] pads [2] dilations [2] groups 1
      : !tenon.tensor<[B, 2, 8] f32>, !tenon.tensor<[4, 2, 3] f32> -> !tenon.tensor<[B, 4, 3] f32>
  return %y : !tenon.tensor<[B, 4, 3] f32>
}

// Each group is a batch; only the padded axis has bounds.
// CHECK-LABEL: func.func @groups(
func.func @groups(%x: !tenon.tensor<[B, 4, 9, 8] f32>, %w: !tenon.tensor<[6, 2, 3, 1] f32>)
    -> !tenon.tensor<[B, 6, 4, 8] f32> {
  // CHECK: kernel.window [batch b0: 2, rows m0: B, rows m1: 4, rows m2: 8, cols n0: 3, sum k0: 2, sum k1: 3, sum k2: 1]
  // CHECK-SAME: (%arg0[144*b0 + 72*k0 + 8*k1 + k2 + 288*m0 + 24*m1 + m2 - 16], %arg1[18*b0 + 3*k0 + k1 + k2 + 6*n0]) -> %{{.*}}[96*b0 + 192*m0 + 8*m1 + m2 + 32*n0] {bounds = array<i64: 2, 6, 3, 1, 2, 9>}
  %y = tenon.conv %x, %w strides [3, 1] pads [2, 0] dilations [1, 1] groups 2
      : !tenon.tensor<[B, 4, 9, 8] f32>, !tenon.tensor<[6, 2, 3, 1] f32> -> !tenon.tensor<[B, 6, 4, 8] f32>
  return %y : !tenon.tensor<[B, 6, 4, 8] f32>
}

// Each channel by itself: no product, but a map that reads all places of the window.
// CHECK-LABEL: func.func @depthwise(
func.func @depthwise(%x: !tenon.tensor<[B, 4, 8] f32>, %w: !tenon.tensor<[8, 1, 3] f32>)
    -> !tenon.tensor<[B, 8, 6] f32> {
  // CHECK: kernel.rows [rows m0: B, rows m1: 4, rows m2: 2, rows m3: 6]
  // CHECK-SAME: (%arg0[32*m0 + 8*m1 + m3], %arg1[6*m1 + 3*m2], %arg0[32*m0 + 8*m1 + m3 + 1], %arg1[6*m1 + 3*m2 + 1], %arg0[32*m0 + 8*m1 + m3 + 2], %arg1[6*m1 + 3*m2 + 2]) -> %{{.*}}[48*m0 + 12*m1 + 6*m2 + m3]
  // CHECK: arith.mulf
  // CHECK-NEXT: math.fma
  // CHECK-NEXT: math.fma
  %y = tenon.conv %x, %w strides [1] pads [0] dilations [1] groups 4
      : !tenon.tensor<[B, 4, 8] f32>, !tenon.tensor<[8, 1, 3] f32> -> !tenon.tensor<[B, 8, 6] f32>
  return %y : !tenon.tensor<[B, 8, 6] f32>
}

// With zeros around it, and a stride along the first axis.
// CHECK-LABEL: func.func @depthwise_padded(
func.func @depthwise_padded(%x: !tenon.tensor<[B, 4, 9, 8] f32>, %w: !tenon.tensor<[4, 1, 1, 3] f32>)
    -> !tenon.tensor<[B, 4, 5, 8] f32> {
  // CHECK: %[[MEMORY:.*]] = kernel.empty : <[B, 4, 9, 10] f32>
  // CHECK: %[[ZEROS:.*]] = kernel.rows {{.*}} -> %[[MEMORY]]
  // CHECK: %[[PADDED:.*]] = kernel.rows {{.*}}(%arg0[{{.*}}]) -> %[[ZEROS]][360*m0 + 90*m1 + 10*m2 + m3 + 1]
  // CHECK: kernel.rows [rows m0: B, rows m1: 4, rows m2: 1, rows m3: 5, rows m4: 8] (%[[PADDED]][360*m0 + 90*m1 + 20*m3 + m4],
  %y = tenon.conv %x, %w strides [2, 1] pads [0, 1] dilations [1, 1] groups 4
      : !tenon.tensor<[B, 4, 9, 8] f32>, !tenon.tensor<[4, 1, 1, 3] f32> -> !tenon.tensor<[B, 4, 5, 8] f32>
  return %y : !tenon.tensor<[B, 4, 5, 8] f32>
}

// Neighbours are not side by side.
// CHECK-LABEL: func.func @depthwise_strided(
func.func @depthwise_strided(%x: !tenon.tensor<[B, 4, 8] f32>, %w: !tenon.tensor<[4, 1, 2] f32>)
    -> !tenon.tensor<[B, 4, 4] f32> {
  // CHECK: kernel.window [batch b0: 4, rows m0: B, rows m1: 4, cols n0: 1, sum k0: 1, sum k1: 2]
  %y = tenon.conv %x, %w strides [2] pads [0] dilations [1] groups 4
      : !tenon.tensor<[B, 4, 8] f32>, !tenon.tensor<[4, 1, 2] f32> -> !tenon.tensor<[B, 4, 4] f32>
  return %y : !tenon.tensor<[B, 4, 4] f32>
}

// A transposed input is copied by the rearrangement, not again by the convolution.
// CHECK-LABEL: func.func @input_is_a_view(
func.func @input_is_a_view(%x: !tenon.tensor<[B, 8, 2] f32>, %w: !tenon.tensor<[4, 2, 3] f32>)
    -> !tenon.tensor<[B, 4, 6] f32> {
  // CHECK-COUNT-1: = kernel.rows
  // CHECK: kernel.window
  %v = tenon.rearrange %x[a: B, b: 8, c: 2] -> [a, c, b] : !tenon.tensor<[B, 8, 2] f32> -> !tenon.tensor<[B, 2, 8] f32>
  %y = tenon.conv %v, %w strides [1] pads [0] dilations [1] groups 1
      : !tenon.tensor<[B, 2, 8] f32>, !tenon.tensor<[4, 2, 3] f32> -> !tenon.tensor<[B, 4, 6] f32>
  return %y : !tenon.tensor<[B, 4, 6] f32>
}

// CHECK-LABEL: func.func @filter_copied_when_not_contiguous(
func.func @filter_copied_when_not_contiguous(%x: !tenon.tensor<[B, 2, 8] f32>, %w: !tenon.tensor<[4, 2, 5] f32>)
    -> !tenon.tensor<[B, 4, 6] f32> {
  // CHECK: %[[W:.*]] = kernel.rows [rows m0: 4, rows m1: 2, rows m2: 3] (%arg1[10*m0 + 5*m1 + m2 + 1])
  // CHECK: kernel.window {{.*}}, %[[W]][3*k0 + k1 + 6*n0])
  %v = tenon.slice %w starts [0, 0, 1] steps [1, 1, 1] : !tenon.tensor<[4, 2, 5] f32> -> !tenon.tensor<[4, 2, 3] f32>
  %y = tenon.conv %x, %v strides [1] pads [0] dilations [1] groups 1
      : !tenon.tensor<[B, 2, 8] f32>, !tenon.tensor<[4, 2, 3] f32> -> !tenon.tensor<[B, 4, 6] f32>
  return %y : !tenon.tensor<[B, 4, 6] f32>
}
