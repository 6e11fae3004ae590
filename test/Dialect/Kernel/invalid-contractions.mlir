// RUN: tenon-opt %s -split-input-file -verify-diagnostics

// One case per constraint of kernel.contract and kernel.window.

func.func @contract_c1_no_rows(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C1: 0 dimensions of role 'rows'; expected at least 1}}
  %y = kernel.contract [batch m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c1_two_cols(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C1: 2 dimensions of role 'cols'; expected 1}}
  %y = kernel.contract [rows m: B, cols n: 8, cols p: 1, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c1_no_sum(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C1: 0 dimensions of role 'sum'; expected 1}}
  %y = kernel.contract [rows m: B, cols n: 8, rows k: 4] (%x[4*m + k], %w[4*n]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c1_role(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C1: a dimension of role 'keys'}}
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4, keys j: 2] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c2_no_rhs(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C2: expected lhs and rhs}}
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c2_lhs_type(%x: !tenon.tensor<[B, 4] f64>, %w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{K4: the region takes ('f32'); expected ('f64')}}
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f64>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c2_rhs_type(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] i32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C2: operand 1 of type '!tenon.tensor<[8, 4] i32>'; expected factors of f32, or all of bf16}}
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] i32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c2_destination_type(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[B, 8] i1>) {
  // expected-error@+1 {{C2: destination of type '!tenon.tensor<[B, 8] i1>'; expected f32 or bf16}}
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] i1> {
  ^bb0(%a: f32):
    %c = arith.constant true
    tenon.yield %c : i1
  }
  return
}

// -----

