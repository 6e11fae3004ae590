//===- GpuCode.cpp - Code for GPUs --------------------------------------===//

#include "Compilation.h"

#include "Cubin.h"
#include "Output.h"

#include "tenon/CodeGen/GpuImage.h"
#include "tenon/CodeGen/LowerToLLVM.h"
#include "tenon/LaunchTable/LaunchTable.h"
#include "tenon/Pipelines/Pipelines.h"

using namespace llvm;
using namespace tenon::driver;
using mlir::ModuleOp;
using mlir::OwningOpRef;
using mlir::tenon::GpuTarget;

/// Whether a kernel multiplies numbers of bf16: only for these do some kinds of GPUs have
/// instructions of their own.
static bool hasNarrowProducts(ModuleOp module) {
  auto isNarrow = [](mlir::Type type) {
    auto tensor = dyn_cast<mlir::tenon::TenonTensorType>(type);
    return tensor && tensor.getElementType().isBF16();
  };
  return module
      .walk([&](mlir::tenon::kernel::KernelOpInterface kernel) {
        return llvm::any_of(kernel->getOperandTypes(), isNarrow) ? mlir::WalkResult::interrupt()
                                                                 : mlir::WalkResult::advance();
      })
      .wasInterrupted();
}

/// The kinds that an executable has code for, or the one whose text is wanted.
static SmallVector<const GpuTarget *> selectGpuTargets(const Options &options, bool isText,
                                                       ModuleOp module) {
  if (!options.gpuTarget.empty())
    return {mlir::tenon::findGpuTarget(options.gpuTarget)};
  SmallVector<const GpuTarget *> targets;
  bool takesAll = !isText && hasNarrowProducts(module);
  for (const GpuTarget &target : mlir::tenon::getGpuTargets())
    if (takesAll || &target == &mlir::tenon::getGpuTargets().back())
      targets.push_back(&target);
  return targets;
}

int Compilation::generateForGpu(const SizeValues &sizes, mlir::tenon::ProgramRecord &program,
                                bool &isDone) {
  OwningOpRef<ModuleOp> laidOut = cast<ModuleOp>((*module)->clone());
  if (int code = runStage(Stage::Layout, *laidOut, mlir::tenon::buildGpuLayoutPipeline))
    return code;
  if (options.maxMemory)
    if (int code = limitMemory(sizes, program, /*mayJoin=*/false, laidOut))
      return code;
  isDone = true;
  if (options.stopAfter == Stage::Layout)
    return writeModule(*laidOut);
  bool isText = stopsAfter(Stage::EmitCode, Emit::Vector) || options.emit == Emit::LLVM ||
                options.emit == Emit::Assembly;
  mlir::tenon::GpuRecord gpu;
  for (const GpuTarget *target : selectGpuTargets(options, isText, *laidOut)) {
    OwningOpRef<ModuleOp> copy = cast<ModuleOp>((*laidOut)->clone());
    if (int code = generateForGpu(*target, *copy, gpu); code || isText)
      return code;
  }
  isDone = false;
  program.gpu = std::move(gpu);
  return kSuccess;
}

/// Writes the text that is asked for, or adds a level and its images.
int Compilation::generateForGpu(const GpuTarget &target, ModuleOp copy,
                                mlir::tenon::GpuRecord &gpu) {
  using mlir::tenon::GpuImageKind;
  mlir::tenon::LevelRecord level;
  level.level = tn_cpu_level(0);
  level.name = target.name.str();
  if (failed(mlir::tenon::readLaunchLists(copy, level)))
    return kInternalError;
  // What no emitter can do is the model's.
  if (int code =
          runPasses(Stage::EmitCode, /*isOurs=*/false, copy, [&](mlir::OpPassManager &manager) {
            mlir::tenon::buildGpuEmitPipeline(manager, target);
          }))
    return code;
  if (failed(mlir::tenon::readKernels(copy, [](StringRef) { return std::string(); }, level)))
    return kInternalError;
  if (stopsAfter(Stage::EmitCode, Emit::Vector))
    return writeModule(copy);
  if (int code = runStage(Stage::Object, copy, mlir::tenon::buildNVVMToLLVMPipeline))
    return code;
  auto emit = [&](GpuImageKind kind, std::string &bytes) {
    SmallVector<char> output;
    if (failed(mlir::tenon::emitGpuImage(copy, target, kind, output)))
      return reportInternalError(Stage::Object, copy);
    bytes.assign(output.begin(), output.end());
    return int(kSuccess);
  };
  std::string text;
  if (options.emit == Emit::LLVM || options.emit == Emit::Assembly) {
    int code = emit(options.emit == Emit::LLVM ? GpuImageKind::LLVM : GpuImageKind::PTX, text);
    return code ? code : writeText(options.output, text);
  }
  auto number = int64_t(gpu.levels.size());
  auto addImage = [&](tn_image_kind imageKind, GpuImageKind kind) {
    gpu.images.push_back({imageKind, target.capability, target.isExact, number, ""});
    return emit(kind, gpu.images.back().bytes);
  };
  if (int code = addImage(TN_IMAGE_PTX, GpuImageKind::PTX))
    return code;
  // The emulated driver has no use for it.
  if (std::string ptxas = findPtxas(options); !ptxas.empty() && !options.emulated)
    if (std::string cubin = assemble(ptxas, gpu.images.back().bytes, target); !cubin.empty())
      gpu.images.insert(std::prev(gpu.images.end()), {TN_IMAGE_CUBIN, target.capability,
                                                      /*isExact=*/true, number, cubin});
  if (options.emulated) {
    if (int code = addImage(TN_IMAGE_BITCODE, GpuImageKind::Bitcode))
      return code;
    // Where it ends, for the driver, which is not told.
    gpu.images.back().bytes.append(4, '\0');
  }
  gpu.levels.push_back(std::move(level));
  return kSuccess;
}
