//===- Mixture.cpp - Parts chosen token by token --------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// result[t.., i..] = branches[ids[t..]][t.., i..].
struct RouteModel : ReferenceOpInterface::ExternalModel<RouteModel, RouteOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results, EvalContext &) const {
    const HostTensor &ids = *operands.front();
    Operands branches = operands.drop_front();
    int64_t count = ids.getNumElements();
    int64_t width = count == 0 ? 0 : results[0].getNumElements() / count;
    for (int64_t token = 0; token < count; ++token) {
      int64_t id = branches.size() == 1 ? 0 : ids.integer(token);
      if (id < 0 || id >= int64_t(branches.size()))
        return op->emitError() << "index " << id << " at " << indexAt(token, ids.getShape())
                               << " is out of range; expected 0.." << branches.size() - 1;
      for (int64_t i = token * width; i < (token + 1) * width; ++i)
        results[0][i] = (*branches[id])[i];
    }
    return success();
  }
};

} // namespace

void mlir::tenon::attachMixtureModels(MLIRContext &context) {
  RouteOp::attachInterface<RouteModel>(context);
}
