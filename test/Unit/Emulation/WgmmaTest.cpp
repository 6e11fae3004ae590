//===- WgmmaTest.cpp - Tensor copies, mbarriers, products of warpgroups ---===//

#include "EmulatedDevice.h"
#include "GemmKernel.h"
#include "WgmmaKernel.h"

#include "lib/Emulation/Warpgroup.h"

#include "tenon/Emulation/TensorMap.h"
#include "tenon/Target/PtxFunctions.h"

#include <cmath>
#include <ostream>

using namespace tenon::emulation;

namespace {

constexpr Instrumentation kChecked{/*checksAccesses=*/true};

/// A row-major matrix of bf16 in boxes of 64 x 64.
TensorMap mapOf(uint16_t *address, size_t rows, size_t columns) {
  TensorMap map;
  map.address = reinterpret_cast<uint64_t>(address);
  map.rank = 2;
  map.elementBytes = 2;
  map.swizzleSpan = 128;
  map.size[0] = columns;
  map.size[1] = rows;
  map.stride[0] = columns * 2;
  map.box[0] = map.box[1] = 64;
  return map;
}

struct GemmCase {
  size_t m, n, k;
  bool bMajorMN, aInRegisters;

  std::string text(WgmmaFault fault = WgmmaFault::None) const {
    return WgmmaKernel::text(static_cast<uint32_t>(k + 63) / 64, bMajorMN, aInRegisters, fault);
  }
};

std::string run(EmulatedDevice &device, GemmCase size, Schedule schedule,
                std::vector<uint16_t> &result) {
  uint16_t *a = device.upload(randomBF16(size.m * size.k, 1));
  uint16_t *b = device.upload(randomBF16(size.n * size.k, 2));
  uint16_t *c = device.allocate<uint16_t>(size.m * size.n);
  LaunchShape shape = shapeOf(1, WgmmaKernel::kThreads, WgmmaKernel::kSharedBytes);
  shape.grid[0] = static_cast<uint32_t>(size.n + 63) / 64;
  shape.grid[1] = static_cast<uint32_t>(size.m + 63) / 64;
  TensorMap mapB = size.bMajorMN ? mapOf(b, size.k, size.n) : mapOf(b, size.n, size.k);
  std::string diagnosis =
      device.launch(shape, schedule, mapOf(a, size.m, size.k), mapB, mapOf(c, size.m, size.n));
  result.assign(c, c + size.m * size.n);
  for (uint16_t *buffer : {a, b, c})
    device.memory.release(buffer);
  return diagnosis;
}

bool isProduct(GemmCase size, const std::vector<uint16_t> &result) {
  std::vector<uint16_t> a = randomBF16(size.m * size.k, 1), b = randomBF16(size.n * size.k, 2);
  for (size_t i = 0; i < size.m; ++i)
    for (size_t j = 0; j < size.n; ++j) {
      double sum = 0, magnitude = 0;
      for (size_t k = 0; k < size.k; ++k) {
        uint16_t right = size.bMajorMN ? b[k * size.n + j] : b[j * size.k + k];
        double term = double(fromBF16(a[i * size.k + k])) * fromBF16(right);
        sum += term;
        magnitude += std::abs(term);
      }
      double error = std::abs(fromBF16(result[i * size.n + j]) - sum);
      if (!(error <= std::abs(sum) * 0x1p-8 + magnitude * 0x1p-20))
        return false;
    }
  return true;
}

void PrintTo(const GemmCase &size, std::ostream *os) {
  *os << "M" << size.m << "N" << size.n << "K" << size.k;
  if (size.bMajorMN)
    *os << "BMajorMN";
  if (size.aInRegisters)
    *os << "AInRegisters";
}

std::string nameOfSize(const testing::TestParamInfo<GemmCase> &info) {
  return testing::PrintToString(info.param);
}

class Wgmma : public testing::TestWithParam<GemmCase> {};

} // namespace

