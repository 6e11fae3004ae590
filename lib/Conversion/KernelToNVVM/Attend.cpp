//===- Attend.cpp - kernel.attend on GPUs --------------------------===//
//
// Of the forms it takes, the one that suits its sizes and elements.
//
//===----------------------------------------------------------------------===//

#include "AttendKernel.h"
#include "Emitters.h"
#include "Warpgroup.h"

namespace mlir::tenon::kernel {

/// Queries below which most rows of a tile would be empty, and the most elements of a query
/// or value for which a thread's part of a tile fits into its registers.
static constexpr int64_t kLeastQueries = 16, kMostElements = 128;

static bool isNarrow(AttendKernel &kernel) {
  Type type = kernel.op.getInputs()[AttendKernel::kQuery].getType();
  return cast<TenonTensorType>(type).getElementType().isBF16();
}

/// Whether tensor cores multiply tiles of queries. As many queries as are known at run time
/// only count as many. Of bf16 nothing smaller than pieces of 16 bytes is copied.
static bool takesTiles(AttendKernel &kernel) {
  if (isNarrow(kernel) && kernel.op.getFactors(kNarrowPiece).empty())
    return false;
  std::optional<int64_t> queries = kernel.form.getDim(kernel.queryDim).getSize().getConstant();
  return (!queries || *queries >= kLeastQueries) && kernel.depth > 0 && kernel.width > 0 &&
         std::max(kernel.depth, kernel.width) <= kMostElements;
}

namespace {
struct AttendModel : GpuEmitterOpInterface::ExternalModel<AttendModel, AttendOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    AttendKernel kernel(cast<AttendOp>(op), context);
    if (!takesTiles(kernel))
      emitThreadAttention(kernel);
    else if (isNarrow(kernel))
      emitNarrowAttention(kernel);
    else
      emitTileAttention(kernel);
    return success();
  }
};
} // namespace

void attachGpuAttendEmitter(MLIRContext *context) {
  AttendOp::attachInterface<AttendModel>(*context);
}

} // namespace mlir::tenon::kernel
