// RUN: tenon-opt %s -split-input-file -verify-diagnostics

// One case per constraint of the ops in TensorOps.td that follow the order along an axis.

func.func @cumsum_c1(%x: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C1: axis; expected 0..1, got 2}}
  %y = tenon.cumsum %x axis 2 : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return
}

// -----

func.func @cumsum_c2(%x: !tenon.tensor<[B, 4] i32>) {
  // expected-error@+1 {{C2: result; expected '!tenon.tensor<[B, 4] i32>', got '!tenon.tensor<[B, 4] i64>'}}
  %y = tenon.cumsum %x axis 0 : !tenon.tensor<[B, 4] i32> -> !tenon.tensor<[B, 4] i64>
  return
}

// -----

func.func @cumsum_c3(%x: !tenon.tensor<[B] i1>) {
  // expected-error@+1 {{C3: elements of type i1; expected numbers}}
  %y = tenon.cumsum %x axis 0 : !tenon.tensor<[B] i1> -> !tenon.tensor<[B] i1>
  return
}

// -----

func.func @argsort_c1(%x: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C1: axis; expected 0..1, got -1}}
  %y = tenon.argsort %x axis -1 : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] i64>
  return
}

// -----

func.func @argsort_c2(%x: !tenon.tensor<[B, 4] f32>) {
  // expected-error@+1 {{C2: result; expected '!tenon.tensor<[B, 4] i64>', got '!tenon.tensor<[B, 4] i32>'}}
  %y = tenon.argsort %x axis 0 : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] i32>
  return
}

// -----

func.func @argsort_c3(%x: !tenon.tensor<[B] i1>) {
  // expected-error@+1 {{C3: elements of type i1; expected numbers}}
  %y = tenon.argsort %x axis 0 descending : !tenon.tensor<[B] i1> -> !tenon.tensor<[B] i64>
  return
}
