//===- Pipelines.cpp - The order of passes --------------------------------===//

#include "tenon/Pipelines/Pipelines.h"

#include "tenon/Autodiff/Passes.h"
#include "tenon/CodeGen/LowerToLLVM.h"
#include "tenon/Conversion/TenonToKernel/Passes.h"
#include "tenon/Dialect/Kernel/Transforms/Passes.h"
#include "tenon/Dialect/Tenon/Transforms/Passes.h"
#include "tenon/Pipelines/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::tenon;

static void addCheck(OpPassManager &manager, StringRef stage) {
  CheckStageOptions options;
  options.stage = stage.str();
  manager.addPass(createCheckStage(options));
}

void tenon::buildGraphPipeline(OpPassManager &manager) {
  addCheck(manager, "import");
  manager.addPass(createTenonCheckSizes());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  // Before derivatives: those of what is computed once are computed once.
  manager.addNestedPass<func::FuncOp>(createTenonMergeRoutes());
  // Branches that became one, and what they gather twice.
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  // Derivatives of whole layers need no tensor of all terms.
  TenonRaiseKanOptions raising;
  raising.early = true;
  manager.addNestedPass<func::FuncOp>(createTenonRaiseKan(raising));
  manager.addNestedPass<func::FuncOp>(createTenonDifferentiate());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addNestedPass<func::FuncOp>(createTenonUpdateRows());
  manager.addNestedPass<func::FuncOp>(createTenonReassociateProducts());
  manager.addNestedPass<func::FuncOp>(createTenonSplitProducts());
  manager.addNestedPass<func::FuncOp>(createTenonRaiseKan());
  manager.addNestedPass<func::FuncOp>(createTenonRaiseAttention());
  manager.addNestedPass<func::FuncOp>(createTenonRaiseFfn());
  // Equal constants in the blocks' regions, views that change nothing.
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addNestedPass<func::FuncOp>(createTenonFindBatch());
}

void tenon::buildFusePipeline(OpPassManager &manager) {
  // Again: a module may come in at this stage.
  manager.addPass(createTenonCheckSizes());
  OpPassManager &function = manager.nest<func::FuncOp>();
  function.addPass(createConvertTenonToKernel());
  // Epilogues first: what joins a contraction costs no trip to memory at all.
  function.addPass(kernel::createKernelFuseEpilogues());
  function.addPass(kernel::createKernelFuseProducers());
  // Fusion matches dimensions one by one, so merging comes after it.
  function.addPass(kernel::createKernelMergeDims());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  // Rows that are one dimension are recognized as tokens.
  manager.addNestedPass<func::FuncOp>(kernel::createKernelSkipPadding());
  addCheck(manager, "fuse");
}

void tenon::buildLayoutPipeline(OpPassManager &manager, const CpuTarget &target) {
  kernel::KernelPackOperandsOptions options;
  options.panel = target.getPanel();
  options.vector = target.lanes;
  options.level = target.name.str();
  manager.addPass(kernel::createKernelPackOperands(options));
  // Packing of what is computed from parameters moves with it.
  manager.addPass(kernel::createKernelHoistParameters());
  manager.addPass(kernel::createKernelOutline());
  // Reads of parameters that only their packing needed.
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(kernel::createKernelUpdateInPlace());
  kernel::KernelPackUpdatesOptions updates;
  updates.vector = target.lanes;
  manager.addPass(kernel::createKernelPackUpdates(updates));
  manager.addPass(kernel::createKernelJoinLaunches());
  addCheck(manager, "layout");
}

void tenon::buildJoinPipeline(OpPassManager &manager) {
  manager.addPass(kernel::createKernelJoinLaunches());
}

void tenon::buildMemoryPipeline(OpPassManager &manager, const MemoryLimit &limit, bool joins) {
  kernel::KernelRematerializeOptions options;
  options.maxMemory = limit.bytes;
  options.sizes.assign(limit.sizes.begin(), limit.sizes.end());
  options.asFarAsPossible = true;
  manager.addPass(kernel::createKernelRematerialize(options));
  kernel::KernelJoinLaunchesOptions joining;
  joining.separates = !joins;
  manager.addPass(kernel::createKernelJoinLaunches(joining));
  addCheck(manager, "layout");
}

void tenon::buildGpuLayoutPipeline(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(kernel::createKernelAddStatistics());
  manager.addNestedPass<func::FuncOp>(kernel::createKernelSplitProducts());
  manager.addNestedPass<func::FuncOp>(kernel::createKernelSplitSums());
  // Parts of products read the same factors; copies of parameters are made at load.
  manager.addNestedPass<func::FuncOp>(kernel::createKernelNarrowFactors());
  manager.addPass(kernel::createKernelHoistParameters());
  manager.addPass(kernel::createKernelOutline());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

void tenon::buildGpuEmitPipeline(OpPassManager &manager, const GpuTarget &target) {
  buildKernelToNVVMPipeline(manager, target);
}

void tenon::buildEmitPipeline(OpPassManager &manager, const CpuTarget &target) {
  buildKernelToVectorPipeline(manager, target);
  addCheck(manager, "emit");
}

void tenon::buildObjectPipeline(OpPassManager &manager, const CpuTarget &target) {
  buildVectorToLLVMPipeline(manager, target);
}

namespace {
struct LevelOptions : public PassPipelineOptions<LevelOptions> {
  Option<std::string> level{*this, "level", llvm::cl::desc("CPU level: v3 or v4"),
                            llvm::cl::init("v4")};
};

struct GpuOptions : public PassPipelineOptions<GpuOptions> {
  Option<std::string> target{*this, "target", llvm::cl::desc("kind of GPUs: sm_80 or sm_90a"),
                             llvm::cl::init("sm_80")};
};
} // namespace

/// Registers a stage that needs a CPU level; an unknown one is a fatal usage error.
static void registerLevelPipeline(StringRef name, StringRef description,
                                  void (*build)(OpPassManager &, const CpuTarget &)) {
  PassPipelineRegistration<LevelOptions>(
      name, description, [build](OpPassManager &manager, const LevelOptions &options) {
        const CpuTarget *target = findCpuTarget(options.level);
        if (!target)
          llvm::reportFatalUsageError(llvm::Twine("unknown CPU level '") + options.level +
                                      "'; expected v3 or v4");
        build(manager, *target);
      });
}

void tenon::registerPipelines() {
  PassPipelineRegistration<>("tenon-gpu-layout", "Stage layout for GPUs: outlined kernels",
                             buildGpuLayoutPipeline);
  PassPipelineRegistration<GpuOptions>(
      "tenon-gpu-emit", "Stage emit for GPUs: kernels become a thread's code",
      [](OpPassManager &manager, const GpuOptions &options) {
        const GpuTarget *target = findGpuTarget(options.target.getValue());
        if (!target)
          llvm::reportFatalUsageError(llvm::Twine("unknown kind of GPUs '") + options.target +
                                      "'; expected sm_80 or sm_90a");
        buildGpuEmitPipeline(manager, *target);
      });
  PassPipelineRegistration<>("tenon-graph", "Stage graph: checks, canonical form, raised blocks",
                             buildGraphPipeline);
  PassPipelineRegistration<>("tenon-fuse", "Stage fuse: graph ops become fused kernels",
                             buildFusePipeline);
  registerLevelPipeline("tenon-layout", "Stage layout: packed operands, outlined kernels",
                        buildLayoutPipeline);
  registerLevelPipeline("tenon-emit", "Stage emit: kernels become vector code", buildEmitPipeline);
  registerLevelPipeline("tenon-object", "Stage object: vector code becomes the LLVM dialect",
                        buildObjectPipeline);
}
