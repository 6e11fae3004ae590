// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(convert-tenon-to-kernel))' | FileCheck %s

// Dimensions are named after their role and number. A size may have such a name,
// too; then the dimension gets an underscore.

tenon.size @B from 0 to *
tenon.size @m0 from 0 to *

// CHECK-LABEL: func.func @size_of_a_dimension(
func.func @size_of_a_dimension(%x: !tenon.tensor<[B, m0] f32>) -> !tenon.tensor<[B, m0] f32> {
  // CHECK: kernel.rows [rows m0_: B, rows m1: m0] (%arg0[m0*m0_ + m1])
  %y = tenon.broadcast %x along [0, 1] : !tenon.tensor<[B, m0] f32> -> !tenon.tensor<[B, m0] f32>
  return %y : !tenon.tensor<[B, m0] f32>
}

// CHECK-LABEL: func.func @size_of_a_stride(
func.func @size_of_a_stride(%x: !tenon.tensor<[B, m0] f32>) -> !tenon.tensor<[B, 1] f32> {
  // CHECK: kernel.rows [rows m0_: B, rows m1: 1] (%arg0[m0*m0_ + m1])
  %y = tenon.slice %x starts [0, 0] steps [1, 1] : !tenon.tensor<[B, m0] f32> -> !tenon.tensor<[B, 1] f32>
  return %y : !tenon.tensor<[B, 1] f32>
}

// CHECK-LABEL: func.func @size_of_an_offset(
func.func @size_of_an_offset(%x: !tenon.tensor<[m0] f32>) -> !tenon.tensor<[1] f32> {
  // CHECK: kernel.rows [rows m0_: 1] (%arg0[m0 + m0_ - 1])
  %y = tenon.slice %x starts [m0 - 1] steps [1] : !tenon.tensor<[m0] f32> -> !tenon.tensor<[1] f32>
  return %y : !tenon.tensor<[1] f32>
}
