//===- AsyncCopy.cpp - cp.async -------------------------------------------===//

#include "AsyncCopy.h"
#include "Block.h"

#include <cstring>

namespace tenon::emulation {

static void land(const PendingCopy &copy) {
  std::memcpy(copy.destination, copy.source, copy.sourceBytes);
  std::memset(copy.destination + copy.sourceBytes, 0, copy.bytes - copy.sourceBytes);
}

static void landAll(std::vector<PendingCopy> &copies) {
  for (const PendingCopy &copy : copies)
    land(copy);
  copies.clear();
}

void issueCopy(Thread &thread, char *destination, const char *source, uint32_t bytes,
               uint32_t sourceBytes) {
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
               "that: ", block.memory().describe(source).c_str());
  if (sourceBytes > bytes)
    block.fail(thread, "cp.async of ", sourceBytes, " bytes into ", bytes);
  if (sourceBytes != 0 && !block.memory().holds(source, sourceBytes))
    block.fail(thread, "cp.async reads outside of every allocation: ",
               block.memory().describe(source).c_str());
  PendingCopy copy{destination, source, bytes, sourceBytes};
  if (block.landsEarly())
    land(copy);
  else
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
    landAll(*group);
  thread.committed.erase(thread.committed.begin(), end);
}

void waitForAllCopies(Thread &thread) {
  waitForCopies(thread, 0);
  landAll(thread.open);
}

} // namespace tenon::emulation
