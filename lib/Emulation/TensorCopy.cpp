//===- TensorCopy.cpp - cp.async.bulk.tensor ------------------------------===//

#include "TensorCopy.h"
#include "Block.h"

#include "tenon/Emulation/Address.h"

#include <algorithm>
#include <cstring>

namespace tenon::emulation {

namespace {

/// Calls `visit(row of the tile, address of its first element in the tensor,
/// first and last element of the row that lie in the tensor)`.
template <typename Visit> void forEachRow(const TensorCopy &copy, Visit visit) {
  const TensorMap &map = *copy.map;
  uint32_t rows = 1;
  for (uint32_t i = 1; i < map.rank; ++i)
    rows *= map.box[i];
  int64_t left = copy.at[0], right = left + map.box[0], size = static_cast<int64_t>(map.size[0]);
  int64_t first = std::clamp<int64_t>(0, left, right), last = std::clamp(size, left, right);
  for (uint32_t row = 0; row < rows; ++row) {
    bool inside = first < last;
    uint64_t offset = static_cast<uint64_t>(left) * map.elementBytes;
    uint32_t rest = row;
    for (uint32_t i = 1; i < map.rank; ++i) {
      int64_t index = int64_t{copy.at[i]} + rest % map.box[i];
      rest /= map.box[i];
      inside &= index >= 0 && index < static_cast<int64_t>(map.size[i]);
      offset += static_cast<uint64_t>(index) * map.stride[i - 1];
    }
    visit(row, pointerTo(map.address + offset), inside ? static_cast<uint32_t>(first - left) : 0,
          inside ? static_cast<uint32_t>(last - left) : 0);
  }
}

/// Where byte `index` of the tile lies.
char *placeOf(const Block &block, const TensorCopy &copy, uint32_t index) {
  uint32_t offset = block.shared.offsetOf(copy.tile) + index;
  return block.shared.base() + copy.map->swizzle()(offset);
}

/// What is asked of both directions.
void check(Thread &thread, const TensorCopy &copy, const char *name) {
  Block &block = *thread.block;
  const TensorMap &map = *copy.map;
  uint32_t offset = block.shared.offsetOf(copy.tile);
  if (reinterpret_cast<uintptr_t>(&map) % 64 != 0 || map.magic != TensorMap::kMagic)
    block.fail(thread, name, ": the descriptor is not one");
  if (std::string wrong = map.check(); !wrong.empty())
    block.fail(thread, name, ": ", wrong);
  if (offset % map.swizzle().period() != 0)
    block.fail(thread, name, ": the tile at ", offset, " in shared memory is not at a multiple of ",
               map.swizzle().period());
  if (!block.shared.holds(copy.tile, map.boxBytes()))
    block.fail(thread, name, ": the tile at ", offset, " of ", map.boxBytes(),
               " bytes does not fit into the block's ", block.shared.size(),
               " bytes of shared memory");
  forEachRow(copy, [&](uint32_t, char *row, uint32_t first, uint32_t last) {
    const char *begin = row + size_t{first} * map.elementBytes;
    if (first < last && !block.memory().holds(begin, size_t{last - first} * map.elementBytes))
      block.fail(thread, name, ": the tensor reaches outside of its allocation: ",
                 block.memory().describe(begin));
  });
}

void checkGlobal(Thread &thread, const TensorCopy &copy, const char *name, Races::Kind kind) {
  Block &block = *thread.block;
  forEachRow(copy, [&](uint32_t, char *row, uint32_t first, uint32_t last) {
    if (first >= last)
      return;
    char *begin = row + size_t{first} * copy.map->elementBytes;
    size_t bytes = size_t{last - first} * copy.map->elementBytes;
    std::string wrong = block.races->accessGlobal(
        thread.index, block.globalShadow().cellsOf(*block.findRange(begin), begin, bytes), kind);
    if (!wrong.empty())
      block.fail(thread, name, ": ", wrong, " (", block.memory().describe(begin), ")");
  });
}

/// Moves between the tensor and the tile, element by element in pieces that
/// stay together.
template <typename Move> void forEachPiece(const Block &block, const TensorCopy &copy, Move move) {
  const TensorMap &map = *copy.map;
  uint32_t rowBytes = uint32_t{map.box[0]} * map.elementBytes;
  forEachRow(copy, [&](uint32_t row, char *source, uint32_t first, uint32_t last) {
    for (uint32_t begin = 0; begin < rowBytes; begin += 16) {
      char *place = placeOf(block, copy, row * rowBytes + begin);
      uint32_t from = std::clamp(first * map.elementBytes, begin, begin + 16);
      uint32_t to = std::clamp(last * map.elementBytes, begin, begin + 16);
      move(place, from - begin, to - begin, source + from);
    }
  });
}

void landLoad(Block &block, const TensorCopy &copy) {
  const TensorMap &map = *copy.map;
  char filler[16] = {};
  if (map.fillsNaN)
    std::memset(filler, 0xff, sizeof filler);
  forEachPiece(block, copy, [&](char *place, uint32_t from, uint32_t to, const char *source) {
    std::memcpy(place, filler, 16);
    if (from < to)
      std::memcpy(place + from, source, to - from);
  });
}

void landStore(Block &block, const TensorCopy &copy) {
  forEachPiece(block, copy, [&](const char *place, uint32_t from, uint32_t to, char *target) {
    if (from < to)
      std::memcpy(target, place + from, to - from);
  });
}

} // namespace

void TensorCopies::load(Thread &thread, const TensorCopy &copy) {
  Block &block = *thread.block;
  ++block.statistics.tensorLoad;
  MBarrier &barrier = block.mbarriers.at(thread, copy.barrier);
  check(thread, copy, "tensor load");
  if (!barrier.isFenced)
    block.fail(thread, "tensor load: its mbarrier has been initialized without "
                       "fence.mbarrier_init or fence.proxy.async after it");
  uint32_t bytes = copy.map->boxBytes();
  if (block.checksAccesses()) {
    checkGlobal(thread, copy, "tensor load", Races::Kind::Read);
    std::string wrong =
        block.races->beginCopy(thread.index, block.races->clocks.mbarrierAgent(barrier.index),
                               block.shared.offsetOf(copy.tile), bytes);
    if (!wrong.empty())
      block.fail(thread, "tensor load: ", wrong);
  }
  pending.push_back({copy, thread.index});
  if (block.landsEarly())
    landOne(block);
}

bool TensorCopies::landOne(Block &block) {
  if (pending.empty())
    return false;
  size_t index = block.random.below(static_cast<uint32_t>(pending.size()));
  Pending landing = pending[index];
  pending[index] = pending.back();
  pending.pop_back();
  const TensorCopy &copy = landing.copy;
  uint32_t bytes = copy.map->boxBytes();
  landLoad(block, copy);
  MBarrier &barrier = block.mbarriers.at(block.thread(landing.thread), copy.barrier);
  if (block.checksAccesses()) {
    Clocks &clocks = block.races->clocks;
    uint32_t agent = clocks.mbarrierAgent(barrier.index);
    block.races->endCopy(agent, block.shared.offsetOf(copy.tile), bytes);
    clocks.releaseAgent(agent, barrier.arriving);
  }
  block.mbarriers.land(block, barrier, bytes);
  return true;
}

void storeTensor(Thread &thread, const TensorCopy &copy) {
  Block &block = *thread.block;
  ++block.statistics.tensorStore;
  check(thread, copy, "tensor store");
  if (block.checksAccesses()) {
    checkGlobal(thread, copy, "tensor store", Races::Kind::Write);
    Clocks &clocks = block.races->clocks;
    std::string wrong = block.races->readByAgent(
        thread.index, clocks.storeAgent(), block.shared.offsetOf(copy.tile), copy.map->boxBytes());
    if (!wrong.empty())
      block.fail(thread, "tensor store: ", wrong);
  }
  if (block.landsEarly())
    landStore(block, copy);
  thread.openStores.push_back(copy);
}

void commitStores(Thread &thread) {
  uint32_t epoch = 0;
  if (thread.block->checksAccesses()) {
    Clocks &clocks = thread.block->races->clocks;
    epoch = clocks.advanceAgent(clocks.storeAgent());
  }
  thread.committedStores.push_back({std::move(thread.openStores), epoch});
  thread.openStores.clear();
}

void waitForStores(Thread &thread, uint32_t inFlight) {
  Block &block = *thread.block;
  std::vector<StoreGroup> &groups = thread.committedStores;
  if (groups.size() <= inFlight)
    return;
  auto end = groups.end() - inFlight;
  for (auto group = groups.begin(); group != end; ++group) {
    if (!block.landsEarly())
      for (const TensorCopy &copy : group->copies)
        landStore(block, copy);
    if (block.checksAccesses())
      block.races->clocks.acquireAgent(thread.index, block.races->clocks.storeAgent(),
                                       group->epoch);
  }
  groups.erase(groups.begin(), end);
}

void checkStoresAtReturn(Thread &thread) {
  if (!thread.openStores.empty() || !thread.committedStores.empty())
    thread.block->reportParts(thread, "returns while a tensor store may still read shared memory");
}

} // namespace tenon::emulation
