//===- Plugin.cpp - What the tools load -----------------------------------===//

#include "Walsh.h"

#include "frontends/lang/Builtins.h"
#include "tenon/Reference/HostTensor.h"
#include "tenon/Reference/ReferenceOpInterface.h"

#include "mlir/Tools/Plugins/DialectPlugin.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// By the definition.
struct TransformModel : ReferenceOpInterface::ExternalModel<TransformModel, walsh::TransformOp> {
  LogicalResult evaluate(Operation *, ArrayRef<const HostTensor *> operands,
                         MutableArrayRef<HostTensor> results, EvalContext &) const {
    const HostTensor &x = *operands[0];
    int64_t n = x.getShape().back();
    for (int64_t at = 0; at < x.getNumElements(); ++at) {
      int64_t line = at / n * n, j = at % n;
      double sum = 0;
      for (int64_t i = 0; i < n; ++i)
        sum += llvm::popcount(uint64_t(i & j)) % 2 ? -x.real(line + i) : x.real(line + i);
      results[0][at] = realScalar(sum / std::sqrt(double(n)));
    }
    return success();
  }
};

} // namespace

/// `walsh(x)` in the language.
static ::tenon::lang::Value buildWalsh(::tenon::lang::BuiltinCall &call) {
  Value x = call.floatTensor("x");
  if (!x)
    return {};
  auto type = cast<TenonTensorType>(x.getType());
  std::optional<int64_t> size;
  if (type.getRank() > 0)
    size = type.getShape().back().getConstant();
  if (!size || !llvm::isPowerOf2_64(*size)) {
    call.error("'walsh' along the last axis")
        .expected("a power of two", ::tenon::lang::formatType(type));
    return {};
  }
  return Value(walsh::TransformOp::create(call.elaborator.getBuilder(), call.location(), type, x));
}

extern "C" DialectPluginLibraryInfo mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "walsh", "1", [](DialectRegistry *registry) {
            registry->insert<walsh::WalshDialect>();
            registry->addExtension(+[](MLIRContext *context, walsh::WalshDialect *) {
              walsh::TransformOp::attachInterface<TransformModel>(*context);
            });
            ::tenon::lang::registerBuiltins({{"walsh", "x", buildWalsh}});
          }};
}
