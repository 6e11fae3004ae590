//===- BuiltinsRandom.cpp - dropout, random numbers, distributions --------===//

#include "frontends/lang/Builtins.h"

namespace tenon::lang {

/// Outside of training dropout keeps everything; in a train section, which is checked
/// but not computed, its type is that of x.
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

/// Numbers of [a, b, ...] independent draws.
static Value draw(BuiltinCall &call) {
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
  if (!call.elaborator.isTraining())
    return call.notYet("'" + call.row.name + "' outside of training");
  TensorType type = TensorType::get(shape, call.elaborator.getBuilder().getF32Type());
  return call.elaborator.drawn(type, call.location());
}

Value buildRandomUniform(BuiltinCall &call) {
  std::optional<double> low = call.number("low", 0), high = call.number("high", 1);
  if (!low || !high)
    return {};
  if (*low < *high)
    return draw(call);
  call.error("'random_uniform'")
      .expected("low < high", formatNumber(*low) + " and " + formatNumber(*high));
  return {};
}

Value buildRandomNormal(BuiltinCall &call) {
  std::optional<double> mean = call.number("mean", 0), std = call.number("std", 1);
  if (!mean || !std)
    return {};
  if (*std >= 0)
    return draw(call);
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
  return call.elaborator.drawn(llvm::cast<TensorType>(tensor.getType()), call.location());
}

//===----------------------------------------------------------------------===//
// Distributions of initial values
//===----------------------------------------------------------------------===//

static Value distribution(BuiltinCall &call, bool usesFans) {
  for (llvm::StringRef name : {"low", "high", "value", "std", "gain"})
    if (const CallArgument *argument = call.get(name)) {
      std::optional<double> number = call.number(name, 0);
      if (!number)
        return {};
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
  return call.elaborator.distribution(call.row.name, usesFans);
}

Value buildDistribution(BuiltinCall &call) { return distribution(call, /*usesFans=*/false); }
Value buildFanDistribution(BuiltinCall &call) { return distribution(call, /*usesFans=*/true); }

} // namespace tenon::lang
