//===- Access.cpp - Checks of single memory accesses ----------------------===//

#include "Access.h"
#include "Block.h"

namespace tenon::emulation {

static void checkShared(Thread &thread, void *address, uint64_t bytes, AccessKind kind) {
  Block &block = *thread.block;
  const char *verb = kind.isWrite ? "write" : "read";
  int64_t offset = static_cast<char *>(address) - block.shared.base();
  if (!block.shared.holds(address, bytes))
    block.fail(thread, verb, " of ", bytes, " bytes at ", offset, " in shared memory, which has ",
               block.shared.size(), " bytes");
  std::string wrong =
      block.races->accessShared(thread.index, static_cast<size_t>(offset), bytes,
                                kind.isWrite ? Races::Kind::Write : Races::Kind::Read);
  if (!wrong.empty())
    block.fail(thread, wrong);
}

static void checkGlobal(Thread &thread, void *address, uint64_t bytes, AccessKind kind) {
  Block &block = *thread.block;
  const char *verb = kind.isWrite ? "write" : "read";
  const Memory::Range *range = block.findRange(address);
  if (!range || bytes > range->end - reinterpret_cast<uintptr_t>(address))
    block.fail(thread, verb, " of ", bytes,
               " bytes outside of every allocation: ", block.memory().describe(address));
  std::string wrong =
      block.races->accessGlobal(thread.index, block.globalShadow().cellsOf(*range, address, bytes),
                                kind.isWrite ? Races::Kind::Write : Races::Kind::Read);
  if (wrong.empty())
    return;
  wrong += " (" + block.memory().describe(address) + ")";
  block.fail(thread, wrong);
}

void checkAccess(Thread &thread, void *address, uint64_t bytes, AccessKind kind, uint32_t site) {
  Block &block = *thread.block;
  if (bytes == 0 || block.isOnStack(thread, address))
    return;
  if (reinterpret_cast<uintptr_t>(address) % kind.alignment != 0)
    block.fail(thread, kind.isWrite ? "write" : "read", " of ", bytes, " bytes at an address that ",
               "is not a multiple of ", kind.alignment);
  bool isShared = block.shared.isNear(address);
  if (isShared)
    checkShared(thread, address, bytes, kind);
  else
    checkGlobal(thread, address, bytes, kind);
  block.traffic[thread.warp].note(thread.lane, site, isShared, reinterpret_cast<uintptr_t>(address),
                                  static_cast<uint32_t>(bytes));
}

} // namespace tenon::emulation
