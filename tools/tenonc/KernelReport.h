//===- KernelReport.h - What each kernel of a program is --------*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_KERNELREPORT_H
#define TENON_TOOLS_TENONC_KERNELREPORT_H

#include "NamePattern.h"

#include "tenon/LaunchTable/LaunchTable.h"
#include "tenon/Target/CpuTarget.h"

namespace tenon::driver {

/// A program for one level: its kernels before and after emission, and the
/// table that runs them.
struct CompiledLevel {
  mlir::ModuleOp laidOut;
  mlir::ModuleOp emitted;
  const mlir::tenon::CpuTarget &target;
  const mlir::tenon::ProgramRecord &program;

  const mlir::tenon::LevelRecord &getRecord() const { return program.levels.front(); }
};

/// Launches of one kernel by parts of the model that differ only in numbers.
struct LaunchGroup {
  NamePattern block;
  std::string place;
  size_t launches = 0;
};

/// The only step of a kernel that computes nothing.
inline constexpr llvm::StringLiteral kCopyStep = "copy";

/// One kernel of an entry.
struct KernelRow {
  std::string name;
  mlir::tenon::kernel::KernelOpInterface op;
  /// What was fused, in order: `einsum, + bias, gelu`.
  std::string steps;
  /// Scalar operations before and after the kernel's own sum.
  int64_t prologueOps = 0;
  int64_t epilogueOps = 0;
  mlir::tenon::TileShape tile;
  mlir::tenon::SizeAttr flops;
  /// A mask may leave out a part of the work.
  bool mayDoLess = false;
  mlir::tenon::SizeAttr bytes;
  const mlir::tenon::KernelRecord *code = nullptr;
  /// Loads in its code that collect scattered elements.
  size_t gathers = 0;
  size_t launches = 0;
  llvm::SmallVector<LaunchGroup, 2> groups;
};

/// The kernels of an entry in the order of their first launches.
std::vector<KernelRow> readKernelRows(const CompiledLevel &level, size_t entry);

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_KERNELREPORT_H
