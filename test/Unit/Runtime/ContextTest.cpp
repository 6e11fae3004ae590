//===- ContextTest.cpp - a program made by hand, run ----------------------===//
//
// The program is that of FakeModel.cpp; its comment has the formulas.
//
//===----------------------------------------------------------------------===//
#include "CountedMalloc.h"
#include "TestFiles.h"

#include "tenon/Runtime/Context.h"
#include "tenon/Runtime/Io/Memory.h"
#include "gtest/gtest.h"

using namespace tenon::runtime;
using namespace tenon::runtime::test;

namespace {

constexpr size_t entryRun = 0, entryChain = 1, entryLookup = 2, entryJoin = 3, entryHalf = 4,
                 entryHuge = 5, entrySlow = 6;

/// Weights: table[i, d] = i + d / 4, scale[d] = d + 1.
std::string weights() {
  std::vector<float> values;
  for (int i = 0; i < 10; ++i)
    for (int d = 0; d < 4; ++d)
      values.push_back(static_cast<float>(i + d * 0.25));
  for (int d = 0; d < 4; ++d)
    values.push_back(static_cast<float>(d + 1));
  return weightFile(R"({"embed.table":{"dtype":"F32","shape":[10,4],"data_offsets":[0,160]},)"
                    R"("scale":{"dtype":"F32","shape":[4],"data_offsets":[160,176]}})",
                    std::string(reinterpret_cast<const char *>(values.data()), 176));
}

/// A context with weights, and memory for its calls.
class Model {
public:
  explicit Model(int threads, const std::atomic<int> *stop = nullptr) {
    ContextOptions options;
    options.threads = threads;
    options.stop = stop;
    auto created = Context::create(tenon_program, options);
    EXPECT_TRUE(created.ok()) << textOf(created.status());
    context = std::move(*created);
    std::string bytes = weights();
    auto source = sourceOf(bytes);
    auto file = SafetensorsFile::open(*source);
    EXPECT_TRUE(file.ok()) << textOf(file.status());
    Status status = context->loadWeights(*file);
    EXPECT_TRUE(status.ok()) << textOf(status);
  }

  /// An input of any type whose elements come from `values`.
  template <typename T>
  void input(const char *name, tn_dtype dtype, std::vector<int64_t> dims,
             const std::vector<T> &values) {
    auto memory = AlignedBuffer::allocate(values.size() * sizeof(T), name);
    if (!values.empty())
      memcpy(memory->data(), values.data(), values.size() * sizeof(T));
    buffers.push_back(std::move(*memory));
    names.push_back(name);
    shapes.push_back(std::move(dims));
    dtypes.push_back(dtype);
  }

  Result<Call> bind(size_t entry) {
    std::vector<InputView> views;
    views.reserve(names.size());
    for (size_t i = 0; i < names.size(); ++i)
      views.push_back({names[i], dtypes[i], shapes[i].data(), shapes[i].size()});
    Result<Call> call = context->bind(entry, views);
    const tn_entry &signature = tenon_program.entries[entry];
    for (uint64_t n = 0; call.ok() && n < signature.num_inputs; ++n)
      for (size_t i = 0; i < names.size(); ++i)
        if (names[i] == std::string(signature.inputs[n].name))
          call->inputs[n] = buffers[i].data();
    return call;
  }

  /// Runs an entry with one output of floats.
  std::vector<float> run(size_t entry) {
    Result<Call> call = bind(entry);
    EXPECT_TRUE(call.ok()) << textOf(call.status());
    auto memory = AlignedBuffer::allocate(call->outputs[0].bytes, "output");
    void *output = memory->data();
    Status status = context->run(*call, &output);
    EXPECT_TRUE(status.ok()) << textOf(status);
    const float *values = static_cast<const float *>(output);
    return std::vector<float>(values, values + call->outputs[0].bytes / 4);
  }

  std::unique_ptr<Context> context;

private:
  std::vector<AlignedBuffer> buffers;
  std::vector<const char *> names;
  std::vector<std::vector<int64_t>> shapes;
  std::vector<tn_dtype> dtypes;
};

std::vector<float> ramp(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i) * 0.5f - 3;
  return values;
}

std::vector<int64_t> indices(int64_t count) {
  std::vector<int64_t> values(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i)
    values[static_cast<size_t>(i)] = i * 7 % 10;
  return values;
}

void giveRunInputs(Model &model, int64_t b, int64_t n) {
  model.input("x", TN_F32, {b, n, 4}, ramp(b * n * 4));
  model.input("ids", TN_I64, {b, n}, indices(b * n));
}

