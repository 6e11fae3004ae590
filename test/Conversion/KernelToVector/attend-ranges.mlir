// RUN: tenon-opt %s --convert-kernel-to-vector=level=v3 --canonicalize | FileCheck %s

tenon.size @N from 0 to *

// A window's ends are known by arithmetic: no key is looked at to find them.

// CHECK-LABEL: func.func private @window(
// CHECK-NOT:   vector.reduction <or>
// CHECK:       arith.maxsi
// CHECK:       arith.minsi
// CHECK:       vector.fma
// CHECK-NOT:   vector.reduction <or>
func.func private @window(%q: !tenon.tensor<[N, 8] f32>, %o: !tenon.tensor<[N, 8] f32>)
    -> !tenon.tensor<[N, 8] f32> {
  %y = kernel.attend [queries i: N, keys j: N, depth d: 8, values e: 8]
      (%q[8*i + d], %q[8*j + d], %q[8*j + e]) -> %o[8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>)
        -> !tenon.tensor<[N, 8] f32> score {
  ^bb0(%s: f32):
    %i = kernel.position 0
    %j = kernel.position 1
    %distance = arith.subi %i, %j : index
    %width = arith.constant 5 : index
    %near = arith.cmpi slt, %distance, %width : index
    %hidden = arith.constant 0xFF800000 : f32
    %score = arith.select %near, %s, %hidden : f32
    tenon.yield %score : f32
  } {
  ^bb0(%x: f32):
    tenon.yield %x : f32
  }
  return %y : !tenon.tensor<[N, 8] f32>
}

// What depends on memory is looked at from both ends of the row, up to the first key
// that is seen.

// CHECK-LABEL: func.func private @mask(
// CHECK-COUNT-2: vector.reduction <or>
// CHECK:       vector.fma
func.func private @mask(%q: !tenon.tensor<[N, 8] f32>, %mask: !tenon.tensor<[N, N] i1>,
    %o: !tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[N, 8] f32> {
  %y = kernel.attend [queries i: N, keys j: N, depth d: 8, values e: 8]
      (%q[8*i + d], %q[8*j + d], %q[8*j + e], %mask[N*i + j]) -> %o[8*i + e]
      {scale = 1.0 : f64, scoreInputs = 1 : i64}
      : (!tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>,
         !tenon.tensor<[N, N] i1>) -> !tenon.tensor<[N, 8] f32> score {
  ^bb0(%s: f32, %sees: i1):
    %hidden = arith.constant 0xFF800000 : f32
    %score = arith.select %sees, %s, %hidden : f32
    tenon.yield %score : f32
  } {
  ^bb0(%x: f32):
    tenon.yield %x : f32
  }
  return %y : !tenon.tensor<[N, 8] f32>
}

// A row whose keys are all hidden is NaN under `strict`, as its values decide: all
// keys are visited.

// CHECK-LABEL: func.func private @strict(
// CHECK-NOT:   vector.reduction <or>
func.func private @strict(%q: !tenon.tensor<[N, 8] f32>, %mask: !tenon.tensor<[N, N] i1>,
    %o: !tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[N, 8] f32> {
  %y = kernel.attend [queries i: N, keys j: N, depth d: 8, values e: 8]
      (%q[8*i + d], %q[8*j + d], %q[8*j + e], %mask[N*i + j]) -> %o[8*i + e]
      {scale = 1.0 : f64, scoreInputs = 1 : i64, strict}
      : (!tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>,
         !tenon.tensor<[N, N] i1>) -> !tenon.tensor<[N, 8] f32> score {
  ^bb0(%s: f32, %sees: i1):
    %hidden = arith.constant 0xFF800000 : f32
    %score = arith.select %sees, %s, %hidden : f32
    tenon.yield %score : f32
  } {
  ^bb0(%x: f32):
    tenon.yield %x : f32
  }
  return %y : !tenon.tensor<[N, 8] f32>
}
