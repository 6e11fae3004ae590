//===- Warpgroup.h - Products of four warps ---------------------*- C++ -*-===//
///
/// wgmma is asynchronous: from the instruction to the wait for its group nobody
/// may look at the accumulators, nor change what it reads. To show code that
/// does, the accumulators that an instruction gives are not numbers but tokens,
/// NaNs that name the chain of products they belong to; a wait gives numbers for
/// the tokens of finished groups. By the schedule, products are computed when
/// issued or when waited for.
///
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_EMULATION_WARPGROUP_H
#define TENON_LIB_EMULATION_WARPGROUP_H

#include "Operation.h"

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace tenon::emulation {

class Block;
struct Thread;

/// Accumulators of one warpgroup, a matrix of 64 rows, and what has yet to be
/// added to them.
struct ProductChain {
  uint32_t columns = 0;
  std::vector<float> sums;
  /// The group of the last product, counted over the warpgroup.
  uint64_t group = 0;
};

/// D = A B (+ D) with operands still in shared memory.
struct Product {
  Operation operation;
  uint32_t chain = 0;
  uint64_t descriptorA = 0, descriptorB = 0;
  bool accumulates = true;
  /// A from registers: 64 rows of 16.
  std::vector<float> a;
};

class Warpgroup {
public:
  static constexpr uint32_t kThreads = 128, kRows = 64, kDepth = 16;

  /// Carries out `operation`, at which all 128 threads from `first` on wait.
  void carryOut(Block &block, Thread *first, Operation operation);

private:
  bool issue(Block &block, Thread *first, Operation operation);
  void wait(Block &block, Thread *first, Operation operation);
  uint32_t chainFor(Block &block, Thread *first, Operation operation, bool accumulates);
  void compute(Block &block, const Product &product);
  bool checkOperands(Block &block, Thread *first, const Product &product);

  std::map<uint32_t, ProductChain> chains;
  /// Not yet computed, oldest first, each with its group.
  std::vector<std::pair<uint64_t, Product>> pending;
  /// Groups committed; the open group has this number.
  uint64_t group = 0;
  /// Epochs of committed groups, for the order of accesses.
  std::vector<uint32_t> epochs;
  uint32_t nextChain = 0;
  bool isFenced = false;
};

/// Element (row of M or N, k) of an operand that `descriptor` describes: its
/// offset in shared memory.
uint32_t operandOffset(uint64_t descriptor, bool majorMN, uint32_t row, uint32_t k);

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_WARPGROUP_H
