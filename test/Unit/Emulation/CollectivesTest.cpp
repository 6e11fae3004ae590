//===- CollectivesTest.cpp - What threads compute together ----------------===//

#include "EmulatedDevice.h"

#include <numeric>
#include <ostream>

using namespace tenon::emulation;

namespace {

/// A kernel that puts `%x`, the input word of each thread, through `body`,
/// which defines `%y`.
std::string wordKernel(const std::string &body, const std::string &declarations) {
  return R"(
define ptx_kernel void @word(ptr addrspace(1) %in, ptr addrspace(1) %out) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %ip = getelementptr i32, ptr addrspace(1) %in, i32 %t
  %op = getelementptr i32, ptr addrspace(1) %out, i32 %t
  %x = load i32, ptr addrspace(1) %ip
)" + body +
         R"(
  store i32 %y, ptr addrspace(1) %op
  ret void
}
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
)" + declarations;
}

std::vector<uint32_t> numbers(size_t count) {
  std::vector<uint32_t> values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = static_cast<uint32_t>(i * 2654435761u);
  return values;
}

/// Runs a wordKernel on one block of `threads` in every schedule.
std::vector<uint32_t> runWords(const std::string &text, uint32_t threads) {
  EmulatedDevice device(text);
  std::vector<uint32_t> input = numbers(threads);
  uint32_t *in = device.upload(input), *out = device.allocate<uint32_t>(threads);
  std::vector<uint32_t> first;
  for (unsigned seed = 0; seed < Schedule::kCount; ++seed) {
    EXPECT_EQ(device.launch(shapeOf(1, threads), Schedule(seed), in, out), "");
    std::vector<uint32_t> result(out, out + threads);
    if (seed == 0)
      first = result;
    EXPECT_EQ(result, first) << "schedule " << seed;
  }
  return first;
}

struct ShuffleCase {
  const char *mode;
  uint32_t operand, clamp;
  /// From which lane, by PTX's rule for whole warps.
  int (*source)(int lane);
};

void PrintTo(const ShuffleCase &row, std::ostream *os) {
  *os << row.mode << row.operand << "in" << row.clamp;
}

std::string nameOfShuffle(const testing::TestParamInfo<ShuffleCase> &info) {
  return testing::PrintToString(info.param);
}

class Shuffle : public testing::TestWithParam<ShuffleCase> {};

} // namespace

TEST_P(Shuffle, FollowsPTX) {
  ShuffleCase row = GetParam();
  std::string name = std::string("llvm.nvvm.shfl.sync.") + row.mode + ".i32";
  std::vector<uint32_t> result = runWords(
      wordKernel("  %y = call i32 @" + name + "(i32 -1, i32 %x, i32 " +
                     std::to_string(row.operand) + ", i32 " + std::to_string(row.clamp) + ")",
                 "declare i32 @" + name + "(i32, i32, i32, i32)"),
      96);
  std::vector<uint32_t> input = numbers(96);
  for (int i = 0; i < 96; ++i)
    EXPECT_EQ(result[i], input[i / 32 * 32 + row.source(i % 32)]) << row.mode << " thread " << i;
}

INSTANTIATE_TEST_SUITE_P(
    Modes, Shuffle,
    testing::Values(ShuffleCase{"bfly", 1, 31, [](int lane) { return lane ^ 1; }},
                    ShuffleCase{"bfly", 16, 31, [](int lane) { return lane ^ 16; }},
                    ShuffleCase{"idx", 5, 31, [](int) { return 5; }},
                    // Segments of 8 lanes: the mask is 0b11000 above the clamp.
                    ShuffleCase{"idx", 3, 31 | 24 << 8, [](int lane) { return lane / 8 * 8 + 3; }},
                    ShuffleCase{"up", 3, 0, [](int lane) { return lane < 3 ? lane : lane - 3; }},
                    ShuffleCase{"down", 7, 31,
                                [](int lane) { return lane + 7 > 31 ? lane : lane + 7; }}),
    nameOfShuffle);

TEST(Collectives, VotesCountTheLanesThatHold) {
  std::vector<uint32_t> result =
      runWords(wordKernel("  %c = icmp ugt i32 %x, 2000000000\n"
                          "  %y = call i32 @llvm.nvvm.vote.ballot.sync(i32 -1, i1 %c)",
                          "declare i32 @llvm.nvvm.vote.ballot.sync(i32, i1)"),
               64);
  std::vector<uint32_t> input = numbers(64);
  for (unsigned warp = 0; warp < 2; ++warp) {
    uint32_t ballot = 0;
    for (int lane = 0; lane < 32; ++lane)
      ballot |= (input[size_t{32} * warp + lane] > 2000000000u ? 1u : 0u) << lane;
    EXPECT_EQ(result[size_t{32} * warp], ballot);
  }
}

TEST(Collectives, ReductionsTakeAllLanes) {
  std::vector<uint32_t> result =
      runWords(wordKernel("  %y = call i32 @llvm.nvvm.redux.sync.umax(i32 %x, i32 -1)",
                          "declare i32 @llvm.nvvm.redux.sync.umax(i32, i32)"),
               32);
  std::vector<uint32_t> input = numbers(32);
  EXPECT_EQ(result[7], *std::max_element(input.begin(), input.end()));
}

