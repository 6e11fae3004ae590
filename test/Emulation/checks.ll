; Mistakes of kernels, as a user of the driver sees them: a message that says
; where, then an error at the next synchronization.

; RUN: %llvm-as %s -o %t.bc

; Without a barrier the outcome depends on the schedule; checked code fails in
; each.
; RUN: %emulated TENON_EMULATION_SEED=0,1,2,3 TENON_EMULATION_COMPARE=1 TENON_EMULATION_CHECK=1 \
; RUN:   %run-kernel %t.bc reverse 1 64 i32[64]=iota! | FileCheck %s --check-prefix=RIGHT
; RIGHT: 63 62 61 {{.*}} 2 1 0
; RUN: %emulated TENON_EMULATION_SEED=0,1,2,3 TENON_EMULATION_COMPARE=1 \
; RUN:   not %run-kernel %t.bc racy 1 64 i32[64]=iota! 2>&1 | FileCheck %s --check-prefix=DIFFERS
; DIFFERS: kernel 'racy': schedules 0 and {{[123]}} leave different bytes at byte {{[0-9]+}} of allocation #1 of 256 bytes
; DIFFERS: cuStreamSynchronize: CUDA_ERROR_LAUNCH_FAILED
; RUN: %emulated TENON_EMULATION_CHECK=1 \
; RUN:   not %run-kernel %t.bc racy 1 64 i32[64]=iota! 2>&1 | FileCheck %s --check-prefix=RACE
; RACE: kernel 'racy', block (0,0,0), thread ({{[0-9]+}},0,0): data race: read at {{[0-9]+}} in shared memory by thread #{{[0-9]+}}, write by thread #{{[0-9]+}}, with nothing that orders them [schedule 0]
; RACE: cuStreamSynchronize: CUDA_ERROR_LAUNCH_FAILED

; More threads than the buffer and the shared tile have words.
; RUN: %emulated TENON_EMULATION_CHECK=1 \
; RUN:   not %run-kernel %t.bc reverse 1 65 i32[65]=iota 2>&1 | FileCheck %s --check-prefix=SHARED
; SHARED: write of 4 bytes at 256 in shared memory, which has 256 bytes
; RUN: %emulated TENON_EMULATION_CHECK=1 \
; RUN:   not %run-kernel %t.bc reverse 1 64 i32[63]=iota 2>&1 | FileCheck %s --check-prefix=GLOBAL
; GLOBAL: thread (63,0,0): read of 4 bytes outside of every allocation: 0 bytes after the end of allocation #1 of 252 bytes

; RUN: %emulated TENON_EMULATION_STATISTICS=%t.stat TENON_EMULATION_CHECK=1 \
; RUN:   %run-kernel %t.bc column 1 32 f32[1024]=1!
; RUN: FileCheck %s --check-prefix=COLUMN <%t.stat
; One word from each of 32 rows: a sector each, in place of the four that hold
; 128 bytes.
; COLUMN: global_sectors 64 global_sectors_ideal 8

target triple = "nvptx64-nvidia-cuda"

@tile = internal addrspace(3) global [64 x i32] poison, align 4

define ptx_kernel void @reverse(ptr addrspace(1) %p) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %n = call i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
  %ip = getelementptr i32, ptr addrspace(1) %p, i32 %t
  %x = load i32, ptr addrspace(1) %ip
  %sp = getelementptr i32, ptr addrspace(3) @tile, i32 %t
  store i32 %x, ptr addrspace(3) %sp
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %last = sub i32 %n, 1
  %r = sub i32 %last, %t
  %rp = getelementptr i32, ptr addrspace(3) @tile, i32 %r
  %y = load i32, ptr addrspace(3) %rp
  store i32 %y, ptr addrspace(1) %ip
  ret void
}

define ptx_kernel void @racy(ptr addrspace(1) %p) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %ip = getelementptr i32, ptr addrspace(1) %p, i32 %t
  %x = load i32, ptr addrspace(1) %ip
  %sp = getelementptr i32, ptr addrspace(3) @tile, i32 %t
  store i32 %x, ptr addrspace(3) %sp
  call void @llvm.nvvm.bar.warp.sync(i32 -1)
  %r = sub i32 63, %t
  %rp = getelementptr i32, ptr addrspace(3) @tile, i32 %r
  %y = load i32, ptr addrspace(3) %rp
  store i32 %y, ptr addrspace(1) %ip
  ret void
}

; Doubles the first column of 32 rows of 32.
define ptx_kernel void @column(ptr addrspace(1) %p) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %i = mul i32 %t, 32
  %ip = getelementptr float, ptr addrspace(1) %p, i32 %i
  %x = load float, ptr addrspace(1) %ip
  %y = fadd float %x, %x
  store float %y, ptr addrspace(1) %ip
  ret void
}

declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)
declare void @llvm.nvvm.bar.warp.sync(i32)
