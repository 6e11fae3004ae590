// RUN: tenon-opt %s --convert-kernel-to-vector=level=v4 --split-input-file --verify-diagnostics

func.func private @unpacked(%x: !tenon.tensor<[8, 4] f32>, %w: !tenon.tensor<[6, 4] f32>,
    %o: !tenon.tensor<[8, 6] f32>) -> !tenon.tensor<[8, 6] f32> {
  // expected-error@+1 {{'kernel.contract' op cannot be emitted: the rhs is neither packed (attribute 'panel') nor of whole panels of 64 contiguous columns}}
  %y = kernel.contract [rows m: 8, cols n: 6, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[6*m + n]
      : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[6, 4] f32>) -> !tenon.tensor<[8, 6] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[8, 6] f32>
}

// -----

func.func private @panel_of_another_level(%x: !tenon.tensor<[8, 4] f32>,
    %w: !tenon.tensor<[96] f32>, %o: !tenon.tensor<[8, 6] f32>) -> !tenon.tensor<[8, 6] f32> {
  // expected-error@+1 {{'kernel.contract' op cannot be emitted: panel of 24 columns; expected a multiple of 16 up to 64}}
  %y = kernel.contract [rows m: 8, cols n: 6, sum k: 4] (%x[4*m + k], %w[0]) -> %o[6*m + n]
      {panel = 24 : i64}
      : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[96] f32>) -> !tenon.tensor<[8, 6] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[8, 6] f32>
}

// -----

func.func private @packing_integers(%w: !tenon.tensor<[6, 4] i32>, %o: !tenon.tensor<[256] i32>)
    -> !tenon.tensor<[256] i32> {
  // expected-error@+1 {{'kernel.pack' op cannot be emitted: only f32 is packed}}
  %y = kernel.pack [cols n: 6, sum k: 4] (%w[4*n + k]) -> %o[0] {panel = 64 : i64}
      : (!tenon.tensor<[6, 4] i32>) -> !tenon.tensor<[256] i32> {
  ^bb0(%e: i32):
    tenon.yield %e : i32
  }
  return %y : !tenon.tensor<[256] i32>
}

// -----

// Columns of a panel beyond the last would be written by no task.
func.func private @task_of_packing(%w: !tenon.tensor<[72, 40] f32>, %o: !tenon.tensor<[5120] f32>) -> !tenon.tensor<[5120] f32> {
  // expected-error@+1 {{'kernel.pack' op cannot be emitted: tasks of 16 rows do not fill its panels}}
  %y = kernel.pack [cols n: 72, sum k: 40] (%w[40*n + k]) -> %o[0] {panel = 64 : i64, kernel.task = 16 : i64} : (!tenon.tensor<[72, 40] f32>) -> !tenon.tensor<[5120] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[5120] f32>
}

// -----

func.func private @task_of_map(%x: !tenon.tensor<[72] f32>, %o: !tenon.tensor<[72] f32>) -> !tenon.tensor<[72] f32> {
  // expected-error@+1 {{'kernel.rows' op cannot be emitted: tasks of 24 elements; expected a multiple of 16}}
  %y = kernel.rows [rows m: 72] (%x[m]) -> %o[m] {kernel.task = 24 : i64} : (!tenon.tensor<[72] f32>) -> !tenon.tensor<[72] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[72] f32>
}

// -----

func.func private @parts(%x: !tenon.tensor<[5, 100] f32>, %w: !tenon.tensor<[100, 64] f32>, %o: !tenon.tensor<[2, 5, 64] f32>) -> !tenon.tensor<[2, 5, 64] f32> {
  // expected-error@+1 {{'kernel.contract' op cannot be emitted: parts of sums are for GPUs}}
  %y = kernel.contract [batch p: 2, rows m: 5, cols n: 64, sum k: 100] (%x[100*m + k], %w[64*k + n]) -> %o[320*p + 64*m + n] {parts} : (!tenon.tensor<[5, 100] f32>, !tenon.tensor<[100, 64] f32>) -> !tenon.tensor<[2, 5, 64] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[2, 5, 64] f32>
}

// -----

func.func private @narrow(%x: !tenon.tensor<[8, 4] bf16>, %w: !tenon.tensor<[8, 4] bf16>,
    %o: !tenon.tensor<[8, 8] f32>) -> !tenon.tensor<[8, 8] f32> {
  // expected-error@+1 {{'kernel.contract' op cannot be emitted for CPUs: an operand of bf16}}
  %y = kernel.contract [rows m: 8, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %o[8*m + n]
      : (!tenon.tensor<[8, 4] bf16>, !tenon.tensor<[8, 4] bf16>) -> !tenon.tensor<[8, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[8, 8] f32>
}
