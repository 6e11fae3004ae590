//===- LaunchTable.h - The program as data ----------------------*- C++ -*-===//
//
// Reads the launch lists of a module after outlining and writes the structures
// of tenon/Runtime/Abi.h into an LLVM module.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LAUNCHTABLE_LAUNCHTABLE_H
#define TENON_LAUNCHTABLE_LAUNCHTABLE_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"
#include "tenon/Runtime/Abi.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <memory>
#include <string>
#include <vector>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace mlir::tenon {

/// A tensor that a launch list reads or writes (tn_buffer).
struct BufferRecord {
  tn_buffer_kind kind;
  int32_t index;
  int32_t first;
  int32_t last;
  SizeAttr bytes;
};

/// One launch (tn_launch). `kernel` is the symbol of the outlined function;
/// grid and scratch stand on the emitted function of that name.
struct LaunchRecord {
  std::string kernel;
  std::string block;
  std::string location;
  std::vector<int32_t> buffers;
  SizeAttr flops;
  SizeAttr bytes;
  bool mayDoLess = false;
  tn_join join = TN_JOIN_NONE;
};

struct LaunchListRecord {
  std::vector<BufferRecord> buffers;
  std::vector<LaunchRecord> launches;
};

/// What the emitter decided about one kernel function.
struct KernelRecord {
  std::string symbol; // link symbol
  std::vector<std::pair<SizeAttr, int64_t>> grid;
  SizeAttr scratchBytes;
  /// Of a block, on a GPU.
  int64_t threads = 0, sharedBytes = 0;
};

/// The program for one CPU level (tn_level).
struct LevelRecord {
  tn_cpu_level level;
  std::string name;
  std::vector<SizeAttr> packedBytes;
  LaunchListRecord prepare;
  std::vector<LaunchListRecord> entries;
  llvm::StringMap<KernelRecord> kernels;
};

/// All kernels in one form (tn_image).
struct ImageRecord {
  tn_image_kind kind;
  int64_t capability;
  bool isExact;
  int64_t level; // its number
  std::string bytes;
};

/// The program for GPUs (tn_gpu).
struct GpuRecord {
  std::vector<LevelRecord> levels;
  std::vector<ImageRecord> images; // best first
};

/// An input, output or parameter (tn_tensor).
struct TensorRecord {
  std::string name;
  TenonTensorType type;
  Attribute defaultValue; // null without one
};

struct EntryRecord {
  std::string name;
  std::string documentation;
  std::vector<TensorRecord> inputs;
  std::vector<TensorRecord> outputs;
  std::string batch; // a symbol, or empty
  tn_entry_kind kind = TN_ENTRY_CALL;
  std::vector<std::string> updates; // per output a parameter, or empty
  tn_training training = {};        // without the optimizers
  std::string optimizers;
};

struct SymbolRecord {
  std::string name;
  int64_t min;
  int64_t max;
};

/// The whole program (tn_program).
struct ProgramRecord {
  std::string modelName;
  std::vector<SymbolRecord> symbols;
  std::vector<TensorRecord> parameters;
  std::vector<tn_initial> initials; // per parameter, or empty
  std::vector<EntryRecord> entries;
  std::vector<LevelRecord> levels; // best first
  std::string embeddedWeights;     // contents of a safetensors file, or empty
  std::optional<GpuRecord> gpu;
};

/// Fills what does not depend on a level: names, signatures, parameters. Fails,
/// with a diagnostic, when the program exceeds a limit of the ABI.
LogicalResult readSignature(ModuleOp module, ProgramRecord &program);

/// Fills the launch lists of a level from a module after `kernel-outline`.
LogicalResult readLaunchLists(ModuleOp module, LevelRecord &level);

/// Takes grids, scratch sizes and threads from the module after emission; kernel `k` is
/// linked under the name `getSymbol(k)`, empty for those that are not linked.
LogicalResult readKernels(ModuleOp emitted,
                          llvm::function_ref<std::string(llvm::StringRef)> getSymbol,
                          LevelRecord &level);

/// An LLVM module that defines `tenon_program`, referring to the kernels.
std::unique_ptr<llvm::Module> emitLaunchTable(const ProgramRecord &program,
                                              llvm::LLVMContext &context);

/// Writes that module as an object file for x86-64 Linux.
LogicalResult emitLaunchTableObject(const ProgramRecord &program,
                                    llvm::SmallVectorImpl<char> &output);

} // namespace mlir::tenon

#endif // TENON_LAUNCHTABLE_LAUNCHTABLE_H
