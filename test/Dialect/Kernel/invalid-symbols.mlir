// RUN: tenon-opt %s -split-input-file -verify-diagnostics

// One case per constraint of the kernel ops that name another by its symbol.

func.func @stored_c1_missing() {
  // expected-error@+1 {{C1: no storage is named 'packed'}}
  %w = kernel.stored @packed : !tenon.tensor<[256] f32>
  return
}

// -----

kernel.storage @packed : !tenon.tensor<[256] f32>
func.func @stored_c1_type() {
  // expected-error@+1 {{C1: storage 'packed'; expected '!tenon.tensor<[256] f32>', got '!tenon.tensor<[512] f32>'}}
  %w = kernel.stored @packed : !tenon.tensor<[512] f32>
  return
}

// -----

func.func @launch_c1_missing(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{C1: no function is named 'rows_0'}}
  %y = kernel.launch @rows_0(%x) flops <0> bytes <0> : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32>
  return
}

// -----

func.func private @rows_0(!tenon.tensor<[8] f32>) -> !tenon.tensor<[8] f32>
func.func @launch_c1_type(%x: !tenon.tensor<[4] f32>) {
  // expected-error@+1 {{C1: function 'rows_0'; expected '(!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32>', got '(!tenon.tensor<[8] f32>) -> !tenon.tensor<[8] f32>'}}
  %y = kernel.launch @rows_0(%x) flops <0> bytes <0> : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32>
  return
}
