// RUN: tenon-opt %s -split-input-file -verify-diagnostics

// One case per constraint of the ops in TensorOps.td that move values.

func.func @rearrange_c1(%x: !tenon.tensor<[B, 48] f32>) {
  // expected-error@+1 {{C1: axis 1 of the input; expected 48, got 45}}
  %y = tenon.rearrange %x[a: B, (b: 3, c: 15)] -> [b, a, c] : !tenon.tensor<[B, 48] f32> -> !tenon.tensor<[3, B, 15] f32>
  return
}

// -----

func.func @rearrange_c1_rank(%x: !tenon.tensor<[B, 48] f32>) {
  // expected-error@+1 {{C1: groups of the input; expected 2, got 1}}
  %y = tenon.rearrange %x[a: 48*B] -> [a] : !tenon.tensor<[B, 48] f32> -> !tenon.tensor<[48*B] f32>
  return
}

// -----

func.func @rearrange_c2(%x: !tenon.tensor<[2, 2] f32>) {
  // expected-error@+1 {{C2: factor 0 is out of range or occurs twice}}
  %y = tenon.rearrange %x[a: 2, b: 2] -> [a, a] : !tenon.tensor<[2, 2] f32> -> !tenon.tensor<[2, 2] f32>
  return
}

// -----

func.func @rearrange_c2_range(%x: !tenon.tensor<[2, 2] f32>) {
  // expected-error@+1 {{C2: factor 2 is out of range or occurs twice}}
  %y = tenon.rearrange %x[a: 2, b: 2] -> [c, a] : !tenon.tensor<[2, 2] f32> -> !tenon.tensor<[2, 2] f32>
  return
}

// -----

func.func @rearrange_c3(%x: !tenon.tensor<[B, 48] f32>) {
  // expected-error@+1 {{C3: axis 0 of the result; expected B, got 3}}
  %y = tenon.rearrange %x[a: B, (b: 3, c: 16)] -> [b, a, c] : !tenon.tensor<[B, 48] f32> -> !tenon.tensor<[B, 3, 16] f32>
  return
}

// -----

func.func @rearrange_c3_element(%x: !tenon.tensor<[B] f32>) {
  // expected-error@+1 {{C3: element types differ}}
  %y = tenon.rearrange %x[a: B] -> [a] : !tenon.tensor<[B] f32> -> !tenon.tensor<[B] i32>
  return
}

// -----

func.func @rearrange_c4(%x: !tenon.tensor<[2, 3] f32>) {
  // expected-error@+1 {{C4: the groups of each side must hold 2 factors}}
  %y = tenon.rearrange %x[a: 2, b: 3] -> [b] : !tenon.tensor<[2, 3] f32> -> !tenon.tensor<[3] f32>
  return
}

// -----

func.func @rearrange_letters(%x: !tenon.tensor<[2, 3] f32>) {
  // expected-error@+1 {{factors are lettered in order; expected 'b'}}
  %y = tenon.rearrange %x[a: 2, c: 3] -> [c, a] : !tenon.tensor<[2, 3] f32> -> !tenon.tensor<[3, 2] f32>
  return
}

// -----

func.func @broadcast_c1_count(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{C1: expected 1 ascending axes of a result of rank 2}}
  %y = tenon.broadcast %x along [0, 1] : !tenon.tensor<[4] f32> -> !tenon.tensor<[4, 4] f32>
  return
}

// -----

func.func @broadcast_c1_order(%x: !tenon.tensor<[2, 3] f32>) {
  // expected-error@+1 {{C1: expected 2 ascending axes of a result of rank 2}}
  %y = tenon.broadcast %x along [1, 0] : !tenon.tensor<[2, 3] f32> -> !tenon.tensor<[3, 2] f32>
  return
}

// -----

func.func @broadcast_c2(%x: !tenon.tensor<[B] f32>) {
  // expected-error@+1 {{C2: operand axis 0; expected N or 1, got B}}
  %y = tenon.broadcast %x along [1] : !tenon.tensor<[B] f32> -> !tenon.tensor<[B, N] f32>
  return
}

// -----

func.func @broadcast_c2_element(%x: !tenon.tensor<[B] f32>) {
  // expected-error@+1 {{C2: element types differ}}
  %y = tenon.broadcast %x along [0] : !tenon.tensor<[B] f32> -> !tenon.tensor<[B, N] i64>
  return
}

// -----

