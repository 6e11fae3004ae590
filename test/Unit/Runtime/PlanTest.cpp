//===- PlanTest.cpp - sizes of a call and the cache of plans --------------===//
#include "TestFiles.h"

#include "tenon/Runtime/Cpu/Plan.h"
#include "gtest/gtest.h"

using namespace tenon::runtime;
using namespace tenon::runtime::test;

namespace {

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
