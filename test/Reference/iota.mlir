// RUN: tenon-reference %s --input 'x=[7, 7, 7]' --print | FileCheck %s
// RUN: tenon-reference %s --input 'x=[]' --print | FileCheck %s --check-prefix=ONE

tenon.size @N from 0 to *

// CHECK: result0 = [0, 1, 2, 3]
// ONE: result0 = [0]
func.func @iota(%x: !tenon.tensor<[N] f32> {tenon.name = "x"}) -> !tenon.tensor<[N + 1] i64> {
  %i = tenon.iota -> !tenon.tensor<[N + 1] i64>
  return %i : !tenon.tensor<[N + 1] i64>
}
