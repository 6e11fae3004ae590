//===- ExecutorTest.cpp - Groups of launches ------------------------------===//
#include "tenon/Runtime/Cpu/Executor.h"

#include <gtest/gtest.h>

#include <iterator>
#include <numeric>

using namespace tenon::runtime;

namespace {

constexpr int64_t elements = 70;

int32_t addOne(const tn_args *args, int64_t begin, int64_t end, void *) {
  for (int64_t i = begin; i < end; ++i)
    static_cast<int64_t *>(args->buffers[1])[i] = static_cast<int64_t *>(args->buffers[0])[i] + 1;
  return TN_OK;
}

int32_t multiply(const tn_args *args, int64_t begin, int64_t end, void *) {
  for (int64_t i = begin; i < end; ++i)
    static_cast<int64_t *>(args->buffers[2])[i] =
        static_cast<int64_t *>(args->buffers[0])[i] * static_cast<int64_t *>(args->buffers[1])[i];
  return TN_OK;
}

/// As an id out of range at 13, then at each that follows.
int32_t failFrom13(const tn_args *args, int64_t begin, int64_t end, void *) {
  for (int64_t i = begin; i < end; ++i)
    if (i >= 13) {
      *args->error = {i, -1, 5, 0};
      return TN_INDEX_OUT_OF_RANGE;
    }
  return TN_OK;
}

constexpr tn_term all = {elements, {}}, bytes = {8 * elements, {}}, few = {9, {}};
constexpr tn_grid_factor grid[] = {{{&all, 1}, 1}}, smallGrid[] = {{{&few, 1}, 1}};
constexpr tn_size none = {nullptr, 0};

constexpr tn_launch makeLaunch(tn_kernel kernel, const int32_t *buffers, uint64_t count,
                               const tn_grid_factor *factors, int64_t join) {
  return {kernel, "rows_0", "", "", buffers, count, factors, 1, none, none, none, 0, join, 0, 0};
}

constexpr tn_size size = {&bytes, 1};
// x, three temporaries that are alive for the whole group, and two outputs.
constexpr tn_buffer buffers[] = {
    {TN_BUFFER_INPUT, 0, 0, 4, size},     {TN_BUFFER_TEMPORARY, 0, 0, 4, size},
    {TN_BUFFER_TEMPORARY, 1, 0, 4, size}, {TN_BUFFER_TEMPORARY, 2, 0, 4, size},
    {TN_BUFFER_OUTPUT, 0, 0, 4, size},    {TN_BUFFER_OUTPUT, 1, 0, 4, size}};
constexpr int32_t first[] = {0, 1}, second[] = {1, 2}, third[] = {1, 2, 4}, apart[] = {0, 3},
                  last[] = {3, 3, 5};

struct Example {
  explicit Example(int threads, const tn_launch *launches, uint64_t count)
      : list{buffers, std::size(buffers), launches, count}, pool(threads),
        executor(pool, {&list}, nullptr) {
    tn_program program = {};
    Result<Plan> made = makePlan(list, program, PlanKey());
    EXPECT_TRUE(made.ok());
    plan = std::move(*made);
    EXPECT_TRUE(executor.reserve(plan).ok());
    std::iota(std::begin(x), std::end(x), 0);
  }

  LaunchOutcome run(uint64_t *nanoseconds = nullptr) {
    const void *inputs[] = {x};
    void *outputs[] = {y, z};
    BufferTable table;
    table.inputs = inputs;
    table.outputs = outputs;
    return executor.run(list, plan, table, nanoseconds);
  }

  tn_launch_list list;
  ThreadPool pool;
  Executor executor;
  Plan plan;
  int64_t x[elements], y[elements] = {}, z[elements] = {};
};

} // namespace

TEST(Executor, runsTilesOfAChainInOrder) {
  const tn_launch launches[] = {makeLaunch(addOne, first, 2, grid, TN_JOIN_NONE),
                                makeLaunch(addOne, second, 2, grid, TN_JOIN_TILES),
                                makeLaunch(multiply, third, 3, grid, TN_JOIN_TILES),
                                makeLaunch(addOne, apart, 2, smallGrid, TN_JOIN_FREE),
                                makeLaunch(multiply, last, 3, smallGrid, TN_JOIN_NONE)};
  for (int threads : {1, 2, 3, 7}) {
    Example run(threads, launches, std::size(launches));
    for (int round = 0; round < 50; ++round) {
      std::fill(std::begin(run.y), std::end(run.y), -1);
      std::fill(std::begin(run.z), std::end(run.z), -1);
      ASSERT_EQ(run.run().kind, LaunchOutcome::Done);
      for (int64_t i = 0; i < elements; ++i) {
        ASSERT_EQ(run.y[i], (i + 1) * (i + 2));
        ASSERT_EQ(run.z[i], i < 9 ? (i + 1) * (i + 1) : -1);
      }
    }
  }
}

