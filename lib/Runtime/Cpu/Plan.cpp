//===- Plan.cpp - where the buffers of one size tuple lie -----------------===//
#include "tenon/Runtime/Cpu/Plan.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Io/Memory.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <numeric>

namespace tenon::runtime {

constexpr uint64_t largestArena = uint64_t{1} << 62;

uint64_t placeBuffers(const std::vector<ArenaRequest> &requests, std::vector<uint64_t> &offsets,
                      bool &fits) {
  offsets.assign(requests.size(), 0);
  std::vector<size_t> order(requests.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (requests[a].bytes != requests[b].bytes)
      return requests[a].bytes > requests[b].bytes;
    return a < b;
  });
  struct Range {
    uint64_t begin, end;
    int32_t first, last;
  };
  std::vector<Range> placed; // by begin
  uint64_t total = 0;
  fits = true;
  for (size_t number : order) {
    const ArenaRequest &request = requests[number];
    if (request.bytes == 0)
      break;
    if (request.bytes > largestArena) {
      fits = false;
      return 0;
    }
    uint64_t bytes = alignUp(request.bytes), offset = 0;
    for (const Range &range : placed) {
      bool isAlive = range.first <= request.last && request.first <= range.last;
      if (!isAlive)
        continue;
      if (range.begin >= offset + bytes)
        break;
      offset = std::max(offset, range.end);
    }
    if (offset > largestArena) {
      fits = false;
      return 0;
    }
    offsets[number] = offset;
    Range range{offset, offset + bytes, request.first, request.last};
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), range,
                         [](const Range &a, const Range &b) { return a.begin < b.begin; }),
        range);
    total = std::max(total, range.end);
  }
  return total;
}

bool isArenaBuffer(const tn_buffer &buffer, const PlanKey &key) {
  return buffer.kind == TN_BUFFER_TEMPORARY ||
         (buffer.kind == TN_BUFFER_INPUT && (key.defaulted >> buffer.index & 1) != 0);
}

/// "B=32, S=512".
static std::string symbolsText(const tn_program &program, const PlanKey &key) {
  std::string text;
  for (uint64_t s = 0; s < program.num_symbols; ++s)
    text += std::string(s == 0 ? "" : ", ") + program.symbols[s].name + "=" +
            std::to_string(key.symbols[s]);
  return text;
}

Result<Plan> makePlan(const tn_launch_list &list, const tn_program &program, const PlanKey &key) {
  auto overflow = [&](const char *what) {
    return Status::error(ExitCode::Input, "run",
                         std::string(what) + " overflows 64 bits for " + symbolsText(program, key));
  };
  Plan plan;
  plan.key = key;
  std::vector<ArenaRequest> requests;
  std::vector<size_t> owners;
  for (uint64_t i = 0; i < list.num_buffers; ++i) {
    const tn_buffer &buffer = list.buffers[i];
    int64_t bytes = 0;
    if (!evaluateSize(buffer.bytes, key.symbols.data(), bytes))
      return overflow("the size of a buffer");
    plan.bytes.push_back(static_cast<uint64_t>(std::max<int64_t>(bytes, 0)));
    if (!isArenaBuffer(buffer, key))
      continue;
    bool isTemporary = buffer.kind == TN_BUFFER_TEMPORARY;
    requests.push_back(
        {plan.bytes.back(), isTemporary ? buffer.first : 0, isTemporary ? buffer.last : INT32_MAX});
    owners.push_back(i);
  }
  bool fits = true;
  std::vector<uint64_t> offsets;
  plan.arenaBytes = placeBuffers(requests, offsets, fits);
  if (!fits)
    return overflow("the memory for intermediate results");
  plan.offsets.assign(list.num_buffers, 0);
  for (size_t i = 0; i < owners.size(); ++i)
    plan.offsets[owners[i]] = offsets[i];

  for (uint64_t i = 0; i < list.num_launches; ++i) {
    int64_t tiles = 0, scratch = 0;
    if (!evaluateGrid(list.launches[i], key.symbols.data(), tiles))
      return overflow("the grid of a kernel");
    if (!evaluateSize(list.launches[i].scratch_bytes, key.symbols.data(), scratch))
      return overflow("the scratch memory of a kernel");
    plan.tiles.push_back(tiles);
    uint64_t rounded =
        alignUp(static_cast<uint64_t>(std::clamp<int64_t>(scratch, 0, int64_t{1} << 62)));
    plan.scratchBytes = std::max(plan.scratchBytes, rounded);
  }
  return plan;
}

const Plan *PlanCache::find(const PlanKey &key) {
  for (Slot &slot : slots) {
    if (!(slot.plan.key == key))
      continue;
    slot.lastUse = ++clock;
    return &slot.plan;
  }
  return nullptr;
}

const Plan *PlanCache::insert(Plan plan) {
  Slot slot{std::move(plan), ++clock};
  if (slots.size() < capacity) {
    slots.push_back(std::move(slot));
    return &slots.back().plan;
  }
  auto oldest = std::min_element(slots.begin(), slots.end(), [](const Slot &a, const Slot &b) {
    return a.lastUse < b.lastUse;
  });
  *oldest = std::move(slot);
  return &oldest->plan;
}

} // namespace tenon::runtime
