// RUN: tenon-opt %s | FileCheck %s
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-opt %s -mlir-print-op-generic | tenon-opt | FileCheck %s

tenon.size @B from 0 to *
tenon.size @N from 0 to *

// CHECK-LABEL: func.func @contract(
// CHECK-SAME: %[[X:.*]]: !tenon.tensor<[B, N, 384] f32>, %[[W:.*]]: !tenon.tensor<[1536, 384] f32>, %[[BIAS:.*]]: !tenon.tensor<[1536] f32>
func.func @contract(%x: !tenon.tensor<[B, N, 384] f32>, %w: !tenon.tensor<[1536, 384] f32>, %b: !tenon.tensor<[1536] f32>) {
  // CHECK: %[[O:.*]] = kernel.empty : <[B, N, 1536] f32>
  %o = kernel.empty : !tenon.tensor<[B, N, 1536] f32>
  // CHECK: kernel.contract [rows m: B*N, cols n: 1536, sum k: 384]
  // CHECK-SAME: (%[[X]][k + 384*m], %[[W]][k + 384*n], %[[BIAS]][n]) -> %[[O]][1536*m + n]
  // CHECK-SAME: : (!tenon.tensor<[B, N, 384] f32>, !tenon.tensor<[1536, 384] f32>, !tenon.tensor<[1536] f32>) -> !tenon.tensor<[B, N, 1536] f32> {
  // CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32, %[[E:.*]]: f32):
  // CHECK-NEXT: arith.addf %[[ACC]], %[[E]] : f32
  %y = kernel.contract [rows m: B*N, cols n: 1536, sum k: 384] (%x[384*m + k], %w[384*n + k], %b[n]) -> %o[1536*m + n]
      : (!tenon.tensor<[B, N, 384] f32>, !tenon.tensor<[1536, 384] f32>, !tenon.tensor<[1536] f32>) -> !tenon.tensor<[B, N, 1536] f32> {
  ^bb0(%acc: f32, %bias: f32):
    %h = arith.addf %acc, %bias : f32
    tenon.yield %h : f32
  }
  return
}

// CHECK-LABEL: func.func @contract_packed
func.func @contract_packed(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[256] f32>, %o: !tenon.tensor<[B, 8] f32>) {
  // CHECK: kernel.contract [rows m: B, cols n: 8, sum k: 4] (%{{.*}}[k + 4*m], %{{.*}}[0]) -> %{{.*}}[8*m + n] {panel = 64 : i64} :
  %y = kernel.contract [rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[0]) -> %o[8*m + n] {panel = 64 : i64}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[256] f32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return
}

