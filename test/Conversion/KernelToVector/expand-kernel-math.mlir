// RUN: tenon-opt %s --expand-kernel-math --canonicalize --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @exp(
// CHECK-NOT:     math.exp
// CHECK:         math.fma {{.*}} : vector<16xf32>
// CHECK:         arith.bitcast
// CHECK-NOT:     math.exp
func.func @exp(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x : vector<16xf32>
  return %y : vector<16xf32>
}

// -----

// CHECK-LABEL: func.func @scalars(
// CHECK-NOT:     math.log
// CHECK-NOT:     math.tanh
// CHECK:         %[[R:.*]] = math.sqrt
// CHECK:         arith.divf %{{.*}}, %[[R]] : f32
func.func @scalars(%x: f32) -> f32 {
  %a = math.log %x : f32
  %b = math.tanh %a : f32
  %c = math.rsqrt %b : f32
  return %c : f32
}

// -----

// Whole formulas have programs of their own: no division for the sigmoid's
// reciprocal of a sum, no sum 1 + erf for GELU.

// CHECK-LABEL: func.func @gelu(
// CHECK-SAME:    %[[X:.*]]: vector<8xf32>
// CHECK:         %[[Y:.*]] = arith.mulf %[[X]], %{{.*}} : vector<8xf32>
// CHECK-NEXT:    return %[[Y]]
func.func @gelu(%x: vector<8xf32>) -> vector<8xf32> {
  %half = arith.constant dense<0.5> : vector<8xf32>
  %one = arith.constant dense<1.0> : vector<8xf32>
  %c = arith.constant dense<0.707106769> : vector<8xf32>
  %s = arith.mulf %x, %c : vector<8xf32>
  %t = math.erf %s : vector<8xf32>
  %u = arith.addf %t, %one : vector<8xf32>
  %h = arith.mulf %x, %half : vector<8xf32>
  %y = arith.mulf %h, %u : vector<8xf32>
  return %y : vector<8xf32>
}

// -----

// CHECK-LABEL: func.func @sigmoid(
// CHECK-SAME:    %[[X:.*]]: f32
// CHECK-NOT:     arith.mulf
// CHECK:         %[[SUM:.*]] = arith.addf %[[POWER:[0-9]+]], %[[P:[0-9]+]] : f32
// CHECK:         %[[Y:.*]] = arith.divf %[[P]], %[[SUM]] : f32
// CHECK-NEXT:    return %[[Y]]
func.func @sigmoid(%x: f32) -> f32 {
  %one = arith.constant 1.0 : f32
  %n = arith.negf %x : f32
  %e = math.exp %n : f32
  %s = arith.addf %one, %e : f32
  %y = arith.divf %one, %s : f32
  return %y : f32
}

// -----

func.func @no_program(%x: f32) -> f32 {
  // expected-error@+1 {{'math.atan' on 'f32' has no program, and a kernel must not call a library}}
  %y = math.atan %x : f32
  return %y : f32
}

// -----

// Floats beyond the integers become the largest or smallest one, NaN becomes 0.

// CHECK-LABEL: func.func @integers(
// CHECK-SAME:    %[[X:.*]]: vector<8xf32>
// CHECK-DAG:     %[[HIGH:.*]] = arith.cmpf oge, %[[X]],
// CHECK-DAG:     %[[LOW:.*]] = arith.cmpf olt, %[[X]],
// CHECK:         %[[SAFE:.*]] = arith.select %{{.*}}, %[[X]], %{{.*}} : vector<8xi1>, vector<8xf32>
// CHECK:         %[[I:.*]] = arith.fptosi %[[SAFE]]
// CHECK:         %[[J:.*]] = arith.select %[[HIGH]], %{{.*}}, %[[I]]
// CHECK:         %[[Y:.*]] = arith.select %[[LOW]], %{{.*}}, %[[J]]
// CHECK:         return %[[Y]]
func.func @integers(%x: vector<8xf32>) -> vector<8xi32> {
  %y = arith.fptosi %x : vector<8xf32> to vector<8xi32>
  return %y : vector<8xi32>
}
