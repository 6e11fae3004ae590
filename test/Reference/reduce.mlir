// RUN: tenon-reference %s --entry axes --input 'x=[[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]]' \
// RUN:   --print | FileCheck %s --check-prefix=AXES
// RUN: tenon-reference %s --entry kinds --input 'x=[3, -1, 4]' --print | FileCheck %s --check-prefix=KINDS
// RUN: tenon-reference %s --entry kinds --input 'x=[3, nan, 4]' --print | FileCheck %s --check-prefix=NAN
// RUN: tenon-reference %s --entry kinds --input 'x=[]' --print | FileCheck %s --check-prefix=EMPTY
// RUN: tenon-reference %s --entry integers --input 'x=[2147483647, 1]' --print \
// RUN:   | FileCheck %s --check-prefix=INTEGERS
// RUN: tenon-reference %s --entry integers --input 'x=[]' --print | FileCheck %s --check-prefix=NOTHING

!v = !tenon.tensor<[N] f32>
!s = !tenon.tensor<[] f32>
tenon.size @N from 0 to *

// AXES{LITERAL}: result0 = [[9, 12], [27, 30]]
// AXES: result1 = [4.5, 6.5, 8.5]
func.func @axes(%x: !tenon.tensor<[2, 3, 2] f32> {tenon.name = "x"}) -> (!tenon.tensor<[2, 2] f32>, !tenon.tensor<[3] f32>) {
  %sum = tenon.reduce sum %x over [1] : !tenon.tensor<[2, 3, 2] f32> -> !tenon.tensor<[2, 2] f32>
  %mean = tenon.reduce mean %x over [0, 2] : !tenon.tensor<[2, 3, 2] f32> -> !tenon.tensor<[3] f32>
  return %sum, %mean : !tenon.tensor<[2, 2] f32>, !tenon.tensor<[3] f32>
}

// KINDS: result0 = 6
// KINDS: result1 = 2
// KINDS: result2 = 4
// KINDS: result3 = -1
// KINDS: result4 = -12
// NAN-COUNT-5: nan
// EMPTY: result0 = 0
// EMPTY: result1 = nan
// EMPTY: result2 = -inf
// EMPTY: result3 = inf
// EMPTY: result4 = 1
func.func @kinds(%x: !v {tenon.name = "x"}) -> (!s, !s, !s, !s, !s) {
  %sum = tenon.reduce sum %x over [0] : !v -> !s
  %mean = tenon.reduce mean %x over [0] : !v -> !s
  %max = tenon.reduce max %x over [0] : !v -> !s
  %min = tenon.reduce min %x over [0] : !v -> !s
  %prod = tenon.reduce prod %x over [0] : !v -> !s
  return %sum, %mean, %max, %min, %prod : !s, !s, !s, !s, !s
}

// Integers wrap; an empty maximum is the smallest value.
// INTEGERS: result0 = -2147483648
// INTEGERS: result1 = 2147483647
// NOTHING: result0 = 0
// NOTHING: result1 = -2147483648
func.func @integers(%x: !tenon.tensor<[N] i32> {tenon.name = "x"}) -> (!tenon.tensor<[] i32>, !tenon.tensor<[] i32>) {
  %sum = tenon.reduce sum %x over [0] : !tenon.tensor<[N] i32> -> !tenon.tensor<[] i32>
  %max = tenon.reduce max %x over [0] : !tenon.tensor<[N] i32> -> !tenon.tensor<[] i32>
  return %sum, %max : !tenon.tensor<[] i32>, !tenon.tensor<[] i32>
}
