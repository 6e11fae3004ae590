//===- MBarrier.cpp - Barriers that live in shared memory -----------------===//

#include "MBarrier.h"
#include "Block.h"

#include <cstring>

namespace tenon::emulation {

/// What stands in shared memory where a barrier is. That real ones hold
/// something else is nobody's business.
static constexpr uint64_t kSeal = 0x6272617272696572;
static constexpr uint32_t kBytes = 8;

static void checkPlace(Thread &thread, const void *address) {
  Block &block = *thread.block;
  uint32_t offset = block.shared.offsetOf(address);
  if (!block.shared.holds(address, kBytes))
    block.fail(thread, "mbarrier at ", offset, ", outside of the block's ", block.shared.size(),
               " bytes of shared memory");
  if (offset % kBytes != 0)
    block.fail(thread, "mbarrier at ", offset, ", which is not a multiple of 8");
}

static void checkAccess(Thread &thread, const void *address, Races::Kind kind) {
  Block &block = *thread.block;
  if (!block.checksAccesses())
    return;
  std::string wrong =
      block.races->accessShared(thread.index, block.shared.offsetOf(address), kBytes, kind);
  if (!wrong.empty())
    block.fail(thread, "mbarrier: ", wrong);
}

void MBarriers::initialize(Thread &thread, void *address, uint32_t count) {
  checkPlace(thread, address);
  Block &block = *thread.block;
  uint32_t offset = block.shared.offsetOf(address);
  if (count == 0 || count >= 1u << 20)
    block.fail(thread, "mbarrier.init with ", count, " arrivals");
  if (barriers.count(offset))
    block.fail(thread, "mbarrier at ", offset, " is initialized again without mbarrier.inval");
  checkAccess(thread, address, Races::Kind::Write);
  MBarrier &barrier = barriers[offset];
  barrier.count = barrier.pending = count;
  barrier.index = static_cast<uint32_t>(barriers.size()) - 1;
  barrier.initializer = thread.index;
  std::memcpy(address, &kSeal, kBytes);
}

void MBarriers::invalidate(Thread &thread, void *address) {
  (void)at(thread, address);
  checkAccess(thread, address, Races::Kind::Write);
  barriers.erase(thread.block->shared.offsetOf(address));
}

MBarrier &MBarriers::at(Thread &thread, const void *address) {
  checkPlace(thread, address);
  Block &block = *thread.block;
  uint32_t offset = block.shared.offsetOf(address);
  auto found = barriers.find(offset);
  if (found == barriers.end())
    block.fail(thread, "mbarrier at ", offset, " is not initialized");
  uint64_t seal;
  std::memcpy(&seal, address, kBytes);
  if (seal != kSeal)
    block.fail(thread, "mbarrier at ", offset, " has been overwritten");
  return found->second;
}

void MBarriers::endPhases(Block &block, MBarrier &barrier) {
  if (barrier.pending != 0 || barrier.bytes != 0)
    return;
  ++barrier.phase;
  barrier.pending = barrier.count;
  barrier.completed = barrier.arriving;
  std::vector<Thread *> still;
  for (Thread *thread : barrier.waiting) {
    if (barrier.hasEnded(thread->parity))
      block.resume(*thread);
    else
      still.push_back(thread);
  }
  barrier.waiting = std::move(still);
}

uint64_t MBarriers::arrive(Thread &thread, void *address, uint32_t arrivals, uint32_t bytes) {
  Block &block = *thread.block;
  ++block.statistics.mbarrierArrive;
  MBarrier &barrier = at(thread, address);
  checkAccess(thread, address, Races::Kind::Read);
  uint64_t phase = barrier.phase;
  if (arrivals > barrier.pending)
    block.fail(thread, "mbarrier at ", block.shared.offsetOf(address), ": more than the ",
               barrier.count, " arrivals of a phase");
  if (block.checksAccesses())
    block.races->clocks.release(thread.index, barrier.arriving);
  barrier.bytes += bytes;
  barrier.pending -= arrivals;
  endPhases(block, barrier);
  return phase;
}

void MBarriers::complete(Thread &thread, void *address, uint32_t bytes) {
  land(*thread.block, at(thread, address), bytes);
}

void MBarriers::land(Block &block, MBarrier &barrier, uint32_t bytes) {
  barrier.bytes -= bytes;
  endPhases(block, barrier);
}

void MBarriers::wait(Thread &thread, void *address, uint32_t parity) {
  Block &block = *thread.block;
  ++block.statistics.mbarrierWait;
  MBarrier &barrier = at(thread, address);
  checkAccess(thread, address, Races::Kind::Read);
  if (parity > 1)
    block.fail(thread, "mbarrier wait for parity ", parity);
  if (!barrier.hasEnded(parity)) {
    thread.wait = Wait::MBarrier;
    thread.barrier = block.shared.offsetOf(address);
    thread.parity = parity;
    barrier.waiting.push_back(&thread);
    block.suspend(thread);
  }
  if (block.checksAccesses())
    block.races->clocks.acquire(thread.index, barrier.completed);
}

void MBarriers::fence(const Thread &thread) {
  for (auto &[offset, barrier] : barriers)
    barrier.isFenced |= barrier.initializer == thread.index;
}

} // namespace tenon::emulation
