// DEFINE: %{x} = --input 'x=[[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 0], [-1, -2]]]'
// RUN: tenon-reference %s --entry rows %{x} --input 'i=[[0, 1, 1], [1, 0, 0]]' --print | FileCheck %s --check-prefix=ROWS
// RUN: tenon-reference %s --entry rows --input 'x=[[], []]' --input 'i=[[], []]' --print | FileCheck %s --check-prefix=EMPTY
// RUN: not tenon-reference %s --entry rows %{x} --input 'i=[[0, 1, 1], [1, 2, 0]]' 2>&1 | FileCheck %s --check-prefix=ABOVE
// RUN: not tenon-reference %s --entry rows %{x} --input 'i=[[0, 1, -1], [1, 1, 0]]' 2>&1 | FileCheck %s --check-prefix=BELOW
// RUN: tenon-reference %s --entry single %{x} --input 'i=[[7, 7, 7], [7, 7, 7]]' --print | FileCheck %s --check-prefix=SINGLE

// Merging branches and taking the block apart change nothing, NaN included.
// DEFINE: %{layer} = --entry layer %{x} --input 'i=[[0, 1, 2], [2, 2, 0]]' --input 'g=[nan, 2]' --input 'h=[3, -1]'
// RUN: rm -rf %t && mkdir -p %t
// RUN: tenon-reference %s %{layer} --output-dir %t
// RUN: tenon-opt %s --tenon-merge-routes --canonicalize --cse -o %t/merged.mlir
// RUN: FileCheck %s --check-prefix=MERGED --input-file %t/merged.mlir
// RUN: tenon-reference %t/merged.mlir %{layer} --compare y=%t/y.npy --tolerance 1e-15
// RUN: tenon-opt %s --tenon-decompose-blocks | tenon-reference %{layer} --compare y=%t/y.npy --tolerance 1e-15
// RUN: tenon-opt %s --tenon-decompose-blocks | not tenon-reference --entry rows %{x} --input 'i=[[0, 1, 1], [1, 2, 0]]' 2>&1 | FileCheck %s --check-prefix=ABOVE

tenon.size @B from 0 to *
tenon.size @N from 0 to *

!x = !tenon.tensor<[B, N, 2] f32>
!i = !tenon.tensor<[B, N] i64>

// ROWS{LITERAL}: result0 = [[[1, 2], [-3, -4], [-5, -6]], [[-7, -8], [9, 0], [-1, -2]]]
// EMPTY{LITERAL}: result0 = [[], []]
// ABOVE: error: index 2 at [1, 1] is out of range; expected 0..1
// BELOW: error: index -1 at [0, 2] is out of range; expected 0..1
func.func @rows(%x: !x {tenon.name = "x"}, %i: !i {tenon.name = "i"}) -> !x {
  %n = tenon.map (%e = %x) : (!x) -> !x {
    %m = arith.negf %e : f32
    tenon.yield %m : f32
  }
  %y = tenon.route %i of %x, %n : !i, !x, !x -> !x
  return %y : !x
}

// With one branch ids are not looked at.
// SINGLE{LITERAL}: result0 = [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 0], [-1, -2]]]
func.func @single(%x: !x {tenon.name = "x"}, %i: !i {tenon.name = "i"}) -> !x {
  %y = tenon.route %i of %x : !i, !x -> !x
  return %y : !x
}

// Two linear maps with a norm and a gain, alike; the third branch is another.
// MERGED-LABEL: func.func @layer(
// MERGED: tenon.route
func.func @layer(%x: !x {tenon.name = "x"}, %i: !i {tenon.name = "i"},
                 %g: !tenon.tensor<[2] f32> {tenon.name = "g"}, %h: !tenon.tensor<[2] f32> {tenon.name = "h"})
    -> (!x {tenon.name = "y"}) {
  %a = tenon.normalize %x over [2] eps 0.125 : !x -> !x
  %b = tenon.map (%e = %a, %f = %g) : (!x, !tenon.tensor<[2] f32>) -> !x {
    %m = arith.mulf %e, %f : f32
    tenon.yield %m : f32
  }
  %c = tenon.map (%e = %a, %f = %h) : (!x, !tenon.tensor<[2] f32>) -> !x {
    %m = arith.mulf %e, %f : f32
    tenon.yield %m : f32
  }
  %y = tenon.route %i of %b, %c, %x : !i, !x, !x, !x -> !x
  return %y : !x
}
