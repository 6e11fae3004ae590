//===- BuiltinsBlocks.cpp - softmax, rational, conv -----------------------===//

#include "frontends/lang/Builtins.h"
#include "frontends/lang/Scalars.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/CheckedArithmetic.h"

#include <cmath>

namespace tenon::lang {

namespace dialect = mlir::tenon;

static TensorType typeOf(mlir::Value value) { return llvm::cast<TensorType>(value.getType()); }

Value buildSoftmax(BuiltinCall &call) {
  mlir::Value x = call.floatTensor("x");
  std::optional<int64_t> axis = x ? call.axis(-1, typeOf(x).getRank()) : std::nullopt;
  if (!axis)
    return {};
  return mlir::Value(dialect::SoftmaxOp::create(call.elaborator.getBuilder(), call.location(),
                                                x.getType(), x, *axis));
}

/// P(x) / Q(x) per group of channels.
Value buildRational(BuiltinCall &call) {
  mlir::Value x = call.floatTensor("x"), a = call.floatTensor("a"), b = call.floatTensor("b");
  if (!x || !a || !b)
    return {};
  const CallArgument *form = call.get("form");
  llvm::StringRef name = form->value.getIf<llvm::StringRef>();
  std::optional<dialect::RationalForm> known = dialect::symbolizeRationalForm(name);
  if (!known) {
    call.elaborator.error(call.frame, form->range, "argument 'form' of 'rational'")
        .expected("\"sum_of_abs\" or \"abs_of_sum\"", form->value.describe());
    return {};
  }
  llvm::ArrayRef<Size> shape = typeOf(x).getShape();
  auto fits = [&](mlir::Value table) {
    llvm::ArrayRef<Size> sizes = typeOf(table).getShape();
    return sizes.size() == 2 && sizes[0].isConstant() && sizes[1].isConstant() &&
           !sizes[1].isZero() && (sizes[0].isOne() || sizes[0] == shape[shape.size() - 2]);
  };
  if (shape.size() < 2 || !fits(a) || !fits(b)) {
    call.error("'rational' of x " + formatShape(shape) + ", a " +
               formatShape(typeOf(a).getShape()) + ", b " + formatShape(typeOf(b).getShape()))
        .expected("[.., g, c], [1 or g, m] and [1 or g, n]", "others");
    return {};
  }
  return mlir::Value(dialect::RationalOp::create(call.elaborator.getBuilder(), call.location(),
                                                 x.getType(), x, a, b, *known));
}

Value buildConv(BuiltinCall &call) {
  mlir::Value x = call.floatTensor("x"), weight = call.floatTensor("weight");
  std::optional<int64_t> groups = call.integer("groups", 1);
  if (!x || !weight || !groups)
    return {};
  llvm::ArrayRef<Size> input = typeOf(x).getShape(), filter = typeOf(weight).getShape();
  std::string shapes = "'conv' of " + formatShape(input) + " and " + formatShape(filter);
  if (input.size() < 3 || input.size() > 5 || filter.size() != input.size()) {
    call.error(shapes).expected("[B, C, sizes] and [O, C / groups, sizes] with 1 to 3 sizes",
                                "others");
    return {};
  }
  size_t spatial = input.size() - 2;
  auto strides = call.perAxis("stride", 1, spatial, 1);
  auto pads = call.perAxis("pad", 0, spatial, 0);
  auto dilations = call.perAxis("dilation", 1, spatial, 1);
  if (!strides || !pads || !dilations)
    return {};
  if (*groups < 1 || filter[1].mul(*groups) != input[1] ||
      !filter[0].divideExactly(call.elaborator.size(*groups))) {
    call.error(shapes).expected(
        "groups that divide the channels, and " + filter[1].toString() + " * groups channels",
        llvm::Twine(*groups) + " groups, " + input[1].toString() + " channels");
    return {};
  }
  llvm::SmallVector<Size> shape{input[0], filter[0]};
  for (size_t i = 0; i < spatial; ++i) {
    std::optional<int64_t> extent = input[2 + i].getConstant(), taps = filter[2 + i].getConstant();
    if (!extent || !taps)
      return call.notYet("'conv' along a dynamic axis");
    std::optional<int64_t> reach = llvm::checkedMulAdd((*dilations)[i], *taps - 1, int64_t(1));
    std::optional<int64_t> padded = llvm::checkedMulAdd((*pads)[i], int64_t(2), *extent);
    if (!reach || !padded) {
      call.error(shapes + ": the window or the padded input overflows 64 bits");
      return {};
    }
    if (*taps < 1 || *reach > *padded) {
      call.error(shapes).expected("a filter of 1 to " + llvm::Twine(*padded) + " along size " +
                                      llvm::Twine(i),
                                  llvm::Twine(*taps < 1 ? *taps : *reach));
      return {};
    }
    shape.push_back(call.elaborator.size((*padded - *reach) / (*strides)[i] + 1));
  }
  return mlir::Value(dialect::ConvOp::create(call.elaborator.getBuilder(), call.location(),
                                             typeOf(x).withShape(shape), x, weight, *strides, *pads,
                                             *dilations, *groups));
}

} // namespace tenon::lang
