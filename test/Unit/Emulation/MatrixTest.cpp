//===- MatrixTest.cpp - Matrix instructions and asynchronous copies -------===//

#include "EmulatedDevice.h"
#include "GemmKernel.h"
#include "KernelText.h"

#include <cmath>
#include <ostream>

using namespace tenon::emulation;

namespace {

constexpr Instrumentation kChecked{/*checksAccesses=*/true};

struct Product {
  size_t m, n, k;
};

/// Runs a GemmKernel in `schedule`; the answer is the diagnosis.
std::string runGemm(EmulatedDevice &device, Product size, Schedule schedule,
                    std::vector<uint16_t> &result) {
  uint16_t *a = device.upload(randomBF16(size.m * size.k, 1));
  uint16_t *b = device.upload(randomBF16(size.k * size.n, 2));
  uint16_t *c = device.allocate<uint16_t>(size.m * size.n);
  LaunchShape shape = shapeOf(1, GemmKernel::kThreads, GemmKernel::kSharedBytes);
  shape.grid[0] = static_cast<uint32_t>(size.n + 31) / 32;
  shape.grid[1] = static_cast<uint32_t>(size.m + 31) / 32;
  std::string diagnosis = device.launch(shape, schedule, a, b, c, static_cast<uint32_t>(size.m),
                                        static_cast<uint32_t>(size.n));
  result.assign(c, c + size.m * size.n);
  for (uint16_t *buffer : {a, b, c})
    device.memory.release(buffer);
  return diagnosis;
}

/// Whether `result` is the product, rounded once to bf16.
bool isProduct(Product size, const std::vector<uint16_t> &result) {
  std::vector<uint16_t> a = randomBF16(size.m * size.k, 1), b = randomBF16(size.k * size.n, 2);
  for (size_t i = 0; i < size.m; ++i)
    for (size_t j = 0; j < size.n; ++j) {
      double sum = 0, magnitude = 0;
      for (size_t k = 0; k < size.k; ++k) {
        double term = double(fromBF16(a[i * size.k + k])) * fromBF16(b[k * size.n + j]);
        sum += term;
        magnitude += std::abs(term);
      }
      double error = std::abs(fromBF16(result[i * size.n + j]) - sum);
      if (!(error <= std::abs(sum) * 0x1p-8 + magnitude * 0x1p-20))
        return false;
    }
  return true;
}

void PrintTo(const Product &size, std::ostream *os) {
  *os << "M" << size.m << "N" << size.n << "K" << size.k;
}

std::string nameOfSize(const testing::TestParamInfo<Product> &info) {
  return testing::PrintToString(info.param);
}

class Gemm : public testing::TestWithParam<Product> {};

} // namespace

