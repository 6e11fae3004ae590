// RUN: tenon-opt %s -tenon-raise-kan=early -canonicalize --remarks-filter-failed=.* --mlir-disable-threading 2>%t | FileCheck %s
// RUN: count 0 < %t
// RUN: tenon-opt %s -tenon-raise-kan --remarks-filter-failed=.* --mlir-disable-threading -o /dev/null 2>&1 | FileCheck %s --check-prefix=LATE

// Fifteen elements wait for a later run, sixteen do not.
// CHECK-LABEL: func.func @few
// CHECK-NOT: tenon.kan
// CHECK: tenon.contract
func.func @few(%x: !tenon.tensor<[B, 15] f32>, %c: !tenon.tensor<[5, 15, 2] f32>) -> !tenon.tensor<[B, 5] f32> {
  %s = tenon.map (%e = %x) : (!tenon.tensor<[B, 15] f32>) -> !tenon.tensor<[B, 15] f32> {
    %v = math.sin %e : f32
    tenon.yield %v : f32
  }
  %s1 = tenon.rearrange %s[a: B, b: 15] -> [a, b, ()] : !tenon.tensor<[B, 15] f32> -> !tenon.tensor<[B, 15, 1] f32>
  %x1 = tenon.rearrange %x[a: B, b: 15] -> [a, b, ()] : !tenon.tensor<[B, 15] f32> -> !tenon.tensor<[B, 15, 1] f32>
  %t = tenon.concat %s1, %x1 axis 2 : !tenon.tensor<[B, 15, 1] f32>, !tenon.tensor<[B, 15, 1] f32> -> !tenon.tensor<[B, 15, 2] f32>
  %y = tenon.contract %t[a, b, c], %c[d, b, c] -> [a, d] : !tenon.tensor<[B, 15, 2] f32>, !tenon.tensor<[5, 15, 2] f32> -> !tenon.tensor<[B, 5] f32>
  return %y : !tenon.tensor<[B, 5] f32>
}

// CHECK-LABEL: func.func @more
// CHECK: tenon.kan
func.func @more(%x: !tenon.tensor<[B, 16] f32>, %c: !tenon.tensor<[5, 16, 2] f32>) -> !tenon.tensor<[B, 5] f32> {
  %s = tenon.map (%e = %x) : (!tenon.tensor<[B, 16] f32>) -> !tenon.tensor<[B, 16] f32> {
    %v = math.sin %e : f32
    tenon.yield %v : f32
  }
  %s1 = tenon.rearrange %s[a: B, b: 16] -> [a, b, ()] : !tenon.tensor<[B, 16] f32> -> !tenon.tensor<[B, 16, 1] f32>
  %x1 = tenon.rearrange %x[a: B, b: 16] -> [a, b, ()] : !tenon.tensor<[B, 16] f32> -> !tenon.tensor<[B, 16, 1] f32>
  %t = tenon.concat %s1, %x1 axis 2 : !tenon.tensor<[B, 16, 1] f32>, !tenon.tensor<[B, 16, 1] f32> -> !tenon.tensor<[B, 16, 2] f32>
  %y = tenon.contract %t[a, b, c], %c[d, b, c] -> [a, d] : !tenon.tensor<[B, 16, 2] f32>, !tenon.tensor<[5, 16, 2] f32> -> !tenon.tensor<[B, 5] f32>
  return %y : !tenon.tensor<[B, 5] f32>
}

// Terms that are read from elsewhere for each row: a later run says so.
// CHECK-LABEL: func.func @stored
// CHECK-NOT: tenon.kan
// LATE: TermsAreStored
// LATE-NOT: TermsAreStored
func.func @stored(%x: !tenon.tensor<[B, 16, 2] f32>, %c: !tenon.tensor<[5, 16, 2] f32>) -> !tenon.tensor<[B, 5] f32> {
  %s = tenon.map (%e = %x) : (!tenon.tensor<[B, 16, 2] f32>) -> !tenon.tensor<[B, 16, 2] f32> {
    %v = math.sin %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %s[a, b, c], %c[d, b, c] -> [a, d] : !tenon.tensor<[B, 16, 2] f32>, !tenon.tensor<[5, 16, 2] f32> -> !tenon.tensor<[B, 5] f32>
  return %y : !tenon.tensor<[B, 5] f32>
}
