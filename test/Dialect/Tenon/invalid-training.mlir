// RUN: tenon-opt %s -split-input-file -verify-diagnostics

func.func @c1(%x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  // expected-error@+1 {{C1: loss; expected a tensor without axes, got [4]}}
  %g = tenon.gradient of %x by %x : !tenon.tensor<[4] f32>, (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32>
  return %g : !tenon.tensor<[4] f32>
}

// -----

func.func @c2_type(%l: !tenon.tensor<[] f32>, %x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[5] f32> {
  // expected-error@+1 {{C2: result 0; expected '!tenon.tensor<[4] f32>', got '!tenon.tensor<[5] f32>'}}
  %g = tenon.gradient of %l by %x : !tenon.tensor<[] f32>, (!tenon.tensor<[4] f32>) -> !tenon.tensor<[5] f32>
  return %g : !tenon.tensor<[5] f32>
}

// -----

func.func @c2_count(%l: !tenon.tensor<[] f32>, %x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  // expected-error@+1 {{C2: results; expected 1, one for each input, got 2}}
  %g:2 = tenon.gradient of %l by %x : !tenon.tensor<[] f32>, (!tenon.tensor<[4] f32>) -> (!tenon.tensor<[4] f32>, !tenon.tensor<[4] f32>)
  return %g#0 : !tenon.tensor<[4] f32>
}

// -----

func.func @c3(%x: !tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
  %y = tenon.broadcast %x along [0] : !tenon.tensor<[4] f32> -> !tenon.tensor<[4] f32>
  %l = tenon.reduce sum %y over [0] : !tenon.tensor<[4] f32> -> !tenon.tensor<[] f32>
  // expected-error@+1 {{C3: input 0 is computed; expected an argument of the entry or a parameter}}
  %g = tenon.gradient of %l by %y : !tenon.tensor<[] f32>, (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32>
  return %g : !tenon.tensor<[4] f32>
}

// -----

func.func @stop_gradient_c1(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{requires the same type for all operands and results}}
  %y = "tenon.stop_gradient"(%x) : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[5] f32>
  return
}

// -----

func.func @attention_gradient_c1(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[2, M, 8] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 5] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] f32>) {
  // expected-error@+1 {{C1: ranks 4, 3 and 4; expected one rank of at least 3}}
  %g:3 = tenon.attention_gradient %q, %k, %v by %dy scale 1.000000e+00 : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32>
  return
}

// -----

func.func @attention_gradient_c2(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 7] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 5] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] f32>) {
  // expected-error@+1 {{C2: head size of k; expected 8, got 7}}
  %g:3 = tenon.attention_gradient %q, %k, %v by %dy scale 1.000000e+00 : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 7] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32>
  return
}

// -----

func.func @attention_gradient_c3(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 8] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 8] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] f32>) {
  // expected-error@+1 {{C3: derivative by the result; expected '!tenon.tensor<[B, 4, N, 5] f32>', got '!tenon.tensor<[B, 4, N, 8] f32>'}}
  %g:3 = tenon.attention_gradient %q, %k, %v by %dy scale 1.000000e+00 : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 8] f32>
  return
}

// -----

func.func @attention_gradient_c4(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 8] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 5] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] i1>) {
  // expected-error@+1 {{C4: key_mask; expected [B, M], got [N, M]}}
  %g:3 = tenon.attention_gradient %q, %k, %v key_mask %c by %dy scale 1.000000e+00 : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32>, !tenon.tensor<[N, M] i1>
  return
}

// -----

