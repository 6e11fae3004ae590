//===- FaultHandler.cpp - Accesses that the host's MMU stops --------------===//

#include "FaultHandler.h"
#include "Block.h"

#include <ucontext.h>

namespace tenon::emulation {

static thread_local Block *current = nullptr;
static constexpr size_t kSignalStackBytes = size_t{64} << 10;

#ifdef __x86_64__

static struct sigaction fallbackSegv, fallbackBus;

/// Where a thread goes on after a fault: nowhere.
static void leave(Thread *thread) { thread->block->abandon(*thread); }

static void handle(int number, siginfo_t *info, void *state) {
  Thread *thread = current ? current->runningThread() : nullptr;
  if (!thread) {
    // Not ours: the instruction faults again under the previous handler.
    sigaction(number, number == SIGSEGV ? &fallbackSegv : &fallbackBus, nullptr);
    return;
  }
  current->reportWildAccess(*thread, info->si_addr);
  // The thread's stack may be what overflowed: begin again at its end.
  greg_t *registers = static_cast<ucontext_t *>(state)->uc_mcontext.gregs;
  registers[REG_RSP] = static_cast<greg_t>(current->freshStack(*thread)) - 8;
  registers[REG_RDI] = reinterpret_cast<greg_t>(thread);
  registers[REG_RIP] = reinterpret_cast<greg_t>(&leave);
}

FaultHandler::FaultHandler() {
  struct sigaction action = {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, &previousSegv);
  sigaction(SIGBUS, &action, &previousBus);
  fallbackSegv = previousSegv;
  fallbackBus = previousBus;
}

FaultHandler::~FaultHandler() {
  sigaction(SIGSEGV, &previousSegv, nullptr);
  sigaction(SIGBUS, &previousBus, nullptr);
}

#else

FaultHandler::FaultHandler() = default;
FaultHandler::~FaultHandler() = default;

#endif

FaultScope::FaultScope(Block &block) : stack(new char[kSignalStackBytes]) {
  stack_t own = {};
  own.ss_sp = stack.get();
  own.ss_size = kSignalStackBytes;
  sigaltstack(&own, &previous);
  current = &block;
}

FaultScope::~FaultScope() {
  current = nullptr;
  sigaltstack(&previous, nullptr);
}

} // namespace tenon::emulation