// Offsets and coefficients are polynomials in sizes, linear in the dimensions.
// CHECK-LABEL: func.func @accesses
func.func @accesses(%x: !tenon.tensor<[B, N, N] f32>, %o: !tenon.tensor<[B, 4] f32>) {
  // CHECK: kernel.rows [rows m: B, rows n: 4] (%{{.*}}[N*N*m + N - n - 1]) -> %{{.*}}[4*m + n]
  %y = kernel.rows [rows m: B, rows n: 4] (%x[N - 1 + m*N*N - n]) -> %o[4*m + n] : (!tenon.tensor<[B, N, N] f32>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return
}

// CHECK-LABEL: func.func @window
func.func @window(%x: !tenon.tensor<[B, 2, 8] f32>, %w: !tenon.tensor<[6, 2, 3] f32>, %o: !tenon.tensor<[B, 6, 8] f32>) {
  // CHECK: kernel.window [rows m: B, rows p: 8, cols n: 6, sum c: 2, sum t: 3]
  // CHECK-SAME: (%{{.*}}[8*c + 16*m + p + t - 1], %{{.*}}[3*c + 6*n + t]) -> %{{.*}}[48*m + 8*n + p] {bounds = array<i64: 1, 4, 1, 1, 1, 8>} :
  %y = kernel.window [rows m: B, rows p: 8, cols n: 6, sum c: 2, sum t: 3] (%x[16*m + p + 8*c + t - 1], %w[6*n + 3*c + t]) -> %o[48*m + 8*n + p]
      {bounds = array<i64: 1, 4, 1, 1, 1, 8>} : (!tenon.tensor<[B, 2, 8] f32>, !tenon.tensor<[6, 2, 3] f32>) -> !tenon.tensor<[B, 6, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return
}

// CHECK-LABEL: func.func @attend
func.func @attend(%q: !tenon.tensor<[B, N, 8] f32>, %o: !tenon.tensor<[B, N, 8] f32>, %mask: !tenon.tensor<[B, N] i1>) {
  // CHECK: kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8]
  // CHECK-SAME: -> %{{.*}}[8*N*b + e + 8*i] {causal, scale = 1.000000e+00 : f64, scoreInputs = 0 : i64} :
  // CHECK-NEXT: ^bb0(%{{.*}}: f32):
  %plain = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8]
      (%q[8*N*b + 8*i + d], %q[8*N*b + 8*j + d], %q[8*N*b + 8*j + e]) -> %o[8*N*b + 8*i + e] {causal, scale = 1.0 : f64, scoreInputs = 0 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  // CHECK: kernel.attend {{.*}} %{{.*}}[N*b + j]) -> %{{.*}} {scale = 5.000000e-01 : f64, scoreInputs = 1 : i64} : {{.*}} score {
  // CHECK-NEXT: ^bb0(%[[S:.*]]: f32, %[[M:.*]]: i1):
  // CHECK-NEXT: %[[I:.*]] = kernel.position 1
  // CHECK-NEXT: %[[J:.*]] = kernel.position 2
  // CHECK: tenon.yield
  // CHECK-NEXT: } {
  // CHECK-NEXT: ^bb0(%{{.*}}: f32):
  %masked = kernel.attend [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8]
      (%q[8*N*b + 8*i + d], %q[8*N*b + 8*j + d], %q[8*N*b + 8*j + e], %mask[N*b + j]) -> %o[8*N*b + 8*i + e] {scale = 0.5 : f64, scoreInputs = 1 : i64}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N] i1>) -> !tenon.tensor<[B, N, 8] f32> score {
  ^bb0(%s: f32, %m: i1):
    %i = kernel.position 1
    %j = kernel.position 2
    %same = arith.cmpi eq, %i, %j : index
    %seen = arith.andi %same, %m : i1
    %zero = arith.constant 0.0 : f32
    %t = arith.select %seen, %s, %zero : f32
    tenon.yield %t : f32
  } {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return
}

// CHECK-LABEL: func.func @attend_gradient
func.func @attend_gradient(%q: !tenon.tensor<[B, N, 8] f32>, %mask: !tenon.tensor<[B, N] i1>, %o: !tenon.tensor<[24*B*N] f32>) {
  // CHECK: kernel.attend_gradient [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8]
  // CHECK-SAME: %{{.*}}[N*b + j]) -> %{{.*}}[0] {keyMask, scale = 1.000000e+00 : f64, scoreInputs = 1 : i64} :
  %g = kernel.attend_gradient [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8]
      (%q[8*N*b + 8*i + d], %q[8*N*b + 8*j + d], %q[8*N*b + 8*j + e], %q[8*N*b + 8*i + e], %mask[N*b + j]) -> %o[0] {scale = 1.0 : f64, scoreInputs = 1 : i64, keyMask}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N] i1>) -> !tenon.tensor<[24*B*N] f32> {
  ^bb0(%value: f32):
    tenon.yield %value : f32
  }
  return
}

// CHECK-LABEL: func.func @attend_statistics
func.func @attend_statistics(%q: !tenon.tensor<[B, N, 8] f32>, %s: !tenon.tensor<[B, N, 3] f32>, %o: !tenon.tensor<[24*B*N] f32>) {
  // CHECK: kernel.attend_statistics [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8]
  // CHECK-SAME: -> %{{.*}}[3*N*b + 3*i] {scale = 1.000000e+00 : f64, scoreInputs = 0 : i64, strict} :
  %t = kernel.attend_statistics [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8]
      (%q[8*N*b + 8*i + d], %q[8*N*b + 8*j + d], %q[8*N*b + 8*j + e], %q[8*N*b + 8*i + e]) -> %s[3*N*b + 3*i] {scale = 1.0 : f64, scoreInputs = 0 : i64, strict}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>) -> !tenon.tensor<[B, N, 3] f32> {
  ^bb0(%value: f32):
    tenon.yield %value : f32
  }
  // CHECK: kernel.attend_gradient
  // CHECK-SAME: %{{.*}}[3*N*b + 3*i]) -> %{{.*}}[0] {scale = 1.000000e+00 : f64, scoreInputs = 0 : i64, statistics, strict} :
  %g = kernel.attend_gradient [batch b: B, queries i: N, keys j: N, depth d: 8, values e: 8]
      (%q[8*N*b + 8*i + d], %q[8*N*b + 8*j + d], %q[8*N*b + 8*j + e], %q[8*N*b + 8*i + e], %t[3*N*b + 3*i]) -> %o[0] {scale = 1.0 : f64, scoreInputs = 0 : i64, statistics, strict}
      : (!tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 8] f32>, !tenon.tensor<[B, N, 3] f32>) -> !tenon.tensor<[24*B*N] f32> {
  ^bb0(%value: f32):
    tenon.yield %value : f32
  }
  return
}

