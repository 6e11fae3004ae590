//===- RetargetIntrinsics.cpp - What stands for each intrinsic ------------===//
///
/// One table from names after "llvm.nvvm." to what replaces a call. A name that
/// ends with a dot or stands for several suffixes matches by its beginning.
///
//===----------------------------------------------------------------------===//

#include "ConvertFloat.h"
#include "RetargetCall.h"
#include "Thread.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/Intrinsics.h"

#include <cstddef>

using namespace llvm;

namespace tenon::emulation {

namespace {

/// A value for calls that have no result.
Value *nothing(CallSite &at) { return at.word(0); }

Value *specialRegister(CallSite &at, StringRef name) {
  static constexpr std::pair<StringLiteral, size_t> kVectors[] = {
      {"tid.", offsetof(Thread, tid)},
      {"ctaid.", offsetof(Thread, ctaid)},
      {"ntid.", offsetof(Thread, ntid)},
      {"nctaid.", offsetof(Thread, nctaid)},
  };
  for (auto [prefix, offset] : kVectors)
    if (name.size() == prefix.size() + 1 && name.starts_with(prefix) && name.back() >= 'x' &&
        name.back() <= 'z')
      return at.threadWord(offset + size_t{4} * static_cast<size_t>(name.back() - 'x'));
  if (name == "laneid")
    return at.threadWord(offsetof(Thread, lane));
  if (name == "warpid")
    return at.threadWord(offsetof(Thread, warp));
  if (name == "warpsize")
    return at.word(32);
  return nullptr;
}

/// barrier.cta.{sync,arrive,red.*}[.aligned].{all,count}
Value *barrier(CallSite &at, StringRef name) {
  bool all = name.ends_with(".all");
  Value *id = at.argument(0), *count = all ? at.word(0) : at.argument(1);
  Value *site = at.word(at.site), *isAligned = at.word(name.contains(".aligned."));
  if (name.starts_with("sync."))
    return at.runtime("tenon.emulation.barrier.sync", {id, count, site, isAligned});
  if (name.starts_with("arrive."))
    return at.runtime("tenon.emulation.barrier.arrive", {id, count});
  Value *predicate = at.argument(all ? 1 : 2);
  Value *holding =
      at.runtime("tenon.emulation.barrier.count", {id, count, predicate, site, isAligned});
  if (name.starts_with("red.popc."))
    return holding;
  if (name.starts_with("red.or."))
    return at.builder.CreateICmpNE(holding, at.word(0));
  if (!name.starts_with("red.and.") || !all)
    return nullptr;
  Value *threads = at.threadWord(offsetof(Thread, ntid));
  for (size_t axis = 1; axis < 3; ++axis)
    threads = at.builder.CreateMul(threads, at.threadWord(offsetof(Thread, ntid) + 4 * axis));
  return at.builder.CreateICmpEQ(holding, threads);
}

/// shfl.sync.MODE.TYPE[p]: mask, value, distance, clamp
Value *shuffle(CallSite &at, StringRef name) {
  auto [mode, type] = name.split('.');
  std::optional<Op> op = StringSwitch<std::optional<Op>>(mode)
                             .Case("up", Op::ShuffleUp)
                             .Case("down", Op::ShuffleDown)
                             .Case("bfly", Op::ShuffleXor)
                             .Case("idx", Op::ShuffleIndex)
                             .Default(std::nullopt);
  if (!op)
    return nullptr;
  return at.collective(Operation(*op), at.argument(0),
                       {at.argument(1), at.argument(2), at.argument(3)});
}

Value *vote(CallSite &at, StringRef name) {
  std::optional<Op> op = StringSwitch<std::optional<Op>>(name)
                             .Case("all.sync", Op::VoteAll)
                             .Case("any.sync", Op::VoteAny)
                             .Case("uni.sync", Op::VoteUniform)
                             .Case("ballot.sync", Op::VoteBallot)
                             .Default(std::nullopt);
  if (!op)
    return nullptr;
  return at.collective(Operation(*op), at.argument(0), {at.argument(1)});
}

/// match.{any,all}.sync.{i32,i64}[p]: mask, value
Value *match(CallSite &at, StringRef name) {
  Op op = name.starts_with("any.") ? Op::MatchAny : Op::MatchAll;
  uint8_t words = name.contains("i64") ? 2 : 1;
  return at.collective(Operation(op, words), at.argument(0), {at.argument(1)});
}

/// redux.sync.OP: value, mask
Value *reduce(CallSite &at, StringRef name) {
  std::optional<Op> op = StringSwitch<std::optional<Op>>(name)
                             .Case("add", Op::ReduceAdd)
                             .Case("umin", Op::ReduceMinUnsigned)
                             .Case("umax", Op::ReduceMaxUnsigned)
                             .Case("min", Op::ReduceMinSigned)
                             .Case("max", Op::ReduceMaxSigned)
                             .Case("and", Op::ReduceAnd)
                             .Case("or", Op::ReduceOr)
                             .Case("xor", Op::ReduceXor)
                             .Default(std::nullopt);
  if (!op)
    return nullptr;
  return at.collective(Operation(*op), at.argument(1), {at.argument(0)});
}

/// {ld,st}matrix.sync.aligned.m8n8.xN[.trans].b16.pS
Value *moveMatrix(CallSite &at, Op op, StringRef name) {
  uint8_t count = 0;
  if (!name.consume_front("x") || name.consumeInteger(10, count))
    return nullptr;
  Operation operation(op, count);
  operation.transposed = name.consume_front(".trans");
  if (!name.starts_with(".b16."))
    return nullptr;
  return at.alignedCollective(operation);
}

/// mma.SHAPE.row.col.TYPES with f32 accumulators
Value *multiply(CallSite &at, StringRef name) {
  struct Variant {
    StringLiteral name;
    Element element;
    uint8_t depth;
  };
  static constexpr Variant kVariants[] = {
      {"m16n8k16.row.col.bf16", Element::BF16, 16},   {"m16n8k8.row.col.bf16", Element::BF16, 8},
      {"m16n8k16.row.col.f32.f32", Element::F16, 16}, {"m16n8k8.row.col.f32.f32", Element::F16, 8},
      {"m16n8k8.row.col.tf32", Element::TF32, 8},     {"m16n8k4.row.col.tf32", Element::TF32, 4},
  };
  for (const Variant &variant : kVariants) {
    if (name != variant.name)
      continue;
    Operation operation(Op::Mma, 0, variant.depth);
    operation.element = variant.element;
    return at.alignedCollective(operation);
  }
  return nullptr;
}

/// cp.async.{ca,cg}.shared.global.BYTES[.s]: to, from[, bytes read]
Value *copyAsync(CallSite &at, StringRef name) {
  auto [bytesText, suffix] = name.split('.');
  uint32_t bytes = 0;
  if (bytesText.getAsInteger(10, bytes))
    return nullptr;
  Value *sourceBytes = suffix == "s" ? at.argument(2) : at.word(bytes);
  return at.runtime("tenon.emulation.copy", {at.argument(0), at.argument(1), at.word(bytes),
                                             sourceBytes, at.word(at.site)});
}

/// Zero in place of a denormal.
Value *flush(CallSite &at, Value *value) {
  IRBuilder<> &builder = at.builder;
  Type *type = value->getType();
  Value *magnitude = builder.CreateUnaryIntrinsic(Intrinsic::fabs, value);
  Value *isSmall = builder.CreateFCmpOLT(magnitude, ConstantFP::get(type, 0x1p-126));
  Value *zero = builder.CreateBinaryIntrinsic(Intrinsic::copysign, ConstantFP::get(type, 0), value);
  return builder.CreateSelect(isSmall, zero, value);
}

/// OP.approx[.ftz].f: the exact function; the hardware errs in the last bits.
Value *approximate(CallSite &at, StringRef name) {
  auto [op, rest] = name.split('.');
  if (!at.resultType()->isFloatTy())
    return nullptr;
  IRBuilder<> &builder = at.builder;
  bool flushes = rest.contains("ftz");
  Value *x = flushes ? flush(at, at.argument(0)) : at.argument(0);
  Value *one = ConstantFP::get(at.resultType(), 1);
  auto unary = [&](Intrinsic::ID id) { return builder.CreateUnaryIntrinsic(id, x); };
  Value *y = nullptr;
  if (op == "ex2")
    y = unary(Intrinsic::exp2);
  else if (op == "lg2")
    y = unary(Intrinsic::log2);
  else if (op == "sin")
    y = unary(Intrinsic::sin);
  else if (op == "cos")
    y = unary(Intrinsic::cos);
  else if (op == "sqrt")
    y = unary(Intrinsic::sqrt);
  else if (op == "rsqrt")
    y = builder.CreateFDiv(one, unary(Intrinsic::sqrt));
  else if (op == "rcp")
    y = builder.CreateFDiv(one, x);
  else
    return nullptr;
  return flushes ? flush(at, y) : y;
}

/// div.{approx,full,rn}[.ftz].f
Value *divide(CallSite &at, StringRef) {
  return at.builder.CreateFDiv(at.argument(0), at.argument(1));
}

Value *multiplyAdd(CallSite &at, StringRef) {
  return at.builder.CreateIntrinsic(Intrinsic::fma, {at.resultType()},
                                    {at.argument(0), at.argument(1), at.argument(2)});
}

/// ff2bf16x2.rn: the first operand becomes the upper half.
Value *packBF16(CallSite &at, StringRef) {
  Value *high = roundToBF16(at.builder, at.argument(0));
  Value *low = roundToBF16(at.builder, at.argument(1));
  Value *pair = at.builder.CreateOr(at.builder.CreateShl(high, 16), low);
  return at.builder.CreateBitCast(pair, at.resultType());
}

/// f2tf32.rna: ten bits of fraction, ties away from zero; NaN is the one of all ones.
Value *roundToTF32(CallSite &at, StringRef) {
  IRBuilder<> &builder = at.builder;
  Value *bits = builder.CreateBitCast(at.argument(0), builder.getInt32Ty());
  Value *isFinite = builder.CreateICmpULT(builder.CreateAnd(bits, 0x7f800000), at.word(0x7f800000));
  Value *rounded = builder.CreateAnd(builder.CreateAdd(bits, at.word(0x1000)), ~uint64_t{0x1fff});
  Value *isNaN = builder.CreateFCmpUNO(at.argument(0), at.argument(0));
  Value *special = builder.CreateSelect(isNaN, at.word(0x7fffffff), bits);
  return builder.CreateSelect(isFinite, rounded, special);
}

/// prmt: bytes of the pair (a, b) by the low three bits of each nibble of the
/// selector; the fourth asks for the byte's sign in all of its bits.
Value *permuteBytes(CallSite &at, StringRef rest) {
  if (!rest.empty())
    return nullptr;
  IRBuilder<> &builder = at.builder;
  Type *wide = builder.getInt64Ty();
  Value *pair = builder.CreateOr(builder.CreateShl(builder.CreateZExt(at.argument(1), wide), 32),
                                 builder.CreateZExt(at.argument(0), wide));
  Value *result = at.word(0);
  for (uint64_t i = 0; i < 4; ++i) {
    Value *nibble = builder.CreateLShr(at.argument(2), 4 * i);
    Value *shift = builder.CreateZExt(builder.CreateShl(builder.CreateAnd(nibble, 7), 3), wide);
    Value *byte = builder.CreateTrunc(builder.CreateLShr(pair, shift), builder.getInt8Ty());
    Value *sign = builder.CreateAShr(byte, 7);
    Value *asksSign = builder.CreateICmpNE(builder.CreateAnd(nibble, 8), at.word(0));
    Value *chosen = builder.CreateSelect(asksSign, sign, byte);
    Value *placed = builder.CreateShl(builder.CreateZExt(chosen, builder.getInt32Ty()), 8 * i);
    result = builder.CreateOr(result, placed);
  }
  return result;
}

/// What comes after may be read by tensor copies and wgmma.
Value *emulateProxyFence(CallSite &at, StringRef) {
  return at.runtime("tenon.emulation.fence.proxy", {});
}

struct Row {
  StringLiteral name;
  Value *(*emulate)(CallSite &at, StringRef rest);
};

constexpr Row kRows[] = {
    {"read.ptx.sreg.", specialRegister},
    {"barrier.cta.", barrier},
    {"barrier0",
     [](CallSite &at, StringRef) {
       return at.runtime("tenon.emulation.barrier.sync",
                         {at.word(0), at.word(0), at.word(at.site), at.word(1)});
     }},
    {"bar.warp.sync",
     [](CallSite &at, StringRef) {
       return at.collective(Operation(Op::SyncWarp), at.argument(0), {});
     }},
    {"shfl.sync.", shuffle},
    {"vote.", vote},
    {"match.", match},
    {"elect.sync",
     [](CallSite &at, StringRef) {
       return at.collective(Operation(Op::Elect), at.argument(0), {});
     }},
    {"redux.sync.", reduce},
    {"ldmatrix.sync.aligned.m8n8.",
     [](CallSite &at, StringRef rest) { return moveMatrix(at, Op::LoadMatrix, rest); }},
    {"stmatrix.sync.aligned.m8n8.",
     [](CallSite &at, StringRef rest) { return moveMatrix(at, Op::StoreMatrix, rest); }},
    {"mma.", multiply},
    {"cp.async.ca.shared.global.", copyAsync},
    {"cp.async.cg.shared.global.", copyAsync},
    {"cp.async.commit.group",
     [](CallSite &at, StringRef) { return at.runtime("tenon.emulation.copy.commit", {}); }},
    {"cp.async.wait.group",
     [](CallSite &at, StringRef) {
       return at.runtime("tenon.emulation.copy.wait", {at.argument(0)});
     }},
    {"cp.async.wait.all",
     [](CallSite &at, StringRef) { return at.runtime("tenon.emulation.copy.wait.all", {}); }},
    {"div.", divide},
    {"fma.rn.", multiplyAdd},
    {"ff2bf16x2.rn", packBF16},
    {"f2bf16.rn",
     [](CallSite &at, StringRef) {
       Value *bits = roundToBF16(at.builder, at.argument(0));
       Value *half = at.builder.CreateTrunc(bits, at.builder.getInt16Ty());
       return at.builder.CreateBitCast(half, at.resultType());
     }},
    {"f2tf32.rna", roundToTF32},
    {"prmt", permuteBytes},
    // Hints, and fences: threads of a block see each other's writes at once.
    {"setmaxnreg.", [](CallSite &at, StringRef) { return nothing(at); }},
    {"membar.", [](CallSite &at, StringRef) { return nothing(at); }},
    {"prefetch", [](CallSite &at, StringRef) { return nothing(at); }},
    {"griddepcontrol.", [](CallSite &at, StringRef) { return nothing(at); }},
    {"nanosleep", [](CallSite &at, StringRef) { return nothing(at); }},
    {"fence.proxy.async", emulateProxyFence},
    {"fence.mbarrier_init", emulateProxyFence},
    {"fence.", [](CallSite &at, StringRef) { return nothing(at); }},
    {"mbarrier.", emulateMBarrier},
    {"cp.async.bulk.", emulateBulkCopy},
    {"wgmma.", emulateWgmma},
};

} // namespace

Value *emulateIntrinsic(CallSite &at, StringRef name) {
  for (const Row &row : kRows)
    if (name.starts_with(row.name))
      return row.emulate(at, name.drop_front(row.name.size()));
  if (name.contains(".approx"))
    return approximate(at, name);
  return nullptr;
}

} // namespace tenon::emulation
