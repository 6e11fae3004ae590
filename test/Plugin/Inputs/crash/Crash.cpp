//===- Crash.cpp - A plugin with an error ---------------------------------===//

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"

#include "mlir/Tools/Plugins/DialectPlugin.h"

#include <csignal>

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// %y = "crash.now"(%x): an op whose lowering crashes.
class NowOp : public Op<NowOp, OpTrait::OneOperand, OpTrait::OneResult> {
public:
  using Op::Op;
  static ArrayRef<StringRef> getAttributeNames() { return {}; }
  static StringRef getOperationName() { return "crash.now"; }
};

class CrashDialect : public Dialect {
public:
  explicit CrashDialect(MLIRContext *context)
      : Dialect(getDialectNamespace(), context, TypeID::get<CrashDialect>()) {
    addOperations<NowOp>();
  }
  static StringRef getDialectNamespace() { return "crash"; }
};

struct NowLowering : public KernelLoweringOpInterface::ExternalModel<NowLowering, NowOp> {
  LogicalResult lowerToKernel(Operation *, KernelLowering &) const {
    std::raise(SIGSEGV);
    return success();
  }
};

} // namespace

MLIR_DECLARE_EXPLICIT_TYPE_ID(NowOp)
MLIR_DEFINE_EXPLICIT_TYPE_ID(NowOp)
MLIR_DECLARE_EXPLICIT_TYPE_ID(CrashDialect)
MLIR_DEFINE_EXPLICIT_TYPE_ID(CrashDialect)

extern "C" DialectPluginLibraryInfo mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "crash", "1", [](DialectRegistry *registry) {
            registry->insert<CrashDialect>();
            registry->addExtension(+[](MLIRContext *context, CrashDialect *) {
              NowOp::attachInterface<NowLowering>(*context);
            });
          }};
}
