// RUN: tenon-opt %s -tenon-raise-ffn | FileCheck %s
// RUN: tenon-opt %s -tenon-raise-ffn --remarks-filter-failed=.* --mlir-disable-threading -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHY

// CHECK-LABEL: func.func @raised(
func.func @raised(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>)
    -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK-NEXT: %[[Y:.*]] = tenon.ffn %arg0, %arg1, %arg2 :
  // CHECK-NEXT: ^bb0(%[[H:.*]]: f32):
  // CHECK-NEXT: %[[T:.*]] = math.tanh %[[H]] : f32
  // CHECK-NEXT: tenon.yield %[[T]] : f32
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[Y]]
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %t = tenon.map (%e = %h) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// CHECK-LABEL: func.func @raised_with_biases(
func.func @raised_with_biases(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>, %b1: !tenon.tensor<[8] f32>, %b2: !tenon.tensor<[6] f32>)
    -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK-NEXT: %[[Y:.*]] = tenon.ffn %arg0, %arg1, %arg2 bias %arg3, %arg4 :
  // CHECK-NEXT: ^bb0(%[[H:.*]]: f32):
  // CHECK-NEXT: %[[T:.*]] = math.tanh %[[H]] : f32
  // CHECK-NEXT: tenon.yield %[[T]] : f32
  // CHECK-NEXT: }
  // CHECK-NEXT: return %[[Y]]
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %g = tenon.map (%e = %h, %f = %b1) : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %t = tenon.map (%e = %g) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %z = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  %y = tenon.map (%e = %z, %f = %b2) : (!tenon.tensor<[B, N, 6] f32>, !tenon.tensor<[6] f32>) -> !tenon.tensor<[B, N, 6] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// CHECK-LABEL: func.func @raised_bias_is_first_operand(
func.func @raised_bias_is_first_operand(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>, %b1: !tenon.tensor<[8] f32>, %b2: !tenon.tensor<[6] f32>)
    -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK-NEXT: %{{.*}} = tenon.ffn %arg0, %arg1, %arg2 bias %arg3, none :
  // CHECK-NOT: tenon.map
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %g = tenon.map (%e = %b1, %f = %h) : (!tenon.tensor<[8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %t = tenon.map (%e = %g) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// CHECK-LABEL: func.func @raised_second_bias_alone(
func.func @raised_second_bias_alone(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>, %b1: !tenon.tensor<[8] f32>, %b2: !tenon.tensor<[6] f32>)
    -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK-NEXT: %{{.*}} = tenon.ffn %arg0, %arg1, %arg2 bias none, %arg4 :
  // CHECK-NOT: tenon.map
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %t = tenon.map (%e = %h) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %z = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  %y = tenon.map (%e = %z, %f = %b2) : (!tenon.tensor<[B, N, 6] f32>, !tenon.tensor<[6] f32>) -> !tenon.tensor<[B, N, 6] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// CHECK-LABEL: func.func @raised_chain_of_maps(
func.func @raised_chain_of_maps(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>)
    -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK: tenon.ffn
  // CHECK-NEXT: ^bb0(%[[H:.*]]: f32):
  // CHECK-NEXT: %[[S:.*]] = math.exp %[[H]] : f32
  // CHECK-NEXT: %[[T:.*]] = math.tanh %[[S]] : f32
  // CHECK-NEXT: tenon.yield %[[T]]
  // CHECK-NOT: tenon.map
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %s = tenon.map (%e = %h) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.exp %e : f32
    tenon.yield %v : f32
  }
  %t = tenon.map (%e = %s) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// The sum with x is not a bias of shape [O].
// CHECK-LABEL: func.func @raised_residual_stays_outside(
func.func @raised_residual_stays_outside(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[4, 8] f32>)
    -> !tenon.tensor<[B, N, 4] f32> {
  // CHECK: %[[Z:.*]] = tenon.ffn %arg0, %arg1, %arg2 :
  // CHECK: tenon.map (%{{.*}} = %[[Z]], %{{.*}} = %arg0)
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %t = tenon.map (%e = %h) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %z = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[4, 8] f32> -> !tenon.tensor<[B, N, 4] f32>
  %y = tenon.map (%e = %z, %f = %x) : (!tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, N, 4] f32>) -> !tenon.tensor<[B, N, 4] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  return %y : !tenon.tensor<[B, N, 4] f32>
}

