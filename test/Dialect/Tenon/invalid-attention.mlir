// RUN: tenon-opt %s -split-input-file -verify-diagnostics

// One case per constraint of attention and softmax.

func.func @attention_c1_rank(%q: !tenon.tensor<[N, 8] f32>, %k: !tenon.tensor<[N, 8] f32>, %v: !tenon.tensor<[N, 8] f32>) {
  // expected-error@+1 {{C1: ranks 2, 2 and 2; expected one rank of at least 3}}
  %y = tenon.attention %q, %k, %v scale 1.0
      : !tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>
      -> !tenon.tensor<[N, 8] f32>
  return
}

// -----

func.func @attention_c1_ranks(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[4, N, 8] f32>, %v: !tenon.tensor<[B, 4, N, 8] f32>) {
  // expected-error@+1 {{C1: ranks 4, 3 and 4; expected one rank of at least 3}}
  %y = tenon.attention %q, %k, %v scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>
      -> !tenon.tensor<[B, 4, N, 8] f32>
  return
}

// -----

func.func @attention_c1_leading(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[C, 4, N, 8] f32>, %v: !tenon.tensor<[B, 4, N, 8] f32>) {
  // expected-error@+1 {{C1: leading axes; expected [B], got [C] and [B]}}
  %y = tenon.attention %q, %k, %v scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[C, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>
      -> !tenon.tensor<[B, 4, N, 8] f32>
  return
}

// -----

func.func @attention_c2_groups_of_v(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 4, N, 8] f32>, %v: !tenon.tensor<[B, 2, N, 8] f32>) {
  // expected-error@+1 {{C2: groups and keys of v; expected [4, N], got [2, N]}}
  %y = tenon.attention %q, %k, %v scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 2, N, 8] f32>
      -> !tenon.tensor<[B, 4, N, 8] f32>
  return
}

// -----

func.func @attention_c2_keys_of_v(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 4, M, 8] f32>, %v: !tenon.tensor<[B, 4, N, 8] f32>) {
  // expected-error@+1 {{C2: groups and keys of v; expected [4, M], got [4, N]}}
  %y = tenon.attention %q, %k, %v scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, M, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>
      -> !tenon.tensor<[B, 4, N, 8] f32>
  return
}

// -----

func.func @attention_c2_head_size(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 4, N, 16] f32>, %v: !tenon.tensor<[B, 4, N, 8] f32>) {
  // expected-error@+1 {{C2: head size of k; expected 8, got 16}}
  %y = tenon.attention %q, %k, %v scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 16] f32>, !tenon.tensor<[B, 4, N, 8] f32>
      -> !tenon.tensor<[B, 4, N, 8] f32>
  return
}

// -----

func.func @attention_c2_groups(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 3, N, 8] f32>, %v: !tenon.tensor<[B, 3, N, 8] f32>) {
  // expected-error@+1 {{C2: groups; expected a divisor of 4, got 3}}
  %y = tenon.attention %q, %k, %v scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 3, N, 8] f32>, !tenon.tensor<[B, 3, N, 8] f32>
      -> !tenon.tensor<[B, 4, N, 8] f32>
  return
}

// -----

func.func @attention_c3(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 4, N, 8] f32>, %v: !tenon.tensor<[B, 4, N, 16] f32>) {
  // expected-error@+1 {{C3: result; expected '!tenon.tensor<[B, 4, N, 16] f32>', got '!tenon.tensor<[B, 4, N, 8] f32>'}}
  %y = tenon.attention %q, %k, %v scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 16] f32>
      -> !tenon.tensor<[B, 4, N, 8] f32>
  return
}

// -----

func.func @attention_c4(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 4, M, 8] f32>, %v: !tenon.tensor<[B, 4, M, 8] f32>, %m: !tenon.tensor<[B, N] i1>) {
  // expected-error@+1 {{C4: key_mask; expected [B, M], got [B, N]}}
  %y = tenon.attention %q, %k, %v key_mask %m scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, M, 8] f32>, !tenon.tensor<[B, 4, M, 8] f32>, !tenon.tensor<[B, N] i1>
      -> !tenon.tensor<[B, 4, N, 8] f32>
  return
}

// -----

