//===- Plan.cpp - where the buffers of one size tuple lie -----------------===//
#include "tenon/Runtime/Cpu/Plan.h"
#include "tenon/Runtime/Cpu/Placement.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Io/Memory.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>

namespace tenon::runtime {

PlanKey planKeyOf(size_t entry, uint64_t defaulted, const std::vector<int64_t> &symbols) {
  PlanKey key;
  key.list = entry;
  key.defaulted = defaulted;
  std::copy_n(symbols.begin(), std::min(symbols.size(), key.symbols.size()), key.symbols.begin());
  return key;
}

bool isArenaBuffer(const tn_buffer &buffer, const PlanKey &key) {
  return buffer.kind == TN_BUFFER_TEMPORARY ||
         (buffer.kind == TN_BUFFER_INPUT && (key.defaulted >> buffer.index & 1) != 0);
}

std::string symbolsText(const tn_program &program, const PlanKey &key) {
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
  plan.liveBytes = mostBytesAlive(requests);
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

} // namespace tenon::runtime
