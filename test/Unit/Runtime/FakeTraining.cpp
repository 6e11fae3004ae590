//===- FakeTraining.cpp - a compiled training made by hand ----------------===//
//
// The parameter w[4] learns half the mean of the samples x[B, 4]; kernels read it packed,
// as p = 2 * w. `count` counts steps, or parts of steps.
//
//   step      loss = sum (p - x)^2, w' = w - 0.125 * sum over samples of (p - x)
//   part      gradient' = (first part ? 0 : gradient) + share * sum of (p - x)
//   update    w' = w - 0.125 * gradient
//   evaluate  the loss
//
// The kernels for GPUs are in FakeTraining.ll.
//
//===----------------------------------------------------------------------===//
#include "FakeGpu.h"

#include "tenon/Runtime/Abi.h"

#include <iterator>

namespace {

constexpr int64_t width = 4;

template <typename T> T *buffer(const tn_args *args, int number) {
  return static_cast<T *>(args->buffers[number]);
}

/// One sum over the samples, in their order.
float sumOf(const tn_args *args, int64_t d) {
  const float *x = buffer<float>(args, 0), *p = buffer<float>(args, 1);
  float sum = 0;
  for (int64_t b = 0; b < args->symbols[0]; ++b)
    sum += p[d] - x[b * width + d];
  return sum;
}

int32_t pack(const tn_args *args, int64_t begin, int64_t end, void *) {
  for (int64_t d = begin; d < end; ++d)
    buffer<float>(args, 1)[d] = 2 * buffer<float>(args, 0)[d];
  return TN_OK;
}

int32_t loss(const tn_args *args, int64_t, int64_t, void *) {
  const float *x = buffer<float>(args, 0), *p = buffer<float>(args, 1);
  float sum = 0;
  for (int64_t i = 0; i < args->symbols[0] * width; ++i) {
    float difference = p[i % width] - x[i];
    sum += difference * difference;
  }
  *buffer<float>(args, 2) = sum;
  return TN_OK;
}

int32_t learn(const tn_args *args, int64_t begin, int64_t end, void *) {
  for (int64_t d = begin; d < end; ++d)
    buffer<float>(args, 3)[d] = buffer<float>(args, 2)[d] - 0.125f * sumOf(args, d);
  return TN_OK;
}

int32_t addGradient(const tn_args *args, int64_t begin, int64_t end, void *) {
  float share = *buffer<float>(args, 3), part = *buffer<float>(args, 4);
  for (int64_t d = begin; d < end; ++d)
    buffer<float>(args, 5)[d] =
        (part == 0 ? 0.0f : buffer<float>(args, 2)[d]) + share * sumOf(args, d);
  return TN_OK;
}

int32_t update(const tn_args *args, int64_t begin, int64_t end, void *) {
  for (int64_t d = begin; d < end; ++d)
    buffer<float>(args, 2)[d] = buffer<float>(args, 0)[d] - 0.125f * buffer<float>(args, 1)[d];
  return TN_OK;
}

int32_t count(const tn_args *args, int64_t, int64_t, void *) {
  *buffer<float>(args, 1) = *buffer<float>(args, 0) + 1;
  return TN_OK;
}

#define SIZE(name, ...)                                                                            \
  constexpr tn_term name##Terms[] = {__VA_ARGS__};                                                 \
  constexpr tn_size name = {name##Terms, std::size(name##Terms)}

SIZE(one, {1, {}});
SIZE(four, {4, {}});
SIZE(sixteen, {16, {}});
SIZE(sizeB, {1, {1}});
SIZE(sampleBytes, {16, {1}});
constexpr tn_size zero = {nullptr, 0};

constexpr tn_size dimsX[] = {sizeB, four}, dimsW[] = {four};
constexpr tn_symbol symbols[] = {{"B", 1, 64}};

enum { W, Count, Gradient };
constexpr tn_tensor parameters[] = {{"w", dimsW, 1, TN_F32, 0, 0},
                                    {"count", nullptr, 0, TN_F32, 0, 0},
                                    {"tenon.gradient.w", dimsW, 1, TN_F32, 0, 0}};
constexpr tn_initial initials[] = {
    {TN_INITIAL_UNIFORM, -1, 1}, {TN_INITIAL_CONSTANT, 0, 0}, {TN_INITIAL_CONSTANT, 0, 0}};

constexpr tn_tensor x = {"x", dimsX, 2, TN_F32, 0, 0},
                    stepNumber = {"tenon.step", nullptr, 0, TN_F32, 0, 0},
                    seed = {"tenon.seed", nullptr, 0, TN_I64, 0, 0},
                    share = {"tenon.share", nullptr, 0, TN_F32, 0, 0},
                    part = {"tenon.part", nullptr, 0, TN_F32, 0, 0},
                    lossValue = {"loss", nullptr, 0, TN_F32, 0, 0};
constexpr tn_tensor stepInputs[] = {x, stepNumber, seed},
                    partInputs[] = {x, share, part, stepNumber, seed},
                    updateInputs[] = {stepNumber, seed};
constexpr tn_tensor stepOutputs[] = {lossValue, parameters[W], parameters[Count]},
                    partOutputs[] = {lossValue, parameters[Gradient], parameters[Count]},
                    updateOutputs[] = {parameters[W]}, evaluateOutputs[] = {lossValue};
constexpr int32_t stepUpdates[] = {-1, W, Count}, partUpdates[] = {-1, Gradient, Count},
                  updateUpdates[] = {W}, evaluateUpdates[] = {-1};
constexpr tn_training defaults = {2, 5, 0, 0, 1, "descent"};

constexpr tn_entry entries[] = {
    {"step", "", stepInputs, 3, stepOutputs, 3, 0, TN_ENTRY_TRAIN, stepUpdates, defaults},
    {"part", "", partInputs, 5, partOutputs, 3, 0, TN_ENTRY_ACCUMULATE, partUpdates, defaults},
    {"update", "", updateInputs, 2, updateOutputs, 1, 0, TN_ENTRY_UPDATE, updateUpdates, defaults},
    {"evaluate", "", stepInputs, 3, evaluateOutputs, 1, 0, TN_ENTRY_EVALUATE, evaluateUpdates,
     defaults},
};

constexpr tn_grid_factor gridOne[] = {{one, 1}}, gridFour[] = {{four, 1}};

constexpr tn_buffer prepareBuffers[] = {{TN_BUFFER_PARAMETER, W, 0, 0, sixteen},
                                        {TN_BUFFER_PACKED, 0, 0, 0, sixteen}};
constexpr tn_buffer stepBuffers[] = {
    {TN_BUFFER_INPUT, 0, 0, 2, sampleBytes}, {TN_BUFFER_PACKED, 0, 0, 2, sixteen},
    {TN_BUFFER_PARAMETER, W, 0, 2, sixteen}, {TN_BUFFER_OUTPUT, 0, 0, 2, four},
    {TN_BUFFER_OUTPUT, 1, 0, 2, sixteen},    {TN_BUFFER_PARAMETER, Count, 0, 2, four},
    {TN_BUFFER_OUTPUT, 2, 0, 2, four}};
constexpr tn_buffer partBuffers[] = {{TN_BUFFER_INPUT, 0, 0, 2, sampleBytes},
                                     {TN_BUFFER_PACKED, 0, 0, 2, sixteen},
                                     {TN_BUFFER_PARAMETER, Gradient, 0, 2, sixteen},
                                     {TN_BUFFER_INPUT, 1, 0, 2, four},
                                     {TN_BUFFER_INPUT, 2, 0, 2, four},
                                     {TN_BUFFER_OUTPUT, 1, 0, 2, sixteen},
                                     {TN_BUFFER_OUTPUT, 0, 0, 2, four},
                                     {TN_BUFFER_PARAMETER, Count, 0, 2, four},
                                     {TN_BUFFER_OUTPUT, 2, 0, 2, four}};
constexpr tn_buffer evaluateBuffers[] = {{TN_BUFFER_INPUT, 0, 0, 0, sampleBytes},
                                         {TN_BUFFER_PACKED, 0, 0, 0, sixteen},
                                         {TN_BUFFER_OUTPUT, 0, 0, 0, four}};
constexpr tn_buffer updateBuffers[] = {{TN_BUFFER_PARAMETER, W, 0, 0, sixteen},
                                       {TN_BUFFER_PARAMETER, Gradient, 0, 0, sixteen},
                                       {TN_BUFFER_OUTPUT, 0, 0, 0, sixteen}};

constexpr int32_t numbers[] = {0, 1, 2, 3, 4, 5}, lossOfStep[] = {0, 1, 3},
                  learnOfStep[] = {0, 1, 2, 4}, countOfStep[] = {5, 6}, lossOfPart[] = {0, 1, 6},
                  countOfPart[] = {7, 8};

constexpr tn_launch launch(tn_kernel kernel, const char *name, const int32_t *buffers,
                           uint64_t numBuffers, const tn_grid_factor *grid) {
  return {kernel, name, "", "fake.tenon:1:1", buffers, numBuffers, grid, 1, zero,
          four,   four, 0,  TN_JOIN_NONE,     0,       0};
}

constexpr tn_launch prepareLaunches[] = {launch(pack, "pack_0", numbers, 2, gridFour)};
constexpr tn_launch stepLaunches[] = {launch(loss, "loss_0", lossOfStep, 3, gridOne),
                                      launch(learn, "learn_0", learnOfStep, 4, gridFour),
                                      launch(count, "count_0", countOfStep, 2, gridOne)};
constexpr tn_launch partLaunches[] = {launch(loss, "loss_0", lossOfPart, 3, gridOne),
                                      launch(addGradient, "add_0", numbers, 6, gridFour),
                                      launch(count, "count_0", countOfPart, 2, gridOne)};
constexpr tn_launch updateLaunches[] = {launch(update, "update_0", numbers, 3, gridFour)};
constexpr tn_launch evaluateLaunches[] = {launch(loss, "loss_0", numbers, 3, gridOne)};

#define LIST(name)                                                                                 \
  {name##Buffers, std::size(name##Buffers), name##Launches, std::size(name##Launches)}
#define GPU_LIST(name)                                                                             \
  {name##Buffers, std::size(name##Buffers), name##OnGpu.launches, std::size(name##Launches)}

constexpr tn_size packed[] = {sixteen};
constexpr tn_launch_list lists[] = {LIST(step), LIST(part), LIST(update), LIST(evaluate)};
constexpr tn_level level = {TN_X86_64_V3, "x86-64-v3", packed, 1, LIST(prepare), lists};
constexpr const tn_level *levels[] = {&level};

constexpr auto prepareOnGpu = onGpu(prepareLaunches);
constexpr auto stepOnGpu = onGpu(stepLaunches);
constexpr auto partOnGpu = onGpu(partLaunches);
constexpr auto updateOnGpu = onGpu(updateLaunches);
constexpr auto evaluateOnGpu = onGpu(evaluateLaunches);
constexpr tn_launch_list gpuLists[] = {GPU_LIST(step), GPU_LIST(part), GPU_LIST(update),
                                       GPU_LIST(evaluate)};
constexpr tn_level gpuLevels[] = {{0, "gpu", packed, 1, GPU_LIST(prepare), gpuLists}};
const tn_gpu gpuProgram = {gpuLevels, 1, fakeImages, 2};

} // namespace

extern "C" const tn_program tenon_program = {TN_ABI_MAGIC, TN_ABI_VERSION,
                                             "training",   "by hand",
                                             symbols,      1,
                                             parameters,   3,
                                             entries,      4,
                                             levels,       1,
                                             nullptr,      0,
                                             initials,     &gpuProgram};
