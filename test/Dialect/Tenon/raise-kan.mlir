// RUN: tenon-opt %s -split-input-file -tenon-raise-kan -canonicalize -cse | FileCheck %s
// RUN: tenon-opt %s -split-input-file -tenon-raise-kan --remarks-filter-failed=.* --mlir-disable-threading -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHY

// Bells around 0 and 1: repetition, numbers along the terms.
// CHECK-LABEL: func.func @bells
// CHECK: tenon.kan %arg1 (%[[E:.*]] = %{{.*}}) :
// CHECK-NEXT: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK-NEXT: %[[P:.*]] = math.exp %[[E]] : f32
// CHECK-NEXT: %[[B:.*]] = arith.subf %[[E]], %[[ONE]] : f32
// CHECK-NEXT: %[[Q:.*]] = math.exp %[[B]] : f32
// CHECK-NEXT: tenon.yield %[[P]], %[[Q]] : f32, f32
func.func @bells(%x: !tenon.tensor<[B, 4] f32>, %c: !tenon.tensor<[5, 4, 2] f32>) -> !tenon.tensor<[B, 5] f32> {
  %k = tenon.iota -> !tenon.tensor<[2] i64>
  %f = tenon.map (%e = %k) : (!tenon.tensor<[2] i64>) -> !tenon.tensor<[2] f32> {
    %v = arith.sitofp %e : i64 to f32
    tenon.yield %v : f32
  }
  %r = tenon.broadcast %x along [0, 1] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4, 2] f32>
  %t = tenon.map (%e = %r, %g = %f) : (!tenon.tensor<[B, 4, 2] f32>, !tenon.tensor<[2] f32>) -> !tenon.tensor<[B, 4, 2] f32> {
    %d = arith.subf %e, %g : f32
    %v = math.exp %d : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, c], %c[d, b, c] -> [a, d] : !tenon.tensor<[B, 4, 2] f32>, !tenon.tensor<[5, 4, 2] f32> -> !tenon.tensor<[B, 5] f32>
  return %y : !tenon.tensor<[B, 5] f32>
}

// -----

// A stack of terms with coefficients in another order, and a base function that is added.
// CHECK-LABEL: func.func @stack_and_base
// CHECK: %[[ALL:.*]] = tenon.concat %{{.*}}, %{{.*}} axis 2 : !tenon.tensor<[5, 4, 2] f32>, !tenon.tensor<[5, 4, 1] f32> -> <[5, 4, 3] f32>
// CHECK: tenon.kan %[[ALL]] (%[[E:.*]] = %{{.*}}) :
// CHECK-NEXT: %[[S:.*]] = math.sin %[[E]] : f32
// CHECK-NEXT: %[[C:.*]] = math.cos %[[E]] : f32
// CHECK-NEXT: %[[T:.*]] = math.tanh %[[E]] : f32
// CHECK-NEXT: tenon.yield %[[S]], %[[C]], %[[T]] : f32, f32, f32
// CHECK-NEXT: }
// CHECK-NEXT: return
func.func @stack_and_base(%x: !tenon.tensor<[B, 4] f32>, %c: !tenon.tensor<[2, 4, 5] f32>, %w: !tenon.tensor<[5, 4] f32>) -> !tenon.tensor<[B, 5] f32> {
  %s = tenon.map (%e = %x) : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
    %v = math.sin %e : f32
    tenon.yield %v : f32
  }
  %o = tenon.map (%e = %x) : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
    %v = math.cos %e : f32
    tenon.yield %v : f32
  }
  %s1 = tenon.rearrange %s[a: B, b: 4] -> [a, b, ()] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4, 1] f32>
  %o1 = tenon.rearrange %o[a: B, b: 4] -> [a, b, ()] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4, 1] f32>
  %t = tenon.concat %s1, %o1 axis 2 : !tenon.tensor<[B, 4, 1] f32>, !tenon.tensor<[B, 4, 1] f32> -> !tenon.tensor<[B, 4, 2] f32>
  %p = tenon.contract %t[a, b, c], %c[c, b, d] -> [a, d] : !tenon.tensor<[B, 4, 2] f32>, !tenon.tensor<[2, 4, 5] f32> -> !tenon.tensor<[B, 5] f32>
  %h = tenon.map (%e = %x) : (!tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32> {
    %v = math.tanh %e : f32
    tenon.yield %v : f32
  }
  %q = tenon.contract %h[a, b], %w[c, b] -> [a, c] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[5, 4] f32> -> !tenon.tensor<[B, 5] f32>
  %y = tenon.map (%e = %p, %f = %q) : (!tenon.tensor<[B, 5] f32>, !tenon.tensor<[B, 5] f32>) -> !tenon.tensor<[B, 5] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  return %y : !tenon.tensor<[B, 5] f32>
}

// -----

