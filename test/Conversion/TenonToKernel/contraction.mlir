// RUN: tenon-opt %s -pass-pipeline='builtin.module(func.func(convert-tenon-to-kernel))' | FileCheck %s

// CHECK-LABEL: func.func @matrix(
func.func @matrix(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-NEXT: %[[O:.*]] = kernel.empty : <[B, 8] f32>
  // CHECK-NEXT: %{{.*}} = kernel.contract [rows m0: B, cols n0: 8, sum k0: 4] (%arg0[k0 + 4*m0], %arg1[k0 + 4*n0]) -> %[[O]][8*m0 + n0]
  // CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32):
  // CHECK-NEXT: tenon.yield %[[ACC]]
  %y = tenon.contract %x[a, b], %w[c, b] -> [a, c] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, 8] f32>
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @several_rows(
func.func @several_rows(%x: !tenon.tensor<[B, N, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[B, N, 8] f32> {
  // CHECK: kernel.contract [rows m0: B, rows m1: N, cols n0: 8, sum k0: 4]
  %y = tenon.contract %x[a, b, d], %w[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  return %y : !tenon.tensor<[B, N, 8] f32>
}

// CHECK-LABEL: func.func @shared_index_is_batch(
func.func @shared_index_is_batch(%x: !tenon.tensor<[B, N, 4] f32>, %w: !tenon.tensor<[B, M, 4] f32>)
    -> !tenon.tensor<[B, N, M] f32> {
  // CHECK: kernel.contract [batch b0: B, rows m0: N, cols n0: M, sum k0: 4] (%arg0[4*N*b0 + k0 + 4*m0], %arg1[4*M*b0 + k0 + 4*n0]) -> %{{.*}}[M*N*b0 + M*m0 + n0]
  %y = tenon.contract %x[a, b, d], %w[a, c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, M, 4] f32> -> !tenon.tensor<[B, N, M] f32>
  return %y : !tenon.tensor<[B, N, M] f32>
}

// The result is stored in one piece along the columns, so they are those of x.
// CHECK-LABEL: func.func @operands_swapped(
func.func @operands_swapped(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[8, B] f32> {
  // CHECK: kernel.contract [rows m0: 8, cols n0: B, sum k0: 4] (%arg1[k0 + 4*m0], %arg0[k0 + 4*n0]) -> %{{.*}}[B*m0 + n0]
  %y = tenon.contract %x[a, b], %w[c, b] -> [c, a] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[8, B] f32>
  return %y : !tenon.tensor<[8, B] f32>
}

// Only the left operand must be contiguous along the sum.
// CHECK-LABEL: func.func @right_side_transposed(
func.func @right_side_transposed(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[4, 8] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-COUNT-1: = kernel.
  // CHECK-COUNT-1: = kernel.contract
  // CHECK-SAME: (%arg0[k0 + 4*m0], %arg1[8*k0 + n0])
  // CHECK: return
  %y = tenon.contract %x[a, b], %w[b, c] -> [a, c] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[4, 8] f32> -> !tenon.tensor<[B, 8] f32>
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @left_side_copied_when_scattered(
func.func @left_side_copied_when_scattered(%x: !tenon.tensor<[4, B] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK: %[[COPY:.*]] = kernel.rows [rows m0: B, rows m1: 4] (%arg0[B*m1 + m0]) -> %{{.*}}[4*m0 + m1]
  // CHECK: kernel.contract [rows m0: B, cols n0: 8, sum k0: 4] (%[[COPY]][k0 + 4*m0], %arg1[k0 + 4*n0])
  %y = tenon.contract %x[b, a], %w[c, b] -> [a, c] : !tenon.tensor<[4, B] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, 8] f32>
  return %y : !tenon.tensor<[B, 8] f32>
}

// All but the innermost become batches.
// CHECK-LABEL: func.func @several_columns(
func.func @several_columns(%x: !tenon.tensor<[B, N, 4] f32>, %w: !tenon.tensor<[2, 3, 4] f32>)
    -> !tenon.tensor<[B, N, 2, 3] f32> {
  // CHECK: kernel.contract [batch b0: 2, rows m0: B, rows m1: N, cols n0: 3, sum k0: 4] (%arg0[4*N*m0 + k0 + 4*m1], %arg1[12*b0 + k0 + 4*n0]) -> %{{.*}}[6*N*m0 + 3*b0 + 6*m1 + n0]
  %y = tenon.contract %x[a, b, e], %w[c, d, e] -> [a, b, c, d] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[2, 3, 4] f32> -> !tenon.tensor<[B, N, 2, 3] f32>
  return %y : !tenon.tensor<[B, N, 2, 3] f32>
}

// CHECK-LABEL: func.func @several_sums(
func.func @several_sums(%x: !tenon.tensor<[B, N, 4] f32>, %w: !tenon.tensor<[8, N, 4] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-COUNT-1: = kernel.empty
  // CHECK: kernel.contract [rows m0: B, cols n0: 8, sum k0: 4*N] (%arg0[4*N*m0 + k0], %arg1[4*N*n0 + k0])
  %y = tenon.contract %x[a, b, c], %w[d, b, c] -> [a, d] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, N, 4] f32> -> !tenon.tensor<[B, 8] f32>
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @several_sums_in_other_order(
func.func @several_sums_in_other_order(%x: !tenon.tensor<[B, N, 4] f32>, %w: !tenon.tensor<[8, 4, N] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK: %[[COPY:.*]] = kernel.rows [rows m0: 8, rows m1: N, rows m2: 4] (%arg1[4*N*m0 + N*m2 + m1])
  // CHECK: kernel.contract [rows m0: B, cols n0: 8, sum k0: 4*N] (%arg0[4*N*m0 + k0], %[[COPY]][4*N*n0 + k0])
  %y = tenon.contract %x[a, b, c], %w[d, c, b] -> [a, d] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[8, 4, N] f32> -> !tenon.tensor<[B, 8] f32>
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @several_sums_apart(
func.func @several_sums_apart(%x: !tenon.tensor<[4, B, 3] f32>, %w: !tenon.tensor<[8, 4, 3] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK: %[[COPY:.*]] = kernel.rows [rows m0: B, rows m1: 4, rows m2: 3] (%arg0[3*B*m1 + 3*m0 + m2])
  // CHECK: kernel.contract [rows m0: B, cols n0: 8, sum k0: 12] (%[[COPY]][k0 + 12*m0], %arg1[k0 + 12*n0])
  %y = tenon.contract %x[b, a, c], %w[d, b, c] -> [a, d] : !tenon.tensor<[4, B, 3] f32>, !tenon.tensor<[8, 4, 3] f32> -> !tenon.tensor<[B, 8] f32>
  return %y : !tenon.tensor<[B, 8] f32>
}

// The last summed axis has size 1, the one before it steps over d.
// CHECK-LABEL: func.func @unit_sum_beside_a_scattered_one(
func.func @unit_sum_beside_a_scattered_one(%x: !tenon.tensor<[2, 4, 1, 3] f32>, %w: !tenon.tensor<[4, 1, 5] f32>)
    -> !tenon.tensor<[2, 3, 5] f32> {
  // CHECK: %[[COPY:.*]] = kernel.rows [rows m0: 2, rows m1: 3, rows m2: 4, rows m3: 1]
  // CHECK: kernel.contract {{.*}}sum k0: 4] (%[[COPY]][k0 + 12*m0 + 4*m1], %arg1[5*k0 + n0])
  %y = tenon.contract %x[a, b, c, d], %w[b, c, e] -> [a, d, e] : !tenon.tensor<[2, 4, 1, 3] f32>, !tenon.tensor<[4, 1, 5] f32> -> !tenon.tensor<[2, 3, 5] f32>
  return %y : !tenon.tensor<[2, 3, 5] f32>
}

// A computed matrix and a vector: sums along the rows where they lie.
// CHECK-LABEL: func.func @matrix_and_vector(
func.func @matrix_and_vector(%x: !tenon.tensor<[B, 4] f32>, %v: !tenon.tensor<[4] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.rows [rows m0: B, sum k0: 4] (%arg1[k0], %arg0[k0 + 4*m0]) -> %{{.*}}[m0]
  // CHECK: %[[P:.*]] = arith.mulf
  // CHECK: kernel.reduce sum %[[P]]
  %y = tenon.contract %x[a, b], %v[b] -> [a] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[4] f32> -> !tenon.tensor<[B] f32>
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @inner_product(
func.func @inner_product(%v: !tenon.tensor<[4] f32>)
    -> !tenon.tensor<[] f32> {
  // CHECK: kernel.rows [sum k0: 4] (%arg0[k0], %arg0[k0]) -> %{{.*}}[0]
  // CHECK: %[[P:.*]] = arith.mulf
  // CHECK: kernel.reduce sum %[[P]]
  %y = tenon.contract %v[a], %v[a] -> [] : !tenon.tensor<[4] f32>, !tenon.tensor<[4] f32> -> !tenon.tensor<[] f32>
  return %y : !tenon.tensor<[] f32>
}

// CHECK-LABEL: func.func @one_column(
func.func @one_column(%x: !tenon.tensor<[B, 3, 4, 2] f32>, %w: !tenon.tensor<[1, 4, 2] f32>)
    -> !tenon.tensor<[B, 1, 3] f32> {
  // CHECK: kernel.rows [rows m0: B, rows m1: 1, rows m2: 3, sum k0: 8] (%arg1[k0 + 8*m1], %arg0[k0 + 24*m0 + 8*m2]) -> %{{.*}}[3*m0 + 3*m1 + m2]
  %y = tenon.contract %x[a, b, c, d], %w[e, c, d] -> [a, e, b] : !tenon.tensor<[B, 3, 4, 2] f32>, !tenon.tensor<[1, 4, 2] f32> -> !tenon.tensor<[B, 1, 3] f32>
  return %y : !tenon.tensor<[B, 1, 3] f32>
}

// Terms that do not lie side by side: a product, after a copy.
// CHECK-LABEL: func.func @vector_and_scattered_terms(
func.func @vector_and_scattered_terms(%x: !tenon.tensor<[4, B] f32>, %v: !tenon.tensor<[4] f32>) -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.contract [rows m0: 1, cols n0: B, sum k0: 4] (%arg1[k0], %arg0[B*k0 + n0])
  %y = tenon.contract %x[a, b], %v[a] -> [b] : !tenon.tensor<[4, B] f32>, !tenon.tensor<[4] f32> -> !tenon.tensor<[B] f32>
  return %y : !tenon.tensor<[B] f32>
}

// A parameter is packed once, in the layout that products with more rows read.
tenon.param trainable @w : !tenon.tensor<[8, 4] f32>
// CHECK-LABEL: func.func @vector_and_parameter(
func.func @vector_and_parameter(%v: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[1, 8] f32> {
  // CHECK: kernel.contract [rows m0: 1, cols n0: 8, sum k0: 4]
  %w = tenon.read @w : !tenon.tensor<[8, 4] f32>
  %r = tenon.slice %v starts [0, 0] steps [1, 1] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[1, 4] f32>
  %y = tenon.contract %r[a, b], %w[c, b] -> [a, c] : !tenon.tensor<[1, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[1, 8] f32>
  return %y : !tenon.tensor<[1, 8] f32>
}

// CHECK-LABEL: func.func @outer_product(
func.func @outer_product(%v: !tenon.tensor<[4] f32>, %u: !tenon.tensor<[B] f32>)
    -> !tenon.tensor<[B, 4] f32> {
  // CHECK: kernel.contract [rows m0: B, cols n0: 4, sum k0: 1] (%arg1[m0], %arg0[n0]) -> %{{.*}}[4*m0 + n0]
  %y = tenon.contract %u[a], %v[b] -> [a, b] : !tenon.tensor<[B] f32>, !tenon.tensor<[4] f32> -> !tenon.tensor<[B, 4] f32>
  return %y : !tenon.tensor<[B, 4] f32>
}

// CHECK-LABEL: func.func @elementwise_product(
func.func @elementwise_product(%v: !tenon.tensor<[B] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK: kernel.rows [rows m0: B] (%arg0[m0], %arg0[m0]) -> %{{.*}}[m0]
  // CHECK: arith.mulf
  // CHECK-NOT: kernel.reduce
  %y = tenon.contract %v[a], %v[a] -> [a] : !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32> -> !tenon.tensor<[B] f32>
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @operand_is_a_view(
func.func @operand_is_a_view(%x: !tenon.tensor<[B, 12] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-NOT: kernel.rows
  // CHECK: kernel.contract [rows m0: B, cols n0: 8, sum k0: 4] (%arg0[k0 + 12*m0 + 4], %arg1[k0 + 4*n0])
  %s = tenon.slice %x starts [0, 4] steps [1, 1] : !tenon.tensor<[B, 12] f32> -> !tenon.tensor<[B, 4] f32>
  %y = tenon.contract %s[a, b], %w[c, b] -> [a, c] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, 8] f32>
  return %y : !tenon.tensor<[B, 8] f32>
}

// It has no kernel of its own; fusion joins the map to the first product.
// CHECK-LABEL: func.func @ffn_is_decomposed(
func.func @ffn_is_decomposed(%x: !tenon.tensor<[B, 4] f32>, %v: !tenon.tensor<[8, 4] f32>, %w: !tenon.tensor<[6, 8] f32>)
    -> !tenon.tensor<[B, 6] f32> {
  // CHECK: kernel.contract
  // CHECK: kernel.rows
  // CHECK: math.tanh
  // CHECK: kernel.contract
  // CHECK-NOT: tenon.ffn
  %y = tenon.ffn %x, %v, %w : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[6, 8] f32>) -> !tenon.tensor<[B, 6] f32> {
  ^bb0(%h: f32):
    %t = math.tanh %h : f32
    tenon.yield %t : f32
  }
  return %y : !tenon.tensor<[B, 6] f32>
}

// Weights that each row gathered are not built: the product is grouped.
// CHECK-LABEL: func.func @gathered_weights(
func.func @gathered_weights(%x: !tenon.tensor<[B, N, 4] f32>, %table: !tenon.tensor<[3, 8, 4] f32>, %ids: !tenon.tensor<[B, N] i32>)
    -> !tenon.tensor<[B, N, 8] f32> {
  // CHECK: %[[O:.*]] = kernel.empty : <[B, N, 8] f32>
  // CHECK: %[[ROWS:.*]] = kernel.partition [rows m0: B, rows m1: N] (%arg2[N*m0 + m1]) -> %{{.*}}[0] {groups = 3 : i64} : {{.*}} -> !tenon.tensor<[B*N + 4] i32>
  // CHECK: kernel.contract [groups g0: 3, rows m0: B, rows m1: N, cols n0: 8, sum k0: 4] (%arg0[4*N*m0 + k0 + 4*m1], %arg1[32*g0 + k0 + 4*n0], %[[ROWS]][N*m0 + m1 + 4]) -> %[[O]][8*N*m0 + 8*m1 + n0]
  %w = tenon.gather %table[%ids] axis 0 : !tenon.tensor<[3, 8, 4] f32>, !tenon.tensor<[B, N] i32> -> !tenon.tensor<[B, N, 8, 4] f32>
  %y = tenon.contract %x[a, b, d], %w[a, b, c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, N, 8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  return %y : !tenon.tensor<[B, N, 8] f32>
}

// Outer products that are added up by group are not built: the rows of both operands are
// brought into the order of groups, and each group's are the terms of its sum.
// CHECK-LABEL: func.func @sums_by_group(
func.func @sums_by_group(%x: !tenon.tensor<[B, N, 4] f32>, %d: !tenon.tensor<[B, N, 8] f32>, %ids: !tenon.tensor<[B, N] i32>)
    -> !tenon.tensor<[3, 8, 4] f32> {
  // CHECK: %[[ROWS:.*]] = kernel.partition
  // CHECK: %[[D:.*]] = kernel.index [rows m0: B*N, cols n0: 8] (%arg1[n0], %[[ROWS]][m0 + 4]) -> %{{.*}}[8*m0 + n0] {bound = #tenon.size<B*N>, stride = #tenon.size<8>}
  // CHECK: %[[X:.*]] = kernel.index [rows m0: B*N, cols n0: 4] (%arg0[n0], %[[ROWS]][m0 + 4]) -> %{{.*}}[4*m0 + n0] {bound = #tenon.size<B*N>, stride = #tenon.size<4>}
  // CHECK: %[[T:.*]] = kernel.rows [rows m0: 8, rows m1: B*N] (%[[D]][m0 + 8*m1]) -> %{{.*}}[B*N*m0 + m1]
  // CHECK: kernel.contract [groups g0: 3, rows m0: 8, cols n0: 4, sum k0: B*N] (%[[T]][B*N*m0 + k0], %[[X]][4*k0 + n0], %[[ROWS]][0]) -> %{{.*}}[32*g0 + 4*m0 + n0]
  // CHECK-NOT: kernel.scatter
  %p = tenon.contract %d[a, b, c], %x[a, b, d] -> [a, b, c, d] : !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, N, 8, 4] f32>
  %y = tenon.scatter_add %p[%ids] axis 0 : !tenon.tensor<[B, N, 8, 4] f32>, !tenon.tensor<[B, N] i32> -> !tenon.tensor<[3, 8, 4] f32>
  return %y : !tenon.tensor<[3, 8, 4] f32>
}

// An operand that does not vary with the rows, and a product with a sum of its own, are
// added up as they are.
// CHECK-LABEL: func.func @sums_of_other_products(
// CHECK-COUNT-2: kernel.scatter
func.func @sums_of_other_products(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8] f32>, %z: !tenon.tensor<[B, 4, 8] f32>, %ids: !tenon.tensor<[B] i32>)
    -> (!tenon.tensor<[3, 4, 8] f32>, !tenon.tensor<[3, 8] f32>) {
  %p = tenon.contract %x[a, b], %w[c] -> [a, b, c] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[8] f32> -> !tenon.tensor<[B, 4, 8] f32>
  %y = tenon.scatter_add %p[%ids] axis 0 : !tenon.tensor<[B, 4, 8] f32>, !tenon.tensor<[B] i32> -> !tenon.tensor<[3, 4, 8] f32>
  %q = tenon.contract %x[a, b], %z[a, b, c] -> [a, c] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[B, 4, 8] f32> -> !tenon.tensor<[B, 8] f32>
  %v = tenon.scatter_add %q[%ids] axis 0 : !tenon.tensor<[B, 8] f32>, !tenon.tensor<[B] i32> -> !tenon.tensor<[3, 8] f32>
  return %y, %v : !tenon.tensor<[3, 4, 8] f32>, !tenon.tensor<[3, 8] f32>
}

// Rows that are not the ids' alone stay apart.
// CHECK-LABEL: func.func @gathered_for_several_rows(
// CHECK: kernel.index
// CHECK-NOT: groups
func.func @gathered_for_several_rows(%x: !tenon.tensor<[B, N, 4] f32>, %table: !tenon.tensor<[3, 8, 4] f32>, %ids: !tenon.tensor<[B] i32>)
    -> !tenon.tensor<[B, N, 8] f32> {
  %w = tenon.gather %table[%ids] axis 0 : !tenon.tensor<[3, 8, 4] f32>, !tenon.tensor<[B] i32> -> !tenon.tensor<[B, 8, 4] f32>
  %y = tenon.contract %x[a, b, d], %w[a, c, d] -> [a, b, c] : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, 8, 4] f32> -> !tenon.tensor<[B, N, 8] f32>
  return %y : !tenon.tensor<[B, N, 8] f32>
}

// No index of one operand alone: no product of matrices. The sums are two where one of them goes over neighbours with
// gaps.
// CHECK-LABEL: func.func @batches_alone(
func.func @batches_alone(%x: !tenon.tensor<[7, B, 5] f32>, %y: !tenon.tensor<[7, B, 5] f32>)
    -> (!tenon.tensor<[5] f32>, !tenon.tensor<[B] f32>) {
  // CHECK: kernel.rows [rows m0: 5, sum k0: 7*B] (%arg0[5*k0 + m0], %arg1[5*k0 + m0]) -> %{{.*}}[m0]
  %z = tenon.contract %x[a, b, c], %y[a, b, c] -> [c] : !tenon.tensor<[7, B, 5] f32>, !tenon.tensor<[7, B, 5] f32> -> !tenon.tensor<[5] f32>
  // CHECK: kernel.rows [rows m0: B, sum k0: 7, sum k1: 5] (%arg0[5*B*k0 + k1 + 5*m0], %arg1[5*B*k0 + k1 + 5*m0]) -> %{{.*}}[m0]
  %u = tenon.contract %x[a, b, c], %y[a, b, c] -> [b] : !tenon.tensor<[7, B, 5] f32>, !tenon.tensor<[7, B, 5] f32> -> !tenon.tensor<[B] f32>
  return %z, %u : !tenon.tensor<[5] f32>, !tenon.tensor<[B] f32>
}
