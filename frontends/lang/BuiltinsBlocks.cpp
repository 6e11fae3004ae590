//===- BuiltinsBlocks.cpp - attention, softmax, conv, dropout -------------===//

#include "frontends/lang/Builtins.h"
#include "frontends/lang/Scalars.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/CheckedArithmetic.h"

#include <cmath>

namespace tenon::lang {

namespace dialect = mlir::tenon;

static TensorType typeOf(mlir::Value value) { return llvm::cast<TensorType>(value.getType()); }

/// True for an argument that is the constant `true` everywhere: the default of
/// a mask, which masks nothing.
static bool masksNothing(const CallArgument *argument) {
  if (!argument)
    return true;
  if (argument->value.is<bool>())
    return argument->value.get<bool>();
  if (!argument->value.isTensor())
    return false;
  auto constant = argument->value.get<mlir::Value>().getDefiningOp<dialect::ConstantOp>();
  auto truth = constant ? mlir::dyn_cast<mlir::BoolAttr>(constant.getValue()) : mlir::BoolAttr();
  return truth && truth.getValue();
}

/// Adds the bias and the mask to the score region: their operands, and what
/// they do to a score.
static bool addCaptures(BuiltinCall &call, llvm::ArrayRef<Size> scores,
                        dialect::AttentionOp attention) {
  bool hasBias = call.get("bias"), hasMask = !masksNothing(call.get("mask"));
  mlir::Value bias = hasBias ? call.floatTensor("bias") : mlir::Value();
  mlir::Value mask = hasMask ? call.tensor("mask") : mlir::Value();
  if ((hasBias && !bias) || (hasMask && !mask))
    return false;
  if (mask && !typeOf(mask).getElementType().isSignlessInteger(1)) {
    call.elaborator.error(call.frame, call.get("mask")->range, "argument 'mask' of 'attention'")
        .expected("a tensor of bools", formatType(typeOf(mask)));
    return false;
  }
  if (!bias && !mask)
    return true;
  for (mlir::Value capture : {bias, mask}) {
    if (!capture)
      continue;
    llvm::ArrayRef<Size> shape = typeOf(capture).getShape();
    bool fits = shape.size() <= scores.size();
    for (size_t i = 0; fits && i < shape.size(); ++i)
      fits = shape[shape.size() - 1 - i].isOne() ||
             shape[shape.size() - 1 - i] == scores[scores.size() - 1 - i];
    if (!fits) {
      call.error(capture == bias ? "bias of 'attention'" : "mask of 'attention'")
          .expected("axes equal to those of the scores " + formatShape(scores) + ", or 1",
                    formatShape(shape));
      return false;
    }
    attention.getCapturesMutable().append(capture);
  }
  mlir::OpBuilder builder(call.elaborator.getContext());
  mlir::Location loc = attention.getLoc();
  mlir::Block *block = builder.createBlock(&attention.getScore());
  mlir::Value score = block->addArgument(builder.getF32Type(), loc);
  for (int i = 0; i < 4; ++i)
    block->addArgument(builder.getIndexType(), loc);
  ScalarBuilder s(builder, loc);
  if (bias)
    score = s.binary(TokenKind::Plus, score, block->addArgument(builder.getF32Type(), loc));
  if (mask)
    score =
        s.select(block->addArgument(builder.getI1Type(), loc), score,
                 mlir::arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(-INFINITY)));
  dialect::YieldOp::create(builder, loc, score);
  return true;
}

Value buildAttention(BuiltinCall &call) {
  mlir::Value q = call.floatTensor("q"), k = call.floatTensor("k"), v = call.floatTensor("v");
  std::optional<bool> causal = call.truth("causal", false);
  std::optional<int64_t> window = call.integer("window", 0);
  if (!q || !k || !v || !causal || !window)
    return {};
  if (*window != 0)
    return call.notYet("'attention' with a window");
  if (const CallArgument *score = call.get("score")) {
    const BuiltinValue *named = score->value.getIf<const BuiltinValue *>();
    if (!named || named->row->name != "softmax")
      return call.notYet("'attention' with another score than softmax");
  }

  llvm::ArrayRef<Size> a = typeOf(q).getShape(), b = typeOf(k).getShape(), c = typeOf(v).getShape();
  std::string shapes =
      "'attention' of q " + formatShape(a) + ", k " + formatShape(b) + ", v " + formatShape(c);
  size_t rank = a.size();
  if (rank < 3 || b.size() != rank || c.size() != rank || a.drop_back(3) != b.drop_back(3) ||
      a.drop_back(3) != c.drop_back(3)) {
    call.error(shapes).expected("[.., h, n, d], [.., g, m, d] and [.., g, m, "
                                "e] with equal leading axes",
                                "others");
    return {};
  }
  Size heads = a[rank - 3], groups = b[rank - 3];
  bool divides = heads == groups || (!groups.isZero() && heads.divideExactly(groups));
  if (!divides || groups != c[rank - 3] || b[rank - 2] != c[rank - 2] ||
      a[rank - 1] != b[rank - 1]) {
    std::string why = a[rank - 1] != b[rank - 1]   ? "equal last axes of q and k"
                      : b[rank - 2] != c[rank - 2] ? "as many keys as values"
                                                   : "heads of k and v that divide those of q";
    call.error(shapes + "; expected " + why);
    return {};
  }
  std::optional<double> scale;
  if (call.get("scale")) {
    scale = call.number("scale", 0);
  } else if (std::optional<int64_t> width = a[rank - 1].getConstant(); width && *width > 0) {
    scale = 1 / std::sqrt(double(*width));
  } else {
    call.error("'attention' with heads of size " + a[rank - 1].toString() +
               " needs its argument 'scale'");
  }
  if (!scale)
    return {};

  mlir::Value keyMask;
  if (!masksNothing(call.get("key_mask"))) {
    keyMask = call.tensor("key_mask");
    if (!keyMask)
      return {};
    llvm::SmallVector<Size> wanted(a.drop_back(3));
    wanted.push_back(b[rank - 2]);
    if (typeOf(keyMask).getShape() != llvm::ArrayRef<Size>(wanted) ||
        !typeOf(keyMask).getElementType().isSignlessInteger(1)) {
      call.elaborator
          .error(call.frame, call.get("key_mask")->range, "argument 'key_mask' of 'attention'")
          .expected("bool" + formatShape(wanted), formatType(typeOf(keyMask)));
      return {};
    }
  }
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  llvm::SmallVector<Size> shape(a), scores(a);
  shape.back() = c.back();
  scores.back() = b[rank - 2];
  auto attention = dialect::AttentionOp::create(
      builder, call.location(), typeOf(q).withShape(shape), q, k, v, keyMask, mlir::ValueRange(),
      builder.getF64FloatAttr(*scale), *causal ? builder.getUnitAttr() : mlir::UnitAttr());
  if (!addCaptures(call, scores, attention))
    return {};
  return mlir::Value(attention.getResult());
}

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

/// Outside of training dropout keeps everything.
Value buildDropout(BuiltinCall &call) {
  std::optional<double> p = call.number("p", 0.5);
  if (!p)
    return {};
  if (*p < 0 || *p > 1) {
    call.elaborator.error(call.frame, call.get("p")->range, "argument 'p' of 'dropout'")
        .expected("0 to 1", call.get("p")->value.describe());
    return {};
  }
  return call.get("x")->value;
}

} // namespace tenon::lang
