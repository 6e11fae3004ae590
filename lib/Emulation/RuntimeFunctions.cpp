//===- RuntimeFunctions.cpp - What generated code calls -------------------===//

#include "RuntimeFunctions.h"
#include "Access.h"
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
                      uint32_t sourceBytes, uint32_t site) {
  issueCopy(*thread, static_cast<char *>(destination), static_cast<const char *>(source), bytes,
            sourceBytes, site);
}

static void copyCommit(Thread *thread) { commitCopies(*thread); }
static void copyWait(Thread *thread, uint32_t inFlight) { waitForCopies(*thread, inFlight); }
static void copyWaitAll(Thread *thread) { waitForAllCopies(*thread); }

static void access(Thread *thread, void *address, uint64_t bytes, uint32_t kind, uint32_t site) {
  checkAccess(*thread, address, bytes, AccessKind::decode(kind), site);
}

static void trap(Thread *thread) { thread->block->fail(*thread, "trap"); }

namespace {

/// `Function` for generated code: a thread whose mistake was reported in it
/// does not come back.
template <auto Function> struct Guarded;

template <typename Result, typename... Parameters, Result (*Function)(Thread *, Parameters...)>
struct Guarded<Function> {
  static Result call(Thread *thread, Parameters... parameters) {
    try {
      return Function(thread, parameters...);
    } catch (const Abandoned &) {
    }
    thread->block->abandon(*thread);
  }
};

template <auto Function> RuntimeFunction entry(const char *name, const char *signature) {
  return {name, signature, reinterpret_cast<void *>(&Guarded<Function>::call)};
}

} // namespace

llvm::ArrayRef<RuntimeFunction> runtimeFunctions() {
  static const RuntimeFunction functions[] = {
      entry<collective>("tenon.emulation.collective", "viii"),
      entry<barrierSync>("tenon.emulation.barrier.sync", "vii"),
      entry<barrierArrive>("tenon.emulation.barrier.arrive", "vii"),
      entry<barrierCount>("tenon.emulation.barrier.count", "iiii"),
      entry<copyAsync>("tenon.emulation.copy", "vppiii"),
      entry<copyCommit>("tenon.emulation.copy.commit", "v"),
      entry<copyWait>("tenon.emulation.copy.wait", "vi"),
      entry<copyWaitAll>("tenon.emulation.copy.wait.all", "v"),
      entry<access>("tenon.emulation.access", "vplii"),
      entry<trap>("tenon.emulation.trap", "v"),
  };
  return functions;
}

} // namespace tenon::emulation
