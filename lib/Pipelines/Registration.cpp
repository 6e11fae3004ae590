//===- Registration.cpp - Everything a Tenon tool registers ---------------===//

#include "tenon/Pipelines/Registration.h"

#include "tenon/Autodiff/DifferentiableOpInterface.h"
#include "tenon/Autodiff/Passes.h"
#include "tenon/CodeGen/LowerToLLVM.h"
#include "tenon/CodeGen/Passes.h"
#include "tenon/Conversion/KernelToNVVM/Passes.h"
#include "tenon/Conversion/KernelToVector/Passes.h"
#include "tenon/Conversion/TenonToKernel/Passes.h"
#include "tenon/Dialect/Kernel/Transforms/Passes.h"
#include "tenon/Dialect/Tenon/Transforms/Passes.h"
#include "tenon/Pipelines/Passes.h"
#include "tenon/Pipelines/Pipelines.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

void tenon::registerDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, func::FuncDialect, math::MathDialect, TenonDialect,
                  kernel::KernelDialect>();
  registerGradientModels(registry);
  registerKernelLowerings(registry);
  registerCodeGen(registry);
}

void tenon::registerPasses() {
  registerTenonPasses();
  registerTenonAutodiffPasses();
  registerTenonToKernelPasses();
  kernel::registerKernelPasses();
  registerKernelToNVVMPasses();
  registerKernelToVectorPasses();
  registerCodeGenPasses();
  registerTenonPipelinesPasses();
  registerPipelines();
}
