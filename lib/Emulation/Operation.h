//===- Operation.h - What threads do together -------------------*- C++ -*-===//
///
/// The operations at which the threads of a warp or a warpgroup meet. Generated
/// code passes one as a number beside the operands in the thread's mail.
///
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_EMULATION_OPERATION_H
#define TENON_LIB_EMULATION_OPERATION_H

#include <cstdint>

namespace tenon::emulation {

enum class Op : uint8_t {
  SyncWarp,
  ShuffleUp,
  ShuffleDown,
  ShuffleXor,
  ShuffleIndex,
  VoteAll,
  VoteAny,
  VoteUniform,
  VoteBallot,
  MatchAny,
  MatchAll,
  Elect,
  ReduceAdd,
  ReduceMinUnsigned,
  ReduceMaxUnsigned,
  ReduceMinSigned,
  ReduceMaxSigned,
  ReduceAnd,
  ReduceOr,
  ReduceXor,
  LoadMatrix,
  StoreMatrix,
  Mma,
  // All of a warpgroup, four warps, from here on.
  Wgmma,
  WgmmaFence,
  WgmmaCommit,
  WgmmaWait,
};

/// Element types of matrix operands.
enum class Element : uint8_t { BF16, F16, TF32 };

/// One operation with what its instruction spells out. Threads that meet must
/// agree on all of it.
struct Operation {
  Op op;
  /// LoadMatrix, StoreMatrix: 8x8 matrices. Match: words of the value.
  /// WgmmaWait: groups that may stay in flight.
  uint8_t count = 0;
  /// Mma: rows of B. Wgmma, WgmmaWait: f32 accumulators per thread.
  uint8_t extent = 0;
  Element element : 2;
  /// LoadMatrix, StoreMatrix: transposed.
  bool transposed : 1;
  /// Wgmma: A comes from registers; A or B has its k index outermost.
  bool aInRegisters : 1;
  bool aMajorMN : 1;
  bool bMajorMN : 1;

  explicit Operation(Op op = Op::SyncWarp, uint8_t count = 0, uint8_t extent = 0)
      : op(op), count(count), extent(extent), element(Element::BF16), transposed(false),
        aInRegisters(false), aMajorMN(false), bMajorMN(false) {}

  uint32_t encode() const {
    uint32_t flags = static_cast<uint32_t>(element) | transposed << 2 | aInRegisters << 3 |
                     aMajorMN << 4 | bMajorMN << 5;
    return static_cast<uint32_t>(op) | uint32_t{count} << 8 | uint32_t{extent} << 16 | flags << 24;
  }
  static Operation decode(uint32_t code) {
    Operation operation(static_cast<Op>(code & 0xff), code >> 8 & 0xff, code >> 16 & 0xff);
    operation.element = static_cast<Element>(code >> 24 & 3);
    operation.transposed = code >> 26 & 1;
    operation.aInRegisters = code >> 27 & 1;
    operation.aMajorMN = code >> 28 & 1;
    operation.bMajorMN = code >> 29 & 1;
    return operation;
  }
};

/// What messages call it.
const char *nameOf(Op op);

/// Whether all 32 threads must come to it together (.aligned).
bool isAligned(Op op);

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_OPERATION_H
