//===- LowerToLLVM.cpp - From kernels to the LLVM dialect -----------------===//

#include "tenon/CodeGen/LowerToLLVM.h"
#include "tenon/CodeGen/Passes.h"
#include "tenon/Conversion/KernelToNVVM/GpuEmitterOpInterface.h"
#include "tenon/Conversion/KernelToNVVM/Passes.h"
#include "tenon/Conversion/KernelToVector/KernelEmitterOpInterface.h"
#include "tenon/Conversion/KernelToVector/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::tenon;

void mlir::tenon::buildKernelToVectorPipeline(OpPassManager &pm, const CpuTarget &target) {
  ConvertKernelToVectorOptions options;
  options.level = target.name.str();
  pm.addPass(createConvertKernelToVector(options));
  pm.addPass(createExpandKernelMath());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

/// Scalar code becomes the LLVM dialect, for any target.
static void addScalarConversions(OpPassManager &pm) {
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

void mlir::tenon::buildVectorToLLVMPipeline(OpPassManager &pm, const CpuTarget &target) {
  pm.addPass(createIsolateKernels());
  pm.addPass(arith::createArithExpandOpsPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertVectorToLLVMPass());
  addScalarConversions(pm);
  AddKernelEntriesOptions options;
  options.level = target.name.str();
  pm.addPass(createAddKernelEntries(options));
}

void mlir::tenon::buildKernelToNVVMPipeline(OpPassManager &pm, const GpuTarget &target) {
  ConvertKernelToNVVMOptions options;
  options.target = target.name.str();
  pm.addPass(createConvertKernelToNVVM(options));
  pm.addPass(createExpandKernelMath());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void mlir::tenon::buildNVVMToLLVMPipeline(OpPassManager &pm) {
  pm.addPass(createIsolateKernels());
  pm.addPass(arith::createArithExpandOpsPass());
  pm.addPass(createSCFToControlFlowPass());
  addScalarConversions(pm);
  pm.addPass(createAddGpuEntries());
}

void mlir::tenon::registerCodeGen(DialectRegistry &registry) {
  registry.insert<TenonDialect, kernel::KernelDialect, arith::ArithDialect, cf::ControlFlowDialect,
                  func::FuncDialect, LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect,
                  scf::SCFDialect, vector::VectorDialect>();
  registry.insert<NVVM::NVVMDialect>();
  kernel::registerKernelEmitters(registry);
  kernel::registerGpuEmitters(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
}
