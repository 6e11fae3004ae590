// RUN: tenon-reference %s --entry real --print --digits 12 | FileCheck %s --check-prefix=REAL
// RUN: tenon-reference %s --entry symbolic --input 'x=[5, 6]' --print | FileCheck %s --check-prefix=SYMBOLIC
// RUN: tenon-reference %s --entry boolean --print | FileCheck %s --check-prefix=BOOLEAN

tenon.size @N from 0 to *

// An f32 constant keeps the value it has in f32.
// REAL: result0 = [0.10000000149, 0.10000000149]
func.func @real() -> !tenon.tensor<[2] f32> {
  %c = tenon.constant 0.1 : f32 -> !tenon.tensor<[2] f32>
  return %c : !tenon.tensor<[2] f32>
}

// SYMBOLIC{LITERAL}: result0 = [[-7, -7, -7], [-7, -7, -7]]
func.func @symbolic(%x: !tenon.tensor<[N] f32> {tenon.name = "x"}) -> !tenon.tensor<[N, N + 1] i64> {
  %c = tenon.constant -7 : i64 -> !tenon.tensor<[N, N + 1] i64>
  return %c : !tenon.tensor<[N, N + 1] i64>
}

// BOOLEAN: result0 = true
func.func @boolean() -> !tenon.tensor<[] i1> {
  %c = tenon.constant true -> !tenon.tensor<[] i1>
  return %c : !tenon.tensor<[] i1>
}