func.func @attention_gradient_c5(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 8] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 5] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] f32>) {
  // expected-error@+1 {{C5: capture 0; expected a shape that repeats to [B, 4, N, M], got [B, M]}}
  %g:3 = tenon.attention_gradient %q, %k, %v captures(%m) by %dy scale 1.000000e+00 : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32> captures(!tenon.tensor<[B, M] i1>) score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %e: i1):
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @attention_gradient_c6(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 8] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 5] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] f32>) {
  // expected-error@+1 {{C6: the score region must take (f32, 4 x index, captures) and yield one f32}}
  %g:3 = tenon.attention_gradient %q, %k, %v by %dy scale 1.000000e+00 : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32> score {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @attention_gradient_c7(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 8] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 5] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] f32>) {
  // expected-error@+1 {{C7: captures without a score region}}
  %g:3 = tenon.attention_gradient %q, %k, %v captures(%c) by %dy scale 1.000000e+00 : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32> captures(!tenon.tensor<[N, M] f32>)
  return
}

// -----

func.func @attention_gradient_c8(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 8] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 5] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] f32>) {
  // expected-error@+1 {{C8: strict together with hidden keys}}
  %g:3 = tenon.attention_gradient %q, %k, %v by %dy scale 1.000000e+00 causal strict : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32>
  return
}

// -----

func.func @attention_gradient_c9_product(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 8] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 5] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] f32>) {
  // expected-error@+1 {{C9: the score region does more than add to the score or hide it}}
  %g:3 = tenon.attention_gradient %q, %k, %v captures(%c) by %dy scale 1.000000e+00 : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32> captures(!tenon.tensor<[N, M] f32>) score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %e: f32):
    %r = arith.mulf %s, %e : f32
    tenon.yield %r : f32
  }
  return
}

// -----

func.func @attention_gradient_c9_twice(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 8] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 5] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] f32>) {
  // expected-error@+1 {{C9: the score region does more than add to the score or hide it}}
  %g:3 = tenon.attention_gradient %q, %k, %v captures(%c) by %dy scale 1.000000e+00 : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32> captures(!tenon.tensor<[N, M] f32>) score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %e: f32):
    %r = arith.addf %s, %s : f32
    tenon.yield %r : f32
  }
  return
}

// -----

func.func @attention_gradient_c9_difference(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 8] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 5] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] f32>) {
  // expected-error@+1 {{C9: the score region does more than add to the score or hide it}}
  %g:3 = tenon.attention_gradient %q, %k, %v captures(%c) by %dy scale 1.000000e+00 : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32> captures(!tenon.tensor<[N, M] f32>) score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %e: f32):
    %r = arith.subf %e, %s : f32
    tenon.yield %r : f32
  }
  return
}

// -----

func.func @attention_gradient_c9_condition(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 8] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 5] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] f32>) {
  // expected-error@+1 {{C9: the score region does more than add to the score or hide it}}
  %g:3 = tenon.attention_gradient %q, %k, %v captures(%c) by %dy scale 1.000000e+00 : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32> captures(!tenon.tensor<[N, M] f32>) score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %e: f32):
    %low = arith.constant 0xFF800000 : f32
    %c0 = arith.cmpf ogt, %s, %e : f32
    %r = arith.select %c0, %s, %low : f32
    tenon.yield %r : f32
  }
  return
}

// -----

func.func @attention_gradient_c9_other(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 2, M, 8] f32>, %v: !tenon.tensor<[B, 2, M, 5] f32>, %dy: !tenon.tensor<[B, 4, N, 5] f32>, %m: !tenon.tensor<[B, M] i1>, %c: !tenon.tensor<[N, M] f32>) {
  // expected-error@+1 {{C9: the score region does more than add to the score or hide it}}
  %g:3 = tenon.attention_gradient %q, %k, %v captures(%c) by %dy scale 1.000000e+00 : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, M, 8] f32>, !tenon.tensor<[B, 2, M, 5] f32>, !tenon.tensor<[B, 4, N, 5] f32> captures(!tenon.tensor<[N, M] f32>) score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %e: f32):
    %c0 = arith.cmpi eq, %i, %j : index
    %r = arith.select %c0, %s, %e : f32
    tenon.yield %r : f32
  }
  return
}
