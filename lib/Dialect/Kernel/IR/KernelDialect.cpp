//===- KernelDialect.cpp - Registration, attributes, shared queries -------===//

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::tenon;
using namespace mlir::tenon::kernel;

#include "tenon/Dialect/Kernel/IR/KernelDialect.cpp.inc"
#include "tenon/Dialect/Kernel/IR/KernelEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "tenon/Dialect/Kernel/IR/KernelAttributes.cpp.inc"

#include "tenon/Dialect/Kernel/IR/KernelInterfaces.cpp.inc"

void KernelDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "tenon/Dialect/Kernel/IR/KernelAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "tenon/Dialect/Kernel/IR/KernelOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

Attribute DimAttr::parse(AsmParser &parser, Type) {
  StringRef role, name;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeyword(&role) || parser.parseKeyword(&name) ||
      parser.parseColon())
    return {};
  std::optional<DimRole> kind = symbolizeDimRole(role);
  if (!kind) {
    parser.emitError(loc) << "unknown role '" << role << "'";
    return {};
  }
  FailureOr<SizeAttr> size = parseSize(parser);
  if (failed(size) || parser.parseGreater())
    return {};
  return DimAttr::get(parser.getContext(), *kind, parser.getBuilder().getStringAttr(name), *size);
}

void DimAttr::print(AsmPrinter &printer) const {
  printer << "<" << stringifyDimRole(getRole()) << " " << getName().getValue() << " : "
          << getSize().toString() << ">";
}

Attribute AccessAttr::parse(AsmParser &parser, Type) {
  SmallVector<SizeAttr> coefficients;
  if (parser.parseLess())
    return {};
  FailureOr<SizeAttr> offset = parseSize(parser);
  if (failed(offset) ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                     [&]() -> ParseResult {
                                       FailureOr<SizeAttr> size = parseSize(parser);
                                       if (failed(size))
                                         return failure();
                                       coefficients.push_back(*size);
                                       return success();
                                     }) ||
      parser.parseGreater())
    return {};
  return AccessAttr::get(parser.getContext(), *offset, coefficients);
}

void AccessAttr::print(AsmPrinter &printer) const {
  printer << "<" << getOffset().toString() << " [";
  llvm::interleaveComma(getCoefficients(), printer,
                        [&](SizeAttr size) { printer << size.toString(); });
  printer << "]>";
}

//===----------------------------------------------------------------------===//
// Shared queries
//===----------------------------------------------------------------------===//

SizeAttr mlir::tenon::kernel::getDomainProduct(KernelOpInterface op,
                                               llvm::function_ref<bool(DimAttr)> predicate) {
  SizeAttr product = SizeAttr::get(op->getContext(), 1);
  for (Attribute attr : op.getDomain())
    if (auto dim = cast<DimAttr>(attr); predicate(dim))
      product = product.mul(dim.getSize());
  return product;
}

bool mlir::tenon::kernel::isFree(Operation *scalar) {
  return scalar->hasTrait<OpTrait::ConstantLike>() || isa<ExtentOp, PositionOp>(scalar);
}

int64_t mlir::tenon::kernel::countScalarOps(Region &region) {
  int64_t count = 0;
  if (!region.empty())
    for (Operation &op : region.front().without_terminator())
      count += !isFree(&op);
  return count;
}

SizeAttr mlir::tenon::kernel::getPackedElements(SizeAttr cols, SizeAttr sum, int64_t panel) {
  if (std::optional<int64_t> constant = cols.getConstant())
    return sum.mul((*constant + panel - 1) / panel * panel);
  return sum.mul(cols.add(panel - 1));
}
