//===- Memory.cpp - The global memory of the emulated device --------------===//

#include "tenon/Emulation/Memory.h"
#include "tenon/Emulation/Address.h"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>

namespace tenon::emulation {

static constexpr size_t kPageBytes = 4096;
/// Wide enough that a row or tile too far lands in it.
static constexpr size_t kGuardBytes = size_t{1} << 20;

static size_t roundUp(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

Memory::~Memory() {
  for (const Range &range : ranges)
    if (range.mapping)
      munmap(range.mapping, range.mappingBytes);
}

static bool beginsAfter(uintptr_t address, const Memory::Range &range) {
  return address < range.begin;
}

void *Memory::allocate(size_t bytes) {
  if (bytes == 0 || bytes > limit - used)
    return nullptr;
  size_t occupied = roundUp(bytes, kAlignment);
  size_t accessible = roundUp(occupied, kPageBytes);
  size_t total = accessible + 2 * kGuardBytes;
  void *memory =
      mmap(nullptr, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return nullptr;
  char *mapping = static_cast<char *>(memory);
  if (mprotect(mapping + kGuardBytes, accessible, PROT_READ | PROT_WRITE) != 0) {
    munmap(mapping, total);
    return nullptr;
  }
  char *address = mapping + kGuardBytes + accessible - occupied;
  std::memset(mapping + kGuardBytes, 0xff, accessible);
  uintptr_t begin = reinterpret_cast<uintptr_t>(address);
  ranges.insert(std::upper_bound(ranges.begin(), ranges.end(), begin, beginsAfter),
                {begin, begin + bytes, "allocation #" + std::to_string(++serial), mapping, total});
  used += bytes;
  return address;
}

bool Memory::release(void *address) {
  const Range *range = find(address);
  if (!range || !range->mapping || range->begin != reinterpret_cast<uintptr_t>(address))
    return false;
  used -= range->end - range->begin;
  munmap(range->mapping, range->mappingBytes);
  ranges.erase(ranges.begin() + (range - ranges.data()));
  return true;
}

void Memory::addObject(void *address, size_t bytes, std::string name) {
  uintptr_t begin = reinterpret_cast<uintptr_t>(address);
  ranges.insert(std::upper_bound(ranges.begin(), ranges.end(), begin, beginsAfter),
                {begin, begin + bytes, std::move(name)});
}

void Memory::removeObject(void *address) {
  const Range *range = find(address);
  if (range && !range->mapping)
    ranges.erase(ranges.begin() + (range - ranges.data()));
}

const Memory::Range *Memory::find(const void *address) const {
  uintptr_t at = reinterpret_cast<uintptr_t>(address);
  auto after = std::upper_bound(ranges.begin(), ranges.end(), at, beginsAfter);
  if (after == ranges.begin() || at >= after[-1].end)
    return nullptr;
  return &after[-1];
}

const void *Memory::findOverrun() const {
  auto firstChanged = [](const char *begin, const char *end) -> const void * {
    auto changed = std::find_if(begin, end, [](char byte) { return byte != '\xff'; });
    return changed == end ? nullptr : changed;
  };
  for (const Range &range : ranges) {
    if (!range.mapping)
      continue;
    if (const void *before = firstChanged(range.mapping + kGuardBytes, pointerTo(range.begin)))
      return before;
    if (const void *after =
            firstChanged(pointerTo(range.end), range.mapping + range.mappingBytes - kGuardBytes))
      return after;
  }
  return nullptr;
}

std::string Memory::describe(const void *address) const {
  uintptr_t at = reinterpret_cast<uintptr_t>(address);
  auto after = std::upper_bound(ranges.begin(), ranges.end(), at, beginsAfter);
  const Range *below = after == ranges.begin() ? nullptr : &after[-1];
  const Range *above = after == ranges.end() ? nullptr : &*after;
  auto size = [](const Range &range) {
    return range.name + " of " + std::to_string(range.end - range.begin) + " bytes";
  };
  if (below && at < below->end)
    return "byte " + std::to_string(at - below->begin) + " of " + size(*below);
  if (below && (!above || at - below->end <= above->begin - at))
    return std::to_string(at - below->end) + " bytes after the end of " + size(*below);
  if (above)
    return std::to_string(above->begin - at) + " bytes before " + size(*above);
  return "nothing is allocated";
}

} // namespace tenon::emulation
