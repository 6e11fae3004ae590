// RUN: tenon-opt %s -kernel-fuse-producers | FileCheck %s
// RUN: tenon-opt %s -kernel-fuse-producers --remarks-filter-missed=.* --mlir-disable-threading -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHY

// Each function keeps its kernels apart, for the reason it is named after.

// CHECK-LABEL: func.func @not_fused_read_by_two_kernels(
// WHY: remark: {{\[}}Missed] ResultHasAnotherReader | {{.*}} Function=not_fused_read_by_two_kernels | {{.*}}its result has another reader, 'rows'
func.func @not_fused_read_by_two_kernels(%x: !tenon.tensor<[B, 8] f32>)
    -> (!tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>) {
  // CHECK-COUNT-3: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %s = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B, sum k: 8] (%s[8*m + k]) -> %e1[m]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B] f32>
  %z = kernel.rows [rows m: B, sum k: 8] (%s[8*m + k]) -> %e2[m]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %y, %z : !tenon.tensor<[B] f32>, !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @not_fused_returned(
// WHY: remark: {{\[}}Missed] ResultHasAnotherReader | {{.*}} Function=not_fused_returned | {{.*}}its result has another reader, 'return'
func.func @not_fused_returned(%x: !tenon.tensor<[B, 8] f32>)
    -> (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[B] f32>) {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %s = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B, sum k: 8] (%s[8*m + k]) -> %e1[m]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %s, %y : !tenon.tensor<[B, 8] f32>, !tenon.tensor<[B] f32>
}

// A reader walks over a row more than once.
// CHECK-LABEL: func.func @not_fused_long_map_in_a_row(
// WHY: remark: {{\[}}Missed] CostlyToRepeat | {{.*}} Function=not_fused_long_map_in_a_row | {{.*}}'rows' would evaluate it more than once per element: 5 operations repeated, while the 8 bytes saved pay for 4
func.func @not_fused_long_map_in_a_row(%x: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %s = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u0 = math.exp %a : f32
    %u1 = math.exp %u0 : f32
    %u2 = math.exp %u1 : f32
    %u3 = math.exp %u2 : f32
    %u4 = math.exp %u3 : f32
    tenon.yield %u4 : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B, sum k: 8] (%s[8*m + k]) -> %e1[m]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @not_fused_long_map_repeated(
// WHY: remark: {{\[}}Missed] CostlyToRepeat | {{.*}} Function=not_fused_long_map_repeated | {{.*}}'rows' would evaluate it more than once per element: 5 operations repeated, while the 8 bytes saved pay for 4
func.func @not_fused_long_map_repeated(%x: !tenon.tensor<[8] f32>, %z: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[8] f32>
  %s = kernel.rows [rows c: 8] (%x[c]) -> %e0[c]
      : (!tenon.tensor<[8] f32>) -> !tenon.tensor<[8] f32> {
  ^bb0(%a: f32):
    %u0 = math.exp %a : f32
    %u1 = math.exp %u0 : f32
    %u2 = math.exp %u1 : f32
    %u3 = math.exp %u2 : f32
    %u4 = math.exp %u3 : f32
    tenon.yield %u4 : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%s[c], %z[8*r + c]) -> %e1[8*r + c]
      : (!tenon.tensor<[8] f32>, !tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32, %c: f32):
    %u = arith.addf %a, %c : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// The same map is no more work where each value is read once.
// CHECK-LABEL: func.func @fused_long_map_read_once(
func.func @fused_long_map_read_once(%x: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-COUNT-1: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %s = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u0 = math.exp %a : f32
    %u1 = math.exp %u0 : f32
    %u2 = math.exp %u1 : f32
    %u3 = math.exp %u2 : f32
    %u4 = math.exp %u3 : f32
    tenon.yield %u4 : f32
  }
  %e2 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.rows [rows r: B, rows c: 8] (%s[8*r + c]) -> %e2[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @not_fused_reader_is_a_contraction(
// WHY: remark: {{\[}}Missed] ReaderTakesMemory | {{.*}} Function=not_fused_reader_is_a_contraction | {{.*}}its reader 'contract' takes operands from memory only
func.func @not_fused_reader_is_a_contraction(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[8, 4] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 4] f32>
  %s = kernel.rows [rows r: B, rows c: 4] (%x[4*r + c]) -> %e0[4*r + c]
      : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%s[4*m + k], %w[4*n + k]) -> %e1[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @not_fused_producer_reduces(
func.func @not_fused_producer_reduces(%x: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B] f32>
  %s = kernel.rows [rows m: B, sum k: 8] (%x[8*m + k]) -> %e0[m]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B] (%s[m]) -> %e1[m]
      : (!tenon.tensor<[B] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B] f32>
}

// The sum over no dimension would become one over the reader's.
// CHECK-LABEL: func.func @not_fused_producer_reduces_nothing(
func.func @not_fused_producer_reduces_nothing(%x: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %s = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B, sum k: 8] (%s[8*m + k]) -> %e1[m]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @not_fused_part_of_the_map(
// WHY: remark: {{\[}}Missed] DimensionsDiffer | {{.*}} Function=not_fused_part_of_the_map | {{.*}}its reader 'rows' walks over other dimensions
func.func @not_fused_part_of_the_map(%x: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %s = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B, sum k: 7] (%s[8*m + k + 1]) -> %e1[m]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @not_fused_destination_holds_other_data(
// WHY: remark: {{\[}}Missed] DestinationHoldsOtherData | {{.*}} Function=not_fused_destination_holds_other_data | {{.*}}its destination holds other data
func.func @not_fused_destination_holds_other_data(%x: !tenon.tensor<[B, 8] f32>, %o: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %s = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %o[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B, sum k: 8] (%s[8*m + k]) -> %e1[m]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %y : !tenon.tensor<[B] f32>
}

// CHECK-LABEL: func.func @not_fused_destination_shared(
// WHY: remark: {{\[}}Missed] DestinationHoldsOtherData | {{.*}} Function=not_fused_destination_shared | {{.*}}its destination holds other data
func.func @not_fused_destination_shared(%x: !tenon.tensor<[B, 8] f32>, %z: !tenon.tensor<[B, 8] f32>)
    -> (!tenon.tensor<[B] f32>, !tenon.tensor<[B, 8] f32>) {
  // CHECK-COUNT-3: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %s = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %t = kernel.rows [rows r: B, rows c: 8] (%z[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %e1 = kernel.empty : !tenon.tensor<[B] f32>
  %y = kernel.rows [rows m: B, sum k: 8] (%s[8*m + k]) -> %e1[m]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%a: f32):
    %sum = kernel.reduce sum %a : f32
    tenon.yield %sum : f32
  }
  return %y, %t : !tenon.tensor<[B] f32>, !tenon.tensor<[B, 8] f32>
}

// CHECK-LABEL: func.func @not_fused_reader_is_destination(
// WHY: remark: {{\[}}Missed] ResultIsDestination | {{.*}} Function=not_fused_reader_is_destination | {{.*}}its result is the destination of 'rows'
func.func @not_fused_reader_is_destination(%x: !tenon.tensor<[B, 8] f32>, %z: !tenon.tensor<[B, 8] f32>)
    -> !tenon.tensor<[B, 8] f32> {
  // CHECK-COUNT-2: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK-NOT: = kernel.{{contract|rows|attend|index|window}} [
  // CHECK: return
  %e0 = kernel.empty : !tenon.tensor<[B, 8] f32>
  %s = kernel.rows [rows r: B, rows c: 8] (%x[8*r + c]) -> %e0[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = arith.mulf %a, %a : f32
    tenon.yield %u : f32
  }
  %y = kernel.rows [rows r: B, rows c: 8] (%z[8*r + c]) -> %s[8*r + c]
      : (!tenon.tensor<[B, 8] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%a: f32):
    %u = math.tanh %a : f32
    tenon.yield %u : f32
  }
  return %y : !tenon.tensor<[B, 8] f32>
}
