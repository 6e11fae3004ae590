// RUN: tenon-reference %s --entry wrap --input 'x=[2147483647, -2147483648]' --print \
// RUN:   | FileCheck %s --check-prefix=WRAP
// RUN: tenon-reference %s --entry ones --input 'x=[0, 6, -1, -2147483648]' --print \
// RUN:   | FileCheck %s --check-prefix=ONES
// RUN: tenon-reference %s --entry divide --input 'x=[7, -7, -2147483648]' --input 'y=[2, 2, -1]' --print \
// RUN:   | FileCheck %s --check-prefix=DIVIDE
// RUN: not tenon-reference %s --entry divide --input 'x=[1, 7]' --input 'y=[1, 0]' \
// RUN:   2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: tenon-reference %s --entry bool --input 'x=[true, false]' --print | FileCheck %s --check-prefix=BOOL
// RUN: tenon-reference %s --entry compare --input 'x=[-1, 1]' --print | FileCheck %s --check-prefix=COMPARE

!v = !tenon.tensor<[N] i32>
tenon.size @N from 0 to *

// x + x, x - 1 and |x| in two's complement.
// WRAP: result0 = [-2, 0]
// WRAP: result1 = [2147483646, 2147483647]
// WRAP: result2 = [2147483647, -2147483648]
func.func @wrap(%x: !v {tenon.name = "x"}) -> (!v, !v, !v) {
  %sum = tenon.map (%a = %x) : (!v) -> !v {
    %r = arith.addi %a, %a : i32
    tenon.yield %r : i32
  }
  %difference = tenon.map (%a = %x) : (!v) -> !v {
    %one = arith.constant 1 : i32
    %r = arith.subi %a, %one : i32
    tenon.yield %r : i32
  }
  %magnitude = tenon.map (%a = %x) : (!v) -> !v {
    %r = math.absi %a : i32
    tenon.yield %r : i32
  }
  return %sum, %difference, %magnitude : !v, !v, !v
}

// Ones among 32 bits.
// ONES: ones = [0, 2, 32, 1]
func.func @ones(%x: !v {tenon.name = "x"}) -> (!v {tenon.name = "ones"}) {
  %ones = tenon.map (%a = %x) : (!v) -> !v {
    %r = math.ctpop %a : i32
    tenon.yield %r : i32
  }
  return %ones : !v
}

// Toward zero and toward -infinity; the one overflow wraps.
// DIVIDE: result0 = [3, -3, -2147483648]
// DIVIDE: result1 = [1, -1, 0]
// DIVIDE: result2 = [3, -4, -2147483648]
// ZERO: error: integer division of 7 by 0
func.func @divide(%x: !v {tenon.name = "x"}, %y: !v {tenon.name = "y"}) -> (!v, !v, !v) {
  %quotient = tenon.map (%a = %x, %b = %y) : (!v, !v) -> !v {
    %r = arith.divsi %a, %b : i32
    tenon.yield %r : i32
  }
  %rest = tenon.map (%a = %x, %b = %y) : (!v, !v) -> !v {
    %r = arith.remsi %a, %b : i32
    tenon.yield %r : i32
  }
  %floor = tenon.map (%a = %x, %b = %y) : (!v, !v) -> !v {
    %r = arith.floordivsi %a, %b : i32
    tenon.yield %r : i32
  }
  return %quotient, %rest, %floor : !v, !v, !v
}

// A set bit is 1 unsigned and -1 signed.
// BOOL: result0 = [1, 0]
// BOOL: result1 = [-1, 0]
// BOOL: result2 = [-1, 0]
func.func @bool(%x: !tenon.tensor<[N] i1> {tenon.name = "x"})
    -> (!tenon.tensor<[N] f32>, !tenon.tensor<[N] f32>, !v) {
  %unsigned = tenon.map (%a = %x) : (!tenon.tensor<[N] i1>) -> !tenon.tensor<[N] f32> {
    %r = arith.uitofp %a : i1 to f32
    tenon.yield %r : f32
  }
  %signed = tenon.map (%a = %x) : (!tenon.tensor<[N] i1>) -> !tenon.tensor<[N] f32> {
    %r = arith.sitofp %a : i1 to f32
    tenon.yield %r : f32
  }
  %extended = tenon.map (%a = %x) : (!tenon.tensor<[N] i1>) -> !v {
    %r = arith.extsi %a : i1 to i32
    tenon.yield %r : i32
  }
  return %unsigned, %signed, %extended : !tenon.tensor<[N] f32>, !tenon.tensor<[N] f32>, !v
}

// -1 < 0 signed, but it is the largest number unsigned.
// COMPARE: result0 = [true, false]
// COMPARE: result1 = [false, false]
func.func @compare(%x: !v {tenon.name = "x"}) -> (!tenon.tensor<[N] i1>, !tenon.tensor<[N] i1>) {
  %signed = tenon.map (%a = %x) : (!v) -> !tenon.tensor<[N] i1> {
    %zero = arith.constant 0 : i32
    %r = arith.cmpi slt, %a, %zero : i32
    tenon.yield %r : i1
  }
  %unsigned = tenon.map (%a = %x) : (!v) -> !tenon.tensor<[N] i1> {
    %zero = arith.constant 0 : i32
    %r = arith.cmpi ult, %a, %zero : i32
    tenon.yield %r : i1
  }
  return %signed, %unsigned : !tenon.tensor<[N] i1>, !tenon.tensor<[N] i1>
}
