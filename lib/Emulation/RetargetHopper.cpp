//===- RetargetHopper.cpp - What stands for mbarriers, tensor copies, wgmma ===//

#include "RetargetCall.h"
#include "Thread.h"

#include "tenon/Target/PtxFunctions.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Constants.h"

#include <cstddef>

using namespace llvm;
using mlir::tenon::PtxFunction;

namespace tenon::emulation {

/// Waits until it is over: a try_wait may take as long as it likes.
static Value *waitForPhase(CallSite &at, Value *parity) {
  at.runtime("tenon.emulation.mbarrier.wait", {at.argument(0), parity});
  return at.resultType()->isVoidTy() ? at.word(0) : ConstantInt::getTrue(at.call.getContext());
}

/// mbarrier.NAME[.relaxed][.scope.S.space.cta], or .shared in older ones.
Value *emulateMBarrier(CallSite &at, StringRef name) {
  if (name.contains("space.cluster"))
    return nullptr;
  auto is = [&](StringRef what) {
    StringRef rest = name;
    return rest.consume_front(what) &&
           (rest.empty() || rest == ".shared" || rest.starts_with(".scope.") ||
            rest.starts_with(".relaxed.scope."));
  };
  Value *address = at.argument(0), *none = at.word(0), *one = at.word(1);
  if (is("init"))
    return at.runtime("tenon.emulation.mbarrier.init", {address, at.argument(1)});
  if (is("inval"))
    return at.runtime("tenon.emulation.mbarrier.inval", {address});
  if (is("arrive.noComplete"))
    return at.runtime("tenon.emulation.mbarrier.arrive", {address, at.argument(1), none});
  if (is("arrive.expect.tx"))
    return at.runtime("tenon.emulation.mbarrier.arrive", {address, one, at.argument(1)});
  if (is("arrive")) {
    Value *arrivals = at.argumentCount() == 2 ? at.argument(1) : one;
    return at.runtime("tenon.emulation.mbarrier.arrive", {address, arrivals, none});
  }
  if (is("expect.tx"))
    return at.runtime("tenon.emulation.mbarrier.arrive", {address, none, at.argument(1)});
  if (is("complete.tx"))
    return at.runtime("tenon.emulation.mbarrier.complete", {address, at.argument(1)});
  if (is("test.wait.parity") || is("try.wait.parity") || is("try.wait.parity.tl"))
    return waitForPhase(at, at.argument(1));
  if (is("test.wait") || is("try.wait") || is("try.wait.tl")) {
    // The state is the number of the phase.
    Value *state = at.builder.CreateTrunc(at.argument(1), at.builder.getInt32Ty());
    return waitForPhase(at, at.builder.CreateAnd(state, 1));
  }
  return nullptr;
}

/// Puts `rank` coordinates from argument `first` on into the mail, and zeros.
static void mailCoordinates(CallSite &at, unsigned first, unsigned rank) {
  for (unsigned i = 0; i < TensorMap::kMaxRank; ++i) {
    Value *slot = at.builder.CreateConstInBoundsGEP1_64(at.builder.getInt8Ty(), at.thread,
                                                        offsetof(Thread, mail) + size_t{4} * i);
    at.builder.CreateAlignedStore(i < rank ? at.argument(first + i) : at.word(0), slot, Align(4));
  }
}

/// cp.async.bulk.{commit.group,wait.group[.read],tensor.{g2s[.cta],s2g}.tile.Nd}
Value *emulateBulkCopy(CallSite &at, StringRef name) {
  if (name == "commit.group")
    return at.runtime("tenon.emulation.store.commit", {});
  if (name == "wait.group" || name == "wait.group.read")
    return at.runtime("tenon.emulation.store.wait", {at.argument(0)});
  if (name.starts_with("tensor.prefetch."))
    return at.word(0);
  if (!name.consume_front("tensor."))
    return nullptr;
  bool isStore = name.consume_front("s2g."), isOwn = !isStore && name.consume_front("g2s.cta.");
  unsigned rank = 0;
  if ((!isStore && !isOwn && !name.consume_front("g2s.")) || !name.consume_front("tile.") ||
      name.consumeInteger(10, rank) || name != "d")
    return nullptr;
  unsigned first = isStore ? 2 : 3;
  // Multicast to a cluster, or half of a pair of SMs: flags at the end.
  if (!isStore && !isOwn) {
    auto isZero = [&](unsigned index) {
      auto *constant = dyn_cast<ConstantInt>(at.argument(index));
      return constant && constant->isZero();
    };
    if (!isZero(first + rank + 2) || !isZero(first + rank + 4))
      return nullptr;
  }
  mailCoordinates(at, first, rank);
  if (isStore)
    return at.runtime("tenon.emulation.tensor.store",
                      {at.argument(0), at.argument(1), at.word(rank)});
  return at.runtime("tenon.emulation.tensor.load",
                    {at.argument(0), at.argument(1), at.argument(2), at.word(rank)});
}

/// wgmma.{fence,commit_group}.sync.aligned. The wait that has an intrinsic
/// leaves it open which registers it is for.
Value *emulateWgmma(CallSite &at, StringRef name) {
  if (name == "fence.sync.aligned")
    return at.alignedCollective(Operation(Op::WgmmaFence));
  if (name == "commit_group.sync.aligned")
    return at.alignedCollective(Operation(Op::WgmmaCommit));
  return nullptr;
}

Value *emulateFunction(CallSite &at, StringRef name) {
  std::optional<PtxFunction> function = PtxFunction::parse(name);
  if (!function)
    return nullptr;
  uint8_t accumulators = static_cast<uint8_t>(function->accumulators);
  switch (function->kind) {
  case PtxFunction::Kind::MBarrierWait:
    return waitForPhase(at, at.argument(1));
  case PtxFunction::Kind::WgmmaWait:
    return at.alignedCollective(
        Operation(Op::WgmmaWait, static_cast<uint8_t>(function->inFlight), accumulators));
  case PtxFunction::Kind::Wgmma:
    break;
  }
  Operation operation(Op::Wgmma, 0, accumulators);
  operation.element = function->isF16 ? Element::F16 : Element::BF16;
  operation.aInRegisters = function->aInRegisters;
  operation.aMajorMN = function->aMajorMN;
  operation.bMajorMN = function->bMajorMN;
  return at.alignedCollective(operation);
}

} // namespace tenon::emulation