// The second layer is the end of the first block, not the start of another.
// CHECK-LABEL: func.func @raised_pair_of_three_layers(
func.func @raised_pair_of_three_layers(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[8, 8] f32>, %w3: !tenon.tensor<[6, 8] f32>)
    -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK: tenon.ffn %arg0, %arg1, %arg2 :
  // CHECK: tenon.map
  // CHECK: tenon.contract
  // CHECK-NOT: tenon.ffn
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %t = tenon.map (%e = %h) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %g = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[8, 8] f32> -> !tenon.tensor<[B, N, 8] f32>
  %u = tenon.map (%e = %g) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %u[a, b, d], %w3[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// CHECK-LABEL: func.func @not_raised_hidden_used_twice(
// WHY: remark: {{\[}}Failure] HiddenHasAnotherReader | {{.*}} Function=not_raised_hidden_used_twice | {{.*}}its hidden values have another reader
func.func @not_raised_hidden_used_twice(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>)
    -> (!tenon.tensor<[B, N, 6] f32>, !tenon.tensor<[B, N, 8] f32>) {
  // CHECK-NOT: tenon.ffn
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %t = tenon.map (%e = %h) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  return %y, %h : !tenon.tensor<[B, N, 6] f32>, !tenon.tensor<[B, N, 8] f32>
}

// CHECK-LABEL: func.func @not_raised_activation_used_twice(
// WHY: remark: {{\[}}Failure] HiddenHasAnotherReader | {{.*}} Function=not_raised_activation_used_twice | {{.*}}its hidden values have another reader
func.func @not_raised_activation_used_twice(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>)
    -> (!tenon.tensor<[B, N, 6] f32>, !tenon.tensor<[B, N, 8] f32>) {
  // CHECK-NOT: tenon.ffn
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %t = tenon.map (%e = %h) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  return %y, %t : !tenon.tensor<[B, N, 6] f32>, !tenon.tensor<[B, N, 8] f32>
}

// CHECK-LABEL: func.func @not_raised_bias_not_a_vector(
func.func @not_raised_bias_not_a_vector(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>, %b: !tenon.tensor<[N, 8] f32>)
    -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK-NOT: tenon.ffn
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %g = tenon.map (%e = %h, %f = %b) : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %t = tenon.map (%e = %g) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// CHECK-LABEL: func.func @not_raised_bias_repeated(
func.func @not_raised_bias_repeated(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>, %b: !tenon.tensor<[1] f32>)
    -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK-NOT: tenon.ffn
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %g = tenon.map (%e = %h, %f = %b) : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[1] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %t = tenon.map (%e = %g) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// CHECK-LABEL: func.func @not_raised_no_activation(
func.func @not_raised_no_activation(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>, %b1: !tenon.tensor<[8] f32>, %b2: !tenon.tensor<[6] f32>)
    -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK-NOT: tenon.ffn
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %g = tenon.map (%e = %h, %f = %b1) : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %g[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// A gate is no function of the hidden value alone.
// CHECK-LABEL: func.func @not_raised_activation_of_two_values(
// WHY: remark: {{\[}}Failure] ActivationReadsOthers | {{.*}} Function=not_raised_activation_of_two_values | {{.*}}the activation reads other values, too
func.func @not_raised_activation_of_two_values(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>, %g: !tenon.tensor<[B, N, 8] f32>)
    -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK-NOT: tenon.ffn
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %t = tenon.map (%e = %h, %f = %g) : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = arith.mulf %e, %f : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// CHECK-LABEL: func.func @not_raised_first_product_over_inner_axis(
func.func @not_raised_first_product_over_inner_axis(%x: !tenon.tensor<[B, 4, N] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>)
    -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK-NOT: tenon.ffn
  %h = tenon.contract %x[a, d, b], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, 4, N] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %t = tenon.map (%e = %h) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// CHECK-LABEL: func.func @not_raised_weight_transposed(
func.func @not_raised_weight_transposed(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[4, 8] f32>, %w2: !tenon.tensor<[6, 8] f32>)
    -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK-NOT: tenon.ffn
  %h = tenon.contract %x[a, b, d], %w1[d, c] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[4, 8] f32> -> !tenon.tensor<[B, N, 8] f32>
  %t = tenon.map (%e = %h) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// The second factor varies with the batch.
// CHECK-LABEL: func.func @not_raised_second_product_not_linear(
// WHY: remark: {{\[}}Failure] SecondIsNotLinear | {{.*}} Function=not_raised_second_product_not_linear | {{.*}}the product after the activation is not with a matrix [out, in] over the last axis
func.func @not_raised_second_product_not_linear(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[B, 6, 8] f32>)
    -> !tenon.tensor<[B, N, 6] f32> {
  // CHECK-NOT: tenon.ffn
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %t = tenon.map (%e = %h) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, d], %w2[a, c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, 6, 8] f32> -> !tenon.tensor<[B, N, 6] f32>
  return %y : !tenon.tensor<[B, N, 6] f32>
}

// CHECK-LABEL: func.func @not_raised_second_product_permuted(
// WHY: remark: {{\[}}Failure] SecondIsNotLinear | {{.*}} Function=not_raised_second_product_permuted | {{.*}}the product after the activation is not with a matrix [out, in] over the last axis
func.func @not_raised_second_product_permuted(%x: !tenon.tensor<[B, N, 4] f32>, %w1: !tenon.tensor<[8, 4] f32>, %w2: !tenon.tensor<[6, 8] f32>)
    -> !tenon.tensor<[6, B, N] f32> {
  // CHECK-NOT: tenon.ffn
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  %t = tenon.map (%e = %h) : (!tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, d], %w2[c, d] -> [c, a, b] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[6, 8] f32> -> !tenon.tensor<[6, B, N] f32>
  return %y : !tenon.tensor<[6, B, N] f32>
}

// CHECK-LABEL: func.func @not_raised_other_element_type(
func.func @not_raised_other_element_type(%x: !tenon.tensor<[B, N, 4] f64>, %w1: !tenon.tensor<[8, 4] f64>, %w2: !tenon.tensor<[6, 8] f64>)
    -> !tenon.tensor<[B, N, 6] f64> {
  // CHECK-NOT: tenon.ffn
  %h = tenon.contract %x[a, b, d], %w1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f64>, !tenon.tensor<[8, 4] f64> -> !tenon.tensor<[B, N, 8] f64>
  %t = tenon.map (%e = %h) : (!tenon.tensor<[B, N, 8] f64>) -> !tenon.tensor<[B, N, 8] f64> {
    %t = math.tanh %e : f64
    tenon.yield %t : f64
  }
  %y = tenon.contract %t[a, b, d], %w2[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 8] f64>, !tenon.tensor<[6, 8] f64> -> !tenon.tensor<[B, N, 6] f64>
  return %y : !tenon.tensor<[B, N, 6] f64>
}