func.func @contract_c2_lhs_varies(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C2: operand 0 varies with 'n' of role 'cols'}}
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k + n], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c2_rhs_varies(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C2: operand 1 varies with 'm' of role 'rows'}}
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k + m]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c2_input_varies(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %c: !tenon.tensor<[4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C2: operand 2 varies with 'k' of role 'sum'}}
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k], %c[k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32, %b: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c2_destination_varies(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C2: operand 2 varies with 'k' of role 'sum'}}
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n + k]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c3(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C3: operand 0 has coefficient B along 'k'; expected 1}}
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[m + B*k], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c4_panel(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C4: panel of 0 columns; expected 1 or more}}
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[0]) -> %o[8*m + n] {panel = 0 : i64}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c4_packed_cols(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C4: operand 1 varies with 'n' of role 'cols'}}
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n] {panel = 64 : i64}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c4_packed_sum(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C4: operand 1 varies with 'k' of role 'sum'}}
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[64*k]) -> %o[8*m + n] {panel = 64 : i64}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @window_c1(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 3] f32>, %o: !tenon.tensor<[B, 8, 4] f32>) {
  // expected-error@+1 {{C1: 0 dimensions of role 'sum'; expected at least 1}}
  %y = kernel.window [rows m: B, rows p: 4, cols n: 8, rows t: 3] (%x[4*m + p + t - 1], %w[3*n]) -> %o[32*m + 4*n + p] {bounds = array<i64: 1, 3, 1, 1, 1, 4>}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 3] f32>) -> !tenon.tensor<[B, 8, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @window_c2(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 3] f32>, %o: !tenon.tensor<[B, 8, 4] f32>) {
  // expected-error@+1 {{C2: operand 1 varies with 'p' of role 'rows'}}
  %y = kernel.window [rows m: B, rows p: 4, cols n: 8, sum t: 3] (%x[4*m + p + t - 1], %w[3*n + t + p]) -> %o[32*m + 4*n + p] {bounds = array<i64: 1, 3, 1, 1, 1, 4>}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 3] f32>) -> !tenon.tensor<[B, 8, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @window_c3_count(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 3] f32>, %o: !tenon.tensor<[B, 8, 4] f32>) {
  // expected-error@+1 {{C3: 5 bounds; expected six per axis}}
  %y = kernel.window [rows m: B, rows p: 4, cols n: 8, sum t: 3] (%x[4*m + p + t - 1], %w[3*n + t]) -> %o[32*m + 4*n + p] {bounds = array<i64: 1, 3, 1, 1, 1>}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 3] f32>) -> !tenon.tensor<[B, 8, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @window_c3_roles(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 3] f32>, %o: !tenon.tensor<[B, 8, 4] f32>) {
  // expected-error@+1 {{C3: bounds 0 must name a dimension of rows and one of sum}}
  %y = kernel.window [rows m: B, rows p: 4, cols n: 8, sum t: 3] (%x[4*m + p + t - 1], %w[3*n + t]) -> %o[32*m + 4*n + p] {bounds = array<i64: 3, 1, 1, 1, 1, 4>}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 3] f32>) -> !tenon.tensor<[B, 8, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @window_c3_range(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 3] f32>, %o: !tenon.tensor<[B, 8, 4] f32>) {
  // expected-error@+1 {{C3: bounds 0 must name a dimension of rows and one of sum}}
  %y = kernel.window [rows m: B, rows p: 4, cols n: 8, sum t: 3] (%x[4*m + p + t - 1], %w[3*n + t]) -> %o[32*m + 4*n + p] {bounds = array<i64: 1, 4, 1, 1, 1, 4>}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 3] f32>) -> !tenon.tensor<[B, 8, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @window_c3_values(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 3] f32>, %o: !tenon.tensor<[B, 8, 4] f32>) {
  // expected-error@+1 {{C3: bounds 0: stride and dilation are 1 or more, pad and extent 0 or more}}
  %y = kernel.window [rows m: B, rows p: 4, cols n: 8, sum t: 3] (%x[4*m + p + t - 1], %w[3*n + t]) -> %o[32*m + 4*n + p] {bounds = array<i64: 1, 3, 0, 1, 1, 4>}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 3] f32>) -> !tenon.tensor<[B, 8, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @window_c4(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 3] f32>, %o: !tenon.tensor<[B, 8, 4] f32>) {
  // expected-error@+1 {{C4: operand 1 varies with 'n' of role 'cols'}}
  %y = kernel.window [rows m: B, rows p: 4, cols n: 8, sum t: 3] (%x[4*m + p + t - 1], %w[3*n + t]) -> %o[32*m + 4*n + p] {bounds = array<i64: 1, 3, 1, 1, 1, 4>, panel = 64 : i64}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 3] f32>) -> !tenon.tensor<[B, 8, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c5_no_rows_of_groups(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[3, 8, 4] f32>, %t: !tenon.tensor<[B + 4] i32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C5: expected lhs, rhs and the rows of each group}}
  %y = kernel.contract [groups g: 3, rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[32*g + 4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[3, 8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c5_dynamic(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[3, 8, 4] f32>, %t: !tenon.tensor<[B + 4] i32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C5: the size of 'groups' must be constant}}
  %y = kernel.contract [groups g: G, rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[32*g + 4*n + k], %t[m + 4]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[3, 8, 4] f32>, !tenon.tensor<[B + 4] i32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c5_floats(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[3, 8, 4] f32>, %t: !tenon.tensor<[B] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C5: third input of type '!tenon.tensor<[B] f32>'; expected integers}}
  %y = kernel.contract [groups g: 3, rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[32*g + 4*n + k], %t[m]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[3, 8, 4] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c5_lhs_by_group(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[3, 8, 4] f32>, %t: !tenon.tensor<[B + 4] i32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C5: operand 0 varies with 'g' of role 'groups'}}
  %y = kernel.contract [groups g: 3, rows m: B, cols n: 8, sum k: 4] (%x[4*m + k + g], %w[32*g + 4*n + k], %t[m + 4]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[3, 8, 4] f32>, !tenon.tensor<[B + 4] i32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c5_rows_by_column(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[3, 8, 4] f32>, %t: !tenon.tensor<[B + 4] i32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C5: operand 2 varies with 'n' of role 'cols'}}
  %y = kernel.contract [groups g: 3, rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[32*g + 4*n + k], %t[m + n]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[3, 8, 4] f32>, !tenon.tensor<[B + 4] i32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c5_rhs_of_grouped_sums(%x: !tenon.tensor<[8, B] f32>, %w: !tenon.tensor<[3, B, 4] f32>, %t: !tenon.tensor<[B + 4] i32>, %o: !tenon.tensor<[3, 8, 4] f32>) {
  // expected-error@+1 {{C5: operand 1 varies with 'g' of role 'groups'}}
  %y = kernel.contract [groups g: 3, rows m: 8, cols n: 4, sum k: B] (%x[B*m + k], %w[4*B*g + 4*k + n], %t[0]) -> %o[32*g + 4*m + n]
      : (!tenon.tensor<[8, B] f32>, !tenon.tensor<[3, B, 4] f32>, !tenon.tensor<[B + 4] i32>) -> !tenon.tensor<[3, 8, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c5_rows_of_grouped_sums(%x: !tenon.tensor<[8, B] f32>, %w: !tenon.tensor<[B, 4] f32>, %t: !tenon.tensor<[B + 4] i32>, %o: !tenon.tensor<[3, 8, 4] f32>) {
  // expected-error@+1 {{C5: operand 2 varies with 'm' of role 'rows'}}
  %y = kernel.contract [groups g: 3, rows m: 8, cols n: 4, sum k: B] (%x[B*m + k], %w[4*k + n], %t[m]) -> %o[32*g + 4*m + n]
      : (!tenon.tensor<[8, B] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B + 4] i32>) -> !tenon.tensor<[3, 8, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c1_two_groups(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[3, 8, 4] f32>, %t: !tenon.tensor<[B + 4] i32>, %o: !tenon.tensor<[B, 8] f32>) {
  // expected-error@+1 {{C1: 2 dimensions of role 'groups'}}
  %y = kernel.contract [groups g: 3, groups h: 1, rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[32*g + 4*n + k], %t[m + 4]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[3, 8, 4] f32>, !tenon.tensor<[B + 4] i32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c6_sums(%x: !tenon.tensor<[B, 8] f32>, %w: !tenon.tensor<[5, 16] f32>, %o: !tenon.tensor<[B, 5] f32>) {
  // expected-error@+1 {{C6: expected three 'sum' dimensions of constant sizes: chunks, terms, elements}}
  %y = kernel.contract [rows m: B, cols n: 5, sum k: 2, sum i: 4] (%x[8*m + i], %w[8*n + 4*k + i]) -> %o[5*m + n]
      : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[5, 16] f32>) -> !tenon.tensor<[B, 5] f32> prologue {
  ^bb0(%e: f32):
    tenon.yield %e, %e : f32, f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c5_prologue_of_grouped_sums(%x: !tenon.tensor<[B, 8] f32>, %w: !tenon.tensor<[5, 16] f32>, %t: !tenon.tensor<[20] i32>, %o: !tenon.tensor<[3, B, 5] f32>) {
  // expected-error@+1 {{C5: with a prologue the destination must not vary with 'groups'}}
  %y = kernel.contract [groups g: 3, rows m: B, cols n: 5, sum c: 2, sum k: 2, sum i: 4] (%x[8*m + 4*c + i], %w[16*n + 8*c + 4*k + i], %t[0]) -> %o[5*B*g + 5*m + n]
      : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[5, 16] f32>, !tenon.tensor<[20] i32>) -> !tenon.tensor<[3, B, 5] f32> prologue {
  ^bb0(%e: f32):
    tenon.yield %e, %e : f32, f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c6_dynamic(%x: !tenon.tensor<[B, 8] f32>, %w: !tenon.tensor<[5, 16] f32>, %o: !tenon.tensor<[B, 5] f32>) {
  // expected-error@+1 {{C6: expected three 'sum' dimensions of constant sizes: chunks, terms, elements}}
  %y = kernel.contract [rows m: B, cols n: 5, sum c: N, sum k: 2, sum i: 4] (%x[8*m + 4*c + i], %w[16*n + 8*c + 4*k + i]) -> %o[5*m + n]
      : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[5, 16] f32>) -> !tenon.tensor<[B, 5] f32> prologue {
  ^bb0(%e: f32):
    tenon.yield %e, %e : f32, f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c6_yields(%x: !tenon.tensor<[B, 8] f32>, %w: !tenon.tensor<[5, 16] f32>, %o: !tenon.tensor<[B, 5] f32>) {
  // expected-error@+1 {{C6: the prologue must yield 2 values}}
  %y = kernel.contract [rows m: B, cols n: 5, sum c: 2, sum k: 2, sum i: 4] (%x[8*m + 4*c + i], %w[16*n + 8*c + 4*k + i]) -> %o[5*m + n]
      : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[5, 16] f32>) -> !tenon.tensor<[B, 5] f32> prologue {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c6_chunk(%x: !tenon.tensor<[B, 4100] f32>, %w: !tenon.tensor<[5, 8200] f32>, %o: !tenon.tensor<[B, 5] f32>) {
  // expected-error@+1 {{C6: chunks of 4100 terms; expected at most 4096}}
  %y = kernel.contract [rows m: B, cols n: 5, sum c: 2, sum k: 2, sum i: 2050] (%x[4100*m + 2050*c + i], %w[8200*n + 4100*c + 2050*k + i]) -> %o[5*m + n]
      : (!tenon.tensor<[B, 4100] f32>, !tenon.tensor<[5, 8200] f32>) -> !tenon.tensor<[B, 5] f32> prologue {
  ^bb0(%e: f32):
    tenon.yield %e, %e : f32, f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c6_inputs(%x: !tenon.tensor<[B, 8] f32>, %w: !tenon.tensor<[5, 16] f32>, %o: !tenon.tensor<[B, 5] f32>) {
  // expected-error@+1 {{C6: expected 2 inputs that the lhs is made of}}
  %y = kernel.contract [rows m: B, cols n: 5, sum c: 2, sum k: 2, sum i: 4] (%x[8*m + 4*c + i], %w[16*n + 8*c + 4*k + i]) -> %o[5*m + n]
      : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[5, 16] f32>) -> !tenon.tensor<[B, 5] f32> prologue {
  ^bb0(%e: f32, %f: f32):
    tenon.yield %e, %e : f32, f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c6_types(%x: !tenon.tensor<[B, 8] f32>, %w: !tenon.tensor<[5, 16] f32>, %o: !tenon.tensor<[B, 5] f32>) {
  // expected-error@+1 {{C6: the prologue takes and yields f32}}
  %y = kernel.contract [rows m: B, cols n: 5, sum c: 2, sum k: 2, sum i: 4] (%x[8*m + 4*c + i], %w[16*n + 8*c + 4*k + i]) -> %o[5*m + n]
      : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[5, 16] f32>) -> !tenon.tensor<[B, 5] f32> prologue {
  ^bb0(%e: f64):
    %c = arith.constant 1.0 : f32
    tenon.yield %c, %c : f32, f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c6_varies(%x: !tenon.tensor<[B, 8] f32>, %w: !tenon.tensor<[5, 16] f32>, %o: !tenon.tensor<[B, 5] f32>) {
  // expected-error@+1 {{C6: input 0 varies with the terms}}
  %y = kernel.contract [rows m: B, cols n: 5, sum c: 2, sum k: 2, sum i: 4] (%x[8*m + 4*c + i + k], %w[16*n + 8*c + 4*k + i]) -> %o[5*m + n]
      : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[5, 16] f32>) -> !tenon.tensor<[B, 5] f32> prologue {
  ^bb0(%e: f32):
    tenon.yield %e, %e : f32, f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c6_columns(%x: !tenon.tensor<[B, 8] f32>, %w: !tenon.tensor<[5, 16] f32>, %o: !tenon.tensor<[B, 5] f32>) {
  // expected-error@+1 {{C2: operand 0 varies with 'n' of role 'cols'}}
  %y = kernel.contract [rows m: B, cols n: 5, sum c: 2, sum k: 2, sum i: 4] (%x[8*m + 4*c + i + n], %w[16*n + 8*c + 4*k + i]) -> %o[5*m + n]
      : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[5, 16] f32>) -> !tenon.tensor<[B, 5] f32> prologue {
  ^bb0(%e: f32):
    tenon.yield %e, %e : f32, f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @one_narrow_factor(%x: !tenon.tensor<[4, 8] bf16>, %w: !tenon.tensor<[8, 8] f32>, %o: !tenon.tensor<[4, 8] f32>) -> !tenon.tensor<[4, 8] f32> {
  // expected-error@+1 {{C2: operand 1 of type '!tenon.tensor<[8, 8] f32>'; expected factors of f32, or all of bf16}}
  %y = kernel.contract [rows m: 4, cols n: 8, sum k: 8] (%x[8*m + k], %w[8*n + k]) -> %o[8*m + n] : (!tenon.tensor<[4, 8] bf16>, !tenon.tensor<[8, 8] f32>) -> !tenon.tensor<[4, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[4, 8] f32>
}