// Learned centres, one per term, and widths, one per element and term, are inputs.
// CHECK-LABEL: func.func @learned
// CHECK: tenon.kan %arg3 (%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}) : (!tenon.tensor<[5, 4, 2] f32>, !tenon.tensor<[B, 4] f32>, !tenon.tensor<[1] f32>, !tenon.tensor<[4] f32>, !tenon.tensor<[1] f32>, !tenon.tensor<[4] f32>)
func.func @learned(%x: !tenon.tensor<[B, 4] f32>, %m: !tenon.tensor<[2] f32>, %s: !tenon.tensor<[4, 2] f32>, %c: !tenon.tensor<[5, 4, 2] f32>) -> !tenon.tensor<[B, 5] f32> {
  %r = tenon.broadcast %x along [0, 1] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4, 2] f32>
  %t = tenon.map (%e = %r, %g = %m, %w = %s) : (!tenon.tensor<[B, 4, 2] f32>, !tenon.tensor<[2] f32>, !tenon.tensor<[4, 2] f32>) -> !tenon.tensor<[B, 4, 2] f32> {
    %d = arith.subf %e, %g : f32
    %v = arith.divf %d, %w : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, c], %c[d, b, c] -> [a, d] : !tenon.tensor<[B, 4, 2] f32>, !tenon.tensor<[5, 4, 2] f32> -> !tenon.tensor<[B, 5] f32>
  return %y : !tenon.tensor<[B, 5] f32>
}

// -----

// Terms of each row's own stay where they are.
// CHECK-LABEL: func.func @own_per_row
// CHECK-NOT: tenon.kan
// WHY: TermsAreStored{{.*}}no Kolmogorov-Arnold block, its terms are stored: terms that are computed elsewhere differ from row to row
func.func @own_per_row(%x: !tenon.tensor<[B, 4, 2] f32>, %c: !tenon.tensor<[5, 4, 2] f32>) -> !tenon.tensor<[B, 5] f32> {
  %t = tenon.map (%e = %x) : (!tenon.tensor<[B, 4, 2] f32>) -> !tenon.tensor<[B, 4, 2] f32> {
    %v = math.exp %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, c], %c[d, b, c] -> [a, d] : !tenon.tensor<[B, 4, 2] f32>, !tenon.tensor<[5, 4, 2] f32> -> !tenon.tensor<[B, 5] f32>
  return %y : !tenon.tensor<[B, 5] f32>
}

// -----

// What another op reads, too, is stored.
// CHECK-LABEL: func.func @another_reader
// CHECK-NOT: tenon.kan
// WHY: its terms are stored:
func.func @another_reader(%x: !tenon.tensor<[B, 4] f32>, %c: !tenon.tensor<[5, 4, 2] f32>) -> (!tenon.tensor<[B, 5] f32>, !tenon.tensor<[B, 4, 2] f32>) {
  %r = tenon.broadcast %x along [0, 1] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4, 2] f32>
  %t = tenon.map (%e = %r) : (!tenon.tensor<[B, 4, 2] f32>) -> !tenon.tensor<[B, 4, 2] f32> {
    %v = math.exp %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, c], %c[d, b, c] -> [a, d] : !tenon.tensor<[B, 4, 2] f32>, !tenon.tensor<[5, 4, 2] f32> -> !tenon.tensor<[B, 5] f32>
  return %y, %t : !tenon.tensor<[B, 5] f32>, !tenon.tensor<[B, 4, 2] f32>
}

// -----

// Terms that are all constant are no function of anything.
// CHECK-LABEL: func.func @constant_terms
// CHECK-NOT: tenon.kan
func.func @constant_terms(%c: !tenon.tensor<[5, 4, 2] f32>) -> !tenon.tensor<[B, 5] f32> {
  %o = tenon.constant 1.0 : f32 -> !tenon.tensor<[B, 4, 2] f32>
  %t = tenon.map (%e = %o) : (!tenon.tensor<[B, 4, 2] f32>) -> !tenon.tensor<[B, 4, 2] f32> {
    %v = math.exp %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, c], %c[d, b, c] -> [a, d] : !tenon.tensor<[B, 4, 2] f32>, !tenon.tensor<[5, 4, 2] f32> -> !tenon.tensor<[B, 5] f32>
  return %y : !tenon.tensor<[B, 5] f32>
}

// -----

// One of several heads is read where it lies.
// CHECK-LABEL: func.func @one_head
// CHECK: %[[HEAD:.*]] = tenon.rearrange %{{.*}} : <[B, 1, 4] f32> -> <[B, 4] f32>
// CHECK: tenon.kan %{{.*}} (%{{.*}} = %[[HEAD]])
func.func @one_head(%x: !tenon.tensor<[B, 3, 4] f32>, %c: !tenon.tensor<[5, 4, 2] f32>) -> !tenon.tensor<[B, 5] f32> {
  %s = tenon.slice %x starts [0, 1, 0] steps [1, 1, 1] : !tenon.tensor<[B, 3, 4] f32> -> !tenon.tensor<[B, 1, 4] f32>
  %h = tenon.rearrange %s[a: B, b: 1, c: 4] -> [(a, b), c] : !tenon.tensor<[B, 1, 4] f32> -> !tenon.tensor<[B, 4] f32>
  %r = tenon.broadcast %h along [0, 1] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4, 2] f32>
  %t = tenon.map (%e = %r) : (!tenon.tensor<[B, 4, 2] f32>) -> !tenon.tensor<[B, 4, 2] f32> {
    %v = math.exp %e : f32
    tenon.yield %v : f32
  }
  %y = tenon.contract %t[a, b, c], %c[d, b, c] -> [a, d] : !tenon.tensor<[B, 4, 2] f32>, !tenon.tensor<[5, 4, 2] f32> -> !tenon.tensor<[B, 5] f32>
  return %y : !tenon.tensor<[B, 5] f32>
}
