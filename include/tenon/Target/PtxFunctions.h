//===- PtxFunctions.h - Device functions for PTX without intrinsics -*- C++ -*-===//
///
/// Some PTX instructions have no LLVM intrinsic, or one that LLVM may move where
/// it must not. Kernels call declared functions with these names instead; on the
/// way to PTX each becomes inline assembly (CodeGen/ExpandPtxFunctions.h), and
/// the emulator carries the same names out on the CPU.
///
///   tenon.wgmma.m64nNk16.f32.T.ss.MA.MB   (acc..., i64 A, i64 B, i32 add)
///   tenon.wgmma.m64nNk16.f32.T.rs.MB      (acc..., i32 A0 to A3, i64 B, i32 add)
///       wgmma.mma_async: N/2 f32 accumulators per thread, given and returned
///       as a struct of N/2 floats (N/2 is at least 4). T is bf16 or f16. A and
///       B are descriptors of shared memory, or A four registers. MA, MB say
///       which index is innermost in memory: `k` or `mn`. `add` is 0 to begin
///       from zero. The results belong to the product until it is waited for.
///   tenon.wgmma.wait.G.C                  (acc...)
///       wgmma.wait_group G, which takes and returns C accumulators as a struct
///       of C floats, so that no use of them moves before it. C is at least 2.
///   tenon.mbarrier.wait.parity            (ptr addrspace(3), i32 parity)
///       Returns when the mbarrier's phase of that parity has ended.
///
//===----------------------------------------------------------------------===//

#ifndef TENON_TARGET_PTXFUNCTIONS_H
#define TENON_TARGET_PTXFUNCTIONS_H

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace mlir::tenon {

/// One of the functions above.
struct PtxFunction {
  enum class Kind { Wgmma, WgmmaWait, MBarrierWait };

  Kind kind = Kind::MBarrierWait;
  /// f32 accumulators per thread.
  unsigned accumulators = 0;
  /// Wgmma.
  bool isF16 = false, aInRegisters = false, aMajorMN = false, bMajorMN = false;
  /// WgmmaWait: groups that may stay in flight.
  unsigned inFlight = 0;

  std::string name() const;
  static std::optional<PtxFunction> parse(std::string_view name);
};

inline std::string PtxFunction::name() const {
  auto major = [](bool isMN) { return isMN ? ".mn" : ".k"; };
  switch (kind) {
  case Kind::Wgmma:
    return "tenon.wgmma.m64n" + std::to_string(accumulators * 2) + "k16.f32." +
           (isF16 ? "f16" : "bf16") +
           (aInRegisters ? std::string(".rs") : std::string(".ss") + major(aMajorMN)) +
           major(bMajorMN);
  case Kind::WgmmaWait:
    return "tenon.wgmma.wait." + std::to_string(inFlight) + "." + std::to_string(accumulators);
  case Kind::MBarrierWait:
    return "tenon.mbarrier.wait.parity";
  }
  return "";
}

inline std::optional<PtxFunction> PtxFunction::parse(std::string_view name) {
  auto take = [&](std::string_view prefix) {
    bool begins = name.substr(0, prefix.size()) == prefix;
    if (begins)
      name.remove_prefix(prefix.size());
    return begins;
  };
  auto number = [&](unsigned &value) {
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    name.remove_prefix(static_cast<size_t>(end - name.data()));
    return error == std::errc();
  };
  auto major = [&](bool &isMN) {
    isMN = take(".mn");
    return isMN || take(".k");
  };
  PtxFunction function;
  if (name == "tenon.mbarrier.wait.parity")
    return function;
  if (take("tenon.wgmma.wait.")) {
    function.kind = Kind::WgmmaWait;
    bool valid = number(function.inFlight) && take(".") && number(function.accumulators) &&
                 name.empty() && function.inFlight < 8 && function.accumulators >= 2 &&
                 function.accumulators <= 128;
    return valid ? std::optional(function) : std::nullopt;
  }
  if (!take("tenon.wgmma.m64n"))
    return std::nullopt;
  function.kind = Kind::Wgmma;
  unsigned columns = 0;
  if (!number(columns) || columns % 8 != 0 || columns == 0 || columns > 256 || !take("k16.f32."))
    return std::nullopt;
  function.accumulators = columns / 2;
  function.isF16 = take("f16");
  if (!function.isF16 && !take("bf16"))
    return std::nullopt;
  function.aInRegisters = take(".rs");
  if (!function.aInRegisters && !(take(".ss") && major(function.aMajorMN)))
    return std::nullopt;
  if (!major(function.bMajorMN) || !name.empty())
    return std::nullopt;
  return function;
}

} // namespace mlir::tenon

#endif // TENON_TARGET_PTXFUNCTIONS_H
