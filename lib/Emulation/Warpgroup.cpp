//===- Warpgroup.cpp - Products of four warps -----------------------------===//

#include "Warpgroup.h"
#include "Block.h"
#include "Matrix.h"

#include "tenon/Emulation/TensorMap.h"

#include <algorithm>
#include <cstring>

namespace tenon::emulation {

/// Tokens are quiet NaNs with the sign set; 13 bits name the chain, 8 the
/// register.
static constexpr uint32_t kTokenBits = 0xffe00000, kChains = 1 << 13;

static uint32_t tokenOf(uint32_t chain, uint32_t index) { return kTokenBits | chain << 8 | index; }
static bool isToken(uint32_t word) { return (word & kTokenBits) == kTokenBits; }
static uint32_t chainOf(uint32_t token) { return token >> 8 & (kChains - 1); }

/// Where register `index` of thread `thread` of the warpgroup lies in D.
static uint32_t placeOf(uint32_t columns, uint32_t thread, uint32_t index) {
  uint32_t lane = thread % 32, row = thread / 32 * 16 + lane / 4 + 8 * (index >> 1 & 1);
  return row * columns + index / 4 * 8 + lane % 4 * 2 + (index & 1);
}

uint32_t operandOffset(uint64_t descriptor, bool majorMN, uint32_t row, uint32_t k) {
  uint32_t start = (descriptor & 0x3fff) << 4;
  uint32_t leading = (descriptor >> 16 & 0x3fff) << 4, stride = (descriptor >> 32 & 0x3fff) << 4;
  constexpr uint32_t kSpans[4] = {0, 128, 64, 32};
  Swizzle swizzle{kSpans[descriptor >> 62]};
  uint32_t width = swizzle.span == 0 ? 16 : swizzle.span, offset;
  if (!majorMN) {
    // Rows of `width` bytes along k, eight of them together.
    offset = row / 8 * stride + row % 8 * width;
    offset += swizzle.span == 0 ? k / 8 * leading + k % 8 * 2 : k * 2;
  } else {
    // Rows of `width` bytes along M or N, eight k together.
    uint32_t panel = width / 2;
    uint32_t between = swizzle.span == 0 ? stride : leading;
    uint32_t eights = swizzle.span == 0 ? leading : stride;
    offset = row / panel * between + row % panel * 2 + k % 8 * width + k / 8 * eights;
  }
  return swizzle(start + offset) & SharedArena::kOffsetMask;
}

void Warpgroup::carryOut(Block &block, Thread *first, Operation operation) {
  switch (operation.op) {
  case Op::Wgmma:
    ++block.statistics.wgmma;
    issue(block, first, operation);
    return;
  case Op::WgmmaFence:
    isFenced = true;
    return;
  case Op::WgmmaCommit:
    ++group;
    epochs.push_back(0);
    if (block.checksAccesses()) {
      Clocks &clocks = block.races->clocks;
      epochs.back() = clocks.advanceAgent(clocks.warpgroupAgent(first->index / kThreads));
    }
    return;
  default:
    wait(block, first, operation);
    return;
  }
}

/// The chain whose tokens all threads pass, or a new one that begins with the
/// numbers they pass.
uint32_t Warpgroup::chainFor(Block &block, Thread *first, Operation operation, bool accumulates) {
  uint32_t count = operation.extent, chain = chainOf(first->mail[0]);
  bool anyToken = false, allTokens = true;
  for (uint32_t thread = 0; thread < kThreads; ++thread)
    for (uint32_t i = 0; i < count; ++i) {
      uint32_t word = first[thread].mail[i];
      anyToken |= isToken(word) && chains.count(chainOf(word));
      allTokens &= word == tokenOf(chain, i);
    }
  if (allTokens && chains.count(chain))
    return chain;
  if (anyToken && accumulates) {
    block.reportParts(*first, "wgmma adds to accumulators of which some belong to products in "
                              "flight that nobody has waited for");
    return chain;
  }
  if (chains.size() == kChains) {
    block.reportParts(*first, "wgmma: too many accumulators in flight");
    return chain;
  }
  do
    nextChain = (nextChain + 1) % kChains;
  while (chains.count(nextChain));
  ProductChain &created = chains[nextChain];
  created.columns = count * 2;
  created.sums.assign(size_t{kRows} * created.columns, 0);
  if (accumulates)
    for (uint32_t thread = 0; thread < kThreads; ++thread)
      for (uint32_t i = 0; i < count; ++i)
        created.sums[placeOf(created.columns, thread, i)] = floatFromBits(first[thread].mail[i]);
  return nextChain;
}

bool Warpgroup::issue(Block &block, Thread *first, Operation operation) {
  if (!isFenced) {
    block.reportParts(*first, "wgmma without wgmma.fence since the last wait");
    return false;
  }
  // Mail: accumulators, A (four registers or a descriptor), B's descriptor, and
  // whether to add.
  const uint32_t count = operation.extent;
  const uint32_t afterA = count + (operation.aInRegisters ? 4 : 2);
  for (uint32_t thread = 0; thread < kThreads; ++thread) {
    uint32_t begin = operation.aInRegisters ? afterA : count;
    if (std::equal(first->mail + begin, first->mail + afterA + 3, first[thread].mail + begin))
      continue;
    block.reportParts(first[thread], "wgmma: its descriptors or its scale differ from thread (",
                      first->tid[0], ",", first->tid[1], ",", first->tid[2], ")'s");
    return false;
  }
  Product product;
  product.operation = operation;
  product.accumulates = first->mail[afterA + 2] != 0;
  std::memcpy(&product.descriptorB, first->mail + afterA, 8);
  if (operation.aInRegisters) {
    product.a.resize(size_t{kRows} * kDepth);
    for (uint32_t thread = 0; thread < kThreads; ++thread)
      for (uint32_t i = 0; i < 8; ++i) {
        // As in mma.sync, with 16 rows to a warp.
        uint32_t lane = thread % 32, reg = i / 2;
        uint32_t row = thread / 32 * 16 + lane / 4 + 8 * (reg & 1);
        uint32_t k = lane % 4 * 2 + (i & 1) + 8 * (reg >> 1);
        product.a[row * kDepth + k] =
            elementToFloat(operation.element,
                           static_cast<uint16_t>(first[thread].mail[count + reg] >> 16 * (i & 1)));
      }
  } else {
    std::memcpy(&product.descriptorA, first->mail + count, 8);
  }
  if (!checkOperands(block, first, product))
    return false;
  product.chain = chainFor(block, first, operation, product.accumulates);
  if (block.hasFailed())
    return false;
  chains[product.chain].group = group;
  for (uint32_t thread = 0; thread < kThreads; ++thread)
    for (uint32_t i = 0; i < count; ++i)
      first[thread].mail[i] = tokenOf(product.chain, i);
  if (block.landsEarly())
    compute(block, product);
  else
    pending.emplace_back(group, std::move(product));
  return true;
}

/// Bounds, and order after what was written there. False after a report.
bool Warpgroup::checkOperands(Block &block, Thread *first, const Product &product) {
  auto check = [&](const char *name, uint64_t descriptor, bool majorMN, uint32_t rows) {
    if (descriptor >> 49 & 7) {
      block.reportParts(*first, "wgmma: the descriptor of ", name, " has a base offset, which has ",
                        "no emulation");
      return false;
    }
    std::vector<uint32_t> pieces;
    for (uint32_t row = 0; row < rows; row += majorMN ? 8 : 1)
      for (uint32_t k = 0; k < kDepth; k += majorMN ? 1 : 8)
        pieces.push_back(operandOffset(descriptor, majorMN, row, k) / 16 * 16);
    for (uint32_t piece : pieces) {
      if (piece + 16 > block.shared.size()) {
        block.reportParts(*first, "wgmma: ", name, " reaches to ", piece + 16,
                          " in shared memory, which has ", block.shared.size(), " bytes");
        return false;
      }
      if (!block.checksAccesses())
        continue;
      Clocks &clocks = block.races->clocks;
      uint32_t agent = clocks.warpgroupAgent(first->index / kThreads);
      // Each warp reads on its own.
      for (uint32_t warp = 0; warp < 4; ++warp) {
        const Thread &thread = first[size_t{warp} * 32];
        std::string wrong = block.races->readByAgent(thread.index, agent, piece, 16);
        if (!wrong.empty()) {
          block.reportParts(thread, wrong);
          return false;
        }
      }
    }
    return true;
  };
  const Operation &operation = product.operation;
  if (!operation.aInRegisters && !check("A", product.descriptorA, operation.aMajorMN, kRows))
    return false;
  return check("B", product.descriptorB, operation.bMajorMN, operation.extent * 2u);
}

TENON_FOR_EACH_CPU
static void addProduct(float *sums, const float *a, const float *b, uint32_t columns) {
  for (size_t row = 0; row < Warpgroup::kRows; ++row)
    for (size_t k = 0; k < Warpgroup::kDepth; ++k) {
      float factor = a[row * Warpgroup::kDepth + k];
      float *sum = sums + row * columns;
      const float *terms = b + k * columns;
      for (uint32_t column = 0; column < columns; ++column)
        sum[column] += factor * terms[column];
    }
}

void Warpgroup::compute(Block &block, const Product &product) {
  const Operation &operation = product.operation;
  ProductChain &chain = chains[product.chain];
  auto element = [&](uint64_t descriptor, bool majorMN, uint32_t row, uint32_t k) {
    uint16_t bits;
    std::memcpy(&bits, block.shared.base() + operandOffset(descriptor, majorMN, row, k), 2);
    return elementToFloat(operation.element, bits);
  };
  std::vector<float> a = product.a, b(size_t{kDepth} * chain.columns);
  if (!operation.aInRegisters) {
    a.resize(size_t{kRows} * kDepth);
    for (uint32_t row = 0; row < kRows; ++row)
      for (uint32_t k = 0; k < kDepth; ++k)
        a[row * kDepth + k] = element(product.descriptorA, operation.aMajorMN, row, k);
  }
  for (uint32_t column = 0; column < chain.columns; ++column)
    for (uint32_t k = 0; k < kDepth; ++k)
      b[k * chain.columns + column] = element(product.descriptorB, operation.bMajorMN, column, k);
  if (!product.accumulates)
    std::fill(chain.sums.begin(), chain.sums.end(), 0.0f);
  addProduct(chain.sums.data(), a.data(), b.data(), chain.columns);
}

void Warpgroup::wait(Block &block, Thread *first, Operation operation) {
  uint64_t finished = group > operation.count ? group - operation.count : 0;
  auto late = std::find_if(pending.begin(), pending.end(),
                           [&](const auto &entry) { return entry.first >= finished; });
  for (auto entry = pending.begin(); entry != late; ++entry)
    compute(block, entry->second);
  pending.erase(pending.begin(), late);
  if (block.checksAccesses() && finished != 0) {
    Clocks &clocks = block.races->clocks;
    for (uint32_t thread = 0; thread < kThreads; ++thread)
      clocks.acquireAgent(first[thread].index, clocks.warpgroupAgent(first->index / kThreads),
                          epochs[finished - 1]);
  }
  // Registers may change from here on.
  isFenced = false;
  std::map<uint32_t, size_t> given;
  for (uint32_t thread = 0; thread < kThreads; ++thread)
    for (uint32_t i = 0; i < operation.extent; ++i) {
      uint32_t &word = first[thread].mail[i];
      auto chain = isToken(word) ? chains.find(chainOf(word)) : chains.end();
      if (chain == chains.end() || chain->second.group >= finished)
        continue;
      ++given[chain->first];
      float value = chain->second.sums[placeOf(chain->second.columns, thread, word & 0xff)];
      std::memcpy(&word, &value, sizeof value);
    }
  for (auto [chain, count] : given)
    if (count == chains[chain].sums.size())
      chains.erase(chain);
}

} // namespace tenon::emulation
