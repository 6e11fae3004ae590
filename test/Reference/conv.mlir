// RUN: tenon-reference %s --entry patches \
// RUN:   --input 'x=[[[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]]]]' \
// RUN:   --input 'w=[[[[1, 2], [3, 4]]], [[[0, -1], [1, 0]]]]' --print \
// RUN:   | FileCheck %s --check-prefix=PATCHES
// RUN: tenon-reference %s --entry patches --input 'x=[]' \
// RUN:   --input 'w=[[[[1, 2], [3, 4]]], [[[0, -1], [1, 0]]]]' --print | FileCheck %s --check-prefix=EMPTY
// RUN: tenon-reference %s --entry padded --input 'x=[[[[1, 2, 0], [0, 1, 3], [4, 0, 1]]]]' \
// RUN:   --input 'w=[[[[1, 0, -1], [2, 0, -2], [1, 0, -1]]]]' --print | FileCheck %s --check-prefix=PADDED
// RUN: tenon-reference %s --entry groups --input 'x=[[[1, 2, 3, 4, 5], [0, 1, 0, -1, 2]]]' \
// RUN:   --input 'w=[[[1, 1]], [[2, -1]], [[0, 3]], [[1, 0]]]' --print | FileCheck %s --check-prefix=GROUPS

tenon.size @B from 0 to *

// Windows that do not overlap, as in a patch embedding.
// PATCHES{LITERAL}: result0 = [[[[34, 54], [114, 134]], [[3, 3], [3, 3]]]]
// EMPTY: result0 = []
func.func @patches(%x: !tenon.tensor<[B, 1, 4, 4] f32> {tenon.name = "x"}, %w: !tenon.tensor<[2, 1, 2, 2] f32> {tenon.name = "w"})
    -> !tenon.tensor<[B, 2, 2, 2] f32> {
  %y = tenon.conv %x, %w strides [2, 2] pads [0, 0] dilations [1, 1] groups 1
      : !tenon.tensor<[B, 1, 4, 4] f32>, !tenon.tensor<[2, 1, 2, 2] f32> -> !tenon.tensor<[B, 2, 2, 2] f32>
  return %y : !tenon.tensor<[B, 2, 2, 2] f32>
}

// Zeros around the image.
// PADDED{LITERAL}: result0 = [[[[-5, -1, 5], [-4, -2, 4], [-1, 3, 1]]]]
func.func @padded(%x: !tenon.tensor<[B, 1, 3, 3] f32> {tenon.name = "x"}, %w: !tenon.tensor<[1, 1, 3, 3] f32> {tenon.name = "w"})
    -> !tenon.tensor<[B, 1, 3, 3] f32> {
  %y = tenon.conv %x, %w strides [1, 1] pads [1, 1] dilations [1, 1] groups 1
      : !tenon.tensor<[B, 1, 3, 3] f32>, !tenon.tensor<[1, 1, 3, 3] f32> -> !tenon.tensor<[B, 1, 3, 3] f32>
  return %y : !tenon.tensor<[B, 1, 3, 3] f32>
}

// One spatial axis, two groups, dilation 2.
// GROUPS{LITERAL}: result0 = [[[4, 6, 8], [-1, 0, 1], [0, -3, 6], [0, 1, 0]]]
func.func @groups(%x: !tenon.tensor<[B, 2, 5] f32> {tenon.name = "x"}, %w: !tenon.tensor<[4, 1, 2] f32> {tenon.name = "w"})
    -> !tenon.tensor<[B, 4, 3] f32> {
  %y = tenon.conv %x, %w strides [1] pads [0] dilations [2] groups 2
      : !tenon.tensor<[B, 2, 5] f32>, !tenon.tensor<[4, 1, 2] f32> -> !tenon.tensor<[B, 4, 3] f32>
  return %y : !tenon.tensor<[B, 4, 3] f32>
}