TEST(Collectives, ElectTakesOneLane) {
  std::vector<uint32_t> result =
      runWords(wordKernel("  %e = call {i32, i1} @llvm.nvvm.elect.sync(i32 -1)\n"
                          "  %p = extractvalue {i32, i1} %e, 1\n"
                          "  %y = zext i1 %p to i32",
                          "declare {i32, i1} @llvm.nvvm.elect.sync(i32)"),
               32);
  EXPECT_EQ(std::accumulate(result.begin(), result.end(), 0u), 1u);
}

TEST(Collectives, BytesArePermuted) {
  std::vector<uint32_t> result =
      runWords(wordKernel("  %y = call i32 @llvm.nvvm.prmt(i32 %x, i32 305419896, i32 38418)",
                          "declare i32 @llvm.nvvm.prmt(i32, i32, i32)"),
               32);
  // 38418 = 0x9612: byte 2, byte 1, byte 6, the sign of byte 1.
  for (uint32_t i = 0; i < 32; ++i) {
    uint32_t x = numbers(32)[i];
    uint32_t expected = (x >> 16 & 0xff) | (x & 0xff00) | 0x340000 | (x & 0x8000 ? 0xff000000 : 0);
    EXPECT_EQ(result[i], expected) << std::hex << x;
  }
}

/// The sum of a block's numbers over shared memory, at sizes that are multiples
/// of nothing.
TEST(Collectives, BarriersOrderSharedMemory) {
  EmulatedDevice device(R"(
@tile = internal addrspace(3) global [1024 x i32] poison, align 4
define ptx_kernel void @reverse(ptr addrspace(1) %in, ptr addrspace(1) %out) {
  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %n = call i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
  %b = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %base = mul i32 %n, %b
  %i = add i32 %base, %t
  %ip = getelementptr i32, ptr addrspace(1) %in, i32 %i
  %op = getelementptr i32, ptr addrspace(1) %out, i32 %i
  %x = load i32, ptr addrspace(1) %ip
  %sp = getelementptr i32, ptr addrspace(3) @tile, i32 %t
  store i32 %x, ptr addrspace(3) %sp
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %last = sub i32 %n, 1
  %r = sub i32 %last, %t
  %rp = getelementptr i32, ptr addrspace(3) @tile, i32 %r
  %y = load i32, ptr addrspace(3) %rp
  store i32 %y, ptr addrspace(1) %op
  ret void
}
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)
)",
                        {}, /*workers=*/2);
  for (uint32_t threads : {1u, 31u, 32u, 33u, 127u, 256u, 1000u})
    for (unsigned seed = 0; seed < Schedule::kCount; ++seed) {
      std::vector<uint32_t> input = numbers(size_t{5} * threads);
      uint32_t *in = device.upload(input), *out = device.allocate<uint32_t>(size_t{5} * threads);
      ASSERT_EQ(device.launch(shapeOf(5, threads), Schedule(seed), in, out), "");
      for (uint32_t i = 0; i < threads * 5; ++i)
        ASSERT_EQ(out[i], input[i / threads * threads + threads - 1 - i % threads]) << threads;
    }
}

/// Several kernels of a module, which also share a table in constant memory.
TEST(KernelModule, HasManyKernelsAndTheirTables) {
  std::string text = "@table = internal addrspace(4) constant [4 x i32] [i32 7, i32 11, i32 13, "
                     "i32 17], align 4\n"
                     "define internal i32 @square(i32 %x) {\n  %y = mul i32 %x, %x\n"
                     "  ret i32 %y\n}\n";
  for (int i = 0; i < 4; ++i) {
    std::string index = std::to_string(i);
    text += "define ptx_kernel void @k" + index +
            "(ptr addrspace(1) %p) {\n"
            "  %a = getelementptr i32, ptr addrspace(4) @table, i32 " +
            index +
            "\n  %x = load i32, ptr addrspace(4) %a\n  %y = call i32 @square(i32 %x)\n"
            "  store i32 %y, ptr addrspace(1) %p\n  ret void\n}\n";
  }
  for (bool checks : {false, true}) {
    EmulatedDevice device(text, {checks});
    ASSERT_EQ(device.error, "");
    uint32_t *p = device.allocate<uint32_t>(1);
    for (uint32_t i = 0; i < 4; ++i) {
      const uint32_t values[] = {7, 11, 13, 17};
      void *arguments[] = {&p};
      const Kernel *kernel = device.module->find("k" + std::to_string(i));
      ASSERT_NE(kernel, nullptr);
      EXPECT_EQ(device.launcher.launch(*kernel, shapeOf(1, 1), arguments, Schedule(0)),
                std::nullopt);
      EXPECT_EQ(*p, values[i] * values[i]);
    }
    EXPECT_EQ(device.module->find("square"), nullptr);
  }
}
