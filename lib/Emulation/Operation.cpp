//===- Operation.cpp - What threads do together ---------------------------===//

#include "Operation.h"

namespace tenon::emulation {

const char *nameOf(Op op) {
  switch (op) {
  case Op::SyncWarp:
    return "bar.warp.sync";
  case Op::ShuffleUp:
    return "shfl.sync.up";
  case Op::ShuffleDown:
    return "shfl.sync.down";
  case Op::ShuffleXor:
    return "shfl.sync.bfly";
  case Op::ShuffleIndex:
    return "shfl.sync.idx";
  case Op::VoteAll:
  case Op::VoteAny:
  case Op::VoteUniform:
  case Op::VoteBallot:
    return "vote.sync";
  case Op::MatchAny:
  case Op::MatchAll:
    return "match.sync";
  case Op::Elect:
    return "elect.sync";
  case Op::ReduceAdd:
  case Op::ReduceMinUnsigned:
  case Op::ReduceMaxUnsigned:
  case Op::ReduceMinSigned:
  case Op::ReduceMaxSigned:
  case Op::ReduceAnd:
  case Op::ReduceOr:
  case Op::ReduceXor:
    return "redux.sync";
  case Op::LoadMatrix:
    return "ldmatrix";
  case Op::StoreMatrix:
    return "stmatrix";
  case Op::Mma:
    return "mma.sync";
  case Op::Wgmma:
    return "wgmma.mma_async";
  case Op::WgmmaFence:
    return "wgmma.fence";
  case Op::WgmmaCommit:
    return "wgmma.commit_group";
  case Op::WgmmaWait:
    return "wgmma.wait_group";
  }
  return "";
}

bool isAligned(Op op) { return op >= Op::LoadMatrix; }

} // namespace tenon::emulation