TEST(Context, runsAtAllSizesAndThreads) {
  for (int threads : {1, 2, 3, 8})
    for (int64_t b : {0, 1, 3, 64})
      for (int64_t n : {1, 5, 16}) {
        Model model(threads);
        giveRunInputs(model, b, n);
        std::vector<float> found = model.run(entryRun);
        std::vector<float> x = ramp(b * n * 4);
        std::vector<int64_t> ids = indices(b * n);
        ASSERT_EQ(found.size(), x.size());
        for (size_t i = 0; i < x.size(); ++i)
          EXPECT_EQ(found[i], x[i] * 2 * static_cast<float>(i % 4 + 1) +
                                  static_cast<float>(ids[i / 4]) +
                                  static_cast<float>(i % 4) * 0.25f);
      }
}

TEST(Context, takesInputsInsteadOfDefaults) {
  Model model(2);
  giveRunInputs(model, 2, 3);
  model.input("mask", TN_BOOL, {2, 3}, std::vector<uint8_t>(6, 0));
  EXPECT_EQ(model.run(entryRun), std::vector<float>(24, 0));
}

TEST(Context, temporariesDoNotMeet) {
  for (int threads : {1, 2, 5}) {
    Model model(threads);
    model.input("x", TN_F32, {7, 11, 4}, ramp(308));
    std::vector<float> found = model.run(entryChain), x = ramp(308);
    for (size_t i = 0; i < x.size(); ++i)
      EXPECT_EQ(found[i], 8 * (x[i] + 1));
    // Four temporaries of 1,232 bytes, of which three live at a time.
    EXPECT_EQ(model.context->arenaBytes(), 3u * 1280);
  }
}

TEST(Context, arenaGrowsOnlyBeyondItsHighWaterMark) {
  Model model(1);
  std::vector<int64_t> sizes = {16, 1, 9, 64, 2};
  uint64_t highest = 0;
  for (int64_t b : sizes) {
    ASSERT_TRUE(model.context->reserve(entryChain, {b, 16, 0}).ok());
    EXPECT_GE(model.context->arenaBytes(), highest);
    EXPECT_GE(model.context->arenaBytes(), static_cast<uint64_t>(b) * 16 * 48);
    highest = model.context->arenaBytes();
  }
  EXPECT_EQ(highest, 64u * 16 * 48);
}

/// Runs entry `entry` at two sizes, and then again at both in turn.
void expectNoAllocation(int threads, size_t entry, void (*giveInputs)(Model &, int64_t, int64_t)) {
  Model model(threads), inputs(1), otherInputs(1);
  giveInputs(inputs, 5, 7);
  giveInputs(otherInputs, 64, 16);
  std::vector<Call> calls;
  std::vector<AlignedBuffer> memory;
  for (Model *given : {&inputs, &otherInputs}) {
    Result<Call> call = given->bind(entry);
    ASSERT_TRUE(call.ok());
    memory.push_back(std::move(*AlignedBuffer::allocate(call->outputs[0].bytes, "output")));
    calls.push_back(std::move(*call));
  }
  std::vector<uint64_t> nanoseconds(model.context->level().entries[entry].num_launches, 0);
  auto runBoth = [&] {
    for (size_t i = 0; i < calls.size(); ++i) {
      void *output = memory[i].data();
      ASSERT_TRUE(model.context->run(calls[i], &output).ok());
      ASSERT_TRUE(model.context->run(calls[i], &output, nanoseconds.data()).ok());
    }
  };
  runBoth();
  uint64_t before = numAllocations();
  for (int round = 0; round < 50; ++round)
    runBoth();
  EXPECT_EQ(numAllocations(), before) << threads << " threads, entry " << entry;
}

TEST(Context, seenSizesAllocateNothing) {
  for (int threads : {1, 2}) {
    expectNoAllocation(threads, entryRun, giveRunInputs); // takes a default
    expectNoAllocation(threads, entryChain, [](Model &model, int64_t b, int64_t n) {
      model.input("x", TN_F32, {b, n, 4}, ramp(b * n * 4));
    });
  }
}

TEST(Context, allocationsAreCounted) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "the sanitizer has its own malloc";
#endif
#endif
  uint64_t before = numAllocations();
  auto memory = AlignedBuffer::allocate(100, "test");
  EXPECT_EQ(numAllocations(), before + 1);
  std::vector<int> numbers(1000, 1);
  EXPECT_EQ(numAllocations(), before + 2);
  EXPECT_EQ(numbers[999], 1);
}

TEST(Context, contextsAreIndependent) {
  Model first(2), second(3);
  giveRunInputs(first, 2, 3);
  giveRunInputs(second, 2, 3);
  std::vector<float> alone = first.run(entryRun);
  EXPECT_EQ(second.run(entryRun), alone);
  EXPECT_EQ(first.run(entryRun), alone);
}

std::string runError(Model &model, size_t entry, ExitCode code) {
  Result<Call> call = model.bind(entry);
  EXPECT_TRUE(call.ok()) << textOf(call.status());
  auto memory = AlignedBuffer::allocate(call->outputs[0].bytes, "output");
  void *output = memory->data();
  Status status = model.context->run(*call, &output);
  EXPECT_EQ(status.code(), code);
  return textOf(status);
}