std::atomic<int> stopSignal{0};

int32_t raiseSignal(const tn_args *, int64_t, int64_t, void *) {
  stopSignal = 2;
  return TN_OK;
}

// A step that has begun to write next values where parameters lie comes to its end; before
// that a signal ends it.
TEST(Executor, doesNotStopBetweenUpdates) {
  int64_t x[elements] = {}, w[elements] = {}, y[elements] = {};
  const tn_buffer memory[] = {{TN_BUFFER_INPUT, 0, 0, 2, size},
                              {TN_BUFFER_PARAMETER, 0, 0, 2, size},
                              {TN_BUFFER_OUTPUT, 0, 0, 2, size}};
  const int32_t update[] = {0, 1}, output[] = {1, 2}, signal[] = {0, 2};
  const tn_launch launches[] = {makeLaunch(addOne, update, 2, grid, TN_JOIN_NONE),
                                makeLaunch(raiseSignal, signal, 2, grid, TN_JOIN_NONE),
                                makeLaunch(addOne, output, 2, grid, TN_JOIN_NONE)};
  for (uint64_t begin : {0, 1}) {
    tn_launch_list list = {memory, std::size(memory), launches + begin,
                           std::size(launches) - begin};
    ThreadPool pool(1);
    Executor executor(pool, {&list}, &stopSignal);
    tn_program program = {};
    Result<Plan> plan = makePlan(list, program, PlanKey());
    ASSERT_TRUE(plan.ok());
    ASSERT_TRUE(executor.reserve(*plan).ok());
    const void *inputs[] = {x};
    void *outputs[] = {y}, *parameters[] = {w};
    BufferTable table;
    table.inputs = inputs;
    table.outputs = outputs;
    table.parameters = parameters;
    stopSignal = 0;
    y[0] = 0;
    LaunchOutcome outcome = executor.run(list, *plan, table, nullptr);
    EXPECT_EQ(outcome.kind, begin == 0 ? LaunchOutcome::Done : LaunchOutcome::Stopped);
    EXPECT_EQ(w[0], 1);
    EXPECT_EQ(y[0], begin == 0 ? 2 : 0);
  }
}

TEST(Executor, sharesTheTimeOfAGroup) {
  const tn_launch launches[] = {makeLaunch(addOne, first, 2, grid, TN_JOIN_NONE),
                                makeLaunch(addOne, second, 2, grid, TN_JOIN_TILES),
                                makeLaunch(addOne, apart, 2, smallGrid, TN_JOIN_FREE)};
  Example run(2, launches, std::size(launches));
  uint64_t nanoseconds[3] = {};
  for (int round = 0; round < 100; ++round)
    ASSERT_EQ(run.run(nanoseconds).kind, LaunchOutcome::Done);
  for (uint64_t time : nanoseconds) {
    EXPECT_GT(time, 0u);
    EXPECT_LT(time, 5'000'000'000u);
  }
}

TEST(Executor, reportsTheFirstErrorOfAGroup) {
  // The chain's comes first in the list, though the other's tiles have lower numbers.
  const tn_launch launches[] = {makeLaunch(addOne, first, 2, grid, TN_JOIN_NONE),
                                makeLaunch(failFrom13, second, 2, grid, TN_JOIN_TILES),
                                makeLaunch(multiply, third, 3, grid, TN_JOIN_TILES),
                                makeLaunch(failFrom13, apart, 2, grid, TN_JOIN_FREE)};
  for (int threads : {1, 2, 5}) {
    Example run(threads, launches, std::size(launches));
    for (int round = 0; round < 20; ++round) {
      LaunchOutcome outcome = run.run();
      ASSERT_EQ(outcome.kind, LaunchOutcome::KernelError);
      EXPECT_EQ(outcome.launch, 1u);
      EXPECT_EQ(outcome.error.position, 13);
    }
  }
}
