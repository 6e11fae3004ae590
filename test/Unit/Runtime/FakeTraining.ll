; The kernels of FakeTraining.cpp for GPUs, with the same names and arithmetic; the first
; thread of a block does the work of its tile.

target triple = "nvptx64-nvidia-cuda"

declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()

; The sum of p[d] - x[b, d] over the samples, in their order.
define internal float @sum(ptr addrspace(1) %x, ptr addrspace(1) %p, i64 %B, i64 %d) {
entry:
  %qAt = getelementptr float, ptr addrspace(1) %p, i64 %d
  %q = load float, ptr addrspace(1) %qAt
  br label %loop
loop:
  %b = phi i64 [ 0, %entry ], [ %next, %add ]
  %sum = phi float [ 0.0, %entry ], [ %more, %add ]
  %isLeft = icmp slt i64 %b, %B
  br i1 %isLeft, label %add, label %done
add:
  %row = mul i64 %b, 4
  %i = add i64 %row, %d
  %vAt = getelementptr float, ptr addrspace(1) %x, i64 %i
  %v = load float, ptr addrspace(1) %vAt
  %difference = fsub float %q, %v
  %more = fadd float %sum, %difference
  %next = add i64 %b, 1
  br label %loop
done:
  ret float %sum
}

; p = 2 * w
define ptx_kernel void @pack_0(ptr addrspace(1) %w, ptr addrspace(1) %p, i64 %B, i64 %launch, ptr addrspace(1) %report) #0 {
entry:
  %tile32 = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %tile = zext i32 %tile32 to i64
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %isFirst = icmp eq i32 %lane, 0
  br i1 %isFirst, label %work, label %done
work:
  %aAt = getelementptr float, ptr addrspace(1) %w, i64 %tile
  %a = load float, ptr addrspace(1) %aAt
  %r = fmul float %a, 2.0
  %rTo = getelementptr float, ptr addrspace(1) %p, i64 %tile
  store float %r, ptr addrspace(1) %rTo
  br label %done
done:
  ret void
}

; loss = sum (p - x)^2
define ptx_kernel void @loss_0(ptr addrspace(1) %x, ptr addrspace(1) %p, ptr addrspace(1) %loss, i64 %B, i64 %launch, ptr addrspace(1) %report) #0 {
entry:
  %tile32 = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %tile = zext i32 %tile32 to i64
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %isFirst = icmp eq i32 %lane, 0
  br i1 %isFirst, label %work, label %done
work:
  %count = mul i64 %B, 4
  br label %loop
loop:
  %i = phi i64 [ 0, %work ], [ %next, %add ]
  %total = phi float [ 0.0, %work ], [ %more, %add ]
  %isLeft = icmp slt i64 %i, %count
  br i1 %isLeft, label %add, label %end
add:
  %d = urem i64 %i, 4
  %qAt = getelementptr float, ptr addrspace(1) %p, i64 %d
  %q = load float, ptr addrspace(1) %qAt
  %vAt = getelementptr float, ptr addrspace(1) %x, i64 %i
  %v = load float, ptr addrspace(1) %vAt
  %difference = fsub float %q, %v
  %square = fmul float %difference, %difference
  %more = fadd float %total, %square
  %next = add i64 %i, 1
  br label %loop
end:
  store float %total, ptr addrspace(1) %loss
  br label %done
done:
  ret void
}

; w' = w - 0.125 * sum
define ptx_kernel void @learn_0(ptr addrspace(1) %x, ptr addrspace(1) %p, ptr addrspace(1) %w, ptr addrspace(1) %next, i64 %B, i64 %launch, ptr addrspace(1) %report) #0 {
entry:
  %tile32 = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %tile = zext i32 %tile32 to i64
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %isFirst = icmp eq i32 %lane, 0
  br i1 %isFirst, label %work, label %done
work:
  %sum = call float @sum(ptr addrspace(1) %x, ptr addrspace(1) %p, i64 %B, i64 %tile)
  %aAt = getelementptr float, ptr addrspace(1) %w, i64 %tile
  %a = load float, ptr addrspace(1) %aAt
  %change = fmul float %sum, 0.125
  %r = fsub float %a, %change
  %rTo = getelementptr float, ptr addrspace(1) %next, i64 %tile
  store float %r, ptr addrspace(1) %rTo
  br label %done
done:
  ret void
}

; gradient' = (part == 0 ? 0 : gradient) + share * sum
define ptx_kernel void @add_0(ptr addrspace(1) %x, ptr addrspace(1) %p, ptr addrspace(1) %gradient, ptr addrspace(1) %share, ptr addrspace(1) %part, ptr addrspace(1) %next, i64 %B, i64 %launch, ptr addrspace(1) %report) #0 {
entry:
  %tile32 = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %tile = zext i32 %tile32 to i64
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %isFirst = icmp eq i32 %lane, 0
  br i1 %isFirst, label %work, label %done
work:
  %sum = call float @sum(ptr addrspace(1) %x, ptr addrspace(1) %p, i64 %B, i64 %tile)
  %gAt = getelementptr float, ptr addrspace(1) %gradient, i64 %tile
  %g = load float, ptr addrspace(1) %gAt
  %s = load float, ptr addrspace(1) %share
  %k = load float, ptr addrspace(1) %part
  %isBegin = fcmp oeq float %k, 0.0
  %before = select i1 %isBegin, float 0.0, float %g
  %own = fmul float %s, %sum
  %r = fadd float %before, %own
  %rTo = getelementptr float, ptr addrspace(1) %next, i64 %tile
  store float %r, ptr addrspace(1) %rTo
  br label %done
done:
  ret void
}

; w' = w - 0.125 * gradient
define ptx_kernel void @update_0(ptr addrspace(1) %w, ptr addrspace(1) %gradient, ptr addrspace(1) %next, i64 %B, i64 %launch, ptr addrspace(1) %report) #0 {
entry:
  %tile32 = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %tile = zext i32 %tile32 to i64
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %isFirst = icmp eq i32 %lane, 0
  br i1 %isFirst, label %work, label %done
work:
  %aAt = getelementptr float, ptr addrspace(1) %w, i64 %tile
  %a = load float, ptr addrspace(1) %aAt
  %gAt = getelementptr float, ptr addrspace(1) %gradient, i64 %tile
  %g = load float, ptr addrspace(1) %gAt
  %change = fmul float %g, 0.125
  %r = fsub float %a, %change
  %rTo = getelementptr float, ptr addrspace(1) %next, i64 %tile
  store float %r, ptr addrspace(1) %rTo
  br label %done
done:
  ret void
}

; count' = count + 1
define ptx_kernel void @count_0(ptr addrspace(1) %count, ptr addrspace(1) %next, i64 %B, i64 %launch, ptr addrspace(1) %report) #0 {
entry:
  %tile32 = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %tile = zext i32 %tile32 to i64
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %isFirst = icmp eq i32 %lane, 0
  br i1 %isFirst, label %work, label %done
work:
  %a = load float, ptr addrspace(1) %count
  %r = fadd float %a, 1.0
  store float %r, ptr addrspace(1) %next
  br label %done
done:
  ret void
}

attributes #0 = { "target-cpu"="sm_80" }
