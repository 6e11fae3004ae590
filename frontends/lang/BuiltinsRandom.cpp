//===- BuiltinsRandom.cpp - dropout, random numbers, distributions --------===//

#include "frontends/lang/Builtins.h"
#include "frontends/lang/Scalars.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

/// Each element times 1 / (1 - p) with probability 1 - p, else 0 (Srivastava et al. 2014);
/// outside of training all of them as they are.
Value buildDropout(BuiltinCall &call) {
  std::optional<double> p = call.number("p", 0.5);
  if (!p)
    return {};
  if (*p < 0 || *p > 1) {
    call.elaborator.error(call.frame, call.get("p")->range, "argument 'p' of 'dropout'")
        .expected("0 to 1", call.get("p")->value.describe());
    return {};
  }
  if (*p == 0 || !call.elaborator.isTrainingIn(call.frame))
    return call.get("x")->value;
  mlir::Value x = call.tensor("x");
  if (!x)
    return {};
  auto type = llvm::cast<TensorType>(x.getType());
  mlir::Value numbers =
      call.elaborator.draw(type.withElementType(call.elaborator.getBuilder().getF32Type()), "",
                           /*isNormal=*/false, call.location());
  return dialect::MapOp::create(
             call.elaborator.getBuilder(), call.location(), type, mlir::ValueRange{x, numbers},
             [&](mlir::OpBuilder &b, mlir::Location at, mlir::ValueRange v) -> mlir::Value {
               ScalarBuilder s(b, at);
               mlir::Type element = v[0].getType();
               mlir::Value isKept = mlir::arith::CmpFOp::create(
                   b, at, mlir::arith::CmpFPredicate::OGE, v[1], s.constant(*p, element));
               mlir::Value factor = s.constant(*p < 1 ? 1 / (1 - *p) : 0, element);
               return s.select(isKept, s.binary(TokenKind::Star, v[0], factor),
                               s.constant(0, element));
             })
      .getResult();
}

/// Numbers of [a, b, ...] independent draws.
static mlir::Value draw(BuiltinCall &call, bool isNormal) {
  llvm::SmallVector<Size> shape;
  for (const CallArgument &argument : call.rest()) {
    Size size = argument.value.getIf<Size>();
    if (!size || (size.isConstant() && *size.getConstant() < 0)) {
      call.elaborator.error(call.frame, argument.range, "an argument of '" + call.row.name + "'")
          .expected("a size", argument.value.describe());
      return {};
    }
    shape.push_back(size);
  }
  if (shape.size() > 16) {
    call.error("'" + call.row.name + "'").expected("at most 16 sizes", llvm::Twine(shape.size()));
    return {};
  }
  const CallArgument *stream = call.get("stream");
  if (stream && !stream->value.is<llvm::StringRef>()) {
    call.elaborator.error(call.frame, stream->range, "argument 'stream' of '" + call.row.name + "'")
        .expected("a string", stream->value.describe());
    return {};
  }
  if (!call.elaborator.isTraining()) {
    call.notYet("'" + call.row.name + "' outside of training");
    return {};
  }
  TensorType type = TensorType::get(shape, call.elaborator.getBuilder().getF32Type());
  return call.elaborator.draw(type, stream ? stream->value.get<llvm::StringRef>() : "", isNormal,
                              call.location());
}

/// factor * x + offset.
static Value scaled(BuiltinCall &call, mlir::Value x, double factor, double offset) {
  if (!x)
    return {};
  return buildMap(
      call.elaborator.getBuilder(), call.location(), x, call.elaborator.getBuilder().getF32Type(),
      [&](ScalarBuilder &s, mlir::ValueRange v) {
        mlir::Type element = v[0].getType();
        mlir::Value product = s.binary(TokenKind::Star, v[0], s.constant(factor, element));
        return s.binary(TokenKind::Plus, product, s.constant(offset, element));
      });
}

Value buildRandomUniform(BuiltinCall &call) {
  std::optional<double> low = call.number("low", 0), high = call.number("high", 1);
  if (!low || !high)
    return {};
  if (*low < *high)
    return scaled(call, draw(call, /*isNormal=*/false), *high - *low, *low);
  call.error("'random_uniform'")
      .expected("low < high", formatNumber(*low) + " and " + formatNumber(*high));
  return {};
}

Value buildRandomNormal(BuiltinCall &call) {
  std::optional<double> mean = call.number("mean", 0), std = call.number("std", 1);
  if (!mean || !std)
    return {};
  if (*std >= 0)
    return scaled(call, draw(call, /*isNormal=*/true), *std, *mean);
  call.elaborator.error(call.frame, call.get("std")->range, "argument 'std' of 'random_normal'")
      .expected("at least 0", formatNumber(*std));
  return {};
}

/// The value of x, on which nothing that is minimized depends through it.
Value buildStopGradient(BuiltinCall &call) {
  const CallArgument *x = call.get("x");
  if (x->value.isNumber() || !call.elaborator.isTraining())
    return x->value;
  mlir::Value tensor = call.tensor("x");
  if (!tensor)
    return {};
  return dialect::StopGradientOp::create(call.elaborator.getBuilder(), call.location(), tensor)
      .getResult();
}

//===----------------------------------------------------------------------===//
// Distributions of initial values
//===----------------------------------------------------------------------===//

static Value distribution(BuiltinCall &call, bool usesFans) {
  Distribution made{call.row.name, usesFans};
  for (llvm::StringRef name : {"low", "high", "value", "std", "gain"})
    if (const CallArgument *argument = call.get(name)) {
      std::optional<double> number = call.number(name, 0);
      if (!number)
        return {};
      (name == "low"     ? made.low
       : name == "high"  ? made.high
       : name == "value" ? made.value
       : name == "std"   ? made.std
                         : made.gain) = *number;
      bool isSpread = name == "std" || name == "gain";
      if (isSpread && *number < 0) {
        call.elaborator
            .error(call.frame, argument->range,
                   "argument '" + name + "' of '" + call.row.name + "'")
            .expected("at least 0", argument->value.describe());
        return {};
      }
    }
  const CallArgument *low = call.get("low"), *high = call.get("high");
  if (low && high && *low->value.number() >= *high->value.number()) {
    call.error("'" + call.row.name + "'")
        .expected("low < high", low->value.describe() + " and " + high->value.describe());
    return {};
  }
  return call.elaborator.distribution(made);
}

Value buildDistribution(BuiltinCall &call) { return distribution(call, /*usesFans=*/false); }
Value buildFanDistribution(BuiltinCall &call) { return distribution(call, /*usesFans=*/true); }

/// The distribution for a parameter whose first axis is that of inputs: [in, out, ...].
Value buildTransposed(BuiltinCall &call) {
  const CallArgument *init = call.get("init");
  if (!init->value.is<const Distribution *>()) {
    if (!init->value.isPoison())
      call.elaborator.error(call.frame, init->range, "argument 'init' of 'transposed'")
          .expected("a distribution", init->value.describe());
    return {};
  }
  Distribution made = *init->value.get<const Distribution *>();
  made.isInputFirst = true;
  return call.elaborator.distribution(made);
}

} // namespace tenon::lang
