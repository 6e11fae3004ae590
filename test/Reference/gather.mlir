// RUN: tenon-reference %s --entry rows --input 't=[[0, 10], [20, 30], [40, 50]]' \
// RUN:   --input 'i=[[2, 0], [1, 2]]' --print | FileCheck %s --check-prefix=ROWS
// RUN: tenon-reference %s --entry rows --input 't=[[0, 10], [20, 30], [40, 50]]' --input 'i=[[], []]' \
// RUN:   --print | FileCheck %s --check-prefix=EMPTY
// RUN: not tenon-reference %s --entry rows --input 't=[[0, 10], [20, 30], [40, 50]]' \
// RUN:   --input 'i=[[0, 1], [2, 3]]' 2>&1 | FileCheck %s --check-prefix=ABOVE
// RUN: not tenon-reference %s --entry rows --input 't=[[0, 10], [20, 30], [40, 50]]' --input 'i=[[0, -1]]' \
// RUN:   2>&1 | FileCheck %s --check-prefix=BELOW
// RUN: tenon-reference %s --entry columns --input 't=[[0, 10], [20, 30], [40, 50]]' --input 'i=[1, 1, 0]' \
// RUN:   --print | FileCheck %s --check-prefix=COLUMNS
// RUN: tenon-reference %s --entry own --input 'x=[[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]]' \
// RUN:   --input 'i=[[2, 0], [1, 1]]' --print | FileCheck %s --check-prefix=OWN
// RUN: not tenon-reference %s --entry own --input 'x=[[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]]' \
// RUN:   --input 'i=[[2, 0], [1, 3]]' 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: tenon-reference %s --entry own --input 'x=[]' --input 'i=[]' --print | FileCheck %s --check-prefix=NONE

tenon.size @B from 0 to *
tenon.size @N from 0 to *

// ROWS{LITERAL}: result0 = [[[40, 50], [0, 10]], [[20, 30], [40, 50]]]
// EMPTY{LITERAL}: result0 = [[], []]
// ABOVE: error: index 3 at [1, 1] is out of range; expected 0..2
// BELOW: error: index -1 at [0, 1] is out of range; expected 0..2
func.func @rows(%t: !tenon.tensor<[3, 2] f32> {tenon.name = "t"}, %i: !tenon.tensor<[B, N] i64> {tenon.name = "i"})
    -> !tenon.tensor<[B, N, 2] f32> {
  %y = tenon.gather %t[%i] axis 0 : !tenon.tensor<[3, 2] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[B, N, 2] f32>
  return %y : !tenon.tensor<[B, N, 2] f32>
}

// COLUMNS{LITERAL}: result0 = [[10, 10, 0], [30, 30, 20], [50, 50, 40]]
func.func @columns(%t: !tenon.tensor<[3, 2] f32> {tenon.name = "t"}, %i: !tenon.tensor<[N] i32> {tenon.name = "i"})
    -> !tenon.tensor<[3, N] f32> {
  %y = tenon.gather %t[%i] axis 1 : !tenon.tensor<[3, 2] f32>, !tenon.tensor<[N] i32> -> !tenon.tensor<[3, N] f32>
  return %y : !tenon.tensor<[3, N] f32>
}

// Sample b takes from its own rows.
// OWN{LITERAL}: result0 = [[[3, 1], [6, 4]], [[8, 8], [11, 11]]]
// OTHER: error: index 3 at [1, 1] is out of range; expected 0..2
// NONE: result0 = []
func.func @own(%x: !tenon.tensor<[B, 2, 3] f32> {tenon.name = "x"}, %i: !tenon.tensor<[B, 2] i64> {tenon.name = "i"})
    -> !tenon.tensor<[B, 2, 2] f32> {
  %y = tenon.gather %x[%i] axis 2 shared 1 : !tenon.tensor<[B, 2, 3] f32>, !tenon.tensor<[B, 2] i64> -> !tenon.tensor<[B, 2, 2] f32>
  return %y : !tenon.tensor<[B, 2, 2] f32>
}
