// RUN: tenon-opt %s -kernel-fuse-epilogues | FileCheck %s
// RUN: tenon-opt %s -kernel-fuse-epilogues --remarks-filter-missed=.* --mlir-disable-threading -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHY

// Each function keeps its kernels apart, for the reason it is named after.

// CHECK-LABEL: func.func @not_fused_result_read_twice(
// WHY: remark: {{\[}}Missed] ResultHasAnotherReader | {{.*}} Function=not_fused_result_read_twice | {{.*}}its result has another reader, 'rows'
func.func @not_fused_result_read_twice(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %b: !tenon.tensor<[8] f32>)
    -> (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[B, 8] f32>) {
  // CHECK-COUNT-3: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%p[8*r + c]) -> %e1[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %z = kernel.rows [rows r: B, rows c: 8] (%p[8*r + c]) -> %e2[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y, %z : !tenon.tensor<[B, 8] f32>, !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @not_fused_result_returned(
// WHY: remark: {{\[}}Missed] ResultHasAnotherReader | {{.*}} Function=not_fused_result_returned | {{.*}}its result has another reader, 'return'
func.func @not_fused_result_returned(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[B, 8] f32>) {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%p[8*r + c]) -> %e2[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %p, %y : !tenon.tensor<[B, 8] f32>, !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @not_fused_destination_holds_other_data(
// WHY: remark: {{\[}}Missed] DestinationHoldsOtherData | {{.*}} Function=not_fused_destination_holds_other_data | {{.*}}its destination holds other data
func.func @not_fused_destination_holds_other_data(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %f: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %f[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%p[8*r + c]) -> %e2[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @not_fused_part_of_the_result(
// WHY: remark: {{\[}}Missed] DimensionsDiffer | {{.*}} Function=not_fused_part_of_the_result | {{.*}}its reader 'rows' walks over other dimensions
func.func @not_fused_part_of_the_result(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[B, 4] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %y = kernel.rows [rows r: B, rows c: 4] (%p[8*r + c]) -> %e2[4*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}

// CHECK-LABEL: func.func @not_fused_offset(
// WHY: remark: {{\[}}Missed] DimensionsDiffer | {{.*}} Function=not_fused_offset | {{.*}}its reader 'rows' walks over other dimensions
func.func @not_fused_offset(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[B, 7] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 7] f32>
  %y = kernel.rows [rows r: B, rows c: 7] (%p[8*r + c + 1]) -> %e2[7*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 7] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 7] f32>
}

// CHECK-LABEL: func.func @not_fused_result_repeated(
// WHY: remark: {{\[}}Missed] DimensionsDiffer | {{.*}} Function=not_fused_result_repeated | {{.*}}its reader 'rows' walks over other dimensions
func.func @not_fused_result_repeated(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %b: !tenon.tensor<[8] f32>)
    -> !tenon.tensor<[3, B, 8] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[3, B, 8] f32>
  %y = kernel.rows [rows s: 3, rows r: B, rows c: 8] (%p[8*r + c]) -> %e2[8*B*s + 8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[3, B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[3, B, 8] f32>
}

// A sum over two dimensions, spread over one of them.
// CHECK-LABEL: func.func @not_fused_spread_over_part(
// WHY: remark: {{\[}}Missed] DimensionsDiffer | {{.*}} Function=not_fused_spread_over_part | {{.*}}its reader 'rows' walks over other dimensions
func.func @not_fused_spread_over_part(%x: !tenon.tensor<[B, 4, 8] f32>) -> !tenon.tensor<[B, 4] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B] f32>
  %s = kernel.rows [rows m: B, sum j: 4, sum k: 8] (%x[32*m + 8*j + k]) -> %e0[m]
      : (!tenon.tensor<[B, 4, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %u = kernel.reduce sum %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %y = kernel.rows [rows m: B, rows i: 4] (%s[m]) -> %e1[4*m + i]
      : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 4] f32>
}

// Spread over both, the inner one first.
// CHECK-LABEL: func.func @not_fused_spread_in_other_order(
// WHY: remark: {{\[}}Missed] DimensionsDiffer | {{.*}} Function=not_fused_spread_in_other_order | {{.*}}its reader 'rows' walks over other dimensions
func.func @not_fused_spread_in_other_order(%x: !tenon.tensor<[B, 4, 8] f32>) -> !tenon.tensor<[B, 8, 4] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B] f32>
  %s = kernel.rows [rows m: B, sum j: 4, sum k: 8] (%x[32*m + 8*j + k]) -> %e0[m]
      : (!tenon.tensor<[B, 4, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %u = kernel.reduce sum %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 8, 4] f32>
  %y = kernel.rows [rows m: B, rows i: 8, rows n: 4] (%s[m]) -> %e1[32*m + 4*i + n]
      : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B, 8, 4] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8, 4] f32>
}

// p + p^T reads each value at two places.
// CHECK-LABEL: func.func @not_fused_other_order(
// WHY: remark: {{\[}}Missed] ReadInTwoOrders | {{.*}} Function=not_fused_other_order | {{.*}}its reader 'rows' reads it in two orders
func.func @not_fused_other_order(%x: !tenon.tensor<[8, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[8, 8] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[8, 8] f32>
  %p = kernel.contract [rows m: 8, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[8, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[8, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[8, 8] f32>
  %y = kernel.rows [rows r: 8, rows c: 8] (%p[8*r + c], %p[8*c + r]) -> %e1[8*r + c]
      : (!tenon.tensor<[8, 8] f32>, !tenon.tensor<[8, 8] f32>) -> !tenon.tensor<[8, 8] f32> {
  ^bb0(%a: f32, %c: f32):
    %u = arith.addf %a, %c : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[8, 8] f32>
}

// CHECK-LABEL: func.func @not_fused_reader_reduces(
// WHY: remark: {{\[}}Missed] ReaderIsNotElementwise | {{.*}} Function=not_fused_reader_reduces | {{.*}}its reader 'rows' sums over its elements
func.func @not_fused_reader_reduces(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B, sum k: 8] (%p[8*m + k]) -> %e1[m]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @not_fused_reader_is_destination(
// WHY: remark: {{\[}}Missed] ResultIsDestination | {{.*}} Function=not_fused_reader_is_destination | {{.*}}its result is the destination of 'rows'
func.func @not_fused_reader_is_destination(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>, %z: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %y = kernel.rows [rows r: B, rows c: 8] (%z[8*r + c]) -> %p[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// A contraction stores f32.
// CHECK-LABEL: func.func @not_fused_other_element_type(
// WHY: remark: {{\[}}Missed] CannotStore | {{.*}} Function=not_fused_other_element_type | {{.*}}it cannot store what 'rows' stores: another element type or order
func.func @not_fused_other_element_type(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[B, 8] i1> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %p = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[4*n + k]) -> %e0[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 8] i1>
  %y = kernel.rows [rows r: B, rows c: 8] (%p[8*r + c]) -> %e2[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] i1> {
  ^bb0(%a: f32):
    %u = arith.cmpf ogt, %a, %a : f32
    tenon.yield %u : i1
  }
  return %y : !tenon.tensor<[B, 8] i1>
}

// An attention stores its values in one piece.
// CHECK-LABEL: func.func @not_fused_attention_stored_scattered(
// WHY: remark: {{\[}}Missed] CannotStore | {{.*}} Function=not_fused_attention_stored_scattered | {{.*}}it cannot store what 'rows' stores: another element type or order
func.func @not_fused_attention_stored_scattered(%q: !tenon.tensor<[N, 8] f32>)
    -> !tenon.tensor<[8, N] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[N, 8] f32>
  %p = kernel.attend [queries i: N, keys j: N, depth d: 8, values e: 8] (%q[8*i + d], %q[8*j + d], %q[8*j + e]) -> %e0[8*i + e] {scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>, !tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[N, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[8, N] f32>
  %y = kernel.rows [rows c: 8, rows r: N] (%p[8*r + c]) -> %e1[N*c + r]
      : (!tenon.tensor<[N, 8] f32>) -> !tenon.tensor<[8, N] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[8, N] f32>
}

// CHECK-LABEL: func.func @not_fused_one_batch_is_taken(
// WHY: remark: {{\[}}Missed] PartOfTheResult | {{.*}} Function=not_fused_one_batch_is_taken | {{.*}}its reader 'rows' does not take every element
func.func @not_fused_one_batch_is_taken(%x: !tenon.tensor<[3, B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[3, B, 8] f32>
  %p = kernel.contract [batch b: 3, rows m: B, cols n: 8, sum k: 4] (%x[4*B*b + 4*m + k], %w[4*n + k]) -> %e0[8*B*b + 8*m + n]
      : (!tenon.tensor<[3, B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[3, B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%p[8*r + c]) -> %e1[8*r + c]
      : (!tenon.tensor<[3, B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}
