; The kernels of FakeModel.cpp for GPUs, with the same names and arithmetic. Parameters:
; the buffers, the sizes B, N and K, the number of the launch, where to report errors.

target triple = "nvptx64-nvidia-cuda"

@shared = external addrspace(3) global [0 x float], align 16

declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)

; packed[tile] = 2 * scale[tile]
define ptx_kernel void @pack_0(ptr addrspace(1) %scale, ptr addrspace(1) %packed, i64 %B, i64 %N, i64 %K, i64 %launch, ptr addrspace(1) %report) #0 {
  %tile = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %from = getelementptr float, ptr addrspace(1) %scale, i32 %tile
  %to = getelementptr float, ptr addrspace(1) %packed, i32 %tile
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %first = icmp eq i32 %lane, 0
  br i1 %first, label %work, label %done
work:
  %x = load float, ptr addrspace(1) %from
  %y = fmul float %x, 2.0
  store float %y, ptr addrspace(1) %to
  br label %done
done:
  ret void
}

; rows[i, :] = table[ids[i], :], three rows per tile; the first thread of all finds the first
; index out of range.
define ptx_kernel void @index_0(ptr addrspace(1) %table, ptr addrspace(1) %ids, ptr addrspace(1) %rows, i64 %B, i64 %N, i64 %K, i64 %launch, ptr addrspace(1) %report) #0 {
entry:
  %count = mul i64 %B, %N
  %tile32 = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %lane32 = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %tile = zext i32 %tile32 to i64
  %lane = zext i32 %lane32 to i64
  %base = mul i64 %tile, 3
  %offset = udiv i64 %lane, 4
  %d = urem i64 %lane, 4
  %row = add i64 %base, %offset
  %isLane = icmp ult i64 %lane, 12
  %isRow = icmp slt i64 %row, %count
  %works = and i1 %isLane, %isRow
  br i1 %works, label %take, label %check
take:
  %idAt = getelementptr i64, ptr addrspace(1) %ids, i64 %row
  %id = load i64, ptr addrspace(1) %idAt
  %isValid = icmp ult i64 %id, 10
  br i1 %isValid, label %copy, label %check
copy:
  %tableRow = mul i64 %id, 4
  %fromIndex = add i64 %tableRow, %d
  %from = getelementptr float, ptr addrspace(1) %table, i64 %fromIndex
  %toRow = mul i64 %row, 4
  %toIndex = add i64 %toRow, %d
  %to = getelementptr float, ptr addrspace(1) %rows, i64 %toIndex
  %value = load float, ptr addrspace(1) %from
  store float %value, ptr addrspace(1) %to
  br label %check
check:
  %number = or i64 %tile, %lane
  %isFirst = icmp eq i64 %number, 0
  br i1 %isFirst, label %loop, label %done
loop:
  %i = phi i64 [ 0, %check ], [ %next, %good ]
  %isLeft = icmp slt i64 %i, %count
  br i1 %isLeft, label %look, label %done
look:
  %at = getelementptr i64, ptr addrspace(1) %ids, i64 %i
  %found = load i64, ptr addrspace(1) %at
  %isGood = icmp ult i64 %found, 10
  br i1 %isGood, label %good, label %bad
good:
  %next = add i64 %i, 1
  br label %loop
bad:
  %code = load i64, ptr addrspace(1) %report
  %isFree = icmp eq i64 %code, 0
  br i1 %isFree, label %write, label %done
write:
  %launchAt = getelementptr i64, ptr addrspace(1) %report, i64 1
  %positionAt = getelementptr i64, ptr addrspace(1) %report, i64 2
  %valueAt = getelementptr i64, ptr addrspace(1) %report, i64 3
  %boundAt = getelementptr i64, ptr addrspace(1) %report, i64 4
  %bufferAt = getelementptr i64, ptr addrspace(1) %report, i64 5
  store i64 1, ptr addrspace(1) %report
  store i64 %launch, ptr addrspace(1) %launchAt
  store i64 %i, ptr addrspace(1) %positionAt
  store i64 %found, ptr addrspace(1) %valueAt
  store i64 10, ptr addrspace(1) %boundAt
  store i64 1, ptr addrspace(1) %bufferAt
  br label %done