// CHECK-LABEL: func.func @rows
func.func @rows(%x: !tenon.tensor<[B, N] f32>, %o: !tenon.tensor<[B, N] f32>, %line: !tenon.tensor<[B] f32>) {
  // One value per element.
  // CHECK: kernel.rows [rows m: B, sum k: N] (%{{.*}}[N*m + k]) -> %{{.*}}[N*m + k] :
  // CHECK: kernel.reduce max %{{.*}} : f32
  // CHECK: kernel.reduce sum %{{.*}} : f32
  %softmax = kernel.rows [rows m: B, sum k: N] (%x[N*m + k]) -> %o[N*m + k] : (!tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32> {
  ^bb0(%e: f32):
    %max = kernel.reduce max %e : f32
    %d = arith.subf %e, %max : f32
    %p = math.exp %d : f32
    %sum = kernel.reduce sum %p : f32
    %r = arith.divf %p, %sum : f32
    tenon.yield %r : f32
  }
  // One value per row.
  // CHECK: kernel.rows [rows m: B, sum k: N] (%{{.*}}[N*m + k]) -> %{{.*}}[m] :
  // CHECK: kernel.reduce min
  // CHECK: kernel.reduce prod
  %range = kernel.rows [rows m: B, sum k: N] (%x[N*m + k]) -> %line[m] : (!tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B] f32> {
  ^bb0(%e: f32):
    %min = kernel.reduce min %e : f32
    %prod = kernel.reduce prod %e : f32
    %r = arith.addf %min, %prod : f32
    tenon.yield %r : f32
  }
  return
}

// CHECK-LABEL: func.func @rows_rank_0
func.func @rows_rank_0(%x: !tenon.tensor<[] f32>, %o: !tenon.tensor<[] f32>) {
  // CHECK: kernel.rows [] (%{{.*}}[0]) -> %{{.*}}[0] :
  %y = kernel.rows [] (%x[0]) -> %o[0] : (!tenon.tensor<[] f32>) -> !tenon.tensor<[] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return
}

// CHECK-LABEL: func.func @index
func.func @index(%table: !tenon.tensor<[10, 4] f32>, %ids: !tenon.tensor<[B] i64>, %o: !tenon.tensor<[B, 4] f32>) {
  // CHECK: kernel.index [rows m: B, cols n: 4] (%{{.*}}[n], %{{.*}}[m]) -> %{{.*}}[4*m + n] {bound = #tenon.size<10>, stride = #tenon.size<4>} :
  %y = kernel.index [rows m: B, cols n: 4] (%table[n], %ids[m]) -> %o[4*m + n] {bound = #tenon.size<10>, stride = #tenon.size<4>}
      : (!tenon.tensor<[10, 4] f32>, !tenon.tensor<[B] i64>) -> !tenon.tensor<[B, 4] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return
}

// CHECK-LABEL: func.func @pack
func.func @pack(%w: !tenon.tensor<[2, 8, 4] f32>, %o: !tenon.tensor<[512] f32>) {
  // CHECK: kernel.pack [batch b: 2, cols n: 8, sum k: 4] (%{{.*}}[32*b + k + 4*n]) -> %{{.*}}[256*b] {panel = 64 : i64} :
  %y = kernel.pack [batch b: 2, cols n: 8, sum k: 4] (%w[32*b + 4*n + k]) -> %o[256*b] {panel = 64 : i64} : (!tenon.tensor<[2, 8, 4] f32>) -> !tenon.tensor<[512] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return
}

// CHECK: kernel.storage @packed_0 : !tenon.tensor<[256] f32>
kernel.storage @packed_0 : !tenon.tensor<[256] f32>

func.func private @rows_0(!tenon.tensor<[B, N] f32>, !tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32>

// CHECK-LABEL: func.func @launch
func.func @launch(%x: !tenon.tensor<[B, N] f32>) {
  // CHECK: kernel.stored @packed_0 : <[256] f32>
  %w = kernel.stored @packed_0 : !tenon.tensor<[256] f32>
  %o = kernel.empty : !tenon.tensor<[B, N] f32>
  // CHECK: kernel.launch @rows_0(%{{.*}}, %{{.*}}) flops <5*B*N> bytes <8*B*N> : (!tenon.tensor<[B, N] f32>, !tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32>
  %y = kernel.launch @rows_0(%x, %o) flops <5*B*N> bytes <8*B*N> : (!tenon.tensor<[B, N] f32>, !tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32>
  return
}

// CHECK-LABEL: func.func private @attributes
// CHECK-SAME: access = #kernel.access<N - 1 [N, 1]>
// CHECK-SAME: dim = #kernel.dim<rows m : B*N>
// CHECK-SAME: grid = #kernel.grid<{{.*}}B*N{{.*}}, 16>
func.func private @attributes() attributes {
  access = #kernel.access<N - 1 [N, 1]>, dim = #kernel.dim<rows m : B*N>, grid = #kernel.grid<#tenon.size<B*N>, 16>
}

// CHECK-LABEL: func.func @grouped
func.func @grouped(%x: !tenon.tensor<[B, 4] f32>, %w: !tenon.tensor<[3, 8, 4] f32>, %ids: !tenon.tensor<[B] i32>, %t: !tenon.tensor<[B + 4] i32>, %o: !tenon.tensor<[B, 8] f32>) {
  // CHECK: %[[P:.*]] = kernel.partition [rows m: B] (%{{.*}}[m]) -> %{{.*}}[0] {groups = 3 : i64} :
  %p = kernel.partition [rows m: B] (%ids[m]) -> %t[0] {groups = 3 : i64} : (!tenon.tensor<[B] i32>) -> !tenon.tensor<[B + 4] i32> {
  ^bb0(%e: i32):
    tenon.yield %e : i32
  }
  // CHECK: kernel.contract [groups g: 3, rows m: B, cols n: 8, sum k: 4] (%{{.*}}[k + 4*m], %{{.*}}[32*g + k + 4*n], %[[P]][m + 4]) -> %{{.*}}[8*m + n] :
  %y = kernel.contract [groups g: 3, rows m: B, cols n: 8, sum k: 4] (%x[4*m + k], %w[32*g + 4*n + k], %p[m + 4]) -> %o[8*m + n]
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[3, 8, 4] f32>, !tenon.tensor<[B + 4] i32>) -> !tenon.tensor<[B, 8] f32> {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return
}

// CHECK-LABEL: func.func @contract_with_prologue
func.func @contract_with_prologue(%x: !tenon.tensor<[B, 8] f32>, %g: !tenon.tensor<[8] f32>, %w: !tenon.tensor<[5, 2, 2, 4] f32>,
                                  %o: !tenon.tensor<[B, 5] f32>) {
  // CHECK: kernel.contract [rows m: B, cols n: 5, sum c: 2, sum k: 2, sum i: 4] (%{{.*}}[4*c + i + 8*m], %{{.*}}[8*c + i + 4*k + 16*n], %{{.*}}[4*c + i]) -> %{{.*}}[5*m + n] : ({{.*}}) -> !tenon.tensor<[B, 5] f32> prologue {
  // CHECK-NEXT: ^bb0(%[[E:.*]]: f32, %[[G:.*]]: f32):
  // CHECK-NEXT: %[[D:.*]] = arith.subf %[[E]], %[[G]] : f32
  // CHECK-NEXT: tenon.yield %[[E]], %[[D]] : f32, f32
  // CHECK-NEXT: } {
  // CHECK-NEXT: ^bb0(%[[A:.*]]: f32):
  %y = kernel.contract [rows m: B, cols n: 5, sum c: 2, sum k: 2, sum i: 4]
      (%x[8*m + 4*c + i], %w[16*n + 8*c + 4*k + i], %g[4*c + i]) -> %o[5*m + n]
      : (!tenon.tensor<[B, 8] f32>, !tenon.tensor<[5, 2, 2, 4] f32>, !tenon.tensor<[8] f32>) -> !tenon.tensor<[B, 5] f32>
      prologue {
  ^bb0(%e: f32, %knot: f32):
    %d = arith.subf %e, %knot : f32
    tenon.yield %e, %d : f32, f32
  } {
  ^bb0(%a: f32):
    tenon.yield %a : f32
  }
  return
}

// CHECK-LABEL: func.func @lines
func.func @lines(%x: !tenon.tensor<[B, N] f32>, %o: !tenon.tensor<[B, N] f32>, %i: !tenon.tensor<[B, N] i64>) {
  // CHECK: kernel.scan [batch b: B, sum k: N] (%{{.*}}[N*b + k]) -> %{{.*}}[N*b + k] :
  %y = kernel.scan [batch b: B, sum k: N] (%x[N*b + k]) -> %o[N*b + k] : (!tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  // CHECK: kernel.argsort [batch b: B, sum k: N] (%{{.*}}[N*b + k]) -> %{{.*}}[N*b + k] {descending} :
  %z = kernel.argsort [batch b: B, sum k: N] (%x[N*b + k]) -> %i[N*b + k] {descending} : (!tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] i64> {
  ^bb0(%e: i64):
    tenon.yield %e : i64
  }
  return
}

// CHECK-LABEL: func.func @sums
func.func @sums(%x: !tenon.tensor<[B, 3, N] f32>, %o: !tenon.tensor<[3, 2] f32>) {
  // CHECK: kernel.sums [sum b: B, rows g: 3, sum n: N] (%{{.*}}[3*N*b + N*g + n]) -> %{{.*}}[2*g] : (!tenon.tensor<[B, 3, N] f32>) -> !tenon.tensor<[3, 2] f32> {
  // CHECK: tenon.yield %{{.*}}, %{{.*}} : f32, f32
  %s = kernel.sums [sum b: B, rows g: 3, sum n: N] (%x[3*N*b + N*g + n]) -> %o[2*g] : (!tenon.tensor<[B, 3, N] f32>) -> !tenon.tensor<[3, 2] f32> {
  ^bb0(%a: f32):
    %p = arith.mulf %a, %a : f32
    tenon.yield %a, %p : f32, f32
  }
  return
}

// CHECK-LABEL: func.func @part_sums
func.func @part_sums(%x: !tenon.tensor<[N, 3] f32>, %o: !tenon.tensor<[3, 2, 8] f32>) {
  // CHECK: kernel.part_sums [sum n: N, rows g: 3] (%{{.*}}[g + 3*n]) -> %{{.*}}[16*g] {parts = 8 : i64} : (!tenon.tensor<[N, 3] f32>) -> !tenon.tensor<[3, 2, 8] f32> {
  %s = kernel.part_sums [sum n: N, rows g: 3] (%x[g + 3*n]) -> %o[16*g] {parts = 8 : i64} : (!tenon.tensor<[N, 3] f32>) -> !tenon.tensor<[3, 2, 8] f32> {
  ^bb0(%a: f32):
    %p = arith.mulf %a, %a : f32
    tenon.yield %a, %p : f32, f32
  }
  return
}

// CHECK-LABEL: func.func @put
func.func @put(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %o: !tenon.tensor<[9, 4] f32>) {
  // CHECK: kernel.put [rows b: B, cols c: 4] (%{{.*}}[b], %{{.*}}[4*b + c]) -> %{{.*}}[c] {bound = #tenon.size<9>, stride = #tenon.size<4>} :
  %s = kernel.put [rows b: B, cols c: 4] (%i[b], %x[4*b + c]) -> %o[c] {bound = #tenon.size<9>, stride = #tenon.size<4>}
      : (!tenon.tensor<[B] i64>, !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[9, 4] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return
}

// CHECK-LABEL: func.func @scatter
func.func @scatter(%x: !tenon.tensor<[B, 4] f32>, %i: !tenon.tensor<[B] i64>, %o: !tenon.tensor<[9, 4] f32>) {
  // CHECK: kernel.scatter [sum b: B, cols c: 4] (%{{.*}}[4*b + c], %{{.*}}[b]) -> %{{.*}}[c] {bound = #tenon.size<9>, stride = #tenon.size<4>} :
  %s = kernel.scatter [sum b: B, cols c: 4] (%x[4*b + c], %i[b]) -> %o[c] {bound = #tenon.size<9>, stride = #tenon.size<4>}
      : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[B] i64>) -> !tenon.tensor<[9, 4] f32> {
  ^bb0(%value: f32):
    tenon.yield %value : f32
  }
  return
}
