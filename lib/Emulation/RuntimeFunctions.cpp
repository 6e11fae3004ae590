//===- RuntimeFunctions.cpp - What generated code calls -------------------===//

#include "RuntimeFunctions.h"
#include "AsyncCopy.h"
#include "Block.h"

namespace tenon::emulation {

static void collective(Thread *thread, uint32_t code, uint32_t mask, uint32_t site) {
  thread->block->collective(*thread, Operation::decode(code), mask, site);
}

static void barrierSync(Thread *thread, uint32_t id, uint32_t count) {
  thread->block->barrier(*thread, id, count, /*waits=*/true, /*predicate=*/false);
}

static void barrierArrive(Thread *thread, uint32_t id, uint32_t count) {
  thread->block->barrier(*thread, id, count, /*waits=*/false, /*predicate=*/false);
}

/// How many of the threads came with a predicate that holds.
static uint32_t barrierCount(Thread *thread, uint32_t id, uint32_t count, uint32_t predicate) {
  thread->block->barrier(*thread, id, count, /*waits=*/true, predicate & 1);
  return thread->mail[0];
}

static void copyAsync(Thread *thread, void *destination, void *source, uint32_t bytes,
                      uint32_t sourceBytes) {
  issueCopy(*thread, static_cast<char *>(destination), static_cast<const char *>(source), bytes,
            sourceBytes);
}

static void copyCommit(Thread *thread) { commitCopies(*thread); }
static void copyWait(Thread *thread, uint32_t inFlight) { waitForCopies(*thread, inFlight); }
static void copyWaitAll(Thread *thread) { waitForAllCopies(*thread); }

static void trap(Thread *thread) { thread->block->fail(*thread, "trap"); }

template <typename Function>
static RuntimeFunction entry(const char *name, const char *signature, Function *function) {
  return {name, signature, reinterpret_cast<void *>(function)};
}

llvm::ArrayRef<RuntimeFunction> runtimeFunctions() {
  static const RuntimeFunction functions[] = {
      entry("tenon.emulation.collective", "viii", collective),
      entry("tenon.emulation.barrier.sync", "vii", barrierSync),
      entry("tenon.emulation.barrier.arrive", "vii", barrierArrive),
      entry("tenon.emulation.barrier.count", "iiii", barrierCount),
      entry("tenon.emulation.copy", "vppii", copyAsync),
      entry("tenon.emulation.copy.commit", "v", copyCommit),
      entry("tenon.emulation.copy.wait", "vi", copyWait),
      entry("tenon.emulation.copy.wait.all", "v", copyWaitAll),
      entry("tenon.emulation.trap", "v", trap),
  };
  return functions;
}

} // namespace tenon::emulation
