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

const char *const kAttend = R"(
tenon.size @N from 0 to *
func.func private @attend_0(%q: !tenon.tensor<[N, 192] f32>, %k: !tenon.tensor<[N, 192] f32>,
    %v: !tenon.tensor<[N, 192] f32>, %o: !tenon.tensor<[N, 64] f32>) -> !tenon.tensor<[N, 64] f32> {
  %y = kernel.attend [queries i: N, keys j: N, depth d: 64, values e: 64]
      (%q[192*i + d], %k[192*j + d], %v[192*j + e]) -> %o[64*i + e] {scale = 0.125 : f64,
       scoreInputs = 0 : i64}
      : (!tenon.tensor<[N, 192] f32>, !tenon.tensor<[N, 192] f32>, !tenon.tensor<[N, 192] f32>)
      -> !tenon.tensor<[N, 64] f32> {
  ^bb0(%x: f32):
    tenon.yield %x : f32
  }
  return %y : !tenon.tensor<[N, 64] f32>
}
)";

/// Whether a block adds products of broadcast elements: a loop over k, over
/// depth or over keys. Functions have products of constants only.
bool isProductLoop(const std::string &block) {
  std::istringstream lines(block);
  std::string line;
  while (std::getline(lines, line))
    if (count(line, "vbroadcastss") && count(line, "(%r") && !count(line, "(%rip)"))
      return true;
  return false;
}

/// Lines of a block that move a vector register to or from the stack.
size_t countSpills(const std::string &block) {
  std::istringstream lines(block);
  std::string line;
  size_t spills = 0;
  while (std::getline(lines, line))
    spills += count(line, "(%rsp") && (count(line, "%ymm") || count(line, "%zmm"));
  return spills;
}

TEST(ObjectEmitter, ProductLoopsKeepTheTileInRegisters) {
  const std::pair<const char *, size_t> levels[] = {{"v3", 2}, {"v4", 4}};
  for (auto [level, vectors] : levels)
    for (const std::string &module : {getContract(level), std::string(kAttend)}) {
      size_t largest = 0, loops = 0;
      for (const std::string &block : getProductBlocks(compile(module, level, "asm"))) {
        if (!isProductLoop(block))
          continue;
        ++loops;
        EXPECT_EQ(countSpills(block), 0u) << level << block;
        largest = std::max(largest, count(block, "vfmadd"));
      }
      // Tiles of fewer rows have loops of their own.
      EXPECT_GE(loops, 6u) << level;
      // Six rows, four steps of k.
      EXPECT_EQ(largest, 6 * 4 * vectors) << level;
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
