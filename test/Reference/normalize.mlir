// RUN: tenon-reference %s --entry rows --input 'x=[[1, 2, 3, 6], [5, 5, 5, 5]]' --print \
// RUN:   | FileCheck %s --check-prefix=ROWS
// RUN: tenon-reference %s --entry rows --input 'x=[]' --print | FileCheck %s --check-prefix=EMPTY
// RUN: tenon-reference %s --entry exact --input 'x=[5, 5]' --print | FileCheck %s --check-prefix=CONSTANT
// RUN: tenon-reference %s --entry exact --input 'x=[5]' --print | FileCheck %s --check-prefix=SINGLE
// RUN: tenon-reference %s --entry exact --input 'x=[100000, 100001]' --print \
// RUN:   | FileCheck %s --check-prefix=SHIFTED
// RUN: tenon-reference %s --entry exact --input 'x=[]' --print | FileCheck %s --check-prefix=NOTHING
// RUN: tenon-reference %s --entry axes --input 'x=[[[1, 2], [3, 5]], [[0, 4], [8, 8]]]' --print \
// RUN:   | FileCheck %s --check-prefix=AXES

tenon.size @N from 0 to *

// ROWS{LITERAL}: result0 = [[-1.06904344, -0.53452172, 0, 1.60356516], [0, 0, 0, 0]]
// EMPTY: result0 = []
func.func @rows(%x: !tenon.tensor<[N, 4] f32> {tenon.name = "x"}) -> !tenon.tensor<[N, 4] f32> {
  %y = tenon.normalize %x over [1] eps 1.000000e-05 : !tenon.tensor<[N, 4] f32> -> !tenon.tensor<[N, 4] f32>
  return %y : !tenon.tensor<[N, 4] f32>
}

// Without eps a constant line has no direction.
// CONSTANT: result0 = [nan, nan]
// SINGLE: result0 = [nan]
// SHIFTED: result0 = [-1, 1]
// NOTHING: result0 = []
func.func @exact(%x: !tenon.tensor<[N] f32> {tenon.name = "x"}) -> !tenon.tensor<[N] f32> {
  %y = tenon.normalize %x over [0] eps 0.000000e+00 : !tenon.tensor<[N] f32> -> !tenon.tensor<[N] f32>
  return %y : !tenon.tensor<[N] f32>
}

// Over axes that are not neighbours.
// AXES{LITERAL}: result0 = [[[-0.457495711, 0.15249857], [-1.34164079, -0.447213595]], [[-1.06748999, 1.37248713], [0.894427191, 0.894427191]]]
func.func @axes(%x: !tenon.tensor<[2, N, 2] f32> {tenon.name = "x"}) -> !tenon.tensor<[2, N, 2] f32> {
  %y = tenon.normalize %x over [0, 2] eps 5.000000e-01 : !tenon.tensor<[2, N, 2] f32> -> !tenon.tensor<[2, N, 2] f32>
  return %y : !tenon.tensor<[2, N, 2] f32>
}
