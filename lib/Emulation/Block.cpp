//===- Block.cpp - The threads of a block and who runs next ---------------===//

#include "Block.h"

#include <algorithm>
#include <map>

namespace tenon::emulation {

/// The site of a thread that waits at a barrier without .aligned.
static constexpr uint32_t kNoSite = ~0u;

bool Block::reserve(const LaunchContext &launch) {
  const uint32_t *shape = launch.shape.block;
  count = shape[0] * shape[1] * shape[2];
  if (count > capacity) {
    threads = std::make_unique<Thread[]>(count);
    capacity = count;
  }
  return shared.isValid() && stacks.reserve(count);
}

void Block::enterThread(void *argument) {
  Thread &thread = *static_cast<Thread *>(argument);
  Block &block = *thread.block;
  block.context->kernel.entry(&thread, const_cast<void **>(block.context->arguments));
  checkStoresAtReturn(thread);
  thread.wait = Wait::Finished;
  block.warps[thread.warp].finished |= 1u << thread.lane;
  ++block.finished;
  block.suspend(thread);
}

void Block::prepare(const LaunchContext &launch, uint64_t index) {
  context = &launch;
  number = index;
  finished = 0;
  mbarriers.reset();
  tensorCopies.reset();
  random = Random(launch.schedule.seed * 0x100000001b3 ^ index);
  const LaunchShape &shape = launch.shape;
  shared.reset(launch.kernel.dynamicOffset + shape.dynamicShared);
  for (Barrier &barrier : barriers) {
    barrier.expected = barrier.arrived = barrier.holding = 0;
    barrier.waiting.clear();
    barrier.clock.clear();
  }
  lastRange = nullptr;
  if (checksAccesses())
    races->reset(count, shared.size(), launch.firstSerial + 1 + index, launch.firstSerial);
  warps.assign((count + 31) / 32, Warp());
  warpgroups.assign((count + Warpgroup::kThreads - 1) / Warpgroup::kThreads, Warpgroup());
  warpOrder.resize(warps.size());
  traffic.resize(warps.size());
  const uint64_t gridX = shape.grid[0], gridY = shape.grid[1];
  for (uint32_t i = 0; i < count; ++i) {
    Thread &thread = threads[i];
    const uint32_t x = shape.block[0], y = shape.block[1];
    uint32_t tid[3] = {i % x, i / x % y, i / (x * y)};
    uint32_t ctaid[3] = {static_cast<uint32_t>(index % gridX),
                         static_cast<uint32_t>(index / gridX % gridY),
                         static_cast<uint32_t>(index / (gridX * gridY))};
    for (int axis = 0; axis < 3; ++axis) {
      thread.tid[axis] = tid[axis];
      thread.ctaid[axis] = ctaid[axis];
      thread.ntid[axis] = shape.block[axis];
      thread.nctaid[axis] = shape.grid[axis];
    }
    thread.lane = i % 32;
    thread.warp = i / 32;
    thread.shared = shared.base();
    thread.block = this;
    thread.index = i;
    thread.wait = Wait::Nothing;
    thread.open.clear();
    thread.committed.clear();
    thread.openStores.clear();
    thread.committedStores.clear();
    prepareContext(thread.context, stacks.base(i), stacks.bytes(i), enterThread, &thread);
    Warp &warp = warps[thread.warp];
    if (thread.lane == 0)
      warp.threads = &thread;
    warp.exist |= 1u << thread.lane;
  }
  for (uint32_t i = 0; i < warps.size(); ++i) {
    warpOrder[i] = i;
    warps[i].runnable = warps[i].exist;
  }
}

bool Block::run(const LaunchContext &launch, uint64_t index) {
  prepare(launch, index);
  while (finished < count && !hasFailed())
    if (!runWarps() && !hasFailed() && !landCopy())
      reportDeadlock();
  ++statistics.blocks;
  statistics.threads += count;
  return !hasFailed();
}

bool Block::runWarps() {
  for (uint32_t i = static_cast<uint32_t>(warpOrder.size()); i > 1; --i)
    std::swap(warpOrder[i - 1], warpOrder[random.below(i)]);
  bool happened = false;
  for (uint32_t index : warpOrder) {
    while (runTurn(warps[index])) {
      happened = true;
      if (!context->schedule.runsAhead())
        break;
    }
    if (hasFailed())
      break;
  }
  return meetInWarpgroups() || happened;
}

/// Lets a copy land that was in flight. Whether there was one, or a mistake.
bool Block::landCopy() {
  try {
    return tensorCopies.landOne(*this);
  } catch (const Abandoned &) {
    return true;
  }
}

bool Block::runTurn(Warp &warp) {
  bool happened = warp.runnable != 0;
  if (happened) {
    uint32_t order = static_cast<uint32_t>(random.next());
    warp.firstLane = order & 31;
    warp.descends = order & 32;
    warp.turn = warp.runnable;
    runningWarp = &warp;
    running = takeNext(warp);
    switchContext(scheduler, running->context);
    running = nullptr;
    if (checksAccesses())
      traffic[static_cast<size_t>(&warp - warps.data())].count(statistics);
  }
  if (hasFailed())
    return false;
  return meetInWarp(warp) || happened;
}

/// The next thread of this turn; null when it is over.
Thread *Block::takeNext(Warp &warp) {
  if (warp.turn == 0)
    return nullptr;
  uint32_t first = warp.firstLane;
  uint32_t rotated = warp.turn >> first | (first ? warp.turn << (32 - first) : 0);
  uint32_t position = warp.descends ? 31 - __builtin_clz(rotated) : __builtin_ctz(rotated);
  uint32_t lane = (position + first) & 31;
  warp.turn &= ~(1u << lane);
  warp.runnable &= ~(1u << lane);
  return &warp.threads[lane];
}

void Block::suspend(Thread &thread) {
  ++statistics.switches;
  Thread *next = takeNext(*runningWarp);
  running = next;
  switchContext(thread.context, next ? next->context : scheduler);
}

void Block::resume(Thread &thread) {
  thread.wait = Wait::Nothing;
  warps[thread.warp].runnable |= 1u << thread.lane;
}

void Block::abandon(Thread &thread) {
  switchContext(thread.context, scheduler);
  __builtin_unreachable();
}

//===----------------------------------------------------------------------===//
// Collectives of a warp
//===----------------------------------------------------------------------===//

void Block::collective(Thread &thread, Operation operation, uint32_t mask, uint32_t site) {
  Warp &warp = warps[thread.warp];
  uint32_t bit = 1u << thread.lane;
  if (!(mask & bit))
    fail(thread, nameOf(operation.op), " with a mask that leaves out the thread itself");
  thread.operation = operation.encode();
  thread.mask = mask & warp.exist;
  thread.site = site;
  bool isOfWarp = operation.op < Op::Wgmma;
  thread.wait = isOfWarp ? Wait::Warp : Wait::Warpgroup;
  if (isOfWarp)
    warp.waiting |= bit;
  suspend(thread);
}

bool Block::meetInWarp(Warp &warp) {
  bool happened = false;
  for (uint32_t rest = warp.waiting; rest != 0;) {
    const Thread &first = warp.threads[__builtin_ctz(rest)];
    uint32_t mask = first.mask;
    rest &= ~(1u << first.lane);
    Operation operation = Operation::decode(first.operation);
    if (uint32_t gone = mask & warp.finished) {
      reportParts(first, "divergent collective: lane ", first.lane, " waits at ",
                  nameOf(operation.op), " for lane ", __builtin_ctz(gone), ", which has returned");
      return false;
    }
    if (mask & ~warp.waiting)
      continue;
    for (uint32_t others = mask; others != 0; others &= others - 1) {
      const Thread &other = warp.threads[__builtin_ctz(others)];
      bool differs = other.operation != first.operation || other.mask != mask ||
                     (isAligned(operation.op) && other.site != first.site);
      if (!differs)
        continue;
      reportParts(first, "divergent collective: lane ", first.lane, " is at ", nameOf(operation.op),
                  " (call #", first.site, ", mask 0x", std::hex, mask, std::dec, "), lane ",
                  other.lane, " at ", nameOf(Operation::decode(other.operation).op), " (call #",
                  other.site, ", mask 0x", std::hex, other.mask, ")");
      return false;
    }
    carryOut(*this, warp, operation, mask);
    if (hasFailed())
      return false;
    for (uint32_t others = mask; others != 0; others &= others - 1)
      warp.threads[__builtin_ctz(others)].wait = Wait::Nothing;
    warp.waiting &= ~mask;
    warp.runnable |= mask;
    rest &= ~mask;
    happened = true;
  }
  return happened;
}

bool Block::meetInWarpgroups() {
  bool happened = false;
  for (uint32_t i = 0; i < warpgroups.size() && !hasFailed(); ++i) {
    Thread *first = &threads[size_t{i} * Warpgroup::kThreads];
    uint32_t present = std::min(count - i * Warpgroup::kThreads, Warpgroup::kThreads);
    auto waits = [](const Thread &thread) { return thread.wait == Wait::Warpgroup; };
    if (!std::all_of(first, first + present, waits))
      continue;
    Operation operation = Operation::decode(first->operation);
    for (Thread *thread = first; thread != first + present; ++thread)
      if (thread->operation != first->operation || thread->site != first->site) {
        reportParts(*thread, "divergent collective: at ",
                    nameOf(Operation::decode(thread->operation).op), " (call #", thread->site,
                    "), the first thread of its warpgroup at ", nameOf(operation.op), " (call #",
                    first->site, ")");
        return false;
      }
    if (present < Warpgroup::kThreads) {
      reportParts(*first, nameOf(operation.op), " in a warpgroup of fewer than 128 threads");
      return false;
    }
    warpgroups[i].carryOut(*this, first, operation);
    for (Thread *thread = first; thread != first + present; ++thread)
      resume(*thread);
    happened = true;
  }
  return happened;
}

//===----------------------------------------------------------------------===//
// Barriers of the block
//===----------------------------------------------------------------------===//

void Block::barrier(Thread &thread, uint32_t id, uint32_t expected, bool waits, bool predicate,
                    std::optional<uint32_t> site) {
  if (id >= kBarriers)
    fail(thread, "barrier ", id, ": a block has ", kBarriers);
  if (expected == 0)
    expected = (count + 31) / 32 * 32;
  if (expected % 32 != 0)
    fail(thread, "barrier ", id, " for ", expected, " threads, which is not a number of warps");
  Barrier &barrier = barriers[id];
  if (barrier.expected == 0)
    barrier.expected = expected;
  if (barrier.expected != expected)
    fail(thread, "barrier ", id, " for ", expected, " threads; others came to it for ",
         barrier.expected);
  ++statistics.barrier;
  barrier.holding += predicate;
  // The threads that the last warp lacks count as present.
  uint32_t lacking =
      thread.warp + 1 == warps.size() && thread.lane == 0 ? (32 - count % 32) % 32 : 0;
  barrier.arrived += 1 + lacking;
  if (barrier.arrived > expected)
    fail(thread, "barrier ", id, ": more threads come than the ", expected, " it is for");
  if (waits) {
    thread.wait = Wait::Barrier;
    thread.barrier = id;
    thread.site = site.value_or(kNoSite);
    barrier.waiting.push_back(&thread);
  }
  if (checksAccesses())
    races->clocks.release(thread.index, barrier.clock);
  bool completes = barrier.arrived == expected;
  if (completes)
    completeBarrier(barrier);
  if (waits)
    suspend(thread);
}

/// The threads of a warp come to an aligned barrier by the same instruction.
void Block::checkAlignment(const Barrier &barrier) {
  std::vector<const Thread *> firsts(warps.size());
  for (const Thread *thread : barrier.waiting) {
    const Thread *&first = firsts[thread->warp];
    if (!first)
      first = thread;
    if (thread->site == first->site)
      continue;
    reportParts(*thread, "divergent barrier ", thread->barrier, ": lane ", thread->lane,
                " of its warp comes to it at call #", thread->site, ", lane ", first->lane,
                " at call #", first->site);
  }
}

void Block::completeBarrier(Barrier &barrier) {
  checkAlignment(barrier);
  for (Thread *thread : barrier.waiting) {
    thread->mail[0] = barrier.holding;
    if (checksAccesses())
      races->clocks.acquire(thread->index, barrier.clock);
    resume(*thread);
  }
  barrier.expected = barrier.arrived = barrier.holding = 0;
  barrier.waiting.clear();
  barrier.clock.clear();
}

//===----------------------------------------------------------------------===//
// Mistakes
//===----------------------------------------------------------------------===//

static void print(std::ostream &os, const uint32_t (&at)[3]) {
  os << "(" << at[0] << "," << at[1] << "," << at[2] << ")";
}

void Block::report(const Thread &thread, const std::string &message) {
  if (hasFailed())
    return;
  std::ostringstream os;
  os << "kernel '" << context->kernel.name << "', block ";
  print(os, thread.ctaid);
  os << ", thread ";
  print(os, thread.tid);
  os << ": " << message;
  diagnosis = os.str();
}

void Block::reportWildAccess(const Thread &thread, const void *address) {
  if (isOnStack(thread, static_cast<const char *>(address) + 4096))
    return reportParts(thread, "its stack is full: too many variables in local memory");
  if (shared.isNear(address))
    return reportParts(thread, "access at ", static_cast<const char *>(address) - shared.base(),
                       " in shared memory, which has ", shared.size(), " bytes");
  // The processor does not say where an access was that it finds misaligned.
  if (!address)
    return reportParts(thread, "access of address 0, or of one that is not aligned");
  reportParts(thread, "access outside of every allocation: ", memory().describe(address));
}

/// What `thread` waits for, in words.
static std::string describeWait(const Thread &thread) {
  switch (thread.wait) {
  case Wait::Nothing:
    return "runnable";
  case Wait::Warp:
  case Wait::Warpgroup:
    return std::string(nameOf(Operation::decode(thread.operation).op)) + " (call #" +
           std::to_string(thread.site) + ")";
  case Wait::Barrier:
    return "barrier " + std::to_string(thread.barrier);
  case Wait::MBarrier:
    return "mbarrier at " + std::to_string(thread.barrier) + " (parity " +
           std::to_string(thread.parity) + ")";
  case Wait::Finished:
    return "returned";
  }
  return "";
}

void Block::reportDeadlock() {
  std::map<std::string, std::pair<uint32_t, const Thread *>> census;
  const Thread *stuck = nullptr;
  for (uint32_t i = 0; i < count; ++i) {
    auto &entry = census[describeWait(threads[i])];
    if (entry.first++ == 0)
      entry.second = &threads[i];
    if (!stuck && threads[i].wait != Wait::Finished)
      stuck = &threads[i];
  }
  std::ostringstream os;
  os << "deadlock:";
  const char *separator = " ";
  for (const auto &[what, who] : census) {
    os << separator << who.first << " threads " << (what == "returned" ? "" : "at ") << what
       << " (first: ";
    print(os, who.second->tid);
    os << ")";
    separator = "; ";
  }
  report(*stuck, os.str());
}

} // namespace tenon::emulation
