//===- tenon-opt.cpp - Runs passes and shows the IR -----------------------===//

#include "tenon/Pipelines/Registration.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::tenon::registerDialects(registry);
  mlir::tenon::registerPasses();
  mlir::registerTransformsPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Tenon: inspect the compiler's stages\n", registry));
}
