; A tensor copy through a map that the driver encodes: a box of 4 rows of 8 from
; the middle of a matrix of 7 rows of 20, with zeros where it leaves the matrix.

; RUN: %llvm-as %s -o %t.bc
; RUN: %emulated TENON_EMULATION_SEED=0,1,2,3 TENON_EMULATION_COMPARE=1 TENON_EMULATION_CHECK=1 \
; RUN:   %run-kernel %t.bc box 1 32 --shared 256 f32[140]=iota map:0:20,7:8,4 i32:16 i32:5 f32[32]=none! \
; RUN:   | FileCheck %s
; CHECK: 116 117 118 119 0 0 0 0 136 137 138 139 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0

; Rows of a box are whole pieces of 16 bytes.
; RUN: not %emulated %run-kernel %t.bc box 1 32 f32[140]=iota map:0:20,7:7,4 2>&1 \
; RUN:   | FileCheck %s --check-prefix=PIECES
; PIECES: tensor map: rows of boxes have 28 bytes, not a multiple of 16
; PIECES: cuTensorMapEncodeTiled: CUDA_ERROR_INVALID_VALUE

target triple = "nvptx64-nvidia-cuda"

@s = external addrspace(3) global [0 x i8], align 128

define ptx_kernel void @box(ptr addrspace(1) %matrix, ptr byval([128 x i8]) align 64 "nvvm.grid_constant" %map,
                            i32 %column, i32 %row, ptr addrspace(1) %out) {
entry:
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %barrier = getelementptr i8, ptr addrspace(3) @s, i32 128
  %first = icmp eq i32 %t, 0
  br i1 %first, label %issue, label %wait

issue:
  call void @llvm.nvvm.mbarrier.init.shared(ptr addrspace(3) %barrier, i32 1)
  call void @llvm.nvvm.fence.proxy.async.shared_cta()
  %state = call i64 @llvm.nvvm.mbarrier.arrive.expect.tx.scope.cta.space.cta(ptr addrspace(3) %barrier, i32 128)
  call void @llvm.nvvm.cp.async.bulk.tensor.g2s.cta.tile.2d(ptr addrspace(3) @s, ptr addrspace(3) %barrier,
      ptr %map, i32 %column, i32 %row, i64 0, i1 false)
  br label %wait

wait:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  call void @tenon.mbarrier.wait.parity(ptr addrspace(3) %barrier, i32 0)
  %sp = getelementptr float, ptr addrspace(3) @s, i32 %t
  %x = load float, ptr addrspace(3) %sp
  %op = getelementptr float, ptr addrspace(1) %out, i32 %t
  store float %x, ptr addrspace(1) %op
  ret void
}

declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)
declare void @llvm.nvvm.mbarrier.init.shared(ptr addrspace(3), i32)
declare void @llvm.nvvm.fence.proxy.async.shared_cta()
declare i64 @llvm.nvvm.mbarrier.arrive.expect.tx.scope.cta.space.cta(ptr addrspace(3), i32)
declare void @llvm.nvvm.cp.async.bulk.tensor.g2s.cta.tile.2d(ptr addrspace(3), ptr addrspace(3), ptr, i32, i32, i64, i1)
declare void @tenon.mbarrier.wait.parity(ptr addrspace(3), i32)
