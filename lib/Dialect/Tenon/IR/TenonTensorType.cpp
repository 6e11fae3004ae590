//===- TenonTensorType.cpp - Tensors with symbolic sizes -----------------------===//

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

using namespace mlir;
using namespace mlir::tenon;

static constexpr int64_t kMaxRank = 16;

LogicalResult TenonTensorType::verify(function_ref<InFlightDiagnostic()> emitError,
                                      ArrayRef<SizeAttr> shape, Type elementType) {
  if (int64_t(shape.size()) > kMaxRank)
    return emitError() << "tensor of rank " << shape.size() << "; expected at most " << kMaxRank;
  if (!elementType.isF64() && !elementType.isF32() && !elementType.isBF16() &&
      !elementType.isSignlessInteger(64) && !elementType.isSignlessInteger(32) &&
      !elementType.isSignlessInteger(1))
    return emitError() << "tensor of " << elementType
                       << "; expected f64, f32, bf16, i64, i32 or i1";
  SizeAttr count;
  for (auto [axis, size] : llvm::enumerate(shape)) {
    if (std::optional<int64_t> constant = size.getConstant(); constant && *constant < 0)
      return emitError() << "axis " << axis << " has the negative size " << *constant;
    count = count ? count.mul(size) : size;
    if (!count || !count.mul(8))
      return emitError() << "the size of the tensor in bytes does not fit 64 bits";
  }
  return success();
}

SizeAttr TenonTensorType::getNumElements() const {
  SizeAttr count = SizeAttr::get(getContext(), 1);
  for (SizeAttr size : getShape()) {
    count = count.mul(size);
    if (!count)
      return {};
  }
  return count;
}

int64_t TenonTensorType::getElementBytes() const {
  return llvm::divideCeil(getElementType().getIntOrFloatBitWidth(), 8);
}

Type TenonTensorType::parse(AsmParser &parser) {
  SmallVector<SizeAttr> shape;
  Type elementType;
  auto parseDim = [&]() -> ParseResult {
    FailureOr<SizeAttr> size = parseSize(parser);
    if (failed(size))
      return failure();
    shape.push_back(*size);
    return success();
  };
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseDim) ||
      parser.parseType(elementType) || parser.parseGreater())
    return {};
  return parser.getChecked<TenonTensorType>(loc, parser.getContext(), ArrayRef<SizeAttr>(shape),
                                            elementType);
}

void TenonTensorType::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getShape(), printer, [&](SizeAttr size) { printSize(printer, size); });
  printer << "] " << getElementType() << ">";
}
