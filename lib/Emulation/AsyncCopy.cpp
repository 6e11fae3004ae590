//===- AsyncCopy.cpp - cp.async -------------------------------------------===//

#include "AsyncCopy.h"
#include "Block.h"

#include <cstring>

namespace tenon::emulation {

static void land(const PendingCopy &copy) {
  std::memcpy(copy.destination, copy.source, copy.sourceBytes);
  std::memset(copy.destination + copy.sourceBytes, 0, copy.bytes - copy.sourceBytes);
}

/// What is owed for `copies` once they have been waited for.
static void complete(Thread &thread, std::vector<PendingCopy> &copies) {
  Block &block = *thread.block;
  for (const PendingCopy &copy : copies) {
    if (!block.landsEarly())
      land(copy);
    if (block.checksAccesses())
      block.races->endCopy(thread.index, block.shared.offsetOf(copy.destination), copy.bytes);
  }
  copies.clear();
}

/// What an access by a load or store would be asked, asked of a copy.
static void checkCopy(Thread &thread, const PendingCopy &copy, uint32_t site) {
  Block &block = *thread.block;
  std::string wrong = block.races->beginCopy(thread.index, thread.index,
                                             block.shared.offsetOf(copy.destination), copy.bytes);
  if (!wrong.empty())
    block.fail(thread, "cp.async: ", wrong);
  Traffic &traffic = block.traffic[thread.warp];
  // Sites of calls, apart from those of loads and stores.
  site |= 0x80000000;
  traffic.note(thread.lane, site, /*isShared=*/true, reinterpret_cast<uintptr_t>(copy.destination),
               copy.bytes);
  if (copy.sourceBytes == 0)
    return;
  const Memory::Range *range = block.findRange(copy.source);
  wrong = block.races->accessGlobal(
      thread.index, block.globalShadow().cellsOf(*range, copy.source, copy.sourceBytes),
      Races::Kind::Read);
  if (!wrong.empty())
    block.fail(thread, "cp.async: ", wrong);
  traffic.note(thread.lane, site, /*isShared=*/false, reinterpret_cast<uintptr_t>(copy.source),
               copy.sourceBytes);
}

void issueCopy(Thread &thread, char *destination, const char *source, uint32_t bytes,
               uint32_t sourceBytes, uint32_t site) {
  Block &block = *thread.block;
  ++block.statistics.cpAsync;
  uint32_t offset = block.shared.offsetOf(destination);
  if (!block.shared.holds(destination, bytes))
    block.fail(thread, "cp.async to ", offset, " in shared memory, which has ", block.shared.size(),
               " bytes");
  if (offset % bytes != 0)
    block.fail(thread, "cp.async of ", bytes, " bytes to ", offset,
               " in shared memory, which is not a multiple of that");
  if (reinterpret_cast<uintptr_t>(source) % bytes != 0)
    block.fail(thread, "cp.async of ", bytes, " bytes from an address that is not a multiple of ",
               "that: ", block.memory().describe(source));
  if (sourceBytes > bytes)
    block.fail(thread, "cp.async of ", sourceBytes, " bytes into ", bytes);
  if (sourceBytes != 0 && !block.memory().holds(source, sourceBytes))
    block.fail(thread,
               "cp.async reads outside of every allocation: ", block.memory().describe(source));
  PendingCopy copy{destination, source, bytes, sourceBytes};
  if (block.checksAccesses())
    checkCopy(thread, copy, site);
  if (block.landsEarly())
    land(copy);
  thread.open.push_back(copy);
}

void commitCopies(Thread &thread) {
  thread.committed.push_back(std::move(thread.open));
  thread.open.clear();
}

void waitForCopies(Thread &thread, uint32_t inFlight) {
  if (thread.committed.size() <= inFlight)
    return;
  auto end = thread.committed.end() - inFlight;
  for (auto group = thread.committed.begin(); group != end; ++group)
    complete(thread, *group);
  thread.committed.erase(thread.committed.begin(), end);
}

void waitForAllCopies(Thread &thread) {
  waitForCopies(thread, 0);
  complete(thread, thread.open);
}

} // namespace tenon::emulation