func.func @slice_c1_count(%x: !tenon.tensor<[B, 5] f32>) {
  // expected-error@+1 {{C1: expected one start and step per axis of a result of rank 2}}
  %y = tenon.slice %x starts [0] steps [1, 1] : !tenon.tensor<[B, 5] f32> -> !tenon.tensor<[B, 2] f32>
  return
}

// -----

func.func @slice_c1_step(%x: !tenon.tensor<[5] f32>) {
  // expected-error@+1 {{C1: step of axis 0; expected 1 or more, got -1}}
  %y = tenon.slice %x starts [4] steps [-1] : !tenon.tensor<[5] f32> -> !tenon.tensor<[5] f32>
  return
}

// -----

func.func @slice_c2_start(%x: !tenon.tensor<[5] f32>) {
  // expected-error@+1 {{C2: start of axis 0; expected 0 or more, got -1}}
  %y = tenon.slice %x starts [-1] steps [1] : !tenon.tensor<[5] f32> -> !tenon.tensor<[2] f32>
  return
}

// -----

func.func @slice_c2_end(%x: !tenon.tensor<[B, 5] f32>) {
  // expected-error@+1 {{C2: last element of axis 1; expected below 5, got 5}}
  %y = tenon.slice %x starts [0, 1] steps [1, 2] : !tenon.tensor<[B, 5] f32> -> !tenon.tensor<[B, 3] f32>
  return
}

// -----

func.func @slice_c2_overflow(%x: !tenon.tensor<[5] f32>) {
  // expected-error@+1 {{C2: last element of axis 0; expected below 5, got more than 64 bits hold}}
  %y = tenon.slice %x starts [0] steps [9223372036854775807] : !tenon.tensor<[5] f32> -> !tenon.tensor<[4] f32>
  return
}

// -----

func.func @concat_c1_axis(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{C1: expected operands and an axis within rank 1}}
  %y = tenon.concat %x axis 1 : !tenon.tensor<[4] f32> -> !tenon.tensor<[4] f32>
  return
}

// -----

func.func @concat_c1_empty() {
  // expected-error@+1 {{C1: expected operands and an axis within rank 1}}
  %y = "tenon.concat"() <{axis = 0 : i64}> : () -> !tenon.tensor<[0] f32>
  return
}

// -----

func.func @concat_c2(%x: !tenon.tensor<[B, 4] f32>, %y: !tenon.tensor<[B, 5] f32>) {
  // expected-error@+1 {{C2: operand 1 of type '!tenon.tensor<[B, 5] f32>' does not match the result '!tenon.tensor<[2*B, 4] f32>' beside axis 0}}
  %z = tenon.concat %x, %y axis 0 : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 5] f32> -> !tenon.tensor<[2*B, 4] f32>
  return
}

// -----

func.func @concat_c3(%x: !tenon.tensor<[B] f32>) {
  // expected-error@+1 {{C3: axis 0; expected B + 1, got 2*B}}
  %y = tenon.concat %x, %x axis 0 : !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32> -> !tenon.tensor<[B + 1] f32>
  return
}

// -----

