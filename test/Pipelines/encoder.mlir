// RUN: tenon-opt %s -tenon-graph | FileCheck %s --check-prefix=GRAPH
// RUN: tenon-opt %s -tenon-graph -tenon-fuse | FileCheck %s --check-prefix=FUSE
// RUN: tenon-opt %s -tenon-graph -tenon-fuse -tenon-layout=level=v4 | FileCheck %s --check-prefix=LAYOUT
// RUN: tenon-opt %s -tenon-graph -tenon-fuse -tenon-layout=level=v4 | FileCheck %s --check-prefix=KERNELS
// RUN: tenon-opt %s -tenon-graph -tenon-fuse -tenon-layout=level=v4 | FileCheck %s --check-prefix=STORAGE
// RUN: tenon-opt %s -tenon-graph -tenon-fuse -tenon-layout=level=v3 -tenon-emit=level=v3 | FileCheck %s --check-prefix=EMIT
// RUN: tenon-opt %s -tenon-graph -tenon-fuse -tenon-layout=level=v4 -tenon-emit=level=v4 | FileCheck %s --check-prefix=EMIT

// Two layers of a transformer encoder, stage by stage: each is seven kernels.

// The feed-forward block of each layer is found again.
// GRAPH-COUNT-2: tenon.ffn
// GRAPH-NOT: tenon.ffn

// FUSE-LABEL: func.func @encoder(
// Gain joins the normalization; heads are a view of one product.
// FUSE: %[[H:.*]] = kernel.rows [rows {{.*}}: B*N, sum {{.*}}: 16]
// FUSE: %[[QKV:.*]] = kernel.contract [rows {{.*}}: B*N, cols {{.*}}: 48, sum {{.*}}: 16] (%[[H]][
// FUSE: arith.addf
// The output is stored as the projection reads it, heads side by side.
// FUSE: %[[A:.*]] = kernel.attend [batch {{.*}}: B, batch {{.*}}: 4, queries {{.*}}: N, keys {{.*}}: N, depth {{.*}}: 4, values {{.*}}: 4] (%[[QKV]][
// FUSE: %[[R:.*]] = kernel.contract [rows {{.*}}: B*N, cols {{.*}}: 16, sum {{.*}}: 16] (%[[A]][
// FUSE-COUNT-2: arith.addf
// FUSE: %[[G:.*]] = kernel.rows [rows {{.*}}: B*N, sum {{.*}}: 16] (%[[R]][
// FUSE: %[[T:.*]] = kernel.contract [rows {{.*}}: B*N, cols {{.*}}: 32, sum {{.*}}: 16] (%[[G]][
// FUSE: arith.maximumf
// FUSE: %[[Y:.*]] = kernel.contract [rows {{.*}}: B*N, cols {{.*}}: 16, sum {{.*}}: 32] (%[[T]][
// FUSE-COUNT-2: arith.addf
// The second layer.
// FUSE-COUNT-7: = kernel.{{rows|contract|attend}} [
// FUSE-NOT: = kernel.{{rows|contract|attend|window|index}} [
// FUSE: return

// LAYOUT-LABEL: func.func @encoder(
// LAYOUT-COUNT-14: = kernel.launch
// LAYOUT-NOT: = kernel.launch
// LAYOUT: return

// Both layers, and both normalizations of a layer, share their code; so do the
// packings of matrices of one shape.
// KERNELS-COUNT-6: func.func private @{{rows|attend|contract}}
// KERNELS-COUNT-4: func.func private @pack
// KERNELS-NOT: func.func private

// Each matrix is packed once.
// STORAGE-COUNT-8: kernel.storage @
// STORAGE-NOT: kernel.storage @
// STORAGE: attributes {kernel.prepare}

// Code takes the place of the kernels, function by function.
// EMIT-COUNT-10: func.func private {{.*}}kernel.grid
// EMIT-NOT: = kernel.{{rows|contract|attend|pack}}

