//===- Fiber.cpp - Stacks and switches between them -----------------------===//

#include "Fiber.h"

#include <cstdint>
#include <cstring>
#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_UNPOISON_MEMORY_REGION
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) (void)0
#endif

namespace tenon::emulation {

#ifdef __x86_64__

// void tenonSwitchStack(void **from, void *to): saves the registers that a
// callee owes its caller. A new stack holds zeros in their place and the first
// function's address where the return address is. The control words (MXCSR,
// x87) are the same in all threads of a launch and stay.
asm(R"(
  .text
  .p2align 4
  .hidden tenonSwitchStack
  .globl tenonSwitchStack
  .type tenonSwitchStack, @function
tenonSwitchStack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  retq
  .size tenonSwitchStack, .-tenonSwitchStack

  .p2align 4
  .hidden tenonEnterStack
  .globl tenonEnterStack
  .type tenonEnterStack, @function
tenonEnterStack:
  movq %rbx, %rdi
  callq *%r12
  ud2
  .size tenonEnterStack, .-tenonEnterStack
)");

extern "C" void tenonSwitchStack(void **from, void *to);
extern "C" void tenonEnterStack();

void switchContext(Context &from, Context &to) {
  tenonSwitchStack(&from.stackPointer, to.stackPointer);
}

void prepareContext(Context &context, char *stack, size_t bytes, void (*entry)(void *),
                    void *argument) {
  // Marks of frames that were left for good when the stack was last used.
  ASAN_UNPOISON_MEMORY_REGION(stack, bytes);
  // As tenonSwitchStack pops it: r15 r14 r13 r12 rbx rbp, then the address.
  // At tenonEnterStack the stack is aligned to 16 bytes.
  uintptr_t frame[9] = {};
  frame[3] = reinterpret_cast<uintptr_t>(entry);
  frame[4] = reinterpret_cast<uintptr_t>(argument);
  frame[6] = reinterpret_cast<uintptr_t>(tenonEnterStack);
  char *end = stack + bytes;
  end -= reinterpret_cast<uintptr_t>(end) % 64 + sizeof frame;
  std::memcpy(end, frame, sizeof frame);
  context.stackPointer = end;
}

#else

void switchContext(Context &from, Context &to) { swapcontext(&from.state, &to.state); }

/// makecontext passes integers alone.
static void enter(unsigned entryHigh, unsigned entryLow, unsigned high, unsigned low) {
  auto join = [](unsigned upper, unsigned lower) {
    return static_cast<uintptr_t>(uint64_t{upper} << 32 | lower);
  };
  reinterpret_cast<void (*)(void *)>(join(entryHigh, entryLow))(
      reinterpret_cast<void *>(join(high, low)));
}

void prepareContext(Context &context, char *stack, size_t bytes, void (*entry)(void *),
                    void *argument) {
  ASAN_UNPOISON_MEMORY_REGION(stack, bytes);
  getcontext(&context.state);
  context.state.uc_stack.ss_sp = stack;
  context.state.uc_stack.ss_size = bytes;
  context.state.uc_link = nullptr;
  uint64_t function = reinterpret_cast<uintptr_t>(entry);
  uint64_t value = reinterpret_cast<uintptr_t>(argument);
  makecontext(&context.state, reinterpret_cast<void (*)()>(enter), 4,
              static_cast<unsigned>(function >> 32), static_cast<unsigned>(function),
              static_cast<unsigned>(value >> 32), static_cast<unsigned>(value));
}

#endif

Stacks::~Stacks() {
  for (char *slab : slabs)
    munmap(slab, kPerSlab * kStrideBytes);
}

bool Stacks::reserve(size_t count) {
  while (slabs.size() * kPerSlab < count) {
    void *memory = mmap(nullptr, kPerSlab * kStrideBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
      return false;
    slabs.push_back(static_cast<char *>(memory));
    for (size_t i = 0; i < kPerSlab; ++i)
      mprotect(slabs.back() + offset(i), kGuardBytes, PROT_NONE);
  }
  return true;
}

} // namespace tenon::emulation
