//===- GpuCode.cpp - Code for GPUs --------------------------------------===//

#include "Compilation.h"

#include "Output.h"

#include "tenon/CodeGen/GpuImage.h"
#include "tenon/CodeGen/LowerToLLVM.h"
#include "tenon/LaunchTable/LaunchTable.h"
#include "tenon/Pipelines/Pipelines.h"

using namespace llvm;
using namespace tenon::driver;
using mlir::ModuleOp;
using mlir::OwningOpRef;

int Compilation::generateForGpu(const SizeValues &sizes, mlir::tenon::ProgramRecord &program,
                                bool &isDone) {
  using mlir::tenon::GpuImageKind;
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>((*module)->clone());
  if (int code = runStage(Stage::Layout, *copy, mlir::tenon::buildGpuLayoutPipeline))
    return code;
  if (options.maxMemory)
    if (int code = limitMemory(sizes, program, /*mayJoin=*/false, copy))
      return code;
  isDone = true;
  if (options.stopAfter == Stage::Layout)
    return writeModule(*copy);
  mlir::tenon::GpuRecord gpu;
  gpu.level.level = tn_cpu_level(0);
  gpu.level.name = "sm_80";
  if (failed(mlir::tenon::readLaunchLists(*copy, gpu.level)))
    return kInternalError;
  // What no emitter can do is the model's.
  if (int code =
          runPasses(Stage::EmitCode, /*isOurs=*/false, *copy, mlir::tenon::buildGpuEmitPipeline))
    return code;
  if (failed(mlir::tenon::readKernels(*copy, [](StringRef) { return std::string(); }, gpu.level)))
    return kInternalError;
  if (stopsAfter(Stage::EmitCode, Emit::Vector))
    return writeModule(*copy);
  if (int code = runStage(Stage::Object, *copy, mlir::tenon::buildNVVMToLLVMPipeline))
    return code;
  auto emit = [&](GpuImageKind kind, std::string &bytes) {
    SmallVector<char> output;
    if (failed(mlir::tenon::emitGpuImage(*copy, kind, output)))
      return reportInternalError(Stage::Object, *copy);
    bytes.assign(output.begin(), output.end());
    return int(kSuccess);
  };
  std::string text;
  if (options.emit == Emit::LLVM || options.emit == Emit::Assembly) {
    int code = emit(options.emit == Emit::LLVM ? GpuImageKind::LLVM : GpuImageKind::PTX, text);
    return code ? code : writeText(options.output, text);
  }
  isDone = false;
  gpu.images.push_back({TN_IMAGE_PTX, 80, /*isExact=*/false, ""});
  if (int code = emit(GpuImageKind::PTX, gpu.images.back().bytes))
    return code;
  if (options.emulated) {
    gpu.images.push_back({TN_IMAGE_BITCODE, 80, /*isExact=*/false, ""});
    if (int code = emit(GpuImageKind::Bitcode, gpu.images.back().bytes))
      return code;
    // Where it ends, for the driver, which is not told.
    gpu.images.back().bytes.append(4, '\0');
  }
  program.gpu = std::move(gpu);
  return kSuccess;
}
