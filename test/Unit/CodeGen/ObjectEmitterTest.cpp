//===- ObjectEmitterTest.cpp - Properties of the generated code -----------===//

#include "KernelRunner.h"

#include <sstream>
#include <thread>

using namespace tenon_test;

namespace {

const char *const kContract = R"(
tenon.size @M from 0 to *
func.func private @contract_0(%x: !tenon.tensor<[M, 384] f32>, %w: !tenon.tensor<[49152] f32>,
    %b: !tenon.tensor<[128] f32>, %o: !tenon.tensor<[M, 128] f32>) -> !tenon.tensor<[M, 128] f32> {
  %y = kernel.contract [rows m: M, cols n: 128, sum k: 384]
      (%x[384*m + k], %w[0], %b[n]) -> %o[128*m + n] {panel = $P : i64}
      : (!tenon.tensor<[M, 384] f32>, !tenon.tensor<[49152] f32>, !tenon.tensor<[128] f32>)
      -> !tenon.tensor<[M, 128] f32> {
  ^bb0(%acc: f32, %bias: f32):
    %h = arith.addf %acc, %bias : f32
    tenon.yield %h : f32
  }
  return %y : !tenon.tensor<[M, 128] f32>
}
)";

std::string getContract(const std::string &level) {
  return fill(kContract, {{"P", std::to_string(getPanel(level))}});
}

size_t count(const std::string &text, const std::string &word) {
  size_t found = 0;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++found;
  return found;
}

/// The basic blocks of an assembly text that multiply and add.
std::vector<std::string> getProductBlocks(const std::string &assembly) {
  std::vector<std::string> blocks;
  std::istringstream lines(assembly);
  std::string line, block;
  while (std::getline(lines, line)) {
    if (!line.empty() && line[0] == '.') {
      if (count(block, "vfmadd"))
        blocks.push_back(block);
      block.clear();
    }
    block += line + "\n";
  }
  return blocks;
}

TEST(ObjectEmitter, TheLoopOverKKeepsTheTileInRegisters) {
  struct {
    const char *level;
    size_t vectors;
  } const levels[] = {{"v3", 2}, {"v4", 4}};
  for (auto [level, vectors] : levels) {
    std::vector<std::string> blocks = getProductBlocks(compile(getContract(level), level, "asm"));
    // One loop for each number of rows, 1 to 6, with k in steps of 4.
    ASSERT_EQ(blocks.size(), 6u) << level;
    size_t largest = 0;
    for (const std::string &block : blocks) {
      EXPECT_EQ(count(block, "(%rsp"), 0u) << level << block;
      size_t broadcasts = count(block, "vbroadcastss");
      EXPECT_EQ(count(block, "vfmadd"), broadcasts * vectors) << level << block;
      largest = std::max(largest, broadcasts);
    }
    EXPECT_EQ(largest, 6u * 4) << level;
  }
}

TEST(ObjectEmitter, LevelsUseTheirRegisters) {
  EXPECT_EQ(count(compile(getContract("v3"), "v3", "asm"), "%zmm"), 0u);
  EXPECT_NE(count(compile(getContract("v4"), "v4", "asm"), "%zmm"), 0u);
}

TEST(ObjectEmitter, EntriesAreHiddenAndCallNothing) {
  std::string ir = compile(getContract("v4"), "v4", "llvm");
  EXPECT_EQ(count(ir, "define hidden"), 1u);
  EXPECT_EQ(count(ir, "define "), 1u);
  EXPECT_EQ(count(ir, "@tn_v4_contract_0("), 1u);
  EXPECT_EQ(count(ir, "reassoc"), 0u);
  EXPECT_EQ(count(ir, " fast "), 0u);
}

TEST(ObjectEmitter, EqualInputsGiveEqualBytesOnAnyThread) {
  std::string first = compile(getContract("v4"), "v4", "obj");
  ASSERT_FALSE(first.empty());
  std::string results[2], other;
  std::thread threads[] = {
      std::thread([&] { results[0] = compile(getContract("v4"), "v4", "obj"); }),
      std::thread([&] { results[1] = compile(getContract("v4"), "v4", "obj"); }),
      std::thread([&] { other = compile(getContract("v3"), "v3", "obj"); })};
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_TRUE(results[0] == first && results[1] == first);
  EXPECT_EQ(other, compile(getContract("v3"), "v3", "obj"));
}

TEST(ObjectEmitter, CallsOfOtherFunctionsAreErrors) {
  const char *const text = R"(
func.func private @rows_0(%x: !tenon.tensor<[9] f32>, %o: !tenon.tensor<[9] f32>)
    -> !tenon.tensor<[9] f32> {
  %y = kernel.rows [rows m: 9] (%x[m]) -> %o[m]
      : (!tenon.tensor<[9] f32>) -> !tenon.tensor<[9] f32> {
  ^bb0(%e: f32):
    %r = arith.remf %e, %e : f32
    tenon.yield %r : f32
  }
  return %y : !tenon.tensor<[9] f32>
}
)";
  EXPECT_EQ(compile(text, "v4", "obj"), "");
}

} // namespace
