; An executable's host side runs unchanged with the emulated driver: memory,
; streams, graphs, launches, statistics, and the faults a machine may have.

; RUN: %llvm-as %s -o %t.bc
; RUN: %emulated TENON_EMULATION_STATISTICS=%t.stat \
; RUN:   %run-kernel %t.bc add 2 33 i32[66]=iota i32[66]=10! i32:5 | FileCheck %s
; RUN: FileCheck %s --check-prefix=STATISTICS <%t.stat
; RUN: %emulated TENON_EMULATION_SEED=0,1,2,3 TENON_EMULATION_COMPARE=1 \
; RUN:   %run-kernel %t.bc add 2 33 i32[66]=iota i32[66]=10! i32:5 | FileCheck %s
; RUN: %emulated %run-kernel %t.bc add 1 4 --graph 3 i32[4]=iota i32[4]=0! i32:1 \
; RUN:   | FileCheck %s --check-prefix=GRAPH

; CHECK: {{^}}15 16 17 {{.*}} 79 80{{$}}
; STATISTICS: add launches 1 blocks 2 threads 66 switches 66
; GRAPH: 3 6 9 12

; RUN: %emulated TENON_EMULATION_FAULT=no-device not %run-kernel %t.bc add 1 1 | FileCheck %s --check-prefix=NODEVICE
; NODEVICE: cuInit: CUDA_ERROR_NO_DEVICE
; RUN: %emulated TENON_EMULATION_FAULT=load not %run-kernel %t.bc add 1 1 | FileCheck %s --check-prefix=LOAD
; LOAD: cuModuleLoadData: CUDA_ERROR_INVALID_PTX
; RUN: %emulated TENON_EMULATION_FAULT=alloc=2 \
; RUN:   not %run-kernel %t.bc add 1 1 i32[66]=iota i32[66]=0 i32:5 | FileCheck %s --check-prefix=ALLOC
; RUN: %emulated TENON_EMULATION_MEMORY=1K \
; RUN:   not %run-kernel %t.bc add 1 1 i32[66]=iota i32[660]=0 i32:5 | FileCheck %s --check-prefix=ALLOC
; ALLOC: cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY
; RUN: %emulated TENON_EMULATION_FAULT=launch=1 \
; RUN:   not %run-kernel %t.bc add 1 1 i32[1]=iota i32[1]=0 i32:5 2>&1 | FileCheck %s --check-prefix=LAUNCH
; LAUNCH: kernel 'add': a planted fault
; LAUNCH: cuStreamSynchronize: CUDA_ERROR_LAUNCH_FAILED
; RUN: not %emulated %run-kernel %t.bc add 1 2048 i32[1]=iota i32[1]=0 i32:5 | FileCheck %s --check-prefix=SHAPE
; SHAPE: cuLaunchKernel: CUDA_ERROR_INVALID_VALUE
; RUN: not %emulated %run-kernel %t.bc sub 1 1 | FileCheck %s --check-prefix=NAME
; NAME: cuModuleGetFunction: CUDA_ERROR_NOT_FOUND

; The emulator says that it has no binary for PTX, and for what a newer GPU needs.
; RUN: echo ".version 8.0" >%t.ptx
; RUN: not %emulated %run-kernel %t.ptx add 1 1 | FileCheck %s --check-prefix=BINARY
; RUN: %emulated TENON_EMULATION_CC=7.5 not %run-kernel %t.bc add 1 1 | FileCheck %s --check-prefix=BINARY
; BINARY: cuModuleLoadData: CUDA_ERROR_NO_BINARY_FOR_GPU

target triple = "nvptx64-nvidia-cuda"

; out[i] += in[i] + n
define ptx_kernel void @add(ptr addrspace(1) %in, ptr addrspace(1) %out, i32 %n) #0 {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %b = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %d = call i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
  %o = mul i32 %b, %d
  %i = add i32 %o, %t
  %ip = getelementptr i32, ptr addrspace(1) %in, i32 %i
  %op = getelementptr i32, ptr addrspace(1) %out, i32 %i
  %x = load i32, ptr addrspace(1) %ip
  %y = load i32, ptr addrspace(1) %op
  %s = add i32 %x, %y
  %r = add i32 %s, %n
  store i32 %r, ptr addrspace(1) %op
  ret void
}

declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ntid.x()

attributes #0 = { "target-cpu"="sm_80" }