done:
  ret void
}

; y = mask ? x * packed + rows : 0, one row per tile
define ptx_kernel void @rows_0(ptr addrspace(1) %x, ptr addrspace(1) %scale, ptr addrspace(1) %rows, ptr addrspace(1) %mask, ptr addrspace(1) %y, i64 %B, i64 %N, i64 %K, i64 %launch, ptr addrspace(1) %report) #0 {
  %tile32 = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %lane32 = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %tile = zext i32 %tile32 to i64
  %lane = zext i32 %lane32 to i64
  %works = icmp ult i64 %lane, 4
  br i1 %works, label %work, label %done
work:
  %begin = mul i64 %tile, 4
  %i = add i64 %begin, %lane
  %maskAt = getelementptr i8, ptr addrspace(1) %mask, i64 %tile
  %xAt = getelementptr float, ptr addrspace(1) %x, i64 %i
  %scaleAt = getelementptr float, ptr addrspace(1) %scale, i64 %lane
  %rowsAt = getelementptr float, ptr addrspace(1) %rows, i64 %i
  %yAt = getelementptr float, ptr addrspace(1) %y, i64 %i
  %m = load i8, ptr addrspace(1) %maskAt
  %shown = icmp ne i8 %m, 0
  %a = load float, ptr addrspace(1) %xAt
  %s = load float, ptr addrspace(1) %scaleAt
  %r = load float, ptr addrspace(1) %rowsAt
  %product = fmul float %a, %s
  %sum = fadd float %product, %r
  %result = select i1 %shown, float %sum, float 0.0
  store float %result, ptr addrspace(1) %yAt
  br label %done
done:
  ret void
}

; The element of B*N*4 that a thread of tiles of 8 has, or -1.
define internal i64 @element(i64 %B, i64 %N) {
  %tile32 = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %lane32 = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %tile = zext i32 %tile32 to i64
  %lane = zext i32 %lane32 to i64
  %begin = mul i64 %tile, 8
  %i = add i64 %begin, %lane
  %rows = mul i64 %B, %N
  %count = mul i64 %rows, 4
  %isLane = icmp ult i64 %lane, 8
  %isLeft = icmp slt i64 %i, %count
  %works = and i1 %isLane, %isLeft
  %result = select i1 %works, i64 %i, i64 -1
  ret i64 %result
}

; out = first + 1
define ptx_kernel void @rows_1(ptr addrspace(1) %first, ptr addrspace(1) %out, i64 %B, i64 %N, i64 %K, i64 %launch, ptr addrspace(1) %report) #0 {
  %i = call i64 @element(i64 %B, i64 %N)
  %works = icmp sge i64 %i, 0
  br i1 %works, label %work, label %done
work:
  %at = getelementptr float, ptr addrspace(1) %first, i64 %i
  %to = getelementptr float, ptr addrspace(1) %out, i64 %i
  %a = load float, ptr addrspace(1) %at
  %r = fadd float %a, 1.0
  store float %r, ptr addrspace(1) %to
  br label %done
done:
  ret void
}

; out = 2 * first + 0, through shared memory, the last 32 numbers of 64 KB
define ptx_kernel void @rows_2(ptr addrspace(1) %first, ptr addrspace(1) %out, i64 %B, i64 %N, i64 %K, i64 %launch, ptr addrspace(1) %report) #0 {
  %i = call i64 @element(i64 %B, i64 %N)
  %works = icmp sge i64 %i, 0
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %own = add i32 %lane, 16352
  %ownAt = getelementptr float, ptr addrspace(3) @shared, i32 %own
  br i1 %works, label %read, label %meet
read:
  %at = getelementptr float, ptr addrspace(1) %first, i64 %i
  %a = load float, ptr addrspace(1) %at
  store float %a, ptr addrspace(3) %ownAt
  br label %meet
