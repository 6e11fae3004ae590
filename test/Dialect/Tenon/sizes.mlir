// RUN: tenon-opt %s | FileCheck %s
// RUN: tenon-opt %s -mlir-print-op-generic | tenon-opt | FileCheck %s

// Sizes are polynomials in normal form: however one is written, it is read back
// as the same sum, terms of higher degree first, then by name.

// CHECK: tenon.size @B from 0 to 512
tenon.size @B from 0 to 512
// CHECK: tenon.size @N from 1 to *
tenon.size @N from 1 to *

// CHECK-LABEL: func.func private @rank_0(!tenon.tensor<[] f32>)
func.func private @rank_0(!tenon.tensor<[] f32>)

// CHECK-LABEL: func.func private @constant(!tenon.tensor<[0, 1, 384] i64>)
func.func private @constant(!tenon.tensor<[0, 1, 384] i64>)

// CHECK-LABEL: func.func private @element_types
// CHECK-SAME: (!tenon.tensor<[B] f64>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] i64>, !tenon.tensor<[B] i32>, !tenon.tensor<[B] i1>)
func.func private @element_types(!tenon.tensor<[B] f64>, !tenon.tensor<[B] f32>, !tenon.tensor<[B] i64>, !tenon.tensor<[B] i32>, !tenon.tensor<[B] i1>)

// CHECK-LABEL: func.func private @product_and_sum(!tenon.tensor<[B*N + 1] f32>)
func.func private @product_and_sum(!tenon.tensor<[B*N + 1] f32>)

// CHECK-LABEL: func.func private @order_of_factors(!tenon.tensor<[2*B*N] f32>)
func.func private @order_of_factors(!tenon.tensor<[N*2*B] f32>)

// CHECK-LABEL: func.func private @order_of_terms(!tenon.tensor<[B*N + B + N + 1] f32>)
func.func private @order_of_terms(!tenon.tensor<[1 + N + B + N*B] f32>)

// CHECK-LABEL: func.func private @negative_term(!tenon.tensor<[B*N - 2*N - 1] f32>)
func.func private @negative_term(!tenon.tensor<[-1 - 2*N + B*N] f32>)

// CHECK-LABEL: func.func private @negative_leading_term(!tenon.tensor<[-B + 512] f32>)
func.func private @negative_leading_term(!tenon.tensor<[512 - B] f32>)

// CHECK-LABEL: func.func private @powers(!tenon.tensor<[3*B*B*N + B*B] f32>)
func.func private @powers(!tenon.tensor<[B*B + 3*B*N*B] f32>)

// CHECK-LABEL: func.func private @like_terms_add_up(!tenon.tensor<[3*B] f32>)
func.func private @like_terms_add_up(!tenon.tensor<[B + B + B] f32>)

// A symbol that cancels is gone.
// CHECK-LABEL: func.func private @like_terms_cancel(!tenon.tensor<[4, 0] f32>)
func.func private @like_terms_cancel(!tenon.tensor<[B*N - N*B + 4, B - B] f32>)

// CHECK-LABEL: func.func private @as_attribute() attributes {size = #tenon.size<B*N - 1>}
func.func private @as_attribute() attributes {size = #tenon.size<N*B - 1>}
