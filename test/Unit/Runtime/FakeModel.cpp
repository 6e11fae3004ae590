//===- FakeModel.cpp - a compiled model made by hand ----------------------===//
//
// What the compiler would write, small enough to check by hand. Symbols are
// B (0..64), N (1..16) and K (no upper bound). Entries:
//
//   run    y[b,n,d] = mask[b,n] ? x[b,n,d] * 2*scale[d] + table[ids[b,n],d] : 0
//   chain  z = f(x) through four temporaries with overlapping lifetimes:
//          t0 = x+1, t1 = 2*t0, t2 = t1+t0, t3 = t2+t1, z = t3+t2
//   lookup y = table[2*ids]: the index is computed by the model
//   join   c = a ++ b, checked against an input of N+K elements
//   half   y[i] = x[2i+1]: the only input has 2*K+1 elements
//   huge   an output of B * 2^40 elements
//   slow   100 launches of 20 ms
//
//===----------------------------------------------------------------------===//
#ifdef FAKE_GPU
#include "FakeGpu.h"
#endif

#include "tenon/Runtime/Abi.h"

#include <ctime>
#include <iterator>

namespace {

constexpr int64_t width = 4, tableRows = 10;

//===--- Kernels ----------------------------------------------------------===//

template <typename T> const T *in(const tn_args *args, int buffer) {
  return static_cast<const T *>(args->buffers[buffer]);
}

template <typename T> T *out(const tn_args *args, int buffer) {
  return static_cast<T *>(args->buffers[buffer]);
}

/// The end of tile range `end` of `tile` elements each, among `count`.
int64_t last(int64_t end, int64_t tile, int64_t count) {
  return end * tile < count ? end * tile : count;
}

/// packed = 2 * scale
int32_t packScale(const tn_args *args, int64_t begin, int64_t end, void *) {
  for (int64_t i = begin; i < end; ++i)
    out<float>(args, 1)[i] = 2 * in<float>(args, 0)[i];
  return TN_OK;
}

/// rows[i, :] = table[ids[i], :], tiles of 3 rows; copies through the scratch
/// memory to show that each worker has its own.
int32_t gather(const tn_args *args, int64_t begin, int64_t end, void *scratch) {
  const float *table = in<float>(args, 0);
  const int64_t *ids = in<int64_t>(args, 1);
  float *rows = out<float>(args, 2), *row = static_cast<float *>(scratch);
  int64_t count = args->symbols[0] * args->symbols[1];
  for (int64_t i = begin * 3; i < last(end, 3, count); ++i) {
    if (ids[i] < 0 || ids[i] >= tableRows) {
      *args->error = {i, ids[i], tableRows, 1};
      return TN_INDEX_OUT_OF_RANGE;
    }
    for (int64_t d = 0; d < width; ++d)
      row[d] = table[ids[i] * width + d];
    for (int64_t d = 0; d < width; ++d)
      rows[i * width + d] = row[d];
  }
  return TN_OK;
}

/// y = mask ? x * packed + rows : 0, one row per tile
int32_t combine(const tn_args *args, int64_t begin, int64_t end, void *) {
  const float *x = in<float>(args, 0), *scale = in<float>(args, 1);
  const float *rows = in<float>(args, 2);
  const uint8_t *mask = in<uint8_t>(args, 3);
  float *y = out<float>(args, 4);
  for (int64_t i = begin; i < end; ++i)
    for (int64_t d = 0; d < width; ++d)
      y[i * width + d] = mask[i] ? x[i * width + d] * scale[d] + rows[i * width + d] : 0.0f;
  return TN_OK;
}

/// out = factor * first + second over B*N*4 elements, tiles of 8
int32_t mix(const tn_args *args, int64_t begin, int64_t end, float factor, bool isConstant) {
  const float *first = in<float>(args, 0);
  const float *second = isConstant ? nullptr : in<float>(args, 1);
  float *result = out<float>(args, isConstant ? 1 : 2);
  int64_t count = args->symbols[0] * args->symbols[1] * width;
  for (int64_t i = begin * 8; i < last(end, 8, count); ++i)
    result[i] = factor * first[i] + (second ? second[i] : factor == 1);
  return TN_OK;
}

int32_t increment(const tn_args *args, int64_t begin, int64_t end, void *) {
  return mix(args, begin, end, 1, true);
}
int32_t twice(const tn_args *args, int64_t begin, int64_t end, void *) {
  return mix(args, begin, end, 2, true);
}
int32_t add(const tn_args *args, int64_t begin, int64_t end, void *) {
  return mix(args, begin, end, 1, false);
}

int32_t twiceIndex(const tn_args *args, int64_t begin, int64_t end, void *) {
  for (int64_t i = begin; i < end; ++i)
    out<int64_t>(args, 1)[i] = 2 * in<int64_t>(args, 0)[i];
  return TN_OK;
}

/// c[i] = i < N ? a[i] : b[i - N]
int32_t concatenate(const tn_args *args, int64_t begin, int64_t end, void *) {
  int64_t n = args->symbols[1];
  for (int64_t i = begin; i < end; ++i)
    out<float>(args, 2)[i] = i < n ? in<float>(args, 0)[i] : in<float>(args, 1)[i - n];
  return TN_OK;
}

int32_t takeOdd(const tn_args *args, int64_t begin, int64_t end, void *) {
  for (int64_t i = begin; i < end; ++i)
    out<float>(args, 1)[i] = in<float>(args, 0)[2 * i + 1];
  return TN_OK;
}

int32_t rest(const tn_args *, int64_t, int64_t, void *) {
  timespec pause = {0, 20'000'000};
  nanosleep(&pause, nullptr);
  return TN_OK;
}

//===--- Sizes ------------------------------------------------------------===//

#define SIZE(name, ...)                                                                            \
  constexpr tn_term name##Terms[] = {__VA_ARGS__};                                                 \
  constexpr tn_size name = {name##Terms, std::size(name##Terms)}

SIZE(one, {1, {}});
SIZE(four, {4, {}});
SIZE(ten, {10, {}});
SIZE(sixteen, {16, {}});
SIZE(sizeB, {1, {1}});
SIZE(sizeN, {1, {0, 1}});
SIZE(sizeK, {1, {0, 0, 1}});
SIZE(sizeNK, {1, {0, 1}}, {1, {0, 0, 1}});
SIZE(oddK, {2, {0, 0, 1}}, {1, {}});
SIZE(rows, {1, {1, 1}});
SIZE(elements, {4, {1, 1}});
SIZE(rowBytes, {8, {1, 1}});
SIZE(tensorBytes, {16, {1, 1}});
SIZE(bytesB, {4, {1}});
SIZE(bytesN, {4, {0, 1}});
SIZE(bytesK, {4, {0, 0, 1}});
SIZE(bytesNK, {4, {0, 1}}, {4, {0, 0, 1}});
SIZE(oddBytesK, {8, {0, 0, 1}}, {4, {}});
SIZE(huge, {int64_t{1} << 40, {}});
SIZE(hugeBytes, {int64_t{1} << 42, {1}});
SIZE(combineFlops, {8, {1, 1}});
SIZE(combineBytes, {49, {1, 1}});
constexpr tn_size zero = {nullptr, 0};

constexpr tn_size dimsX[] = {sizeB, sizeN, four};
constexpr tn_size dimsIds[] = {sizeB, sizeN};
constexpr tn_size dimsTable[] = {ten, four};
constexpr tn_size dimsScale[] = {four};
constexpr tn_size dimsA[] = {sizeN};
constexpr tn_size dimsBee[] = {sizeK};
constexpr tn_size dimsC[] = {sizeNK};
constexpr tn_size dimsOdd[] = {oddK};
constexpr tn_size dimsBatch[] = {sizeB};
constexpr tn_size dimsHuge[] = {sizeB, huge};

//===--- Signatures -------------------------------------------------------===//

constexpr tn_symbol symbols[] = {{"B", 0, 64}, {"N", 1, 16}, {"K", 0, INT64_MAX}};

constexpr tn_tensor parameters[] = {{"embed.table", dimsTable, 2, TN_F32, 0, 0},
                                    {"scale", dimsScale, 1, TN_F32, 0, 0}};

constexpr tn_tensor inputX = {"x", dimsX, 3, TN_F32, 0, 0};
constexpr tn_tensor inputIds = {"ids", dimsIds, 2, TN_I64, 0, 0};
constexpr tn_tensor inputMask = {"mask", dimsIds, 2, TN_BOOL, 1, 1};
constexpr tn_tensor outputY = {"y", dimsX, 3, TN_F32, 0, 0};
constexpr tn_tensor outputZ = {"z", dimsX, 3, TN_F32, 0, 0};

constexpr tn_tensor runInputs[] = {inputX, inputIds, inputMask};
constexpr tn_tensor runOutputs[] = {outputY};
constexpr tn_tensor chainInputs[] = {inputX};
constexpr tn_tensor chainOutputs[] = {outputZ};
constexpr tn_tensor lookupInputs[] = {inputIds};
constexpr tn_tensor joinInputs[] = {{"a", dimsA, 1, TN_F32, 0, 0},
                                    {"b", dimsBee, 1, TN_F32, 0, 0},
                                    {"both", dimsC, 1, TN_F32, 0, 0}};
constexpr tn_tensor joinOutputs[] = {{"c", dimsC, 1, TN_F32, 0, 0}};
constexpr tn_tensor halfInputs[] = {{"x", dimsOdd, 1, TN_F32, 0, 0}};
constexpr tn_tensor halfOutputs[] = {{"y", dimsBee, 1, TN_F32, 0, 0}};
constexpr tn_tensor batchInputs[] = {{"v", dimsBatch, 1, TN_F32, 0, 0}};
constexpr tn_tensor hugeOutputs[] = {{"h", dimsHuge, 2, TN_F32, 0, 0}};
constexpr tn_tensor slowOutputs[] = {{"w", dimsBatch, 1, TN_F32, 0, 0}};

constexpr tn_entry entries[] = {
    {"run", "scale, look up and mask", runInputs, 3, runOutputs, 1, 0, TN_ENTRY_CALL, nullptr, {}},
    {"chain", "temporaries", chainInputs, 1, chainOutputs, 1, 0, TN_ENTRY_CALL, nullptr, {}},
    {"lookup", "a computed index", lookupInputs, 1, runOutputs, 1, 0, TN_ENTRY_CALL, nullptr, {}},
    {"join", "concatenation", joinInputs, 3, joinOutputs, 1, 0, TN_ENTRY_CALL, nullptr, {}},
    {"half", "a solved size", halfInputs, 1, halfOutputs, 1, 0, TN_ENTRY_CALL, nullptr, {}},
    {"huge",
     "more memory than there is",
     batchInputs,
     1,
     hugeOutputs,
     1,
     0,
     TN_ENTRY_CALL,
     nullptr,
     {}},
    {"slow", "time to interrupt", batchInputs, 1, slowOutputs, 1, 0, TN_ENTRY_CALL, nullptr, {}},
};

//===--- Launch lists -----------------------------------------------------===//

constexpr int32_t numbers[] = {0, 1, 2, 3, 4, 5};
constexpr tn_grid_factor gridOne[] = {{one, 1}};
constexpr tn_grid_factor gridFour[] = {{four, 1}};
constexpr tn_grid_factor gridRows[] = {{sizeB, 1}, {sizeN, 1}};
constexpr tn_grid_factor gridThrees[] = {{rows, 3}};
constexpr tn_grid_factor gridEights[] = {{elements, 8}};
constexpr tn_grid_factor gridNK[] = {{sizeNK, 1}};
constexpr tn_grid_factor gridK[] = {{sizeK, 1}};

constexpr tn_buffer prepareBuffers[] = {{TN_BUFFER_PARAMETER, 1, 0, 0, sixteen},
                                        {TN_BUFFER_PACKED, 0, 0, 0, sixteen}};
constexpr tn_launch prepareLaunches[] = {{packScale, "pack_0", "", "fake.tenon:1:1", numbers, 2,
                                          gridFour, 1, zero, four, four, 0, TN_JOIN_NONE, 0, 0}};

constexpr tn_buffer runBuffers[] = {
    {TN_BUFFER_PARAMETER, 0, 0, 1, zero},        {TN_BUFFER_INPUT, 1, 0, 1, rowBytes},
    {TN_BUFFER_TEMPORARY, 0, 0, 1, tensorBytes}, {TN_BUFFER_INPUT, 0, 0, 1, tensorBytes},
    {TN_BUFFER_PACKED, 0, 0, 1, sixteen},        {TN_BUFFER_INPUT, 2, 0, 1, rows},
    {TN_BUFFER_OUTPUT, 0, 0, 1, tensorBytes}};
constexpr int32_t combineBuffers[] = {3, 4, 2, 5, 6};
constexpr tn_launch runLaunches[] = {
    {gather, "index_0", "embed", "fake.tenon:2:3", numbers, 3, gridThrees, 1, sixteen, zero,
     tensorBytes, 0, TN_JOIN_NONE, 0, 0},
    {combine, "rows_0", "scale", "fake.tenon:3:3", combineBuffers, 5, gridRows, 2, zero,
     combineFlops, combineBytes, 0, TN_JOIN_NONE, 0, 0}};

constexpr tn_buffer chainBuffers[] = {
    {TN_BUFFER_INPUT, 0, 0, 4, tensorBytes},     {TN_BUFFER_TEMPORARY, 0, 0, 2, tensorBytes},
    {TN_BUFFER_TEMPORARY, 1, 1, 3, tensorBytes}, {TN_BUFFER_TEMPORARY, 2, 2, 4, tensorBytes},
    {TN_BUFFER_TEMPORARY, 3, 3, 4, tensorBytes}, {TN_BUFFER_OUTPUT, 0, 0, 4, tensorBytes}};
constexpr int32_t chain1[] = {1, 2}, chain2[] = {2, 1, 3}, chain3[] = {3, 2, 4},
                  chain4[] = {4, 3, 5};
constexpr tn_launch chainLaunches[] = {
    {increment, "rows_1", "chain.0", "fake.tenon:5:3", numbers, 2, gridEights, 1, zero, elements,
     elements, 0, TN_JOIN_NONE, 0, 0},
    {twice, "rows_2", "chain.1", "fake.tenon:6:3", chain1, 2, gridEights, 1, zero, elements,
     elements, 0, TN_JOIN_NONE, 0, 0},
    {add, "rows_3", "chain.2", "fake.tenon:7:3", chain2, 3, gridEights, 1, zero, elements, elements,
     0, TN_JOIN_NONE, 0, 0},
    {add, "rows_3", "chain.2", "fake.tenon:8:3", chain3, 3, gridEights, 1, zero, elements, elements,
     0, TN_JOIN_NONE, 0, 0},
    {add, "rows_3", "chain.2", "fake.tenon:9:3", chain4, 3, gridEights, 1, zero, elements, elements,
     0, TN_JOIN_NONE, 0, 0}};

constexpr tn_buffer lookupBuffers[] = {{TN_BUFFER_INPUT, 0, 0, 1, rowBytes},
                                       {TN_BUFFER_TEMPORARY, 0, 0, 1, rowBytes},
                                       {TN_BUFFER_PARAMETER, 0, 0, 1, zero},
                                       {TN_BUFFER_OUTPUT, 0, 0, 1, tensorBytes}};
constexpr int32_t lookupGather[] = {2, 1, 3};
constexpr tn_launch lookupLaunches[] = {
    {twiceIndex, "rows_4", "twice", "fake.tenon:11:3", numbers, 2, gridRows, 2, zero, zero,
     rowBytes, 0, TN_JOIN_NONE, 0, 0},
    {gather, "index_0", "embed", "fake.tenon:12:3", lookupGather, 3, gridThrees, 1, sixteen, zero,
     tensorBytes, 0, TN_JOIN_NONE, 0, 0}};

constexpr tn_buffer joinBuffers[] = {{TN_BUFFER_INPUT, 0, 0, 0, bytesN},
                                     {TN_BUFFER_INPUT, 1, 0, 0, bytesK},
                                     {TN_BUFFER_OUTPUT, 0, 0, 0, bytesNK}};
constexpr tn_launch joinLaunches[] = {{concatenate, "rows_5", "join", "fake.tenon:14:3", numbers, 3,
                                       gridNK, 1, zero, zero, bytesNK, 0, TN_JOIN_NONE, 0, 0}};

constexpr tn_buffer halfBuffers[] = {{TN_BUFFER_INPUT, 0, 0, 0, oddBytesK},
                                     {TN_BUFFER_OUTPUT, 0, 0, 0, bytesK}};
constexpr tn_launch halfLaunches[] = {{takeOdd, "rows_6", "half", "fake.tenon:16:3", numbers, 2,
                                       gridK, 1, zero, zero, bytesK, 0, TN_JOIN_NONE, 0, 0}};

constexpr tn_buffer hugeBuffers[] = {{TN_BUFFER_INPUT, 0, 0, 0, bytesB},
                                     {TN_BUFFER_OUTPUT, 0, 0, 0, hugeBytes}};
constexpr tn_buffer slowBuffers[] = {{TN_BUFFER_INPUT, 0, 0, 0, bytesB},
                                     {TN_BUFFER_OUTPUT, 0, 0, 0, bytesB}};
constexpr tn_launch nap = {rest, "nap_0", "slow", "fake.tenon:18:3", numbers, 2, gridOne, 1, zero,
                           zero, zero,    0,      TN_JOIN_NONE,      0,       0};
constexpr tn_launch slowLaunches[] = {
#define TEN_NAPS nap, nap, nap, nap, nap, nap, nap, nap, nap, nap
    TEN_NAPS, TEN_NAPS, TEN_NAPS, TEN_NAPS, TEN_NAPS,
    TEN_NAPS, TEN_NAPS, TEN_NAPS, TEN_NAPS, TEN_NAPS};

#define LIST(name)                                                                                 \
  {name##Buffers, std::size(name##Buffers), name##Launches, std::size(name##Launches)}

constexpr tn_launch_list lists[] = {LIST(run),  LIST(chain), LIST(lookup),
                                    LIST(join), LIST(half),  {hugeBuffers, 2, nullptr, 0},
                                    LIST(slow)};

constexpr tn_size packed[] = {sixteen};
#ifdef FAKE_WITHOUT_PARAMETERS
// The entry `chain` alone, which needs no weights.
constexpr tn_launch_list nothing = {prepareBuffers, 0, prepareLaunches, 0};
constexpr tn_level wide = {TN_X86_64_V4, "x86-64-v4", packed, 0, nothing, lists + 1};
constexpr tn_level narrow = {TN_X86_64_V3, "x86-64-v3", packed, 0, nothing, lists + 1};
#else
constexpr tn_level wide = {TN_X86_64_V4, "x86-64-v4", packed, 1, LIST(prepare), lists};
constexpr tn_level narrow = {TN_X86_64_V3, "x86-64-v3", packed, 1, LIST(prepare), lists};
#endif
constexpr const tn_level *levels[] = {&wide, &narrow};

#ifdef FAKE_GPU
// One kernel takes 64 KB of shared memory, which is more than without asking.
#define GPU_LAUNCHES(name) constexpr auto name##OnGpu = onGpu(name##Launches, twice, 64 << 10)
GPU_LAUNCHES(prepare);
GPU_LAUNCHES(run);
GPU_LAUNCHES(chain);
GPU_LAUNCHES(lookup);
GPU_LAUNCHES(join);
GPU_LAUNCHES(half);
GPU_LAUNCHES(slow);

#define GPU_LIST(name)                                                                             \
  {name##Buffers, std::size(name##Buffers), name##OnGpu.launches, std::size(name##Launches)}

constexpr tn_launch_list gpuLists[] = {GPU_LIST(run),    GPU_LIST(chain),
                                       GPU_LIST(lookup), GPU_LIST(join),
                                       GPU_LIST(half),   {hugeBuffers, 2, nullptr, 0},
                                       GPU_LIST(slow)};
#endif

#ifdef FAKE_EMBEDDED
// A weight file whose parameters are all zero.
constexpr uint8_t embedded[8 + 136 + 176] =
    "\x88\0\0\0\0\0\0\0"
    "{\"embed.table\":{\"dtype\":\"F32\",\"shape\":[10,4],\"data_offsets\":[0,"
    "160]},"
    "\"scale\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[160,176]}}   "
    "   ";
constexpr uint64_t embeddedSize = sizeof(embedded);
#else
constexpr const uint8_t *embedded = nullptr;
constexpr uint64_t embeddedSize = 0;
#endif

} // namespace

#ifdef FAKE_GPU
constexpr tn_level gpuLevels[] = {{0, "gpu", packed, 1, GPU_LIST(prepare), gpuLists}};
const tn_gpu gpuProgram = {gpuLevels, 1, fakeImages, 2};
#define FAKE_GPU_PROGRAM &gpuProgram
#else
#define FAKE_GPU_PROGRAM nullptr
#endif

#ifdef FAKE_WITHOUT_PARAMETERS
extern "C" const tn_program tenon_program = {TN_ABI_MAGIC, TN_ABI_VERSION,
                                             "bare",       "by hand",
                                             symbols,      3,
                                             parameters,   0,
                                             entries + 1,  1,
                                             levels,       2,
                                             embedded,     embeddedSize,
                                             nullptr,      nullptr};
#else
extern "C" const tn_program tenon_program = {TN_ABI_MAGIC, TN_ABI_VERSION,
                                             "fake",       "by hand",
                                             symbols,      3,
                                             parameters,   2,
                                             entries,      7,
                                             levels,       2,
                                             embedded,     embeddedSize,
                                             nullptr,      FAKE_GPU_PROGRAM};
#endif
