//===- SortKey.cpp - Elements as integers of their order ------------------===//

#include "tenon/Conversion/Emission/SortKey.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

namespace mlir::tenon::kernel {

/// The bits of a float without its sign grow with its size.
static Value getFloatKey(EmitContext &context, Value element) {
  Type integer = context.getI32Type();
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  auto select = [&](Value condition, Value yes, Value no) -> Value {
    return arith::SelectOp::create(context, condition, yes, no);
  };
  // Adding zero makes -0.0 zero.
  Value normal = arith::AddFOp::create(context, element, context.getFloat(context.getF32Type(), 0));
  Value bits = arith::BitcastOp::create(context, integer, normal);
  Value turned = arith::XOrIOp::create(context, bits, context.getInteger(integer, kMost));
  Value isNegative = arith::CmpIOp::create(context, arith::CmpIPredicate::slt, bits,
                                           context.getInteger(integer, 0));
  Value isNan = arith::CmpFOp::create(context, arith::CmpFPredicate::UNO, element, element);
  return select(isNan, context.getInteger(integer, kMost), select(isNegative, turned, bits));
}

Value getSortKey(EmitContext &context, Value element, bool isDescending) {
  Value key = element.getType().isF32() ? getFloatKey(context, element) : element;
  if (!isDescending)
    return key;
  return arith::XOrIOp::create(context, key, context.getInteger(key.getType(), -1));
}

} // namespace mlir::tenon::kernel