TEST_P(Gemm, IsTheProductInEverySchedule) {
  Product size = GetParam();
  EmulatedDevice device(GemmKernel::text(static_cast<uint32_t>(size.k)), {}, /*workers=*/2);
  EmulatedDevice checked(GemmKernel::text(static_cast<uint32_t>(size.k)), kChecked, /*workers=*/2);
  std::vector<uint16_t> first;
  // Beyond the four kinds: other shuffles of each.
  for (unsigned seed = 0; seed < 3 * Schedule::kCount; ++seed) {
    std::vector<uint16_t> result;
    ASSERT_EQ(runGemm(device, size, Schedule(seed), result), "");
    if (seed == 0) {
      first = result;
      EXPECT_TRUE(isProduct(size, result));
    }
    EXPECT_EQ(result, first) << "schedule " << seed;
    ASSERT_EQ(runGemm(checked, size, Schedule(seed), result), "");
    EXPECT_EQ(result, first) << "checked, schedule " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Gemm,
                         testing::Values(Product{1, 8, 8}, Product{32, 32, 32}, Product{33, 40, 72},
                                         Product{67, 104, 200}),
                         nameOfSize);

namespace {

struct Planted {
  /// How the test is called.
  const char *name;
  GemmFault fault;
  /// In the diagnosis; empty when the result alone tells.
  const char *message;
  /// In the diagnosis of checked code.
  const char *whenChecked;
};

void PrintTo(const Planted &planted, std::ostream *os) { *os << planted.name; }

std::string nameOfFault(const testing::TestParamInfo<Planted> &info) { return info.param.name; }

class PlantedInGemm : public testing::TestWithParam<Planted> {};

} // namespace

TEST_P(PlantedInGemm, IsNoticed) {
  Planted planted = GetParam();
  const Product size{33, 40, 136};
  EmulatedDevice device(GemmKernel::text(static_cast<uint32_t>(size.k), planted.fault));
  ASSERT_EQ(device.error, "");
  bool noticed = false;
  for (unsigned seed = 0; seed < Schedule::kCount; ++seed) {
    std::vector<uint16_t> result;
    std::string diagnosis = runGemm(device, size, Schedule(seed), result);
    if (*planted.message)
      EXPECT_NE(diagnosis.find(planted.message), std::string::npos) << diagnosis;
    noticed |= !diagnosis.empty() || !isProduct(size, result);
  }
  EXPECT_TRUE(noticed);
}

/// Checks notice what depends on the order of threads in every schedule.
TEST_P(PlantedInGemm, IsDiagnosedWhenChecked) {
  Planted planted = GetParam();
  const Product size{33, 40, 136};
  EmulatedDevice device(GemmKernel::text(static_cast<uint32_t>(size.k), planted.fault), kChecked);
  ASSERT_EQ(device.error, "");
  for (unsigned seed = 0; seed < Schedule::kCount; ++seed) {
    std::vector<uint16_t> result;
    std::string diagnosis = runGemm(device, size, Schedule(seed), result);
    if (*planted.whenChecked)
      EXPECT_NE(diagnosis.find(planted.whenChecked), std::string::npos) << diagnosis;
    else
      EXPECT_EQ(diagnosis, "");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Faults, PlantedInGemm,
    testing::Values(
        Planted{"NoBarrierBeforeRead", GemmFault::NoBarrierBeforeRead, "", "data race: read"},
        Planted{"CopiesOverStageInUse", GemmFault::CopiesOverStageInUse, "", "data race"},
        Planted{"WaitOneGroupLess", GemmFault::WaitOneGroupLess, "", "has not been waited for"},
        Planted{"NoWait", GemmFault::NoWait, "", "has not been waited for"},
        Planted{"NotTransposed", GemmFault::NotTransposed, "", ""},
        Planted{"StoresWithoutSwizzle", GemmFault::StoresWithoutSwizzle, "", ""},
        Planted{"MisalignedRow", GemmFault::MisalignedRow, "ldmatrix: row address",
                "ldmatrix: row address"},
        Planted{"RowOutsideOfShared", GemmFault::RowOutsideOfShared, "outside of the block's",
                "outside of the block's"},
        Planted{"CopyOutsideOfGlobal", GemmFault::CopyOutsideOfGlobal, "cp.async reads outside",
                "cp.async reads outside"},
        Planted{"StoreOutsideOfGlobal", GemmFault::StoreOutsideOfGlobal,
                "outside of every allocation", "outside of every allocation"},
        Planted{"DivergentBarrier", GemmFault::DivergentBarrier, "deadlock", "data race"}),
    nameOfFault);

/// The swizzle is there for the banks: without it rows of 64 bytes collide.
TEST(Statistics, CountBanksAndSectors) {
  const Product size{64, 64, 64};
  std::vector<uint16_t> result;
  EmulatedDevice swizzled(GemmKernel::text(static_cast<uint32_t>(size.k)), kChecked);
  ASSERT_EQ(runGemm(swizzled, size, Schedule(0), result), "");
  Statistics counts = swizzled.statistics;
  EXPECT_EQ(counts.sharedWavefronts, counts.sharedWavefrontsIdeal);
  EXPECT_GT(counts.sharedWavefronts, 0u);
  // Rows of 64 bytes are whole sectors, and so are the copies of A and B. Each
  // element of C is stored alone: 16 bytes of each sector at a time.
  EXPECT_GT(counts.globalSectors, counts.globalSectorsIdeal);
  EXPECT_EQ(counts.mma, 4u * 2 * 2 * 2 * 4);
  EXPECT_EQ(counts.ldmatrix, 4u * 2 * 2 * 2 * 3);
  EXPECT_EQ(counts.cpAsync, 4u * 2 * 2 * 128);
  EmulatedDevice plain(GemmKernel::text(static_cast<uint32_t>(size.k), GemmFault::NoSwizzle),
                       kChecked);
  ASSERT_EQ(runGemm(plain, size, Schedule(0), result), "");
  EXPECT_TRUE(isProduct(size, result));
  EXPECT_GT(plain.statistics.sharedWavefronts, plain.statistics.sharedWavefrontsIdeal);
}

namespace {

/// A kernel of one warp: `operands` words per lane from %in, lane after lane,
/// through `call` of a function with result type `result`, `results` words per
/// lane to %out. `operand(i)` is the i-th word as i32 value.
std::string warpKernel(int operands, int results, const std::string &type,
                       const std::string &function, const std::vector<std::string> &types) {
  KernelText text("ptr addrspace(1) %in, ptr addrspace(1) %out");
  KernelText::Value lane = text.special("tid.x");
  std::string list, parameters;
  for (int i = 0; i < operands; ++i) {
    KernelText::Value index = text.add(text.mul(lane, std::to_string(operands)), std::to_string(i));
    KernelText::Value address = text.global("%in", text.mul(index, "4"));
    KernelText::Value word = text.value("load ", types[i], ", ptr addrspace(1) ", address);
    list += (i ? ", " : "") + types[i] + " " + word;
    parameters += (i ? ", " : "") + types[i];
  }
  text.declare(type + " " + function + "(" + parameters + ")");
  KernelText::Value all = text.value("call ", type, " ", function, "(", list, ")");
  for (int i = 0; i < results; ++i) {
    KernelText::Value part = text.value("extractvalue ", type, " ", all, ", ", i);
    KernelText::Value index = text.add(text.mul(lane, std::to_string(results)), std::to_string(i));
    text.line("store float ", part, ", ptr addrspace(1) ",
              text.global("%out", text.mul(index, "4")));
  }
  return text.module("warp", 32);
}

float truncatedToTF32(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  bits &= ~0x1fffu;
  std::memcpy(&value, &bits, 4);
  return value;
}

} // namespace

/// The low bits of tf32 operands do not count: three products of parts (3xTF32)
/// rely on it.
TEST(Mma, TakesTF32) {
  std::vector<std::string> types(6, "i32");
  types.insert(types.end(), 4, "float");
  EmulatedDevice device(warpKernel(10, 4, "{float, float, float, float}",
                                   "@llvm.nvvm.mma.m16n8k8.row.col.tf32", types));
  ASSERT_EQ(device.error, "");
  float a[16][8], b[8][8], c[16][8];
  auto element = [state = 1u]() mutable {
    state = state * 1664525 + 1013904223;
    return static_cast<float>(static_cast<int32_t>(state)) * 0x1p-31f;
  };
  for (auto &row : a)
    for (float &x : row)
      x = element();
  for (auto &row : b)
    for (float &x : row)
      x = element();
  for (auto &row : c)
    for (float &x : row)
      x = element();
  std::vector<float> operands;
  for (size_t lane = 0; lane < 32; ++lane) {
    size_t g = lane / 4, q = lane % 4;
    for (float x : {a[g][q], a[g + 8][q], a[g][q + 4], a[g + 8][q + 4], b[q][g], b[q + 4][g],
                    c[g][2 * q], c[g][2 * q + 1], c[g + 8][2 * q], c[g + 8][2 * q + 1]})
      operands.push_back(x);
  }
  float *in = device.upload(operands), *out = device.allocate<float>(128);
  ASSERT_EQ(device.launch(shapeOf(1, 32), Schedule(0), in, out), "");
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < 4; ++i) {
      int row = lane / 4 + 8 * (i / 2), column = 2 * (lane % 4) + i % 2;
      double sum = c[row][column];
      for (int k = 0; k < 8; ++k)
        sum += double(truncatedToTF32(a[row][k])) * truncatedToTF32(b[k][column]);
      EXPECT_NEAR(out[4 * lane + i], sum, 1e-6) << lane << " " << i;
    }
}

TEST(Mma, TakesF16) {
  std::vector<std::string> types(6, "<2 x half>");
  types.insert(types.end(), 4, "float");
  EmulatedDevice device(warpKernel(10, 4, "{float, float, float, float}",
                                   "@llvm.nvvm.mma.m16n8k16.row.col.f32.f32", types));
  ASSERT_EQ(device.error, "");
  // All of A is 1.5, B is two denormals in turn, C is 0.
  std::vector<uint32_t> operands;
  for (int lane = 0; lane < 32; ++lane) {
    operands.insert(operands.end(), 4, 0x3e003e00);
    operands.insert(operands.end(), 2, 0x80020001);
    operands.insert(operands.end(), 4, 0);
  }
  uint32_t *in = device.upload(operands);
  float *out = device.allocate<float>(128);
  ASSERT_EQ(device.launch(shapeOf(1, 32), Schedule(1), in, out), "");
  for (int i = 0; i < 128; ++i)
    EXPECT_EQ(out[i], -12 * 0x1p-24f);
}

/// stmatrix writes what ldmatrix reads, transposed or not.
TEST(Matrix, StoresWhatItLoads) {
  for (const char *suffix : {"", ".trans"}) {
    KernelText text("ptr addrspace(1) %in, ptr addrspace(1) %out");
    text.global("@tile = internal addrspace(3) global [1024 x i8] poison, align 16");
    KernelText::Value lane = text.special("tid.x");
    KernelText::Value offset = text.mul(lane, "16");
    KernelText::Value from = text.shared("@tile", offset);
    KernelText::Value to = text.shared("@tile", text.add(offset, "512"));
    KernelText::Value row =
        text.value("load <4 x i32>, ptr addrspace(1) ", text.global("%in", offset), ", align 16");
    text.line("store <4 x i32> ", row, ", ptr addrspace(3) ", from, ", align 16");
    text.barrier();
    std::string four = "{i32, i32, i32, i32}", tail = std::string(".x4") + suffix + ".b16.p3";
    std::string load = "@llvm.nvvm.ldmatrix.sync.aligned.m8n8" + tail;
    std::string store = "@llvm.nvvm.stmatrix.sync.aligned.m8n8" + tail;
    text.declare(four + " " + load + "(ptr addrspace(3))");
    text.declare(
        std::string("void ").append(store).append("(ptr addrspace(3), i32, i32, i32, i32)"));
    KernelText::Value all = text.value("call ", four, " ", load, "(ptr addrspace(3) ", from, ")");
    std::string words;
    for (int i = 0; i < 4; ++i)
      words += ", i32 " + text.value("extractvalue ", four, " ", all, ", ", i);
    text.line("call void ", store, "(ptr addrspace(3) ", to, words, ")");
    text.barrier();
    row = text.value("load <4 x i32>, ptr addrspace(3) ", to, ", align 16");
    text.line("store <4 x i32> ", row, ", ptr addrspace(1) ", text.global("%out", offset),
              ", align 16");
    EmulatedDevice device(text.module("copy", 32));
    ASSERT_EQ(device.error, "");
    std::vector<uint16_t> input = randomBF16(256, 3);
    uint16_t *in = device.upload(input), *out = device.allocate<uint16_t>(256);
    ASSERT_EQ(device.launch(shapeOf(1, 32), Schedule(0), in, out), "");
    EXPECT_EQ(std::vector<uint16_t>(out, out + 256), input) << suffix;
  }
}
