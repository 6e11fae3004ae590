// RUN: tenon-opt %s -split-input-file -verify-diagnostics

// The constraints K1 to K5, which all kernel ops share, here on kernel.rows.

func.func @k1_count(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K1: 1 accesses; expected 2}}
  %y = "kernel.rows"(%x, %o) <{domain = [#kernel.dim<rows m : B>], accesses = [#kernel.access<0 [4]>]}> ({
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }) : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @k1_coefficients(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K1: access 1 has 2 coefficients; expected 1}}
  %y = "kernel.rows"(%x, %o) <{domain = [#kernel.dim<rows m : B>], accesses = [#kernel.access<0 [4]>, #kernel.access<0 [4, 1]>]}> ({
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }) : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @k1_domain(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K1: expected a domain of dimensions and accesses}}
  %y = "kernel.rows"(%x, %o) <{domain = [1 : i64], accesses = [#kernel.access<0 [4]>, #kernel.access<0 [4]>]}> ({
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }) : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @k1_access(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K1: expected a domain of dimensions and accesses}}
  %y = "kernel.rows"(%x, %o) <{domain = [#kernel.dim<rows m : B>], accesses = [#kernel.access<0 [4]>, "m"]}> ({
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }) : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @k2(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K2: result of type '!tenon.tensor<[4, B] f32>'; expected '!tenon.tensor<[B, 4] f32>'}}
  %y = "kernel.rows"(%x, %o) <{domain = [#kernel.dim<rows m : B>], accesses = [#kernel.access<0 [4]>, #kernel.access<0 [4]>]}> ({
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }) : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[4, B] f32>
  return
}

// -----

func.func @k3_twice(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K3: two dimensions are named 'm'}}
  %y = kernel.rows [rows m: B, rows m: 4] (%x[4*m]) -> %o[4*m]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @k3_size(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K3: a dimension has the name of the size 'B'}}
  %y = kernel.rows [rows B: B] (%x[4*B]) -> %o[4*B]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @k3_size_of_coefficient(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K3: a dimension has the name of the size 'm'}}
  %y = "kernel.rows"(%x, %o) <{domain = [#kernel.dim<rows m : B>], accesses = [#kernel.access<0 [m]>, #kernel.access<0 [4]>]}> ({
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }) : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @k3_size_of_offset(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K3: a dimension has the name of the size 'm'}}
  %y = "kernel.rows"(%x, %o) <{domain = [#kernel.dim<rows m : B>], accesses = [#kernel.access<m - 1 [4]>, #kernel.access<0 [4]>]}> ({
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }) : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @k4_arguments(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K4: the region takes ('f32', 'f32'); expected ('f32')}}
  %y = kernel.rows [rows m: B, rows n: 4] (%x[4*m + n]) -> %o[4*m + n]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32, %b: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @k4_element(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K4: the region takes ('i32'); expected ('f32')}}
  %y = kernel.rows [rows m: B, rows n: 4] (%x[4*m + n]) -> %o[4*m + n]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: i32):
    %f = arith.sitofp %a : i32 to f32
    tenon.yield %f : f32
  }
  return
}

// -----

func.func @k4_yield_type(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K4: the region must yield one 'f32'}}
  %y = kernel.rows [rows m: B, rows n: 4] (%x[4*m + n]) -> %o[4*m + n]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    %c = arith.constant true
    tenon.yield %c : i1
  }
  return
}

// -----

func.func @k4_yield_count(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K4: the region must yield one 'f32'}}
  %y = kernel.rows [rows m: B, rows n: 4] (%x[4*m + n]) -> %o[4*m + n]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a, %a : f32, f32
  }
  return
}

// -----

func.func @k4_empty(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{expects a non-empty block}}
  %y = kernel.rows [rows m: B, rows n: 4] (%x[4*m + n]) -> %o[4*m + n]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
  }
  return
}

// -----

func.func @k5_tensor(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K5: 'tenon.constant' is not a scalar op without side effects}}
  %y = kernel.rows [rows m: B, rows n: 4] (%x[4*m + n]) -> %o[4*m + n]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    %c = tenon.constant 1.0 : f32 -> !tenon.tensor<[] f32>
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @k5_effect(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K5: 'kernel.empty' is not a scalar op without side effects}}
  %y = kernel.rows [rows m: B, rows n: 4] (%x[4*m + n]) -> %o[4*m + n]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    %c = kernel.empty : !tenon.tensor<[] f32>
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @k5_position(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{K5: position along dimension 2; expected one of 2}}
  %y = kernel.rows [rows m: B, rows n: 4] (%x[4*m + n]) -> %o[4*m + n]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    %p = kernel.position 2
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @access_of_two_dimensions(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{access is not linear in the dimensions}}
  %y = kernel.rows [rows m: B, rows n: 4] (%x[m*n]) -> %o[4*m + n] : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @access_of_a_square(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{access is not linear in the dimensions}}
  %y = kernel.rows [rows m: B, rows n: 4] (%x[m*m]) -> %o[4*m + n] : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @unknown_role(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{unknown role 'lines'}}
  %y = kernel.rows [lines m: B] (%x[4*m]) -> %o[4*m] : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @reduce_outside_rows(%x: f32) {
  // expected-error@+1 {{expects parent op 'kernel.rows'}}
  %y = kernel.reduce sum %x : f32
  return
}