tenon.size @B from 0 to *
tenon.size @N from 0 to 512
tenon.param trainable @"0.norm1" : !tenon.tensor<[16] f32>
tenon.param trainable @"0.qkv.weight" : !tenon.tensor<[48, 16] f32>
tenon.param trainable @"0.qkv.bias" : !tenon.tensor<[48] f32>
tenon.param trainable @"0.proj.weight" : !tenon.tensor<[16, 16] f32>
tenon.param trainable @"0.proj.bias" : !tenon.tensor<[16] f32>
tenon.param trainable @"0.norm2" : !tenon.tensor<[16] f32>
tenon.param trainable @"0.fc1.weight" : !tenon.tensor<[32, 16] f32>
tenon.param trainable @"0.fc1.bias" : !tenon.tensor<[32] f32>
tenon.param trainable @"0.fc2.weight" : !tenon.tensor<[16, 32] f32>
tenon.param trainable @"0.fc2.bias" : !tenon.tensor<[16] f32>
tenon.param trainable @"1.norm1" : !tenon.tensor<[16] f32>
tenon.param trainable @"1.qkv.weight" : !tenon.tensor<[48, 16] f32>
tenon.param trainable @"1.qkv.bias" : !tenon.tensor<[48] f32>
tenon.param trainable @"1.proj.weight" : !tenon.tensor<[16, 16] f32>
tenon.param trainable @"1.proj.bias" : !tenon.tensor<[16] f32>
tenon.param trainable @"1.norm2" : !tenon.tensor<[16] f32>
tenon.param trainable @"1.fc1.weight" : !tenon.tensor<[32, 16] f32>
tenon.param trainable @"1.fc1.bias" : !tenon.tensor<[32] f32>
tenon.param trainable @"1.fc2.weight" : !tenon.tensor<[16, 32] f32>
tenon.param trainable @"1.fc2.bias" : !tenon.tensor<[16] f32>

