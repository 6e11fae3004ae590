//===- RuntimeFunctions.cpp - What generated code calls -------------------===//

#include "RuntimeFunctions.h"
#include "Access.h"
#include "AsyncCopy.h"
#include "Block.h"

#include <cstring>
#include <optional>

namespace tenon::emulation {

static void collective(Thread *thread, uint32_t code, uint32_t mask, uint32_t site) {
  thread->block->collective(*thread, Operation::decode(code), mask, site);
}

/// Which call it is, for instructions that a warp comes to as a whole.
static std::optional<uint32_t> siteOf(uint32_t site, uint32_t isAligned) {
  return isAligned ? std::optional(site) : std::nullopt;
}

static void barrierSync(Thread *thread, uint32_t id, uint32_t count, uint32_t site,
                        uint32_t isAligned) {
  thread->block->barrier(*thread, id, count, /*waits=*/true, /*predicate=*/false,
                         siteOf(site, isAligned));
}

static void barrierArrive(Thread *thread, uint32_t id, uint32_t count) {
  thread->block->barrier(*thread, id, count, /*waits=*/false, /*predicate=*/false, std::nullopt);
}

/// How many of the threads came with a predicate that holds.
static uint32_t barrierCount(Thread *thread, uint32_t id, uint32_t count, uint32_t predicate,
                             uint32_t site, uint32_t isAligned) {
  thread->block->barrier(*thread, id, count, /*waits=*/true, predicate & 1,
                         siteOf(site, isAligned));
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

static void mbarrierInit(Thread *thread, void *address, uint32_t count) {
  thread->block->mbarriers.initialize(*thread, address, count);
}

static void mbarrierInvalidate(Thread *thread, void *address) {
  thread->block->mbarriers.invalidate(*thread, address);
}

static uint64_t mbarrierArrive(Thread *thread, void *address, uint32_t arrivals, uint32_t bytes) {
  return thread->block->mbarriers.arrive(*thread, address, arrivals, bytes);
}

static void mbarrierComplete(Thread *thread, void *address, uint32_t bytes) {
  thread->block->mbarriers.complete(*thread, address, bytes);
}

static void mbarrierWait(Thread *thread, void *address, uint32_t parity) {
  thread->block->mbarriers.wait(*thread, address, parity);
}

/// fence.proxy.async and fence.mbarrier_init.
static void fenceProxy(Thread *thread) {
  Block &block = *thread->block;
  block.mbarriers.fence(*thread);
  if (block.checksAccesses())
    block.races->fenceProxy(thread->index);
}

/// Coordinates come in the mail.
static TensorCopy tensorCopy(const Thread &thread, void *map, void *tile, void *barrier) {
  TensorCopy copy{static_cast<const TensorMap *>(map),
                  {},
                  static_cast<char *>(tile),
                  static_cast<char *>(barrier)};
  std::memcpy(copy.at, thread.mail, sizeof copy.at);
  return copy;
}

static void tensorLoad(Thread *thread, void *tile, void *barrier, void *map, uint32_t rank) {
  TensorCopy copy = tensorCopy(*thread, map, tile, barrier);
  if (copy.map->rank != rank)
    thread->block->fail(*thread, "tensor load of rank ", rank, " by a descriptor of another");
  thread->block->tensorCopies.load(*thread, copy);
}

static void tensorStore(Thread *thread, void *tile, void *map, uint32_t rank) {
  TensorCopy copy = tensorCopy(*thread, map, tile, nullptr);
  if (copy.map->rank != rank)
    thread->block->fail(*thread, "tensor store of rank ", rank, " by a descriptor of another");
  storeTensor(*thread, copy);
}

static void storeCommit(Thread *thread) { commitStores(*thread); }
static void storeWait(Thread *thread, uint32_t inFlight) { waitForStores(*thread, inFlight); }

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
    } catch (const Abandoned &) { // NOLINT(bugprone-empty-catch): what follows is for it
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
      entry<barrierSync>("tenon.emulation.barrier.sync", "viiii"),
      entry<barrierArrive>("tenon.emulation.barrier.arrive", "vii"),
      entry<barrierCount>("tenon.emulation.barrier.count", "iiiiii"),
      entry<copyAsync>("tenon.emulation.copy", "vppiii"),
      entry<copyCommit>("tenon.emulation.copy.commit", "v"),
      entry<copyWait>("tenon.emulation.copy.wait", "vi"),
      entry<copyWaitAll>("tenon.emulation.copy.wait.all", "v"),
      entry<access>("tenon.emulation.access", "vplii"),
      entry<mbarrierInit>("tenon.emulation.mbarrier.init", "vpi"),
      entry<mbarrierInvalidate>("tenon.emulation.mbarrier.inval", "vp"),
      entry<mbarrierArrive>("tenon.emulation.mbarrier.arrive", "lpii"),
      entry<mbarrierComplete>("tenon.emulation.mbarrier.complete", "vpi"),
      entry<mbarrierWait>("tenon.emulation.mbarrier.wait", "vpi"),
      entry<fenceProxy>("tenon.emulation.fence.proxy", "v"),
      entry<tensorLoad>("tenon.emulation.tensor.load", "vpppi"),
      entry<tensorStore>("tenon.emulation.tensor.store", "vppi"),
      entry<storeCommit>("tenon.emulation.store.commit", "v"),
      entry<storeWait>("tenon.emulation.store.wait", "vi"),
      entry<trap>("tenon.emulation.trap", "v"),
  };
  return functions;
}

} // namespace tenon::emulation