func.func @attention_c5(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 4, N, 8] f32>, %v: !tenon.tensor<[B, 4, N, 8] f32>, %c: !tenon.tensor<[M] f32>) {
  // expected-error@+1 {{C5: capture 0; expected a shape that repeats to [B, 4, N, N], got [M]}}
  %y = tenon.attention %q, %k, %v captures(%c) scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32> captures(!tenon.tensor<[M] f32>)
      -> !tenon.tensor<[B, 4, N, 8] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %e: f32):
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @attention_c6_arguments(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 4, N, 8] f32>, %v: !tenon.tensor<[B, 4, N, 8] f32>) {
  // expected-error@+1 {{C6: the score region must take (f32, 4 x index, captures) and yield one f32}}
  %y = tenon.attention %q, %k, %v scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>
      -> !tenon.tensor<[B, 4, N, 8] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index):
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @attention_c6_capture(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 4, N, 8] f32>, %v: !tenon.tensor<[B, 4, N, 8] f32>, %c: !tenon.tensor<[N] f32>) {
  // expected-error@+1 {{C6: the score region must take (f32, 4 x index, captures) and yield one f32}}
  %y = tenon.attention %q, %k, %v captures(%c) scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32> captures(!tenon.tensor<[N] f32>)
      -> !tenon.tensor<[B, 4, N, 8] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @attention_c6_yield(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 4, N, 8] f32>, %v: !tenon.tensor<[B, 4, N, 8] f32>) {
  // expected-error@+1 {{C6: the score region must take (f32, 4 x index, captures) and yield one f32}}
  %y = tenon.attention %q, %k, %v scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>
      -> !tenon.tensor<[B, 4, N, 8] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %i : index
  }
  return
}

// -----

func.func @attention_c6_op(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 4, N, 8] f32>, %v: !tenon.tensor<[B, 4, N, 8] f32>) {
  // expected-error@+1 {{C6: 'tenon.constant' is not a scalar op without side effects}}
  %y = tenon.attention %q, %k, %v scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>
      -> !tenon.tensor<[B, 4, N, 8] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %c = tenon.constant 1.0 : f32 -> !tenon.tensor<[] f32>
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @attention_empty_block(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 4, N, 8] f32>, %v: !tenon.tensor<[B, 4, N, 8] f32>) {
  // expected-error@+1 {{expects a non-empty block}}
  %y = tenon.attention %q, %k, %v scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>
      -> !tenon.tensor<[B, 4, N, 8] f32> score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
  }
  return
}

// -----

func.func @attention_c7(%q: !tenon.tensor<[B, 4, N, 8] f32>, %k: !tenon.tensor<[B, 4, N, 8] f32>, %v: !tenon.tensor<[B, 4, N, 8] f32>, %c: !tenon.tensor<[N] f32>) {
  // expected-error@+1 {{C7: captures without a score region}}
  %y = tenon.attention %q, %k, %v captures(%c) scale 1.0
      : !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32>, !tenon.tensor<[B, 4, N, 8] f32> captures(!tenon.tensor<[N] f32>)
      -> !tenon.tensor<[B, 4, N, 8] f32>
  return
}

// -----

func.func @softmax_c1(%x: !tenon.tensor<[B, N] f32>) {
  // expected-error@+1 {{C1: axis; expected 0..1, got 2}}
  %y = tenon.softmax %x axis 2 : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N] f32>
  return
}

// -----

func.func @softmax_c1_negative(%x: !tenon.tensor<[B, N] f32>) {
  // expected-error@+1 {{C1: axis; expected 0..1, got -1}}
  %y = tenon.softmax %x axis -1 : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N] f32>
  return
}

// -----

func.func @softmax_c2(%x: !tenon.tensor<[B, N] f32>) {
  // expected-error@+1 {{C2: result; expected '!tenon.tensor<[B, N] f32>', got '!tenon.tensor<[N, B] f32>'}}
  %y = tenon.softmax %x axis 1 : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[N, B] f32>
  return
}

// -----

func.func @attention_c8(%q: !tenon.tensor<[2, N, 4] f32>, %k: !tenon.tensor<[2, M, 4] f32>, %v: !tenon.tensor<[2, M, 4] f32>) {
  // expected-error@+1 {{C8: strict together with hidden keys}}
  %y = tenon.attention %q, %k, %v scale 1.0 causal strict : !tenon.tensor<[2, N, 4] f32>, !tenon.tensor<[2, M, 4] f32>, !tenon.tensor<[2, M, 4] f32> -> !tenon.tensor<[2, N, 4] f32>
  return
}
