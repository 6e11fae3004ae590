//===- RepackingTest.cpp - what a step leaves to be packed ----------------===//
#include "tenon/Runtime/Cpu/Repacking.h"

#include "gtest/gtest.h"

using namespace tenon::runtime;

namespace {

/// Parameters a (updated), b (updated) and c (frozen); prepare makes, in its launches
///   0: packed 0 of a        1: packed 1 of c          2: a temporary of c
///   3: packed 2 of the temporary and b                4: packed 3 of b, in two steps
///   5: the second of these, of c                      6: packed 4 of packed 0
struct Program {
  tn_buffer buffers[9] = {
      {TN_BUFFER_PARAMETER, 0, 0, 6, {}}, {TN_BUFFER_PARAMETER, 1, 0, 6, {}},
      {TN_BUFFER_PARAMETER, 2, 0, 6, {}}, {TN_BUFFER_PACKED, 0, 0, 6, {}},
      {TN_BUFFER_PACKED, 1, 0, 6, {}},    {TN_BUFFER_PACKED, 2, 0, 6, {}},
      {TN_BUFFER_PACKED, 3, 0, 6, {}},    {TN_BUFFER_PACKED, 4, 0, 6, {}},
      {TN_BUFFER_TEMPORARY, 0, 2, 3, {}},
  };
  int32_t arguments[7][3] = {{0, 3}, {2, 4}, {2, 8}, {8, 1, 5}, {1, 6}, {2, 6}, {3, 7}};
  tn_launch launches[7] = {};
  // The step packs a.
  tn_buffer stepBuffers[2] = {{TN_BUFFER_OUTPUT, 0, 0, 0, {}}, {TN_BUFFER_PACKED, 0, 0, 0, {}}};
  int32_t stepArguments[2] = {0, 1};
  tn_launch stepLaunch = {};
  tn_launch_list steps[2] = {};
  tn_level level = {};
  int32_t updates[2] = {0, 1};
  int32_t noUpdates[1] = {-1};
  tn_entry entries[2] = {};
  tn_program program = {};

  Program() {
    for (int i = 0; i < 7; ++i) {
      launches[i].buffers = arguments[i];
      launches[i].num_buffers = i == 3 ? 3 : 2;
    }
    stepLaunch.buffers = stepArguments;
    stepLaunch.num_buffers = 2;
    steps[0] = {stepBuffers, 2, &stepLaunch, 1};
    level.prepare = {buffers, 9, launches, 7};
    level.entries = steps;
    entries[0].updates = updates;
    entries[0].num_outputs = 2;
    entries[1].updates = noUpdates;
    entries[1].num_outputs = 1;
    program.entries = entries;
    program.num_entries = 2;
  }

  std::vector<std::pair<uint64_t, uint64_t>> left(size_t entry) {
    std::vector<std::pair<uint64_t, uint64_t>> ranges;
    for (const LaunchRange &range : findLaunchesLeft(program, level, entry))
      ranges.emplace_back(range.begin, range.end);
    return ranges;
  }
};

using Ranges = std::vector<std::pair<uint64_t, uint64_t>>;

// Not 0, which the step has done, nor 1, of a frozen parameter; 2 and 5 for what needs them.
TEST(Repacking, whatDependsOnUpdatesAndWhatThatNeeds) {
  EXPECT_EQ(Program().left(0), (Ranges{{2, 7}}));
}

TEST(Repacking, allOfAnUpdatedParameterWhereTheStepPacksNothing) {
  Program program;
  program.steps[0].num_launches = 0;
  program.updates[1] = -1;
  EXPECT_EQ(program.left(0), (Ranges{{0, 1}, {6, 7}}));
}

TEST(Repacking, nothingWithoutUpdates) { EXPECT_EQ(Program().left(1), Ranges()); }

} // namespace
