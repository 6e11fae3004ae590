// RUN: tenon-reference %s --entry arithmetic --input 'x=[7.5, -7.5, 0]' --input 'y=[2, 2, 0]' --print \
// RUN:   | FileCheck %s --check-prefix=ARITHMETIC
// RUN: tenon-reference %s --entry extremes --input 'x=[nan, 1, -0.0, 2]' --input 'y=[1, nan, 0.0, 3]' \
// RUN:   --print | FileCheck %s --check-prefix=EXTREMES
// RUN: tenon-reference %s --entry compare --input 'x=[1, 2, nan]' --input 'y=[2, 2, 2]' --print \
// RUN:   | FileCheck %s --check-prefix=COMPARE
// RUN: tenon-reference %s --entry convert --input 'x=[-1.75, 2.5, 1e30, -1e30, nan, inf]' --print \
// RUN:   | FileCheck %s --check-prefix=CONVERT
// RUN: tenon-reference %s --entry wide --print --digits 17 | FileCheck %s --check-prefix=WIDE

!v = !tenon.tensor<[N] f32>
tenon.size @N from 0 to *

// ARITHMETIC: result0 = [9.5, -5.5, 0]
// ARITHMETIC: result1 = [3.75, -3.75, nan]
// ARITHMETIC: result2 = [1.5, -1.5, nan]
func.func @arithmetic(%x: !v {tenon.name = "x"}, %y: !v {tenon.name = "y"}) -> (!v, !v, !v) {
  %sum = tenon.map (%a = %x, %b = %y) : (!v, !v) -> !v {
    %r = arith.addf %a, %b : f32
    tenon.yield %r : f32
  }
  %quotient = tenon.map (%a = %x, %b = %y) : (!v, !v) -> !v {
    %r = arith.divf %a, %b : f32
    tenon.yield %r : f32
  }
  %rest = tenon.map (%a = %x, %b = %y) : (!v, !v) -> !v {
    %r = arith.remf %a, %b : f32
    tenon.yield %r : f32
  }
  return %sum, %quotient, %rest : !v, !v, !v
}

// NaN wins in either operand order; 0.0 is larger than -0.0.
// EXTREMES: result0 = [nan, nan, 0, 3]
// EXTREMES: result1 = [nan, nan, -0, 2]
// EXTREMES: result2 = [1, 1, {{-?}}0, 3]
func.func @extremes(%x: !v {tenon.name = "x"}, %y: !v {tenon.name = "y"}) -> (!v, !v, !v) {
  %max = tenon.map (%a = %x, %b = %y) : (!v, !v) -> !v {
    %r = arith.maximumf %a, %b : f32
    tenon.yield %r : f32
  }
  %min = tenon.map (%a = %x, %b = %y) : (!v, !v) -> !v {
    %r = arith.minimumf %a, %b : f32
    tenon.yield %r : f32
  }
  %number = tenon.map (%a = %x, %b = %y) : (!v, !v) -> !v {
    %r = arith.maxnumf %a, %b : f32
    tenon.yield %r : f32
  }
  return %max, %min, %number : !v, !v, !v
}

// Ordered predicates are false for NaN, unordered ones true.
// COMPARE: result0 = [true, false, false]
// COMPARE: result1 = [true, true, true]
// COMPARE: result2 = [false, false, true]
func.func @compare(%x: !v {tenon.name = "x"}, %y: !v {tenon.name = "y"})
    -> (!tenon.tensor<[N] i1>, !tenon.tensor<[N] i1>, !tenon.tensor<[N] i1>) {
  %less = tenon.map (%a = %x, %b = %y) : (!v, !v) -> !tenon.tensor<[N] i1> {
    %r = arith.cmpf olt, %a, %b : f32
    tenon.yield %r : i1
  }
  %notGreater = tenon.map (%a = %x, %b = %y) : (!v, !v) -> !tenon.tensor<[N] i1> {
    %r = arith.cmpf ule, %a, %b : f32
    tenon.yield %r : i1
  }
  %unordered = tenon.map (%a = %x, %b = %y) : (!v, !v) -> !tenon.tensor<[N] i1> {
    %r = arith.cmpf uno, %a, %b : f32
    tenon.yield %r : i1
  }
  return %less, %notGreater, %unordered : !tenon.tensor<[N] i1>, !tenon.tensor<[N] i1>, !tenon.tensor<[N] i1>
}

// Toward zero, saturated; NaN gives 0.
// CONVERT: result0 = [-1, 2, 2147483647, -2147483648, 0, 2147483647]
// CONVERT: result1 = [-1, 2, 9223372036854775807, -9223372036854775808, 0, 9223372036854775807]
func.func @convert(%x: !v {tenon.name = "x"}) -> (!tenon.tensor<[N] i32>, !tenon.tensor<[N] i64>) {
  %short = tenon.map (%a = %x) : (!v) -> !tenon.tensor<[N] i32> {
    %r = arith.fptosi %a : f32 to i32
    tenon.yield %r : i32
  }
  %long = tenon.map (%a = %x) : (!v) -> !tenon.tensor<[N] i64> {
    %r = arith.fptosi %a : f32 to i64
    tenon.yield %r : i64
  }
  return %short, %long : !tenon.tensor<[N] i32>, !tenon.tensor<[N] i64>
}

// Values between ops are f64, not f32: 1 + 2^-40 keeps its last bit.
// WIDE: result0 = 1.0000000000009095
func.func @wide() -> !tenon.tensor<[] f32> {
  %y = tenon.map () : () -> !tenon.tensor<[] f32> {
    %one = arith.constant 1.0 : f32
    %tiny = arith.constant 9.09494702E-13 : f32
    %r = arith.addf %one, %tiny : f32
    tenon.yield %r : f32
  }
  return %y : !tenon.tensor<[] f32>
}
