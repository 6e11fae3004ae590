//===- ElabConvert.cpp - float(x), int(x): a dtype that is applied --------===//

#include "frontends/lang/Elaborator.h"
#include "frontends/lang/Scalars.h"

#include <cmath>

namespace tenon::lang {

namespace dialect = mlir::tenon;

/// A number known when compiling as a float, or cut towards zero as an integer; poison
/// when there is none.
static Value convertNumber(double number, bool toInteger, mlir::MLIRContext *context) {
  if (!toInteger)
    return number;
  double whole = std::trunc(number);
  return std::fabs(whole) < 0x1p63 ? Value(Size::get(context, int64_t(whole))) : Value();
}

/// A size that is known when the program runs, as a scalar.
static Value extent(Elaborator &elaborator, Size size, mlir::Type element, mlir::Location loc) {
  mlir::OpBuilder &builder = elaborator.getBuilder();
  TensorType scalar = TensorType::get(llvm::ArrayRef<Size>(), element);
  mlir::Value none =
      dialect::ConstantOp::create(builder, loc, scalar, builder.getZeroAttr(element));
  return buildMap(builder, loc, none, element, [&](ScalarBuilder &s, mlir::ValueRange) {
    return dialect::ExtentOp::create(s.b, s.loc, element, size);
  });
}

Value Elaborator::convert(mlir::Type element, llvm::ArrayRef<CallArgument> arguments,
                          SourceRange range, SourceRange calleeRange, Frame &frame) {
  std::string what = "'" + calleeRange.text().str() + "'";
  if (arguments.size() != 1 || !arguments[0].name.empty()) {
    std::string got =
        arguments.size() == 1 ? "one that is named" : llvm::Twine(arguments.size()).str();
    error(frame, range, what).expected("one argument by its position", got);
    return {};
  }
  const Value &value = arguments[0].value;
  bool toInteger = element.isSignlessInteger(), toBool = element.isSignlessInteger(1);
  if (value.isPoison() || value.is<const Schedule *>() || (toBool && value.is<bool>()) ||
      (toInteger && !toBool && value.is<Size>()))
    return value;
  if (value.is<Size>() && !value.integer() && !toInteger && insideEntry())
    return extent(*this, value.get<Size>(), element, location(frame, range));
  std::optional<double> number = value.is<bool>() ? double(value.get<bool>()) : value.number();
  if (number && !toBool) {
    Value converted = convertNumber(*number, toInteger, getContext());
    if (converted.isPoison())
      error(frame, range, what + " of " + value.describe())
          .expected("a number that fits 64 bits", value.describe());
    return converted;
  }
  if (mlir::Value tensor = asTensor(value, frame, range)) {
    if (value.isTensor() && value.tensorType().getElementType() == element)
      return value;
    return buildMap(
        builder, location(frame, range), tensor, element,
        [&](ScalarBuilder &s, mlir::ValueRange args) { return s.convert(args[0], element); });
  }
  error(frame, range, what)
      .expected(toBool ? "a bool or a tensor" : "a number, a bool or a tensor", value.describe());
  return {};
}

} // namespace tenon::lang
