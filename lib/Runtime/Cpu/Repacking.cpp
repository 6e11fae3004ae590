//===- Repacking.cpp - what a step leaves to be packed --------------------===//
#include "tenon/Runtime/Cpu/Repacking.h"

namespace tenon::runtime {

namespace {

/// The launches of `prepare`, and what becomes of its buffers in a step.
class Repacking {
public:
  Repacking(const tn_program &program, const tn_level &level, size_t entry)
      : list(level.prepare), isFilled(list.num_buffers, false), isChanged(list.num_buffers, false),
        isMissing(list.num_buffers, false), isNeeded(list.num_launches, false) {
    findUpdated(program.entries[entry]);
    findFilled(level.entries[entry]);
  }

  std::vector<LaunchRange> run();

private:
  void findUpdated(const tn_entry &entry);
  void findFilled(const tn_launch_list &step);
  void findChanged();
  bool addMakersOfMissing();
  const tn_buffer &buffer(const tn_launch &launch, uint64_t number) const {
    return list.buffers[launch.buffers[number]];
  }

  const tn_launch_list &list;
  /// By buffer: the step has filled it; it depends on what the step updates; a launch that
  /// is needed finds it in memory that does not stay.
  std::vector<bool> isFilled, isChanged, isMissing;
  std::vector<bool> isNeeded; ///< by launch
};

} // namespace

void Repacking::findUpdated(const tn_entry &entry) {
  for (uint64_t b = 0; b < list.num_buffers; ++b)
    for (uint64_t i = 0; i < entry.num_outputs; ++i)
      if (list.buffers[b].kind == TN_BUFFER_PARAMETER && entry.updates[i] == list.buffers[b].index)
        isChanged[b] = true;
}

void Repacking::findFilled(const tn_launch_list &step) {
  for (uint64_t i = 0; i < step.num_launches; ++i) {
    const tn_launch &launch = step.launches[i];
    if (launch.num_buffers == 0)
      continue;
    const tn_buffer &written = step.buffers[launch.buffers[launch.num_buffers - 1]];
    for (uint64_t b = 0; b < list.num_buffers; ++b)
      if (written.kind == TN_BUFFER_PACKED && list.buffers[b].kind == TN_BUFFER_PACKED &&
          written.index == list.buffers[b].index)
        isFilled[b] = true;
  }
}

/// Follows changes through the list.
void Repacking::findChanged() {
  for (uint64_t i = 0; i < list.num_launches; ++i) {
    const tn_launch &launch = list.launches[i];
    bool reads = false;
    for (uint64_t b = 0; b < launch.num_buffers; ++b)
      reads = reads || isChanged[static_cast<size_t>(launch.buffers[b])];
    if (!reads)
      continue;
    size_t written = static_cast<size_t>(launch.buffers[launch.num_buffers - 1]);
    isChanged[written] = true;
    isNeeded[i] = !isFilled[written];
  }
}

/// Adds the launches that write what is missing, or a part of what a needed launch writes;
/// false when there are none left.
bool Repacking::addMakersOfMissing() {
  bool hasAdded = false;
  for (uint64_t i = 0; i < list.num_launches; ++i) {
    const tn_launch &launch = list.launches[i];
    for (uint64_t b = 0; b < launch.num_buffers && isNeeded[i]; ++b)
      if (b + 1 == launch.num_buffers || buffer(launch, b).kind == TN_BUFFER_TEMPORARY)
        isMissing[static_cast<size_t>(launch.buffers[b])] = true;
  }
  for (uint64_t i = 0; i < list.num_launches; ++i) {
    const tn_launch &launch = list.launches[i];
    if (isNeeded[i] || launch.num_buffers == 0 ||
        !isMissing[static_cast<size_t>(launch.buffers[launch.num_buffers - 1])])
      continue;
    isNeeded[i] = true;
    hasAdded = true;
  }
  return hasAdded;
}

std::vector<LaunchRange> Repacking::run() {
  findChanged();
  while (addMakersOfMissing()) {
  }
  std::vector<LaunchRange> ranges;
  for (uint64_t i = 0; i < list.num_launches; ++i) {
    if (!isNeeded[i])
      continue;
    if (!ranges.empty() && ranges.back().end == i)
      ranges.back().end = i + 1;
    else
      ranges.push_back({i, i + 1});
  }
  return ranges;
}

std::vector<LaunchRange> findLaunchesLeft(const tn_program &program, const tn_level &level,
                                          size_t entry) {
  return Repacking(program, level, entry).run();
}

} // namespace tenon::runtime
