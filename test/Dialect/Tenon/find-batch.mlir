// RUN: tenon-opt %s -split-input-file -tenon-find-batch | FileCheck %s

tenon.size @B from 0 to *
tenon.size @N from 0 to *
// Rows of a table, attention of each sample, softmax along another axis, a shared input.
// CHECK-LABEL: func.func @independent
// CHECK-SAME: attributes {tenon.batch = "B"}
func.func @independent(%i: !tenon.tensor<[B, N] i64>, %t: !tenon.tensor<[9, 4] f32>, %w: !tenon.tensor<[4, 4] f32>) -> !tenon.tensor<[B, N, 4] f32> {
  %x = tenon.gather %t[%i] axis 0 : !tenon.tensor<[9, 4] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[B, N, 4] f32>
  %h = tenon.rearrange %x[a: B, b: N, c: 4] -> [a, (), b, c] : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, 1, N, 4] f32>
  %a = tenon.attention %h, %h, %h scale 1.0 : !tenon.tensor<[B, 1, N, 4] f32>, !tenon.tensor<[B, 1, N, 4] f32>, !tenon.tensor<[B, 1, N, 4] f32> -> !tenon.tensor<[B, 1, N, 4] f32>
  %y = tenon.rearrange %a[a: B, (), b: N, c: 4] -> [a, b, c] : !tenon.tensor<[B, 1, N, 4] f32> -> !tenon.tensor<[B, N, 4] f32>
  %z = tenon.contract %y[a, b, c], %w[d, c] -> [a, b, d] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[4, 4] f32> -> !tenon.tensor<[B, N, 4] f32>
  %s = tenon.softmax %z axis 1 : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, N, 4] f32>
  return %s : !tenon.tensor<[B, N, 4] f32>
}

// -----

tenon.size @B from 0 to *
// CHECK-LABEL: func.func @softmax_over_samples
// CHECK-NOT: tenon.batch
func.func @softmax_over_samples(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  %s = tenon.softmax %x axis 0 : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] f32>
  return %s : !tenon.tensor<[B, 4] f32>
}

// -----

tenon.size @B from 0 to *
// CHECK-LABEL: func.func @all_against_all
// CHECK-NOT: tenon.batch
func.func @all_against_all(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, B] f32> {
  %s = tenon.contract %x[a, c], %x[b, c] -> [a, b] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, B] f32>
  return %s : !tenon.tensor<[B, B] f32>
}

// -----

tenon.size @B from 0 to *
// CHECK-LABEL: func.func @number_of_samples
// CHECK-NOT: tenon.batch
func.func @number_of_samples(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  %s = tenon.map (%e = %x) : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
    %n = tenon.extent <B> : f32
    %z = arith.divf %e, %n : f32
    tenon.yield %z : f32
  }
  return %s : !tenon.tensor<[B, 4] f32>
}

// -----

tenon.size @B from 0 to *
// CHECK-LABEL: func.func @numbered
// CHECK-NOT: tenon.batch
func.func @numbered(%x: !tenon.tensor<[B] i64>) -> !tenon.tensor<[B] i64> {
  %i = tenon.iota -> !tenon.tensor<[B] i64>
  %s = tenon.map (%e = %x, %f = %i) : (!tenon.tensor<[B] i64>, !tenon.tensor<[B] i64>) -> !tenon.tensor<[B] i64> {
    %z = arith.addi %e, %f : i64
    tenon.yield %z : i64
  }
  return %s : !tenon.tensor<[B] i64>
}

// -----

tenon.size @B from 0 to *
// CHECK-LABEL: func.func @rows_of_other_samples
// CHECK-NOT: tenon.batch
func.func @rows_of_other_samples(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>) -> !tenon.tensor<[B, 4] f32> {
  %s = tenon.gather %x[%i] axis 0 : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] i64> -> !tenon.tensor<[B, 4] f32>
  return %s : !tenon.tensor<[B, 4] f32>
}

// -----

tenon.size @B from 0 to *
// CHECK-LABEL: func.func @mean_over_samples
// CHECK-NOT: tenon.batch
func.func @mean_over_samples(%x: !tenon.tensor<[B, 4] f32>) -> (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[4] f32>) {
  %s = tenon.reduce mean %x over [0] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[4] f32>
  return %x, %s : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[4] f32>
}

// -----

tenon.size @B from 0 to *
tenon.size @N from 0 to *
// CHECK-LABEL: func.func @merged_with_tokens
// CHECK-NOT: tenon.batch
func.func @merged_with_tokens(%x: !tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B*N] f32> {
  %s = tenon.rearrange %x[a: B, b: N] -> [(a, b)] : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B*N] f32>
  return %s : !tenon.tensor<[B*N] f32>
}

// -----

tenon.size @B from 0 to *
tenon.size @N from 0 to *
// Each sample's ids name rows of its own; order is along another axis.
// CHECK-LABEL: func.func @own_rows(
// CHECK-SAME: attributes {tenon.batch = "B"}
func.func @own_rows(%x: !tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32> {
  %c = tenon.cumsum %x axis 1 : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N] f32>
  %i = tenon.argsort %c axis 1 : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N] i64>
  %s = tenon.gather %x[%i] axis 1 shared 1 : !tenon.tensor<[B, N] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[B, N] f32>
  return %s : !tenon.tensor<[B, N] f32>
}

// -----

tenon.size @B from 0 to *
tenon.size @N from 0 to *
// CHECK-LABEL: func.func @sums_over_samples(
// CHECK-NOT: tenon.batch
func.func @sums_over_samples(%x: !tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32> {
  %c = tenon.cumsum %x axis 0 : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N] f32>
  return %c : !tenon.tensor<[B, N] f32>
}

// -----

tenon.size @B from 0 to *
tenon.size @N from 0 to *
// CHECK-LABEL: func.func @order_of_samples(
// CHECK-NOT: tenon.batch
func.func @order_of_samples(%x: !tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] i64> {
  %i = tenon.argsort %x axis 0 : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N] i64>
  return %i : !tenon.tensor<[B, N] i64>
}
