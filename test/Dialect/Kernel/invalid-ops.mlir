// RUN: tenon-opt %s -split-input-file -verify-diagnostics

// One case per constraint of kernel.attend, attend_gradient, attend_statistics, rows, sums, index, scatter, put, partition, scan, argsort and pack.

func.func @attend_c1_role(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C1: a dimension of role 'sum'}}
  %y = kernel.attend [sum b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c1_count(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C1: 2 dimensions of role 'keys'; expected 1}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, keys l: 2, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c2_inputs(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C2: expected q, k, v and 1 score inputs}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 1 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c2_negative_inputs(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C2: expected q, k, v and}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = -1 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c2_query(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C2: operand 0 varies with 'j' of role 'keys'}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d + j], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c2_key(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C2: operand 1 varies with 'i' of role 'queries'}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*i + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c2_value(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C2: operand 2 varies with 'd' of role 'depth'}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + d]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c2_score_input(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %s: !tenon.tensor<[8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C2: operand 3 varies with 'e' of role 'values'}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e], %s[e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 1 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, N, 8] f32> score {
  ^bb0(%a: f32, %b: f32):
    tenon.yield %a : f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c2_epilogue_input(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %s: !tenon.tensor<[N] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C2: operand 3 varies with 'j' of role 'keys'}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e], %s[j]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[N] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32, %b: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c2_type(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] i32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C2: operand 1 of type '!tenon.tensor<[B, N, 8] i32>'; expected factors of f32, or all of bf16}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] i32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c3_arguments(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %m: !tenon.tensor<[B, N] i1>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C3: the score region must take ('f32', 'i1') and yield one f32}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e], %m[N*b + j]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 1 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N] i1>) -> !tenon.tensor<[B, N, 8] f32> score {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c3_yield(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C3: the score region must take ('f32') and yield one f32}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> score {
  ^bb0(%a: f32):
    %c = arith.constant true
    tenon.yield %c : i1
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c6(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, M, 8] f32>, %v: !tenon.tensor<[B, M, 8] f32>, %m: !tenon.tensor<[B, M] i1>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C6: hidden queries are those of a key mask over as many keys, without score region or 'causal'}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: M, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*M*b + 8*j + d], %v[8*M*b + 8*j + e], %m[M*b + j]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 1 : i64, keyMask, skipsHidden}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, M, 8] f32>, !tenon.tensor<[B, M, 8] f32>, !tenon.tensor<[B, M] i1>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c7_mask(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, M, 8] f32>, %v: !tenon.tensor<[B, M, 8] f32>, %m: !tenon.tensor<[B, M] i1>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C7: strict together with hidden keys}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: M, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*M*b + 8*j + d], %v[8*M*b + 8*j + e], %m[M*b + j]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 1 : i64, keyMask, strict}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, M, 8] f32>, !tenon.tensor<[B, M, 8] f32>, !tenon.tensor<[B, M] i1>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c7_causal(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C7: strict together with hidden keys}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64, causal, strict}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c5_no_mask(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C5: the key mask is the last score input, and there is none}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64, keyMask}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c5_type(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %m: !tenon.tensor<[B, N] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C5: a key mask of 'f32'; expected i1}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e], %m[N*b + j]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 1 : i64, keyMask}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c5_queries(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %m: !tenon.tensor<[B, N] i1>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C5: operand 3 varies with 'i' of role 'queries'}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e], %m[N*b + i + j]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 1 : i64, keyMask}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N] i1>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c4_depth(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C4: the size of 'depth' must be constant}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: N, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c4_values(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C4: the size of 'values' must be constant}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: N] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c4_query(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C4: operand 0 has coefficient N along 'd'; expected 1}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + i + N*d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c4_value(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C4: operand 2 has coefficient N along 'e'; expected 1}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + j + N*e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_c4_destination(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{C4: operand 3 has coefficient N along 'e'; expected 1}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + i + N*e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_k5_score(%q: !tenon.tensor<[B, N, 8] f32>, %k: !tenon.tensor<[B, N, 8] f32>, %v: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>) {
  // expected-error@+1 {{K5: 'kernel.empty' is not a scalar op without side effects}}
  %y = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*N*b + 8*i + d], %k[8*N*b + 8*j + d], %v[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> score {
  ^bb0(%a: f32):
    %t = kernel.empty : !tenon.tensor<[] f32>
    tenon.yield %a : f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_gradient_c8_missing(%x: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[24*B*N] f32>) {
  // expected-error@+1 {{C8: expected statistics behind the score inputs}}
  %y = kernel.attend_gradient [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%x[8*N*b + 8*i + d], %x[8*N*b + 8*j + d], %x[8*N*b + 8*j + e], %x[8*N*b + 8*i + e]) -> %o[0] {scale = 1.0 : f64, scoreInputs = 0 : i64, statistics}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[24*B*N] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_gradient_c8_values(%x: !tenon.tensor<[B, N, 8] f32>, %s: !tenon.tensor<[B, N, 3] f32>, %o: !tenon.tensor<[24*B*N] f32>) {
  // expected-error@+1 {{C8: operand 4 varies with 'e' of role 'values'}}
  %y = kernel.attend_gradient [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%x[8*N*b + 8*i + d], %x[8*N*b + 8*j + d], %x[8*N*b + 8*j + e], %x[8*N*b + 8*i + e], %s[3*N*b + 3*i + e]) -> %o[0] {scale = 1.0 : f64, scoreInputs = 0 : i64, statistics}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 3] f32>) -> !tenon.tensor<[24*B*N] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_statistics_c6(%x: !tenon.tensor<[B, N, 8] f32>, %s: !tenon.tensor<[B, N, 3] f32>) {
  // expected-error@+1 {{C6: operand 4 varies with 'e' of role 'values'}}
  %y = kernel.attend_statistics [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%x[8*N*b + 8*i + d], %x[8*N*b + 8*j + d], %x[8*N*b + 8*j + e], %x[8*N*b + 8*i + e]) -> %s[3*N*b + 3*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 3] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_statistics_c2(%x: !tenon.tensor<[B, N, 8] f32>, %s: !tenon.tensor<[B, N, 3] f32>) {
  // expected-error@+1 {{C2: operand 4 varies with 'j' of role 'keys'}}
  %y = kernel.attend_statistics [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%x[8*N*b + 8*i + d], %x[8*N*b + 8*j + d], %x[8*N*b + 8*j + e], %x[8*N*b + 8*i + e]) -> %s[3*N*b + 3*i + j] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 3] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_gradient_c1(%x: !tenon.tensor<[B, N, 8] f32>, %m: !tenon.tensor<[B, N] i1>, %o: !tenon.tensor<[24*B*N] f32>) {
  // expected-error@+1 {{C1: 2 dimensions of role 'depth'; expected 1}}
  %y = kernel.attend_gradient [batch b: B, queries i: N, keys j: N, depth d: 8, depth e: 8] (%x[8*N*b + 8*i + d], %x[8*N*b + 8*j + d], %x[8*N*b + 8*j + e], %x[8*N*b + 8*i + e]) -> %o[0] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[24*B*N] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_gradient_c2_inputs(%x: !tenon.tensor<[B, N, 8] f32>, %m: !tenon.tensor<[B, N] i1>, %o: !tenon.tensor<[24*B*N] f32>) {
  // expected-error@+1 {{C2: expected q, k, v, dy and 2 score inputs}}
  %y = kernel.attend_gradient [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%x[8*N*b + 8*i + d], %x[8*N*b + 8*j + d], %x[8*N*b + 8*j + e], %x[8*N*b + 8*i + e]) -> %o[0] {scale = 1.0 : f64, scoreInputs = 2 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[24*B*N] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_gradient_c2_gradient(%x: !tenon.tensor<[B, N, 8] f32>, %m: !tenon.tensor<[B, N] i1>, %o: !tenon.tensor<[24*B*N] f32>) {
  // expected-error@+1 {{C2: operand 3 varies with 'j' of role 'keys'}}
  %y = kernel.attend_gradient [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%x[8*N*b + 8*i + d], %x[8*N*b + 8*j + d], %x[8*N*b + 8*j + e], %x[8*N*b + 8*j + e]) -> %o[0] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[24*B*N] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_gradient_c4(%x: !tenon.tensor<[B, N, 8] f32>, %m: !tenon.tensor<[B, N] i1>, %o: !tenon.tensor<[24*B*N] f32>) {
  // expected-error@+1 {{C4: operand 3 has coefficient 2 along 'e'; expected 1}}
  %y = kernel.attend_gradient [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%x[8*N*b + 8*i + d], %x[8*N*b + 8*j + d], %x[8*N*b + 8*j + e], %x[8*N*b + 8*i + 2*e]) -> %o[0] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[24*B*N] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_gradient_c5(%x: !tenon.tensor<[B, N, 8] f32>, %m: !tenon.tensor<[B, N] f32>, %o: !tenon.tensor<[24*B*N] f32>) {
  // expected-error@+1 {{C5: a key mask of 'f32'; expected i1}}
  %y = kernel.attend_gradient [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%x[8*N*b + 8*i + d], %x[8*N*b + 8*j + d], %x[8*N*b + 8*j + e], %x[8*N*b + 8*i + e], %m[N*b + j]) -> %o[0] {scale = 1.0 : f64, scoreInputs = 1 : i64, keyMask}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N] f32>) -> !tenon.tensor<[24*B*N] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_gradient_c6(%x: !tenon.tensor<[B, N, 8] f32>, %m: !tenon.tensor<[B, N] i1>, %o: !tenon.tensor<[24*B*N] f32>) {
  // expected-error@+1 {{C6: operand 4 varies with 'b' of role 'batch'}}
  %y = kernel.attend_gradient [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%x[8*N*b + 8*i + d], %x[8*N*b + 8*j + d], %x[8*N*b + 8*j + e], %x[8*N*b + 8*i + e]) -> %o[24*N*b] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[24*B*N] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @attend_gradient_c7(%x: !tenon.tensor<[B, N, 8] f32>, %m: !tenon.tensor<[B, N] i1>, %o: !tenon.tensor<[24*B*N] f32>) {
  // expected-error@+1 {{C7: strict together with hidden keys}}
  %y = kernel.attend_gradient [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8] (%x[8*N*b + 8*i + d], %x[8*N*b + 8*j + d], %x[8*N*b + 8*j + e], %x[8*N*b + 8*i + e]) -> %o[0] {scale = 1.0 : f64, scoreInputs = 0 : i64, causal, strict}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[24*B*N] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @rows_c1(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C1: a dimension of role 'cols'}}
  %y = kernel.rows [rows m: B, cols n: 4] (%x[4*m + n]) -> %o[4*m + n]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @rows_c2_element(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B] f32>) {
  // expected-error@+1 {{C2: one value per row is stored, but it depends on elements}}
  %y = kernel.rows [rows m: B, sum n: 4] (%x[4*m + n]) -> %o[m]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @rows_c2_position(%x: !tenon.tensor<[B, 4] f32>, %o: !tenon.tensor<[B] i64>) {
  // expected-error@+1 {{C2: one value per row is stored, but it depends on elements}}
  %y = kernel.rows [rows m: B, sum n: 4] (%x[4*m + n]) -> %o[m]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B] i64> {
  ^bb0(%a: f32):
    %p = kernel.position 1
    %i = arith.index_cast %p : index to i64
    tenon.yield %i : i64
  }
  return
}

// -----

func.func @index_c1(%table: !tenon.tensor<[10, 4] f32>, %ids: !tenon.tensor<[B] i64>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C1: a dimension of role 'sum'}}
  %y = kernel.index [rows m: B, sum n: 4] (%table[n], %ids[m]) -> %o[4*m + n] {bound = #tenon.size<10>, stride = #tenon.size<4>}
      : (!tenon.tensor<[10, 4] f32>, !tenon.tensor<[B] i64>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @index_c2_inputs(%table: !tenon.tensor<[10, 4] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C2: expected table and ids}}
  %y = kernel.index [rows m: B, cols n: 4] (%table[n]) -> %o[4*m + n] {bound = #tenon.size<10>, stride = #tenon.size<4>}
      : (!tenon.tensor<[10, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @index_c2_type(%table: !tenon.tensor<[10, 4] f32>, %ids: !tenon.tensor<[B] i1>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C2: ids of 'i1'; expected i32 or i64}}
  %y = kernel.index [rows m: B, cols n: 4] (%table[n], %ids[m]) -> %o[4*m + n] {bound = #tenon.size<10>, stride = #tenon.size<4>}
      : (!tenon.tensor<[10, 4] f32>, !tenon.tensor<[B] i1>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @index_c2_ids_vary(%table: !tenon.tensor<[10, 4] f32>, %ids: !tenon.tensor<[B] i64>, %o: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C2: operand 1 varies with 'n' of role 'cols'}}
  %y = kernel.index [rows m: B, cols n: 4] (%table[n], %ids[m + n]) -> %o[4*m + n] {bound = #tenon.size<10>, stride = #tenon.size<4>}
      : (!tenon.tensor<[10, 4] f32>, !tenon.tensor<[B] i64>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @pack_c1_role(%w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[256] f32>) {
  // expected-error@+1 {{C1: a dimension of role 'rows'}}
  %y = kernel.pack [rows m: 2, cols n: 8, sum k: 4] (%w[4*n + k]) -> %o[0] {panel = 64 : i64}
      : (!tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[256] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @pack_c1_count(%w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[256] f32>) {
  // expected-error@+1 {{C1: 2 dimensions of role 'sum'; expected 1}}
  %y = kernel.pack [cols n: 8, sum k: 4, sum l: 1] (%w[4*n + k]) -> %o[0] {panel = 64 : i64}
      : (!tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[256] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @pack_c1_panel(%w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[256] f32>) {
  // expected-error@+1 {{C1: expected a positive panel}}
  %y = kernel.pack [cols n: 8, sum k: 4] (%w[4*n + k]) -> %o[0] {panel = 0 : i64}
      : (!tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[256] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @pack_c2(%w: !tenon.tensor<[8, 4] f32>, %o: !tenon.tensor<[256] f32>) {
  // expected-error@+1 {{C2: operand 1 varies with 'n' of role 'cols'}}
  %y = kernel.pack [cols n: 8, sum k: 4] (%w[4*n + k]) -> %o[n] {panel = 64 : i64}
      : (!tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[256] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @partition_c1(%i: !tenon.tensor<[B] i32>, %o: !tenon.tensor<[B + 4] i32>) {
  // expected-error@+1 {{C1: a dimension of role 'cols'}}
  %y = kernel.partition [cols m: B] (%i[m]) -> %o[0] {groups = 3 : i64} : (!tenon.tensor<[B] i32>) -> !tenon.tensor<[B + 4] i32> {
  ^bb0(%e: i32):
    tenon.yield %e : i32
  }
  return
}

// -----

func.func @partition_c2_groups(%i: !tenon.tensor<[B] i32>, %o: !tenon.tensor<[B + 4] i32>) {
  // expected-error@+1 {{C2: expected one input and a positive number of groups}}
  %y = kernel.partition [rows m: B] (%i[m]) -> %o[0] {groups = 0 : i64} : (!tenon.tensor<[B] i32>) -> !tenon.tensor<[B + 4] i32> {
  ^bb0(%e: i32):
    tenon.yield %e : i32
  }
  return
}

// -----

func.func @partition_c2_ids(%i: !tenon.tensor<[B] f32>, %o: !tenon.tensor<[B + 4] f32>) {
  // expected-error@+1 {{C2: ids of 'f32'; expected i32 or i64}}
  %y = kernel.partition [rows m: B] (%i[m]) -> %o[0] {groups = 3 : i64} : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B + 4] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return
}

// -----

func.func @partition_c3(%i: !tenon.tensor<[B] i32>, %o: !tenon.tensor<[B + 4] i32>) {
  // expected-error@+1 {{C3: operand 1 varies with 'm' of role 'rows'}}
  %y = kernel.partition [rows m: B] (%i[m]) -> %o[m] {groups = 3 : i64} : (!tenon.tensor<[B] i32>) -> !tenon.tensor<[B + 4] i32> {
  ^bb0(%e: i32):
    tenon.yield %e : i32
  }
  return
}

// -----

func.func @scan_c1_role(%x: !tenon.tensor<[B, N] f32>, %o: !tenon.tensor<[B, N] f32>) {
  // expected-error@+1 {{C1: a dimension of role 'rows'}}
  %y = kernel.scan [rows b: B, sum k: N] (%x[N*b + k]) -> %o[N*b + k] : (!tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return
}

// -----

func.func @scan_c1_count(%x: !tenon.tensor<[B] f32>, %o: !tenon.tensor<[B] f32>) {
  // expected-error@+1 {{C1: 0 dimensions of role 'sum'; expected 1}}
  %y = kernel.scan [batch b: B] (%x[b]) -> %o[b] : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return
}

// -----

func.func @scan_c2_inputs(%o: !tenon.tensor<[B] f32>) {
  // expected-error@+1 {{C2: expected an input}}
  %y = kernel.scan [sum k: B] () -> %o[k] : () -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return
}

// -----

func.func @scan_c2_type(%x: !tenon.tensor<[B] i1>, %o: !tenon.tensor<[B] i1>) {
  // expected-error@+1 {{C2: elements of 'i1'; expected f32, i32 or i64}}
  %y = kernel.scan [sum k: B] (%x[k]) -> %o[k] : (!tenon.tensor<[B] i1>) -> !tenon.tensor<[B] i1> {
  ^bb0(%e: i1):
    tenon.yield %e : i1
  }
  return
}

// -----

func.func @argsort_c1_role(%x: !tenon.tensor<[B, N] f32>, %o: !tenon.tensor<[B, N] i64>) {
  // expected-error@+1 {{C1: a dimension of role 'rows'}}
  %y = kernel.argsort [rows b: B, sum k: N] (%x[N*b + k]) -> %o[N*b + k] : (!tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] i64> {
  ^bb0(%e: i64):
    tenon.yield %e : i64
  }
  return
}

// -----

func.func @argsort_c1_count(%x: !tenon.tensor<[B] f32>, %o: !tenon.tensor<[B] i64>) {
  // expected-error@+1 {{C1: 0 dimensions of role 'sum'; expected 1}}
  %y = kernel.argsort [batch b: B] (%x[b]) -> %o[b] : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] i64> {
  ^bb0(%e: i64):
    tenon.yield %e : i64
  }
  return
}

// -----

func.func @argsort_c2_inputs(%o: !tenon.tensor<[B] i64>) {
  // expected-error@+1 {{C2: expected an input}}
  %y = kernel.argsort [sum k: B] () -> %o[k] : () -> !tenon.tensor<[B] i64> {
  ^bb0(%e: i64):
    tenon.yield %e : i64
  }
  return
}

// -----

func.func @argsort_c2_type(%x: !tenon.tensor<[B] i1>, %o: !tenon.tensor<[B] i64>) {
  // expected-error@+1 {{C2: elements of 'i1'; expected f32, i32 or i64}}
  %y = kernel.argsort [sum k: B] (%x[k]) -> %o[k] : (!tenon.tensor<[B] i1>) -> !tenon.tensor<[B] i64> {
  ^bb0(%e: i64):
    tenon.yield %e : i64
  }
  return
}

// -----

func.func @argsort_k4(%x: !tenon.tensor<[B] f32>, %o: !tenon.tensor<[B] f32>) {
  // expected-error@+1 {{K4: the region takes ('f32'); expected ('i64')}}
  %y = kernel.argsort [sum k: B] (%x[k]) -> %o[k] : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return
}

// -----

func.func @sums_c1_none(%x: !tenon.tensor<[3, N] f32>, %o: !tenon.tensor<[3, 1] f32>) {
  // expected-error@+1 {{C1: 0 dimensions of role 'sum'; expected at least 1}}
  %y = kernel.sums [rows g: 3, rows n: N] (%x[N*g + n]) -> %o[g] : (!tenon.tensor<[3, N] f32>) -> !tenon.tensor<[3, 1] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @sums_c1_role(%x: !tenon.tensor<[3, N] f32>, %o: !tenon.tensor<[3, 1] f32>) {
  // expected-error@+1 {{C1: a dimension of role 'cols'}}
  %y = kernel.sums [cols g: 3, sum n: N] (%x[N*g + n]) -> %o[g] : (!tenon.tensor<[3, N] f32>) -> !tenon.tensor<[3, 1] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @sums_c2_type(%x: !tenon.tensor<[3, N] f32>, %o: !tenon.tensor<[3, 1] f64>) {
  // expected-error@+1 {{C2: operand 1 of type '!tenon.tensor<[3, 1] f64>'; expected f32}}
  %y = kernel.sums [rows g: 3, sum n: N] (%x[N*g + n]) -> %o[g] : (!tenon.tensor<[3, N] f32>) -> !tenon.tensor<[3, 1] f64> {
  ^bb0(%a: f32):
    %c = arith.extf %a : f32 to f64
    tenon.yield %c : f64
  }
  return
}

// -----

func.func @sums_c2_access(%x: !tenon.tensor<[3, N] f32>, %o: !tenon.tensor<[3, 1] f32>) {
  // expected-error@+1 {{C2: operand 1 varies with 'n' of role 'sum'}}
  %y = kernel.sums [rows g: 3, sum n: N] (%x[N*g + n]) -> %o[g + n] : (!tenon.tensor<[3, N] f32>) -> !tenon.tensor<[3, 1] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @sums_k4(%x: !tenon.tensor<[3, N] f32>, %o: !tenon.tensor<[3, 1] f32>) {
  // expected-error@+1 {{K4: the region must yield values of 'f32'}}
  %y = kernel.sums [rows g: 3, sum n: N] (%x[N*g + n]) -> %o[g] : (!tenon.tensor<[3, N] f32>) -> !tenon.tensor<[3, 1] f32> {
  ^bb0(%a: f32):
    %c = arith.constant true
    tenon.yield %a, %c : f32, i1
  }
  return
}

// -----

func.func @contract_c7_panel(%x: !tenon.tensor<[5, N] f32>, %w: !tenon.tensor<[N, 8] f32>, %o: !tenon.tensor<[2, 5, 8] f32>) {
  // expected-error@+1 {{C7: parts of sums go without panel, groups and prologue}}
  %y = kernel.contract [batch p: 2, rows m: 5, cols n: 8, sum k: N] (%x[N*m + k], %w[0]) -> %o[40*p + 8*m + n] {panel = 8 : i64, parts} : (!tenon.tensor<[5, N] f32>, !tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[2, 5, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c7_batch(%x: !tenon.tensor<[5, N] f32>, %w: !tenon.tensor<[N, 8] f32>, %o: !tenon.tensor<[5, 8] f32>) {
  // expected-error@+1 {{C7: the first dimension counts parts; expected a batch of constant size}}
  %y = kernel.contract [rows m: 5, cols n: 8, sum k: N] (%x[N*m + k], %w[8*k + n]) -> %o[8*m + n] {parts} : (!tenon.tensor<[5, N] f32>, !tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[5, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @contract_c7_input(%x: !tenon.tensor<[2, 5, N] f32>, %w: !tenon.tensor<[N, 8] f32>, %o: !tenon.tensor<[2, 5, 8] f32>) {
  // expected-error@+1 {{C7: operand 0 varies with the part of the sum}}
  %y = kernel.contract [batch p: 2, rows m: 5, cols n: 8, sum k: N] (%x[5*N*p + N*m + k], %w[8*k + n]) -> %o[40*p + 8*m + n] {parts} : (!tenon.tensor<[2, 5, N] f32>, !tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[2, 5, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @part_sums_c3(%x: !tenon.tensor<[3, N] f32>, %o: !tenon.tensor<[3, 1] f32>) {
  // expected-error@+1 {{C3: 0 parts; expected 1 or more}}
  %y = kernel.part_sums [rows g: 3, sum n: N] (%x[N*g + n]) -> %o[g] {parts = 0 : i64} : (!tenon.tensor<[3, N] f32>) -> !tenon.tensor<[3, 1] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @part_sums_c2(%x: !tenon.tensor<[3, N] f32>, %o: !tenon.tensor<[3, 4] f32>) {
  // expected-error@+1 {{C2: }}
  %y = kernel.part_sums [rows g: 3, sum n: N] (%x[N*g + n]) -> %o[4*g + n] {parts = 4 : i64} : (!tenon.tensor<[3, N] f32>) -> !tenon.tensor<[3, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @scatter_c1(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %o: !tenon.tensor<[9, 4] f32>) {
  // expected-error@+1 {{C1: 0 dimensions of role 'sum'; expected at least 1}}
  %y = kernel.scatter [rows b: B, cols c: 4] (%x[4*b + c], %i[b]) -> %o[c] {bound = #tenon.size<9>, stride = #tenon.size<4>} : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] i64>) -> !tenon.tensor<[9, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @scatter_c2_inputs(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %o: !tenon.tensor<[9, 4] f32>) {
  // expected-error@+1 {{C2: expected updates and ids}}
  %y = kernel.scatter [sum b: B, cols c: 4] (%x[4*b + c]) -> %o[c] {bound = #tenon.size<9>, stride = #tenon.size<4>} : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @scatter_c2_ids(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] f32>, %o: !tenon.tensor<[9, 4] f32>) {
  // expected-error@+1 {{C2: ids of 'f32'; expected i32 or i64}}
  %y = kernel.scatter [sum b: B, cols c: 4] (%x[4*b + c], %i[b]) -> %o[c] {bound = #tenon.size<9>, stride = #tenon.size<4>} : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] f32>) -> !tenon.tensor<[9, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @scatter_c2_access(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %o: !tenon.tensor<[9, 4] f32>) {
  // expected-error@+1 {{C2: operand 1 varies with 'c' of role 'cols'}}
  %y = kernel.scatter [sum b: B, cols c: 4] (%x[4*b + c], %i[b + c]) -> %o[c] {bound = #tenon.size<9>, stride = #tenon.size<4>} : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] i64>) -> !tenon.tensor<[9, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @scatter_c3_sum(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %o: !tenon.tensor<[9, 4] f32>) {
  // expected-error@+1 {{C3: operand 2 varies with 'b' of role 'sum'}}
  %y = kernel.scatter [sum b: B, cols c: 4] (%x[4*b + c], %i[b]) -> %o[c + b] {bound = #tenon.size<9>, stride = #tenon.size<4>} : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] i64>) -> !tenon.tensor<[9, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @put_c1(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %o: !tenon.tensor<[9, 4] f32>) {
  // expected-error@+1 {{C1: a dimension of role 'sum'}}
  %y = kernel.put [sum b: B, cols c: 4] (%i[b], %x[4*b + c]) -> %o[c] {bound = #tenon.size<9>, stride = #tenon.size<4>} : (!tenon.tensor<[B] i64>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @put_c2_inputs(%o: !tenon.tensor<[9, 4] f32>) {
  // expected-error@+1 {{C2: expected ids}}
  %y = kernel.put [cols c: 4] () -> %o[c] {bound = #tenon.size<9>, stride = #tenon.size<4>} : () -> !tenon.tensor<[9, 4] f32> {
    %a = arith.constant 1.0 : f32
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @put_c2_ids(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] f32>, %o: !tenon.tensor<[9, 4] f32>) {
  // expected-error@+1 {{C2: ids of 'f32'; expected i32 or i64}}
  %y = kernel.put [rows b: B, cols c: 4] (%i[b], %x[4*b + c]) -> %o[c] {bound = #tenon.size<9>, stride = #tenon.size<4>} : (!tenon.tensor<[B] f32>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @put_c2_access(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %o: !tenon.tensor<[9, 4] f32>) {
  // expected-error@+1 {{C2: operand 0 varies with 'c' of role 'cols'}}
  %y = kernel.put [rows b: B, cols c: 4] (%i[b + c], %x[4*b + c]) -> %o[c] {bound = #tenon.size<9>, stride = #tenon.size<4>} : (!tenon.tensor<[B] i64>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @put_c3(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %o: !tenon.tensor<[9, 4] f32>) {
  // expected-error@+1 {{C3: operand 2 varies with 'b' of role 'rows'}}
  %y = kernel.put [rows b: B, cols c: 4] (%i[b], %x[4*b + c]) -> %o[c + b] {bound = #tenon.size<9>, stride = #tenon.size<4>} : (!tenon.tensor<[B] i64>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// -----

func.func @scatter_c3_columns(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %o: !tenon.tensor<[9, 4] f32>) {
  // expected-error@+1 {{C3: the destination's last columns are no neighbours}}
  %y = kernel.scatter [sum b: B, cols c: 4] (%x[4*b + c], %i[b]) -> %o[2*c] {bound = #tenon.size<9>, stride = #tenon.size<4>} : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] i64>) -> !tenon.tensor<[9, 4] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}
