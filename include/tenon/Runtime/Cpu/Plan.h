//===- Plan.h - where the buffers of one size tuple lie -------------------===//
#ifndef TENON_RUNTIME_CPU_PLAN_H
#define TENON_RUNTIME_CPU_PLAN_H

#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Io/Status.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tenon::runtime {

/// What decides a plan.
struct PlanKey {
  size_t list = 0;        ///< entry number
  uint64_t defaulted = 0; ///< bit i: input i is filled with its default
  std::array<int64_t, TN_MAX_SYMBOLS> symbols{};

  bool operator==(const PlanKey &other) const {
    return list == other.list && defaulted == other.defaulted && symbols == other.symbols;
  }
};

/// The key of a call; `symbols` beyond TN_MAX_SYMBOLS are ignored.
PlanKey planKeyOf(size_t entry, uint64_t defaulted, const std::vector<int64_t> &symbols);

/// Everything about a launch list that depends on sizes.
struct Plan {
  PlanKey key;
  std::vector<uint64_t> bytes;   ///< per buffer of the list
  std::vector<uint64_t> offsets; ///< per buffer; meaningful for arena buffers
  std::vector<int64_t> tiles;    ///< per launch
  uint64_t arenaBytes = 0;
  uint64_t liveBytes = 0;    ///< the most bytes of the arena in use at one time
  uint64_t scratchBytes = 0; ///< per worker, a multiple of 64
};

/// Whether buffer `buffer` lives in the arena under `key`: temporaries, and
/// inputs that are filled with their default.
bool isArenaBuffer(const tn_buffer &buffer, const PlanKey &key);

/// Evaluates and places. An Input error if a size overflows 64 bits.
Result<Plan> makePlan(const tn_launch_list &list, const tn_program &program, const PlanKey &key);

/// "B=32, S=512": the sizes of a key.
std::string symbolsText(const tn_program &program, const PlanKey &key);

/// The 16 most recently used plans, of a type that is a Plan.
template <typename AnyPlan> class PlanCacheOf {
public:
  static constexpr size_t capacity = 16;

  /// The plan for `key`, which becomes the most recent, or null. Allocates
  /// nothing.
  AnyPlan *find(const PlanKey &key) {
    for (Slot &slot : slots) {
      if (!(slot.plan.key == key))
        continue;
      slot.lastUse = ++clock;
      return &slot.plan;
    }
    return nullptr;
  }

  /// Adds a plan; drops the least recently used one if there are 16.
  AnyPlan *insert(AnyPlan plan) {
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

  size_t size() const { return slots.size(); }

private:
  struct Slot {
    AnyPlan plan;
    uint64_t lastUse;
  };
  std::vector<Slot> slots;
  uint64_t clock = 0;
};

using PlanCache = PlanCacheOf<Plan>;

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_PLAN_H