func.func @gather_c1_axis(%table: !tenon.tensor<[10, 4] f32>, %ids: !tenon.tensor<[B] i64>) {
  // expected-error@+1 {{C1: axis; expected 0..1, got 2}}
  %y = tenon.gather %table[%ids] axis 2 : !tenon.tensor<[10, 4] f32>, !tenon.tensor<[B] i64> -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @gather_c1_ids(%table: !tenon.tensor<[10, 4] f32>, %ids: !tenon.tensor<[B] i1>) {
  // expected-error@+1 {{C1: indices of type i1; expected i32 or i64}}
  %y = tenon.gather %table[%ids] axis 0 : !tenon.tensor<[10, 4] f32>, !tenon.tensor<[B] i1> -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @gather_c2(%table: !tenon.tensor<[10, 4] f32>, %ids: !tenon.tensor<[B, N] i64>) {
  // expected-error@+1 {{C2: result; expected '!tenon.tensor<[B, N, 4] f32>', got '!tenon.tensor<[B, 4] f32>'}}
  %y = tenon.gather %table[%ids] axis 0 : !tenon.tensor<[10, 4] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @gather_c3_count(%table: !tenon.tensor<[B, 4] f32>, %ids: !tenon.tensor<[B] i64>) {
  // expected-error@+1 {{C3: shared axes; expected 0..1, got 2}}
  %y = tenon.gather %table[%ids] axis 1 shared 2 : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] i64> -> !tenon.tensor<[B] f32>
  return
}

// -----

func.func @gather_c3_axis(%table: !tenon.tensor<[B, 4] f32>, %ids: !tenon.tensor<[B] i64>) {
  // expected-error@+1 {{C3: shared axes; expected 0..0, got 1}}
  %y = tenon.gather %table[%ids] axis 0 shared 1 : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] i64> -> !tenon.tensor<[4] f32>
  return
}

// -----

func.func @gather_c3_sizes(%table: !tenon.tensor<[B, 4] f32>, %ids: !tenon.tensor<[N] i64>) {
  // expected-error@+1 {{C3: shared axes of the ids; expected [B], got [N]}}
  %y = tenon.gather %table[%ids] axis 1 shared 1 : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[N] i64> -> !tenon.tensor<[B] f32>
  return
}

// -----

func.func @scatter_add_c1_axis(%x: !tenon.tensor<[B, N, 4] f32>, %i: !tenon.tensor<[B, N] i64>) {
  // expected-error@+1 {{C1: axis; expected 0..1, got 2}}
  %y = tenon.scatter_add %x[%i] axis 2 : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[10, 4] f32>
  return
}

// -----

func.func @scatter_add_c1_ids(%x: !tenon.tensor<[B, N, 4] f32>, %i: !tenon.tensor<[B, N] i1>) {
  // expected-error@+1 {{C1: indices of type i1; expected i32 or i64}}
  %y = tenon.scatter_add %x[%i] axis 0 : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, N] i1> -> !tenon.tensor<[10, 4] f32>
  return
}

// -----

func.func @scatter_add_c2(%x: !tenon.tensor<[B, N, 5] f32>, %i: !tenon.tensor<[B, N] i64>) {
  // expected-error@+1 {{C2: updates; expected '!tenon.tensor<[B, N, 4] f32>', got '!tenon.tensor<[B, N, 5] f32>'}}
  %y = tenon.scatter_add %x[%i] axis 0 : !tenon.tensor<[B, N, 5] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[10, 4] f32>
  return
}

// -----

func.func @scatter_add_c3(%x: !tenon.tensor<[B, N, 4] f32>, %i: !tenon.tensor<[B, N] i64>) {
  // expected-error@+1 {{C3: shared axes; expected 0..0, got 1}}
  %y = tenon.scatter_add %x[%i] axis 0 shared 1 : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[10, 4] f32>
  return
}

// -----

func.func @put_c1(%x: !tenon.tensor<[B] f32>, %t: !tenon.tensor<[] f32>, %i: !tenon.tensor<[B] i64>) {
  // expected-error@+1 {{C1: axis; expected 0..-1, got 0}}
  %y = tenon.put %x into %t[%i] : !tenon.tensor<[B] f32>, !tenon.tensor<[] f32>, !tenon.tensor<[B] i64> -> !tenon.tensor<[] f32>
  return
}

// -----

func.func @put_c1_ids(%x: !tenon.tensor<[B, 4] f32>, %t: !tenon.tensor<[9, 4] f32>, %i: !tenon.tensor<[B] i1>) {
  // expected-error@+1 {{C1: indices of type i1; expected i32 or i64}}
  %y = tenon.put %x into %t[%i] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[9, 4] f32>, !tenon.tensor<[B] i1> -> !tenon.tensor<[9, 4] f32>
  return
}

// -----

func.func @put_c2(%x: !tenon.tensor<[B, 5] f32>, %t: !tenon.tensor<[9, 4] f32>, %i: !tenon.tensor<[B] i64>) {
  // expected-error@+1 {{C2: updates; expected '!tenon.tensor<[B, 4] f32>', got '!tenon.tensor<[B, 5] f32>'}}
  %y = tenon.put %x into %t[%i] : !tenon.tensor<[B, 5] f32>, !tenon.tensor<[9, 4] f32>, !tenon.tensor<[B] i64> -> !tenon.tensor<[9, 4] f32>
  return
}

// -----

func.func @put_c3(%x: !tenon.tensor<[B, 4] f32>, %t: !tenon.tensor<[9, 4] f32>, %i: !tenon.tensor<[B] i64>) {
  // expected-error@+1 {{failed to verify that all of {table, result} have same type}}
  %y = tenon.put %x into %t[%i] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[9, 4] f32>, !tenon.tensor<[B] i64> -> !tenon.tensor<[8, 4] f32>
  return
}