TEST(Context, R11_reportsTheFirstBadIndexWhateverTheThreads) {
  for (int threads : {1, 2, 3, 8, 16}) {
    Model model(threads);
    std::vector<int64_t> ids = indices(1024);
    ids[1000] = 10, ids[517] = -1, ids[800] = INT64_MIN;
    model.input("x", TN_F32, {64, 16, 4}, ramp(4096));
    model.input("ids", TN_I64, {64, 16}, ids);
    for (int repeat = 0; repeat < 5; ++repeat)
      EXPECT_EQ(runError(model, entryRun, ExitCode::Input),
                "run: error: input 'ids' holds -1 at index [32, 5]; expected "
                "0..9\n  note: in block 'embed' (fake.tenon:2:3)\n");
  }
}

TEST(Context, R12_reportsComputedIndices) {
  Model model(2);
  model.input("ids", TN_I64, {1, 3}, std::vector<int64_t>{4, 5, 9});
  EXPECT_EQ(runError(model, entryLookup, ExitCode::Input),
            "run: error: an index tensor computed in block 'embed' "
            "(fake.tenon:12:3) holds 10 at flat position 1; expected 0..9\n");
}

std::string bindError(Model &model, size_t entry) {
  Result<Call> call = model.bind(entry);
  EXPECT_FALSE(call.ok());
  return call.ok() ? "" : textOf(call.status());
}

TEST(Context, R05_sumsOfSymbolsAreChecked) {
  Model model(1);
  model.input("a", TN_F32, {3}, ramp(3));
  model.input("b", TN_F32, {2}, ramp(2));
  model.input("both", TN_F32, {6}, ramp(6));
  EXPECT_EQ(bindError(model, entryJoin),
            "run: error: input 'both' has shape [6]; expected [N + K]\n"
            "  note: dimension 0 is 6; expected N + K = 5\n");
}

TEST(Context, R05_expressionsInOneSymbolAreSolved) {
  Model good(1);
  good.input("x", TN_F32, {5}, ramp(5));
  EXPECT_EQ(good.run(entryHalf), (std::vector<float>{-2.5f, -1.5f}));
  Model bad(1);
  bad.input("x", TN_F32, {6}, ramp(6));
  EXPECT_NE(bindError(bad, entryHalf).find("no value of 'K'"), std::string::npos);
  Model empty(1);
  empty.input("x", TN_F32, {0}, ramp(0));
  EXPECT_NE(bindError(empty, entryHalf).find("no value of 'K'"), std::string::npos);
}

TEST(Context, R19_hugeShapesAreRefusedBeforeAllocation) {
  Model model(1);
  const int64_t huge[] = {INT64_MAX};
  Result<Call> call = model.context->bind(entryHalf, {{"x", TN_F32, huge, 1}});
  EXPECT_FALSE(call.ok());
  Model large(1);
  large.input("v", TN_F32, {64}, ramp(64));
  Result<Call> bound = large.bind(entryHuge);
  ASSERT_TRUE(bound.ok());
  EXPECT_EQ(bound->outputs[0].bytes, uint64_t{64} << 42);
}

TEST(Context, stopsBetweenLaunches) {
  std::atomic<int> stop{0};
  Model model(1, &stop);
  stop = 2;
  model.input("v", TN_F32, {1}, ramp(1));
  EXPECT_EQ(runError(model, entrySlow, ExitCode::Interrupted), "run: error: stopped by a signal\n");
}

TEST(Context, E32_foreignProgramsAreRefused) {
  tn_program program = tenon_program;
  program.abi_version = TN_ABI_VERSION + 1;
  auto created = Context::create(program, {});
  ASSERT_FALSE(created.ok());
  EXPECT_EQ(created.status().code(), ExitCode::Environment);
  EXPECT_NE(textOf(created.status()).find("version 8; this runtime has 7"), std::string::npos);
  program = tenon_program;
  program.magic = 0;
  EXPECT_EQ(Context::create(program, {}).status().code(), ExitCode::Internal);
}

TEST(Context, runNeedsWeights) {
  auto context = Context::create(tenon_program, {});
  ASSERT_TRUE(context.ok());
  const int64_t dims[] = {1, 1, 4};
  Result<Call> call = (*context)->bind(entryChain, {{"x", TN_F32, dims, 3}});
  ASSERT_TRUE(call.ok());
  EXPECT_EQ((*context)->run(*call, nullptr).code(), ExitCode::Usage);
}

TEST(Context, findsEntriesByName) {
  EXPECT_EQ(*findEntry(tenon_program, ""), 0u);
  EXPECT_EQ(*findEntry(tenon_program, "join"), entryJoin);
  EXPECT_EQ(findEntry(tenon_program, "joyn").status().code(), ExitCode::Usage);
}

} // namespace
