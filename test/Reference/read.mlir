// RUN: tenon-reference %s --param 'layer.weight=[[1, 2], [3, 4]]' --print | FileCheck %s
// RUN: not tenon-reference %s --print 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not tenon-reference %s --param 'layer.weight=[1, 2]' --print 2>&1 | FileCheck %s --check-prefix=SHAPE

// CHECK{LITERAL}: result0 = [[1, 2], [3, 4]]
// MISSING: error: parameter 'layer.weight' has no value
// SHAPE: error: parameter 'layer.weight' is [2] 'f32'; expected [2, 2] 'f32'

tenon.param trainable @layer.weight : !tenon.tensor<[2, 2] f32>

func.func @main() -> !tenon.tensor<[2, 2] f32> {
  %w = tenon.read @layer.weight : !tenon.tensor<[2, 2] f32>
  return %w : !tenon.tensor<[2, 2] f32>
}
