//===- PlanTest.cpp - placement of buffers and the cache of plans ---------===//
#include "TestFiles.h"

#include "tenon/Runtime/Cpu/Plan.h"
#include "gtest/gtest.h"

#include <random>

using namespace tenon::runtime;
using namespace tenon::runtime::test;

namespace {

/// Places, and checks that no two requests share a byte at one time.
uint64_t placed(const std::vector<ArenaRequest> &requests, std::vector<uint64_t> &offsets) {
  bool fits = false;
  uint64_t total = placeBuffers(requests, offsets, fits);
  EXPECT_TRUE(fits);
  for (size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(offsets[i] % 64, 0u);
    EXPECT_LE(offsets[i] + requests[i].bytes, total);
    for (size_t j = 0; j < i; ++j) {
      const ArenaRequest &a = requests[i], &b = requests[j];
      bool meetInTime = a.first <= b.last && b.first <= a.last;
      bool meetInSpace = a.bytes > 0 && b.bytes > 0 && offsets[i] < offsets[j] + b.bytes &&
                         offsets[j] < offsets[i] + a.bytes;
      EXPECT_FALSE(meetInTime && meetInSpace) << i << " and " << j;
    }
  }
  return total;
}

TEST(Placement, reusesWhatIsDead) {
  std::vector<uint64_t> offsets;
  // A chain: each buffer lives with its neighbour only.
  EXPECT_EQ(placed({{128, 0, 1}, {128, 1, 2}, {128, 2, 3}, {128, 3, 4}}, offsets), 256u);
  // All alive at once.
  EXPECT_EQ(placed({{64, 0, 9}, {65, 0, 9}, {1, 0, 9}}, offsets), 256u);
  // The small one fits the gap below a larger one.
  EXPECT_EQ(placed({{256, 0, 1}, {512, 0, 3}, {64, 2, 3}}, offsets), 768u);
  EXPECT_EQ(placed({}, offsets), 0u);
  EXPECT_EQ(placed({{0, 0, 1}}, offsets), 0u);
}

TEST(Placement, holdsForRandomLifetimes) {
  std::mt19937 random(1); // NOLINT: the same lifetimes each time
  std::vector<uint64_t> offsets;
  for (int round = 0; round < 200; ++round) {
    std::vector<ArenaRequest> requests;
    uint64_t sum = 0;
    for (unsigned i = 0; i < random() % 30; ++i) {
      int32_t first = static_cast<int32_t>(random() % 20);
      int32_t last = first + static_cast<int32_t>(random() % 6);
      requests.push_back({random() % 1000, first, last});
      sum += requests.back().bytes + 64;
    }
    EXPECT_LE(placed(requests, offsets), sum);
  }
}

TEST(Placement, refusesWhatOverflows) {
  std::vector<uint64_t> offsets;
  bool fits = true;
  placeBuffers({{uint64_t{1} << 63, 0, 1}}, offsets, fits);
  EXPECT_FALSE(fits);
  placeBuffers({{uint64_t{1} << 62, 0, 1}, {uint64_t{1} << 62, 0, 1}, {uint64_t{1} << 62, 0, 1}},
               offsets, fits);
  EXPECT_FALSE(fits);
}

Plan planOf(int64_t batch) {
  Plan plan;
  plan.key.symbols[0] = batch;
  return plan;
}

TEST(PlanCache, keepsTheSixteenMostRecent) {
  PlanCache cache;
  for (int64_t batch = 0; batch < 16; ++batch)
    cache.insert(planOf(batch));
  // 0 is now the most recent, so 1 goes first.
  ASSERT_NE(cache.find(planOf(0).key), nullptr);
  cache.insert(planOf(100));
  EXPECT_EQ(cache.size(), 16u);
  EXPECT_EQ(cache.find(planOf(1).key), nullptr);
  for (int64_t batch : {0, 2, 15, 100})
    EXPECT_NE(cache.find(planOf(batch).key), nullptr) << batch;
  PlanKey other = planOf(0).key;
  other.defaulted = 1;
  EXPECT_EQ(cache.find(other), nullptr);
  other = planOf(0).key;
  other.list = 1;
  EXPECT_EQ(cache.find(other), nullptr);
}

TEST(Plan, R19_overflowIsAnInputError) {
  tn_term terms[] = {{4, {1, 1}}};
  tn_symbol symbols[] = {{"B", 0, INT64_MAX}, {"N", 0, INT64_MAX}};
  tn_program program = {};
  program.symbols = symbols;
  program.num_symbols = 2;
  tn_buffer buffer = {TN_BUFFER_TEMPORARY, 0, 0, 0, {terms, 1}};
  tn_launch_list list = {&buffer, 1, nullptr, 0};
  PlanKey key;
  key.symbols = {int64_t{1} << 31, int64_t{1} << 31};
  Result<Plan> plan = makePlan(list, program, key);
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.status().code(), ExitCode::Input);
  EXPECT_NE(textOf(plan.status()).find("B=2147483648, N=2147483648"), std::string::npos);
}

} // namespace
