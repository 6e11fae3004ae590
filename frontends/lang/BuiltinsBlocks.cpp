//===- BuiltinsBlocks.cpp - softmax, rational -----------------------------===//

#include "frontends/lang/Builtins.h"
#include "frontends/lang/Scalars.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

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

} // namespace tenon::lang
