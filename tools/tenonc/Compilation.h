//===- Compilation.h - One run of the compiler ------------------*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_COMPILATION_H
#define TENON_TOOLS_TENONC_COMPILATION_H

#include "Options.h"
#include "Progress.h"
#include "Sizes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"

namespace mlir::tenon {
struct GpuRecord;
struct GpuTarget;
struct LevelRecord;
struct ProgramRecord;
} // namespace mlir::tenon

namespace tenon::driver {

/// Takes a module through the stages that the options ask for.
class Compilation {
public:
  Compilation(const Options &options, mlir::MLIRContext &context);

  /// Runs everything; returns an exit code.
  int run();

  /// Reads the input.
  int import();
  /// Runs stage graph on it.
  int rewrite();
  /// Fuses, generates code and links the loaded module.
  int build();
  /// Reports kernels, fusion and fallbacks for one level.
  int explain();
  mlir::ModuleOp getModule() { return *module; }

private:
  using Fill = llvm::function_ref<void(mlir::OpPassManager &)>;

  /// Runs one stage's passes. A failure of stages up to fuse is the model's, of
  /// later ones ours: then a reproducer is written and named.
  int runStage(Stage stage, mlir::ModuleOp module, Fill fill) {
    return runPasses(stage, stage > Stage::Fuse, module, fill);
  }
  int runPasses(Stage stage, bool isOurs, mlir::ModuleOp module, Fill fill);
  /// True when the input has passed `stage` already (fuse, layout or emit).
  bool hasPassed(Stage stage);
  /// Stage layout for one level on a copy, within the limit of memory if there is one.
  int layOut(const mlir::tenon::CpuTarget &target, const SizeValues &sizes,
             const mlir::tenon::ProgramRecord &program, mlir::OwningOpRef<mlir::ModuleOp> &copy);
  /// Holds a module to the limit of memory; launches may join where a target runs several
  /// kernels as one.
  int limitMemory(const SizeValues &sizes, const mlir::tenon::ProgramRecord &program, bool mayJoin,
                  mlir::OwningOpRef<mlir::ModuleOp> &laidOut);
  /// Stage emit on a module that was laid out; adds the level to `program`.
  int emitLevel(const mlir::tenon::CpuTarget &target, mlir::ModuleOp module,
                mlir::tenon::ProgramRecord &program);
  /// Writes the module as the reproducer of an internal error and names it, and the pass
  /// that crashed, if one did.
  int reportInternalError(Stage stage, mlir::ModuleOp module, llvm::StringRef pass = "");
  /// Code for GPUs, added to `program`; or its text, written, when that is asked for.
  int generateForGpu(const SizeValues &sizes, mlir::tenon::ProgramRecord &program, bool &isDone);
  int generateForGpu(const mlir::tenon::GpuTarget &target, mlir::ModuleOp copy,
                     mlir::tenon::GpuRecord &gpu);
  /// The levels to generate code for, best first.
  int selectTargets(llvm::SmallVectorImpl<const mlir::tenon::CpuTarget *> &targets);
  /// Code for every level, the launch table, and the link.
  int generate();
  int writeModule(mlir::ModuleOp module);
  int readEmbeddedWeights(mlir::tenon::ProgramRecord &program);
  bool stopsAfter(Stage stage, Emit emit) const;

  const Options &options;
  mlir::MLIRContext &context;
  Progress progress;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_COMPILATION_H
