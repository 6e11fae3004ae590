//===- SharedArena.cpp - Shared memory of the running block ---------------===//

#include "SharedArena.h"

#include "tenon/Emulation/Address.h"

#include <cstring>
#include <sys/mman.h>

namespace tenon::emulation {

/// Room for the arena at a multiple of its capacity with as much before it and
/// after it that cannot be accessed.
static constexpr size_t kMappingBytes = 4 * SharedArena::kCapacity;
static constexpr size_t kPageBytes = 4096;

SharedArena::SharedArena() {
  void *memory =
      mmap(nullptr, kMappingBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return;
  mapping = static_cast<char *>(memory);
  uintptr_t address = reinterpret_cast<uintptr_t>(mapping) + 2 * kCapacity - 1;
  start = pointerTo(address & ~kOffsetMask);
}

SharedArena::~SharedArena() {
  if (mapping)
    munmap(mapping, kMappingBytes);
}

void SharedArena::reset(size_t size) {
  size_t pages = (size + kPageBytes - 1) / kPageBytes * kPageBytes;
  if (pages < accessible)
    mprotect(start + pages, accessible - pages, PROT_NONE);
  if (pages > accessible)
    mprotect(start + accessible, pages - accessible, PROT_READ | PROT_WRITE);
  accessible = pages;
  bytes = size;
  std::memset(start, 0xff, pages);
}

} // namespace tenon::emulation
