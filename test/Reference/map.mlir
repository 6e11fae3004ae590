// RUN: tenon-reference %s --entry aligned --input 'x=[[1, 2, 3], [4, 5, 6]]' --input 'b=[10, 20, 30]' \
// RUN:   --input 'c=[[100], [200]]' --print | FileCheck %s --check-prefix=ALIGNED
// RUN: tenon-reference %s --entry scalar --print | FileCheck %s --check-prefix=SCALAR
// RUN: tenon-reference %s --entry aligned --input 'x=[]' --input 'b=[1, 2, 3]' --input 'c=[]' --print \
// RUN:   | FileCheck %s --check-prefix=EMPTY
// RUN: tenon-reference %s --entry select --input 'x=[10, 20, 30]' --input 'm=[true, false, true]' --print \
// RUN:   | FileCheck %s --check-prefix=SELECT
// RUN: not tenon-reference %s --entry unknown --input 'x=[1, 2]' 2>&1 | FileCheck %s --check-prefix=UNKNOWN

tenon.size @N from 0 to *

// A missing axis and an axis of size 1 are repeated: x + b + c.
// EMPTY: result0 = []
// ALIGNED{LITERAL}: result0 = [[111, 122, 133], [214, 225, 236]]
func.func @aligned(%x: !tenon.tensor<[N, 3] f32> {tenon.name = "x"},
                   %b: !tenon.tensor<[3] f32> {tenon.name = "b"},
                   %c: !tenon.tensor<[N, 1] f32> {tenon.name = "c"}) -> !tenon.tensor<[N, 3] f32> {
  %y = tenon.map (%0 = %x, %1 = %b, %2 = %c)
      : (!tenon.tensor<[N, 3] f32>, !tenon.tensor<[3] f32>, !tenon.tensor<[N, 1] f32>) -> !tenon.tensor<[N, 3] f32> {
    %s = arith.addf %0, %1 : f32
    %t = arith.addf %s, %2 : f32
    tenon.yield %t : f32
  }
  return %y : !tenon.tensor<[N, 3] f32>
}

// Rank 0, no operands.
// SCALAR: result0 = 6
func.func @scalar() -> !tenon.tensor<[] f32> {
  %y = tenon.map () : () -> !tenon.tensor<[] f32> {
    %a = arith.constant 2.0 : f32
    %b = arith.constant 3.0 : f32
    %c = arith.mulf %a, %b : f32
    tenon.yield %c : f32
  }
  return %y : !tenon.tensor<[] f32>
}

// Operands of several element types.
// SELECT: result0 = [10, -1, 30]
func.func @select(%x: !tenon.tensor<[N] f32> {tenon.name = "x"},
                  %m: !tenon.tensor<[N] i1> {tenon.name = "m"}) -> !tenon.tensor<[N] f32> {
  %y = tenon.map (%a = %x, %keep = %m) : (!tenon.tensor<[N] f32>, !tenon.tensor<[N] i1>) -> !tenon.tensor<[N] f32> {
    %other = arith.constant -1.0 : f32
    %s = arith.select %keep, %a, %other : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[N] f32>
}

// UNKNOWN: error: 'arith.bitcast' has no reference meaning as a scalar op
func.func @unknown(%x: !tenon.tensor<[N] f32> {tenon.name = "x"}) -> !tenon.tensor<[N] i32> {
  %y = tenon.map (%a = %x) : (!tenon.tensor<[N] f32>) -> !tenon.tensor<[N] i32> {
    %s = arith.bitcast %a : f32 to i32
    tenon.yield %s : i32
  }
  return %y : !tenon.tensor<[N] i32>
}
