//===- Collectives.cpp - What the lanes of a warp compute together --------===//

#include "Block.h"
#include "Matrix.h"

#include <algorithm>

namespace tenon::emulation {

namespace {

/// Calls `visit` with each thread of `warp` whose bit is in `mask`.
template <typename Visit> void forEach(Warp &warp, uint32_t mask, Visit visit) {
  for (; mask != 0; mask &= mask - 1)
    visit(warp.threads[__builtin_ctz(mask)]);
}

/// Orders memory accesses, which the other collectives do not.
void syncWarp(Block &block, Warp &warp, uint32_t mask) {
  ++block.statistics.warpSync;
  if (!block.checksAccesses())
    return;
  Clock clock;
  Clocks &clocks = block.races->clocks;
  forEach(warp, mask, [&](Thread &thread) { clocks.release(thread.index, clock); });
  forEach(warp, mask, [&](Thread &thread) { clocks.acquire(thread.index, clock); });
}

/// shfl.sync as PTX spells it out: operands are value, distance or index, and
/// clamp with the segment mask above it.
void shuffle(Block &block, Warp &warp, Op op, uint32_t mask) {
  ++block.statistics.shuffle;
  uint32_t values[32];
  forEach(warp, mask, [&](Thread &thread) { values[thread.lane] = thread.mail[0]; });
  forEach(warp, mask, [&](Thread &thread) {
    uint32_t lane = thread.lane, b = thread.mail[1] & 31;
    uint32_t clamp = thread.mail[2] & 31, segment = thread.mail[2] >> 8 & 31;
    uint32_t last = (lane & segment) | (clamp & ~segment), first = lane & segment;
    int32_t source = 0;
    bool holds = false;
    switch (op) {
    case Op::ShuffleUp:
      source = static_cast<int32_t>(lane - b);
      holds = source >= static_cast<int32_t>(last);
      break;
    case Op::ShuffleDown:
      source = static_cast<int32_t>(lane + b);
      holds = source <= static_cast<int32_t>(last);
      break;
    case Op::ShuffleXor:
      source = static_cast<int32_t>(lane ^ b);
      holds = source <= static_cast<int32_t>(last);
      break;
    default:
      source = static_cast<int32_t>(first | (b & ~segment));
      holds = source <= static_cast<int32_t>(last);
      break;
    }
    if (!holds)
      source = static_cast<int32_t>(lane);
    if (!(mask >> source & 1))
      block.reportParts(thread, nameOf(op), " reads lane ", source, ", which takes no part");
    thread.mail[0] = values[source & 31];
    thread.mail[1] = holds;
  });
}

void vote(Warp &warp, Op op, uint32_t mask) {
  uint32_t ballot = 0;
  forEach(warp, mask, [&](Thread &thread) { ballot |= (thread.mail[0] & 1) << thread.lane; });
  uint32_t result = ballot;
  if (op == Op::VoteAll)
    result = ballot == mask;
  if (op == Op::VoteAny)
    result = ballot != 0;
  if (op == Op::VoteUniform)
    result = ballot == 0 || ballot == mask;
  forEach(warp, mask, [&](Thread &thread) { thread.mail[0] = result; });
}

/// match.sync: the lanes whose value of `words` words equals one's own; with
/// MatchAll the mask and 1 when all are equal, else 0 and 0.
void match(Warp &warp, Operation operation, uint32_t mask) {
  uint32_t values[32][2] = {};
  forEach(warp, mask,
          [&](Thread &thread) { std::copy_n(thread.mail, operation.count, values[thread.lane]); });
  forEach(warp, mask, [&](Thread &thread) {
    uint32_t equal = 0;
    forEach(warp, mask, [&](Thread &other) {
      equal |= std::equal(values[thread.lane], values[thread.lane] + 2, values[other.lane])
               << other.lane;
    });
    if (operation.op == Op::MatchAny) {
      thread.mail[0] = equal;
      return;
    }
    thread.mail[0] = equal == mask ? mask : 0;
    thread.mail[1] = equal == mask;
  });
}

uint32_t combine(Op op, uint32_t a, uint32_t b) {
  int32_t signedA = static_cast<int32_t>(a), signedB = static_cast<int32_t>(b);
  switch (op) {
  case Op::ReduceAdd:
    return a + b;
  case Op::ReduceMinUnsigned:
    return std::min(a, b);
  case Op::ReduceMaxUnsigned:
    return std::max(a, b);
  case Op::ReduceMinSigned:
    return static_cast<uint32_t>(std::min(signedA, signedB));
  case Op::ReduceMaxSigned:
    return static_cast<uint32_t>(std::max(signedA, signedB));
  case Op::ReduceAnd:
    return a & b;
  case Op::ReduceOr:
    return a | b;
  default:
    return a ^ b;
  }
}

void reduce(Warp &warp, Op op, uint32_t mask) {
  uint32_t result = warp.threads[__builtin_ctz(mask)].mail[0];
  forEach(warp, mask & (mask - 1),
          [&](Thread &thread) { result = combine(op, result, thread.mail[0]); });
  forEach(warp, mask, [&](Thread &thread) { thread.mail[0] = result; });
}

} // namespace

void carryOut(Block &block, Warp &warp, Operation operation, uint32_t mask) {
  if (isAligned(operation.op) && mask != ~0u)
    return block.reportParts(warp.threads[0], nameOf(operation.op), " in a warp of fewer than 32");
  switch (operation.op) {
  case Op::SyncWarp:
    return syncWarp(block, warp, mask);
  case Op::ShuffleUp:
  case Op::ShuffleDown:
  case Op::ShuffleXor:
  case Op::ShuffleIndex:
    return shuffle(block, warp, operation.op, mask);
  case Op::VoteAll:
  case Op::VoteAny:
  case Op::VoteUniform:
  case Op::VoteBallot:
    return vote(warp, operation.op, mask);
  case Op::MatchAny:
  case Op::MatchAll:
    return match(warp, operation, mask);
  case Op::Elect: {
    uint32_t leader = __builtin_ctz(mask);
    forEach(warp, mask, [&](Thread &thread) {
      thread.mail[0] = leader;
      thread.mail[1] = thread.lane == leader;
    });
    return;
  }
  case Op::LoadMatrix:
    ++block.statistics.ldmatrix;
    return loadMatrix(block, warp, operation);
  case Op::StoreMatrix:
    ++block.statistics.stmatrix;
    return storeMatrix(block, warp, operation);
  case Op::Mma:
    ++block.statistics.mma;
    return multiply(warp, operation);
  default:
    return reduce(warp, operation.op, mask);
  }
}

} // namespace tenon::emulation
