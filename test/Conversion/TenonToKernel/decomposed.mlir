// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(convert-tenon-to-kernel))' --remarks-filter-failed=.* -o /dev/null 2>&1 | FileCheck %s

// A block without a kernel of its own is named; one with a kernel is not.

// CHECK: remark: {{\[}}Failure] Decomposed | Category:convert-tenon-to-kernel | Function=block_without_kernel | {{.*}}'tenon.ffn' has no kernel of its own
// CHECK-NOT: remark:
func.func @block_without_kernel(%x: !tenon.tensor<[B, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>)
    -> !tenon.tensor<[B, 6] f32> {
  %y = tenon.ffn %x, %w1, %w2 : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[6, 8] f32>) -> !tenon.tensor<[B, 6] f32> {
  ^bb0(%h: f32):
    %r = math.tanh %h : f32
    tenon.yield %r : f32
  }
  return %y : !tenon.tensor<[B, 6] f32>
}

func.func @block_with_kernel(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  %y = tenon.softmax %x axis 1 : <[B, 4] f32> -> <[B, 4] f32>
  return %y : !tenon.tensor<[B, 4] f32>
}
