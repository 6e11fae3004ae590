//===- Options.h - The command line of tenonc -------------------*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_OPTIONS_H
#define TENON_TOOLS_TENONC_OPTIONS_H

#include "tenon/Target/CpuTarget.h"

#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tenon::driver {

/// Exit codes, the same for all of Tenon's programs.
enum ExitCode {
  kSuccess = 0,
  kInputError = 1,
  kUsageError = 2,
  kEnvironmentError = 3,
  kNumericalError = 4,
  kInternalError = 70,
};

/// What to write.
enum class Emit { AST, Tenon, Kernel, Vector, LLVM, Assembly, Object, SharedLibrary, Executable };

/// The compiler's stages, in order.
enum class Stage { Import, Graph, Fuse, Layout, EmitCode, Object, Link };

/// How to report kernels, fusion and fallbacks instead of compiling.
enum class Explain { None, Text, Yaml };

struct Options {
  std::string input;
  std::string output;
  /// --load-dialect-plugin: shared libraries with more ops.
  std::vector<std::string> plugins;
  Emit emit = Emit::Executable;
  /// The stage after which to stop and print; Link runs them all.
  Stage stopAfter = Stage::Link;
  /// -D name=value, in order.
  std::vector<std::pair<std::string, std::string>> defines;
  std::string config;
  /// --config: a JSON file, or a folder that holds config.json.
  std::string configFile;
  /// --precision weights=DTYPE: f32, bf16 or f16; empty for what the model says.
  std::string weights;
  /// --precision compute=DTYPE: f32, tf32 or bf16; empty for what the model says.
  std::string compute;
  std::string embedWeights;
  /// --target=cuda: code for GPUs, too, of all kinds or of one.
  bool cuda = false;
  std::string gpuTarget;
  /// --ptxas: the CUDA toolkit's assembler, "none", or empty to look for one.
  std::string ptxas;
  /// --emulated: and as bitcode, for the emulated driver.
  bool emulated = false;
  /// The levels to generate code for, lowest first.
  llvm::SmallVector<const mlir::tenon::CpuTarget *, 2> targets;
  /// --train[=NAME]: the train section to compile, the first if the name is empty.
  std::optional<std::string> train;
  bool checkOnly = false;
  bool listNames = false;
  bool printTiming = false;
  Explain explain = Explain::None;
  /// --max-memory: bytes for the intermediate results of an entry; 0: no limit.
  int64_t maxMemory = 0;
  /// --size NAME=VALUE: sizes to report numbers for, the smallest for the rest; and those
  /// that the limit of memory holds for.
  std::vector<std::pair<std::string, int64_t>> sizes;
};

/// Reads the value of --precision. Returns kSuccess, or kUsageError after a message.
int parsePrecision(const std::string &text, Options &options);

/// Reads the command line. Returns kSuccess, or kUsageError after a message.
int parseOptions(int argc, char **argv, Options &options);

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_OPTIONS_H
