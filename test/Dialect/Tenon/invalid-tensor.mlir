// RUN: tenon-opt %s -split-input-file -verify-diagnostics

// One case per constraint (C1, C2, ...) of the op descriptions in TensorOps.td.

//===----------------------------------------------------------------------===//
// Declarations and values
//===----------------------------------------------------------------------===//

// expected-error@+1 {{C1: axis 0; expected a constant size, got B}}
tenon.param trainable @param_c1 : !tenon.tensor<[B, 4] f32>

// -----

// expected-error@+1 {{expected a tenon tensor, got 'f32'}}
tenon.param trainable @param_of_scalar : f32

// -----

func.func @read_c1_missing() {
  // expected-error@+1 {{C1: no parameter is named 'w'}}
  %w = tenon.read @w : !tenon.tensor<[4] f32>
  return
}

// -----

tenon.param frozen @w : !tenon.tensor<[4] f32>
func.func @read_c1_type() {
  // expected-error@+1 {{C1: parameter 'w'; expected '!tenon.tensor<[4] f32>', got '!tenon.tensor<[4] i32>'}}
  %w = tenon.read @w : !tenon.tensor<[4] i32>
  return
}

// -----

func.func @constant_c1() {
  // expected-error@+1 {{C1: value of type 'i64'; expected 'f32'}}
  %c = tenon.constant 1 : i64 -> !tenon.tensor<[B] f32>
  return
}

// -----

func.func @iota_c1_rank() {
  // expected-error@+1 {{C1: result; expected one axis of i64, got '!tenon.tensor<[B, 2] i64>'}}
  %i = tenon.iota -> !tenon.tensor<[B, 2] i64>
  return
}

// -----

func.func @iota_c1_type() {
  // expected-error@+1 {{C1: result; expected one axis of i64, got '!tenon.tensor<[B] f32>'}}
  %i = tenon.iota -> !tenon.tensor<[B] f32>
  return
}

// -----

func.func @extent_c1() {
  // expected-error@+1 {{C1: expected a scalar result, got '!tenon.tensor<[] f32>'}}
  %n = tenon.extent <B> : !tenon.tensor<[] f32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// map
//===----------------------------------------------------------------------===//

func.func @map_c1(%x: !tenon.tensor<[2, 4] f32>) {
  // expected-error@+1 {{C1: rank of operand 0; expected at most 1, got 2}}
  %y = tenon.map (%a = %x) : (!tenon.tensor<[2, 4] f32>) -> !tenon.tensor<[4] f32> {
    tenon.yield %a : f32
  }
  return
}

// -----

// Only the constant 1 is repeated: B may be 1, but need not be.
func.func @map_c2(%x: !tenon.tensor<[B, 4] f32>, %y: !tenon.tensor<[N, 4] f32>) {
  // expected-error@+1 {{C2: operand 1; expected a shape that repeats to [B, 4], got [N, 4]}}
  %z = tenon.map (%a = %x, %b = %y) : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[N, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @map_c3_count(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{C3: region arguments; expected 1, got 2}}
  %y = "tenon.map"(%x) ({
  ^bb0(%a: f32, %b: f32):
    tenon.yield %a : f32
  }) : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32>
  return
}

// -----

func.func @map_c3_type(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{C3: region argument 0; expected 'f32', got 'i32'}}
  %y = "tenon.map"(%x) ({
  ^bb0(%a: i32):
    tenon.yield %a : i32
  }) : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] i32>
  return
}

// -----

func.func @map_c4_type(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{C4: the region must yield one 'i1'}}
  %y = tenon.map (%a = %x) : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] i1> {
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @map_c4_count(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{C4: the region must yield one 'f32'}}
  %y = tenon.map (%a = %x) : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
    tenon.yield %a, %a : f32, f32
  }
  return
}

// -----

func.func @map_empty(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{expects a non-empty block}}
  %y = tenon.map (%a = %x) : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {}
  return
}

// -----

