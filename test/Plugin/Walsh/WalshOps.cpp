//===- WalshOps.cpp - What the transform is and becomes -------------------===//

#include "Walsh.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tenon;
using namespace walsh;

#include "WalshDialect.cpp.inc"

#define GET_OP_CLASSES
#include "WalshOps.cpp.inc"

void WalshDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "WalshOps.cpp.inc"
      >();
}

LogicalResult TransformOp::verify() {
  TenonTensorType input = getInput().getType();
  std::optional<int64_t> size;
  if (input.getRank() > 0)
    size = input.getShape().back().getConstant();
  if (!size || !llvm::isPowerOf2_64(*size))
    return emitOpError() << "C1: the last axis of " << input << "; expected a power of two";
  if (getResult().getType() != input)
    return emitOpError() << "C2: result; expected " << input << ", got " << getResult().getType();
  return success();
}

std::optional<SmallVector<TokenOperand>> TransformOp::getTokenOperands(unsigned numAxes) {
  if (numAxes >= getInput().getType().getRank())
    return std::nullopt;
  return SmallVector<TokenOperand>{TokenOperand::Own};
}

/// A product with the matrix (-1)^popcount(i and j) / sqrt(n). It depends on nothing,
/// so it is computed once, when a program loads.
FailureOr<SmallVector<Value>> TransformOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  TenonTensorType type = getInput().getType();
  SizeAttr size = type.getShape().back(), one = SizeAttr::get(getContext(), 1);
  Type integer = builder.getI64Type();
  Value numbers = IotaOp::create(builder, loc, TenonTensorType::get({size}, integer));
  Value rows = BroadcastOp::create(builder, loc, TenonTensorType::get({size, one}, integer),
                                   numbers, ArrayRef<int64_t>{0});
  auto entry = [&](OpBuilder &inner, Location at, ValueRange numbers) -> Value {
    auto real = [&](double value) -> Value {
      return arith::ConstantOp::create(inner, at, inner.getF32FloatAttr(value));
    };
    Value common = arith::AndIOp::create(inner, at, numbers[0], numbers[1]);
    Value bits = math::CtPopOp::create(inner, at, common);
    Value low = arith::ConstantOp::create(inner, at, inner.getI64IntegerAttr(1));
    Value isOdd = arith::CmpIOp::create(inner, at, arith::CmpIPredicate::eq,
                                        arith::AndIOp::create(inner, at, bits, low), low);
    double scale = 1 / std::sqrt(double(*size.getConstant()));
    return arith::SelectOp::create(inner, at, isOdd, real(-scale), real(scale));
  };
  Value matrix =
      MapOp::create(builder, loc, TenonTensorType::get({size, size}, builder.getF32Type()),
                    ValueRange{rows, numbers}, entry);
  SmallVector<int64_t> input = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  SmallVector<int64_t> result = input;
  result.back() = type.getRank();
  Value product = ContractOp::create(builder, loc, type, getInput(), matrix, input,
                                     ArrayRef<int64_t>{result.back(), input.back()}, result);
  return SmallVector<Value>{product};
}
