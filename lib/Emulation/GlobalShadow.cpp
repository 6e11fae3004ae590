//===- GlobalShadow.cpp - Who touched global memory last ------------------===//

#include "GlobalShadow.h"

#include <sys/mman.h>

namespace tenon::emulation {

GlobalShadow::~GlobalShadow() {
  for (auto &[begin, mapping] : mappings)
    munmap(mapping.cells, mapping.bytes);
}

void GlobalShadow::prepare(const Memory &memory) {
  std::map<uintptr_t, Mapping> kept;
  for (const Memory::Range &range : memory.allocations()) {
    if (!range.mapping)
      continue;
    size_t bytes = ((range.end - range.begin) / kCellBytes + 1) * sizeof(Cell);
    auto found = mappings.find(range.begin);
    if (found != mappings.end() && found->second.bytes == bytes) {
      kept.insert(*found);
      mappings.erase(found);
      continue;
    }
    void *cells = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (cells != MAP_FAILED)
      kept[range.begin] = {static_cast<Cell *>(cells), bytes};
  }
  for (auto &[begin, mapping] : mappings)
    munmap(mapping.cells, mapping.bytes);
  mappings = std::move(kept);
}

GlobalShadow::Cells GlobalShadow::cellsOf(const Memory::Range &range, const void *address,
                                          size_t bytes) const {
  auto found = mappings.find(range.begin);
  if (found == mappings.end() || bytes < kCellBytes)
    return {};
  size_t offset = reinterpret_cast<uintptr_t>(address) - range.begin;
  return {found->second.cells + offset / kCellBytes, bytes / kCellBytes};
}

} // namespace tenon::emulation