TEST_P(Wgmma, IsTheProductInEverySchedule) {
  GemmCase size = GetParam();
  EmulatedDevice device(size.text(), {}, /*workers=*/2), checked(size.text(), kChecked);
  ASSERT_EQ(device.error, "");
  std::vector<uint16_t> first;
  for (unsigned seed = 0; seed < 2 * Schedule::kCount; ++seed) {
    std::vector<uint16_t> result;
    ASSERT_EQ(run(device, size, Schedule(seed), result), "") << "schedule " << seed;
    if (seed == 0) {
      first = result;
      EXPECT_TRUE(isProduct(size, result));
    }
    EXPECT_EQ(result, first) << "schedule " << seed;
    ASSERT_EQ(run(checked, size, Schedule(seed), result), "") << "checked, schedule " << seed;
    EXPECT_EQ(result, first) << "checked, schedule " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, Wgmma,
    testing::Values(GemmCase{64, 64, 64, false, false}, GemmCase{1, 8, 8, false, false},
                    GemmCase{100, 72, 200, false, false}, GemmCase{100, 72, 200, true, false},
                    GemmCase{70, 200, 136, false, true}, GemmCase{70, 200, 136, true, true}),
    nameOfSize);

namespace {

struct Planted {
  /// How the test is called.
  const char *name;
  WgmmaFault fault;
  /// In the diagnosis of plain code; empty when the result may tell.
  const char *message;
  /// In the diagnosis of checked code; null when there is none to ask for.
  const char *whenChecked;
};

void PrintTo(const Planted &planted, std::ostream *os) { *os << planted.name; }

std::string nameOfFault(const testing::TestParamInfo<Planted> &info) { return info.param.name; }

class PlantedInWgmma : public testing::TestWithParam<Planted> {};

} // namespace

TEST_P(PlantedInWgmma, IsNoticed) {
  Planted planted = GetParam();
  const GemmCase size{100, 72, 200, false, false};
  EmulatedDevice device(size.text(planted.fault)), checked(size.text(planted.fault), kChecked);
  ASSERT_EQ(device.error, "");
  bool noticed = false;
  for (unsigned seed = 0; seed < Schedule::kCount; ++seed) {
    std::vector<uint16_t> result;
    std::string diagnosis = run(device, size, Schedule(seed), result);
    if (*planted.message)
      EXPECT_NE(diagnosis.find(planted.message), std::string::npos) << diagnosis;
    noticed |= !diagnosis.empty() || !isProduct(size, result);
    diagnosis = run(checked, size, Schedule(seed), result);
    if (planted.whenChecked) {
      EXPECT_NE(diagnosis.find(planted.whenChecked), std::string::npos)
          << "schedule " << seed << ": " << diagnosis;
      noticed |= !diagnosis.empty();
    }
  }
  EXPECT_TRUE(noticed);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, PlantedInWgmma,
    testing::Values(
        Planted{"NoWaitForFull", WgmmaFault::NoWaitForFull, "", "data race"},
        Planted{"NoWaitForEmpty", WgmmaFault::NoWaitForEmpty, "", ""},
        Planted{"NoArriveAtEmpty", WgmmaFault::NoArriveAtEmpty, "deadlock", "deadlock"},
        Planted{"TooManyArrivals", WgmmaFault::TooManyArrivals, "", nullptr},
        Planted{"NotInitialized", WgmmaFault::NotInitialized, "is not initialized", nullptr},
        Planted{"ExpectsHalf", WgmmaFault::ExpectsHalf, "", nullptr},
        Planted{"NoInitFence", WgmmaFault::NoInitFence, "without fence.mbarrier_init", nullptr},
        Planted{"NoBarrierAfterInit", WgmmaFault::NoBarrierAfterInit, "", ""},
        Planted{"WrongStride", WgmmaFault::WrongStride, "", nullptr},
        Planted{"WrongSlice", WgmmaFault::WrongSlice, "", nullptr},
        Planted{"ReadsBeforeWait", WgmmaFault::ReadsBeforeWait, "", nullptr},
        Planted{"ReleasesTooEarly", WgmmaFault::ReleasesTooEarly, "", "data race"},
        Planted{"NoWgmmaFence", WgmmaFault::NoWgmmaFence, "without wgmma.fence", nullptr},
        Planted{"DescriptorDiffers", WgmmaFault::DescriptorDiffers, "descriptors", nullptr},
        Planted{"MisalignedTile", WgmmaFault::MisalignedTile, "not at a multiple of 1024", nullptr},
        Planted{"NoWaitForStore", WgmmaFault::NoWaitForStore, "tensor store may still read",
                nullptr},
        Planted{"NoProxyFenceBeforeStore", WgmmaFault::NoProxyFenceBeforeStore, "",
                "fence.proxy.async"}),
    nameOfFault);

/// A tile that a tensor copy writes, rows of `span` bytes, is an operand with
/// either index innermost.
TEST(Descriptors, FindWhatTensorCopiesWrite) {
  constexpr uint64_t kModes[] = {0, 1, 2, 3};
  constexpr uint32_t kSpans[] = {0, 128, 64, 32};
  for (uint64_t mode : kModes) {
    uint32_t span = kSpans[mode], width = span == 0 ? 16 : span, start = 4096;
    Swizzle swizzle{span};
    auto descriptor = [&](uint64_t leading, uint64_t stride) {
      return mode << 62 | stride / 16 << 32 | leading / 16 << 16 | start / 16;
    };
    // Without swizzle, 16-byte columns of a tile stand one after the other.
    constexpr uint32_t kRows = 64, kColumnBytes = kRows * 16;
    for (uint32_t row = 0; row < kRows; ++row)
      for (uint32_t k = 0; k < 16; ++k) {
        uint32_t inColumns = start + k / 8 * kColumnBytes + row * 16 + k % 8 * 2;
        uint32_t inRows = start + row * width + k * 2;
        EXPECT_EQ(operandOffset(descriptor(kColumnBytes, uint64_t{8} * width), false, row, k),
                  span == 0 ? inColumns : swizzle(inRows));
      }
    // The other way round the tile's rows are k: panels of `width` bytes of 16 k.
    const uint32_t panel = width / 2, panelBytes = 16 * width;
    for (uint32_t row = 0; row < kRows; ++row)
      for (uint32_t k = 0; k < 16; ++k) {
        uint32_t place = start + row / panel * panelBytes + k * width + row % panel * 2;
        uint64_t swizzled = descriptor(panelBytes, uint64_t{8} * width);
        uint64_t plain = descriptor(uint64_t{8} * width, panelBytes);
        EXPECT_EQ(operandOffset(span == 0 ? plain : swizzled, true, row, k), swizzle(place));
      }
  }
}

TEST(PtxFunctions, HaveNamesThatAreReadBack) {
  using mlir::tenon::PtxFunction;
  for (const char *name :
       {"tenon.wgmma.m64n128k16.f32.bf16.ss.k.k", "tenon.wgmma.m64n8k16.f32.f16.ss.mn.k",
        "tenon.wgmma.m64n256k16.f32.bf16.rs.mn", "tenon.wgmma.wait.0.128", "tenon.wgmma.wait.7.64",
        "tenon.mbarrier.wait.parity"}) {
    std::optional<PtxFunction> function = PtxFunction::parse(name);
    ASSERT_TRUE(function) << name;
    EXPECT_EQ(function->name(), name);
  }
  for (const char *name :
       {"tenon.wgmma.m64n12k16.f32.bf16.ss.k.k", "tenon.wgmma.m64n264k16.f32.bf16.ss.k.k",
        "tenon.wgmma.m64n64k16.f32.bf16.ss.k", "tenon.wgmma.m64n64k16.f32.bf16.rs.k.k",
        "tenon.wgmma.m64n64k16.f32.tf32.ss.k.k", "tenon.wgmma.wait.8.64", "tenon.wgmma.wait.0",
        "tenon.unknown"})
    EXPECT_FALSE(PtxFunction::parse(name)) << name;
}