func.func @encoder(%x: !tenon.tensor<[B, N, 16] f32>, %mask: !tenon.tensor<[B, N] i1>) -> !tenon.tensor<[B, N, 16] f32> {
  %norm10 = tenon.read @"0.norm1" : !tenon.tensor<[16] f32>
  %qkv_weight0 = tenon.read @"0.qkv.weight" : !tenon.tensor<[48, 16] f32>
  %qkv_bias0 = tenon.read @"0.qkv.bias" : !tenon.tensor<[48] f32>
  %proj_weight0 = tenon.read @"0.proj.weight" : !tenon.tensor<[16, 16] f32>
  %proj_bias0 = tenon.read @"0.proj.bias" : !tenon.tensor<[16] f32>
  %norm20 = tenon.read @"0.norm2" : !tenon.tensor<[16] f32>
  %fc1_weight0 = tenon.read @"0.fc1.weight" : !tenon.tensor<[32, 16] f32>
  %fc1_bias0 = tenon.read @"0.fc1.bias" : !tenon.tensor<[32] f32>
  %fc2_weight0 = tenon.read @"0.fc2.weight" : !tenon.tensor<[16, 32] f32>
  %fc2_bias0 = tenon.read @"0.fc2.bias" : !tenon.tensor<[16] f32>
  %h0_n = tenon.normalize %x over [2] eps 1.0e-05 : !tenon.tensor<[B, N, 16] f32> -> !tenon.tensor<[B, N, 16] f32>
  %h0 = tenon.map (%e = %h0_n, %f = %norm10) : (!tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[16] f32>) -> !tenon.tensor<[B, N, 16] f32> {
    %v = arith.mulf %e, %f : f32
    tenon.yield %v : f32
  }
  %qkv0_p = tenon.contract %h0[a, b, d], %qkv_weight0[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[48, 16] f32> -> !tenon.tensor<[B, N, 48] f32>
  %qkv0 = tenon.map (%e = %qkv0_p, %f = %qkv_bias0) : (!tenon.tensor<[B, N, 48] f32>, !tenon.tensor<[48] f32>) -> !tenon.tensor<[B, N, 48] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %q0_s = tenon.slice %qkv0 starts [0, 0, 0] steps [1, 1, 1] : !tenon.tensor<[B, N, 48] f32> -> !tenon.tensor<[B, N, 16] f32>
  %q0 = tenon.rearrange %q0_s[a: B, b: N, (c: 4, d: 4)] -> [a, c, b, d] : !tenon.tensor<[B, N, 16] f32> -> !tenon.tensor<[B, 4, N, 4] f32>
  %k0_s = tenon.slice %qkv0 starts [0, 0, 16] steps [1, 1, 1] : !tenon.tensor<[B, N, 48] f32> -> !tenon.tensor<[B, N, 16] f32>
  %k0 = tenon.rearrange %k0_s[a: B, b: N, (c: 4, d: 4)] -> [a, c, b, d] : !tenon.tensor<[B, N, 16] f32> -> !tenon.tensor<[B, 4, N, 4] f32>
  %v0_s = tenon.slice %qkv0 starts [0, 0, 32] steps [1, 1, 1] : !tenon.tensor<[B, N, 48] f32> -> !tenon.tensor<[B, N, 16] f32>
  %v0 = tenon.rearrange %v0_s[a: B, b: N, (c: 4, d: 4)] -> [a, c, b, d] : !tenon.tensor<[B, N, 16] f32> -> !tenon.tensor<[B, 4, N, 4] f32>
  %a0 = tenon.attention %q0, %k0, %v0 key_mask %mask scale 0.5 : !tenon.tensor<[B, 4, N, 4] f32>, !tenon.tensor<[B, 4, N, 4] f32>, !tenon.tensor<[B, 4, N, 4] f32>, !tenon.tensor<[B, N] i1> -> !tenon.tensor<[B, 4, N, 4] f32>
  %c0 = tenon.rearrange %a0[a: B, b: 4, c: N, d: 4] -> [a, c, (b, d)] : !tenon.tensor<[B, 4, N, 4] f32> -> !tenon.tensor<[B, N, 16] f32>
  %o0_p = tenon.contract %c0[a, b, d], %proj_weight0[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[16, 16] f32> -> !tenon.tensor<[B, N, 16] f32>
  %o0 = tenon.map (%e = %o0_p, %f = %proj_bias0) : (!tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[16] f32>) -> !tenon.tensor<[B, N, 16] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %r0 = tenon.map (%e = %x, %f = %o0) : (!tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[B, N, 16] f32>) -> !tenon.tensor<[B, N, 16] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %g0_n = tenon.normalize %r0 over [2] eps 1.0e-05 : !tenon.tensor<[B, N, 16] f32> -> !tenon.tensor<[B, N, 16] f32>
  %g0 = tenon.map (%e = %g0_n, %f = %norm20) : (!tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[16] f32>) -> !tenon.tensor<[B, N, 16] f32> {
    %v = arith.mulf %e, %f : f32
    tenon.yield %v : f32
  }
  %m0_p = tenon.contract %g0[a, b, d], %fc1_weight0[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[32, 16] f32> -> !tenon.tensor<[B, N, 32] f32>
  %m0 = tenon.map (%e = %m0_p, %f = %fc1_bias0) : (!tenon.tensor<[B, N, 32] f32>, !tenon.tensor<[32] f32>) -> !tenon.tensor<[B, N, 32] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %t0 = tenon.map (%e = %m0) : (!tenon.tensor<[B, N, 32] f32>) -> !tenon.tensor<[B, N, 32] f32> {
    %zero = arith.constant 0.0 : f32
    %v = arith.maximumf %e, %zero : f32
    tenon.yield %v : f32
  }
  %u0_p = tenon.contract %t0[a, b, d], %fc2_weight0[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 32] f32>, !tenon.tensor<[16, 32] f32> -> !tenon.tensor<[B, N, 16] f32>
  %u0 = tenon.map (%e = %u0_p, %f = %fc2_bias0) : (!tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[16] f32>) -> !tenon.tensor<[B, N, 16] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %y0 = tenon.map (%e = %r0, %f = %u0) : (!tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[B, N, 16] f32>) -> !tenon.tensor<[B, N, 16] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %norm11 = tenon.read @"1.norm1" : !tenon.tensor<[16] f32>
  %qkv_weight1 = tenon.read @"1.qkv.weight" : !tenon.tensor<[48, 16] f32>
  %qkv_bias1 = tenon.read @"1.qkv.bias" : !tenon.tensor<[48] f32>
  %proj_weight1 = tenon.read @"1.proj.weight" : !tenon.tensor<[16, 16] f32>
  %proj_bias1 = tenon.read @"1.proj.bias" : !tenon.tensor<[16] f32>
  %norm21 = tenon.read @"1.norm2" : !tenon.tensor<[16] f32>
  %fc1_weight1 = tenon.read @"1.fc1.weight" : !tenon.tensor<[32, 16] f32>
  %fc1_bias1 = tenon.read @"1.fc1.bias" : !tenon.tensor<[32] f32>
  %fc2_weight1 = tenon.read @"1.fc2.weight" : !tenon.tensor<[16, 32] f32>
  %fc2_bias1 = tenon.read @"1.fc2.bias" : !tenon.tensor<[16] f32>
  %h1_n = tenon.normalize %y0 over [2] eps 1.0e-05 : !tenon.tensor<[B, N, 16] f32> -> !tenon.tensor<[B, N, 16] f32>
  %h1 = tenon.map (%e = %h1_n, %f = %norm11) : (!tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[16] f32>) -> !tenon.tensor<[B, N, 16] f32> {
    %v = arith.mulf %e, %f : f32
    tenon.yield %v : f32
  }
  %qkv1_p = tenon.contract %h1[a, b, d], %qkv_weight1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[48, 16] f32> -> !tenon.tensor<[B, N, 48] f32>
  %qkv1 = tenon.map (%e = %qkv1_p, %f = %qkv_bias1) : (!tenon.tensor<[B, N, 48] f32>, !tenon.tensor<[48] f32>) -> !tenon.tensor<[B, N, 48] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %q1_s = tenon.slice %qkv1 starts [0, 0, 0] steps [1, 1, 1] : !tenon.tensor<[B, N, 48] f32> -> !tenon.tensor<[B, N, 16] f32>
  %q1 = tenon.rearrange %q1_s[a: B, b: N, (c: 4, d: 4)] -> [a, c, b, d] : !tenon.tensor<[B, N, 16] f32> -> !tenon.tensor<[B, 4, N, 4] f32>
  %k1_s = tenon.slice %qkv1 starts [0, 0, 16] steps [1, 1, 1] : !tenon.tensor<[B, N, 48] f32> -> !tenon.tensor<[B, N, 16] f32>
  %k1 = tenon.rearrange %k1_s[a: B, b: N, (c: 4, d: 4)] -> [a, c, b, d] : !tenon.tensor<[B, N, 16] f32> -> !tenon.tensor<[B, 4, N, 4] f32>
  %v1_s = tenon.slice %qkv1 starts [0, 0, 32] steps [1, 1, 1] : !tenon.tensor<[B, N, 48] f32> -> !tenon.tensor<[B, N, 16] f32>
  %v1 = tenon.rearrange %v1_s[a: B, b: N, (c: 4, d: 4)] -> [a, c, b, d] : !tenon.tensor<[B, N, 16] f32> -> !tenon.tensor<[B, 4, N, 4] f32>
  %a1 = tenon.attention %q1, %k1, %v1 key_mask %mask scale 0.5 : !tenon.tensor<[B, 4, N, 4] f32>, !tenon.tensor<[B, 4, N, 4] f32>, !tenon.tensor<[B, 4, N, 4] f32>, !tenon.tensor<[B, N] i1> -> !tenon.tensor<[B, 4, N, 4] f32>
  %c1 = tenon.rearrange %a1[a: B, b: 4, c: N, d: 4] -> [a, c, (b, d)] : !tenon.tensor<[B, 4, N, 4] f32> -> !tenon.tensor<[B, N, 16] f32>
  %o1_p = tenon.contract %c1[a, b, d], %proj_weight1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[16, 16] f32> -> !tenon.tensor<[B, N, 16] f32>
  %o1 = tenon.map (%e = %o1_p, %f = %proj_bias1) : (!tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[16] f32>) -> !tenon.tensor<[B, N, 16] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %r1 = tenon.map (%e = %y0, %f = %o1) : (!tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[B, N, 16] f32>) -> !tenon.tensor<[B, N, 16] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %g1_n = tenon.normalize %r1 over [2] eps 1.0e-05 : !tenon.tensor<[B, N, 16] f32> -> !tenon.tensor<[B, N, 16] f32>
  %g1 = tenon.map (%e = %g1_n, %f = %norm21) : (!tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[16] f32>) -> !tenon.tensor<[B, N, 16] f32> {
    %v = arith.mulf %e, %f : f32
    tenon.yield %v : f32
  }
  %m1_p = tenon.contract %g1[a, b, d], %fc1_weight1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[32, 16] f32> -> !tenon.tensor<[B, N, 32] f32>
  %m1 = tenon.map (%e = %m1_p, %f = %fc1_bias1) : (!tenon.tensor<[B, N, 32] f32>, !tenon.tensor<[32] f32>) -> !tenon.tensor<[B, N, 32] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %t1 = tenon.map (%e = %m1) : (!tenon.tensor<[B, N, 32] f32>) -> !tenon.tensor<[B, N, 32] f32> {
    %zero = arith.constant 0.0 : f32
    %v = arith.maximumf %e, %zero : f32
    tenon.yield %v : f32
  }
  %u1_p = tenon.contract %t1[a, b, d], %fc2_weight1[c, d] -> [a, b, c] : !tenon.tensor<[B, N, 32] f32>, !tenon.tensor<[16, 32] f32> -> !tenon.tensor<[B, N, 16] f32>
  %u1 = tenon.map (%e = %u1_p, %f = %fc2_bias1) : (!tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[16] f32>) -> !tenon.tensor<[B, N, 16] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  %y1 = tenon.map (%e = %r1, %f = %u1) : (!tenon.tensor<[B, N, 16] f32>, !tenon.tensor<[B, N, 16] f32>) -> !tenon.tensor<[B, N, 16] f32> {
    %v = arith.addf %e, %f : f32
    tenon.yield %v : f32
  }
  return %y1 : !tenon.tensor<[B, N, 16] f32>
}