func.func private @effect()
func.func @map_c5_effect(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{C5: 'func.call' is not a scalar op without side effects}}
  %y = tenon.map (%a = %x) : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
    func.call @effect() : () -> ()
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @map_c5_tensor(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{C5: 'tenon.constant' is not a scalar op without side effects}}
  %y = tenon.map (%a = %x) : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
    %c = tenon.constant 1.0 : f32 -> !tenon.tensor<[] f32>
    tenon.yield %a : f32
  }
  return
}

// -----

//===----------------------------------------------------------------------===//
// reduce
//===----------------------------------------------------------------------===//

func.func @reduce_c1_range(%x: !tenon.tensor<[2, 4] f32>) {
  // expected-error@+1 {{C1: axes must ascend within rank 2}}
  %y = tenon.reduce sum %x over [2] : !tenon.tensor<[2, 4] f32> -> !tenon.tensor<[2] f32>
  return
}

// -----

func.func @reduce_c1_order(%x: !tenon.tensor<[2, 4] f32>) {
  // expected-error@+1 {{C1: axes must ascend within rank 2}}
  %y = tenon.reduce sum %x over [1, 0] : !tenon.tensor<[2, 4] f32> -> !tenon.tensor<[] f32>
  return
}

// -----

func.func @reduce_c2(%x: !tenon.tensor<[2, 4] f32>) {
  // expected-error@+1 {{C2: result; expected '!tenon.tensor<[2] f32>', got '!tenon.tensor<[2, 1] f32>'}}
  %y = tenon.reduce sum %x over [1] : !tenon.tensor<[2, 4] f32> -> !tenon.tensor<[2, 1] f32>
  return
}

// -----

func.func @reduce_c3(%x: !tenon.tensor<[2, 4] i64>) {
  // expected-error@+1 {{C3: mean of 'i64'}}
  %y = tenon.reduce mean %x over [1] : !tenon.tensor<[2, 4] i64> -> !tenon.tensor<[2] i64>
  return
}

// -----

//===----------------------------------------------------------------------===//
// contract
//===----------------------------------------------------------------------===//

func.func @contract_c1_count(%x: !tenon.tensor<[2, 4] f32>) {
  // expected-error@+1 {{C1: indices of rhs; expected 2, got 1}}
  %y = tenon.contract %x[a, b], %x[b] -> [a] : !tenon.tensor<[2, 4] f32>, !tenon.tensor<[2, 4] f32> -> !tenon.tensor<[2] f32>
  return
}

// -----

func.func @contract_c1_twice(%x: !tenon.tensor<[4, 4] f32>) {
  // expected-error@+1 {{C1: an index occurs twice in lhs}}
  %y = tenon.contract %x[a, a], %x[a, b] -> [b] : !tenon.tensor<[4, 4] f32>, !tenon.tensor<[4, 4] f32> -> !tenon.tensor<[4] f32>
  return
}

// -----

func.func @contract_c2(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 5] f32>) {
  // expected-error@+1 {{C2: index 'b' of rhs; expected 4, got 5}}
  %y = tenon.contract %x[a, b], %w[c, b] -> [a, c] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 5] f32> -> !tenon.tensor<[B, 8] f32>
  return
}

// -----

func.func @contract_c2_result(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>) {
  // expected-error@+1 {{C2: index 'a' of result; expected B, got N}}
  %y = tenon.contract %x[a, b], %w[c, b] -> [a, c] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[N, 8] f32>
  return
}

// -----

func.func @contract_c3(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{C3: a result index occurs in no operand}}
  %y = tenon.contract %x[a], %x[a] -> [b] : !tenon.tensor<[4] f32>, !tenon.tensor<[4] f32> -> !tenon.tensor<[4] f32>
  return
}

// -----

func.func @contract_c4(%x: !tenon.tensor<[2, 4] f32>, %y: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{C4: index 'a' is summed but occurs in one operand only}}
  %z = tenon.contract %x[a, b], %y[b] -> [b] : !tenon.tensor<[2, 4] f32>, !tenon.tensor<[4] f32> -> !tenon.tensor<[4] f32>
  return
}