meet:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  br i1 %works, label %write, label %done
write:
  %to = getelementptr float, ptr addrspace(1) %out, i64 %i
  %s = load float, ptr addrspace(3) %ownAt
  %p = fmul float %s, 2.0
  %r = fadd float %p, 0.0
  store float %r, ptr addrspace(1) %to
  br label %done
done:
  ret void
}

; out = first + second
define ptx_kernel void @rows_3(ptr addrspace(1) %first, ptr addrspace(1) %second, ptr addrspace(1) %out, i64 %B, i64 %N, i64 %K, i64 %launch, ptr addrspace(1) %report) #0 {
  %i = call i64 @element(i64 %B, i64 %N)
  %works = icmp sge i64 %i, 0
  br i1 %works, label %work, label %done
work:
  %aAt = getelementptr float, ptr addrspace(1) %first, i64 %i
  %bAt = getelementptr float, ptr addrspace(1) %second, i64 %i
  %to = getelementptr float, ptr addrspace(1) %out, i64 %i
  %a = load float, ptr addrspace(1) %aAt
  %b = load float, ptr addrspace(1) %bAt
  %r = fadd float %a, %b
  store float %r, ptr addrspace(1) %to
  br label %done
done:
  ret void
}

; doubled[tile] = 2 * ids[tile]
define ptx_kernel void @rows_4(ptr addrspace(1) %ids, ptr addrspace(1) %doubled, i64 %B, i64 %N, i64 %K, i64 %launch, ptr addrspace(1) %report) #0 {
  %tile = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %from = getelementptr i64, ptr addrspace(1) %ids, i32 %tile
  %to = getelementptr i64, ptr addrspace(1) %doubled, i32 %tile
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %first = icmp eq i32 %lane, 0
  br i1 %first, label %work, label %done
work:
  %x = load i64, ptr addrspace(1) %from
  %y = mul i64 %x, 2
  store i64 %y, ptr addrspace(1) %to
  br label %done
done:
  ret void
}

; c[tile] = tile < N ? a[tile] : b[tile - N]
define ptx_kernel void @rows_5(ptr addrspace(1) %a, ptr addrspace(1) %b, ptr addrspace(1) %c, i64 %B, i64 %N, i64 %K, i64 %launch, ptr addrspace(1) %report) #0 {
  %tile32 = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %tile = zext i32 %tile32 to i64
  %isA = icmp slt i64 %tile, %N
  %later = sub i64 %tile, %N
  %aAt = getelementptr float, ptr addrspace(1) %a, i64 %tile
  %bAt = getelementptr float, ptr addrspace(1) %b, i64 %later
  %from = select i1 %isA, ptr addrspace(1) %aAt, ptr addrspace(1) %bAt
  %to = getelementptr float, ptr addrspace(1) %c, i64 %tile
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %first = icmp eq i32 %lane, 0
  br i1 %first, label %work, label %done
work:
  %x = load float, ptr addrspace(1) %from
  store float %x, ptr addrspace(1) %to
  br label %done
done:
  ret void
}

; y[tile] = x[2 * tile + 1]
define ptx_kernel void @rows_6(ptr addrspace(1) %x, ptr addrspace(1) %y, i64 %B, i64 %N, i64 %K, i64 %launch, ptr addrspace(1) %report) #0 {
  %tile32 = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %tile = zext i32 %tile32 to i64
  %twice = mul i64 %tile, 2
  %odd = add i64 %twice, 1
  %from = getelementptr float, ptr addrspace(1) %x, i64 %odd
  %to = getelementptr float, ptr addrspace(1) %y, i64 %tile
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %first = icmp eq i32 %lane, 0
  br i1 %first, label %work, label %done
work:
  %v = load float, ptr addrspace(1) %from
  store float %v, ptr addrspace(1) %to
  br label %done
done:
  ret void
}

define ptx_kernel void @nap_0(ptr addrspace(1) %v, ptr addrspace(1) %w, i64 %B, i64 %N, i64 %K, i64 %launch, ptr addrspace(1) %report) #0 {
  ret void
}

attributes #0 = { "target-cpu"="sm_80" }