// -----

func.func @contract_c5(%x: !tenon.tensor<[4] f32>, %y: !tenon.tensor<[4] i32>) {
  // expected-error@+1 {{C5: element types 'f32', 'i32' and 'f32'; expected one floating type}}
  %z = tenon.contract %x[a], %y[a] -> [] : !tenon.tensor<[4] f32>, !tenon.tensor<[4] i32> -> !tenon.tensor<[] f32>
  return
}

// -----

func.func @sums_c1_none(%x: !tenon.tensor<[B, 3] f32>, %y: !tenon.tensor<[4] f32>, %i: !tenon.tensor<[B, 3] i32>) {
  // expected-error@+1 {{C1: no operand}}
  %s = tenon.sums over [0] () : () -> !tenon.tensor<[3, 1] f32> {
    %a = arith.constant 1.0 : f32
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @sums_c1_shape(%x: !tenon.tensor<[B, 3] f32>, %y: !tenon.tensor<[4] f32>, %i: !tenon.tensor<[B, 3] i32>) {
  // expected-error@+1 {{C1: operand 1; expected a shape that repeats to [B, 3], got [4]}}
  %s = tenon.sums over [0] (%a = %x, %b = %y) : (!tenon.tensor<[B, 3] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[3, 1] f32> {
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @sums_c2(%x: !tenon.tensor<[B, 3] f32>, %y: !tenon.tensor<[4] f32>, %i: !tenon.tensor<[B, 3] i32>) {
  // expected-error@+1 {{C2: axes must ascend within rank 2}}
  %s = tenon.sums over [1, 0] (%a = %x) : (!tenon.tensor<[B, 3] f32>) -> !tenon.tensor<[3, 1] f32> {
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @sums_c3(%x: !tenon.tensor<[B, 3] f32>, %y: !tenon.tensor<[4] f32>, %i: !tenon.tensor<[B, 3] i32>) {
  // expected-error@+1 {{C3: region arguments; expected 1, got 2}}
  %s = "tenon.sums"(%x) <{axes = array<i64: 0>}> ({
  ^bb0(%a: f32, %b: f32):
    tenon.yield %a : f32
  }) : (!tenon.tensor<[B, 3] f32>) -> !tenon.tensor<[3, 1] f32>
  return
}

// -----

func.func @sums_c3_type(%x: !tenon.tensor<[B, 3] f32>, %y: !tenon.tensor<[4] f32>, %i: !tenon.tensor<[B, 3] i32>) {
  // expected-error@+1 {{C3: region argument 0; expected 'f32', got 'i32'}}
  %s = "tenon.sums"(%x) <{axes = array<i64: 0>}> ({
  ^bb0(%a: i32):
    %c = arith.sitofp %a : i32 to f32
    tenon.yield %c : f32
  }) : (!tenon.tensor<[B, 3] f32>) -> !tenon.tensor<[3, 1] f32>
  return
}

// -----

func.func @sums_c4(%x: !tenon.tensor<[B, 3] f32>, %y: !tenon.tensor<[4] f32>, %i: !tenon.tensor<[B, 3] i32>) {
  // expected-error@+1 {{C4: the region must yield f32, one value or more}}
  %s = tenon.sums over [0] (%a = %i) : (!tenon.tensor<[B, 3] i32>) -> !tenon.tensor<[3, 1] f32> {
    tenon.yield %a : i32
  }
  return
}

// -----

func.func @sums_c6(%x: !tenon.tensor<[B, 3] f32>, %y: !tenon.tensor<[4] f32>, %i: !tenon.tensor<[B, 3] i32>) {
  // expected-error@+1 {{C6: result; expected '!tenon.tensor<[3, 1] f32>', got '!tenon.tensor<[3] f32>'}}
  %s = tenon.sums over [0] (%a = %x) : (!tenon.tensor<[B, 3] f32>) -> !tenon.tensor<[3] f32> {
    tenon.yield %a : f32
  }
  return
}
