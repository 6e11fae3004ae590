//===- ElabInitial.cpp - Initial values of parameters ---------------------===//
//
// They matter to training alone: to others what they are is checked, and nothing is
// computed.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/Elaborator.h"

#include "tenon/Dialect/Tenon/IR/TrainingAttributes.h"

#include <cmath>

namespace tenon::lang {

namespace dialect = mlir::tenon;

/// Fans of [out, in, k..]: in and out times the product of k (Glorot and Bengio 2010;
/// He et al. 2015).
InitialValue Elaborator::initialValueOf(const Distribution &d, TensorType type, bool isInputFirst) {
  double window = 1, fanIn = 1, fanOut = 1;
  if (d.usesFans && type.getRank() >= 2) {
    for (Size size : type.getShape().drop_front(2))
      window *= double(*size.getConstant());
    fanIn = double(*type.getDim(isInputFirst ? 0 : 1).getConstant()) * window;
    fanOut = double(*type.getDim(isInputFirst ? 1 : 0).getConstant()) * window;
  }
  auto made = [&](llvm::StringRef kind, double a, double b) {
    return InitialValue{kind, a, b, isInputFirst};
  };
  if (d.name == "constant")
    return made("constant", d.value, 0);
  if (d.name == "uniform")
    return made("uniform", d.low, d.high);
  if (d.name == "normal" || d.name == "trunc_normal")
    return made(d.name, 0, d.std);
  if (d.name == "orthogonal")
    return made("orthogonal", d.gain, 0);
  if (d.name == "kaiming_normal")
    return made("normal", 0, d.gain / std::sqrt(fanIn));
  double bound = d.gain * (d.name == "kaiming_uniform" ? std::sqrt(3 / fanIn)
                                                       : std::sqrt(6 / (fanIn + fanOut)));
  return made("uniform", -bound, bound);
}

/// Whether `expr` is a number as written, or the name of something.
static bool isNumberOrName(const Expr *expr) {
  if (const auto *negation = llvm::dyn_cast<NegateExpr>(expr))
    expr = negation->operand;
  return llvm::isa<IntegerExpr, FloatExpr, NameExpr>(expr);
}

InitialValue Elaborator::readInitialValue(const ParamStatement *statement, TensorType type,
                                          Frame &frame, mlir::Value &computed) {
  SourceRange range = statement->value->range;
  std::string what = ("the initial value of '" + statement->name.name + "'").str();
  if (statement->drawn) {
    Value value = eval(statement->value, frame);
    const Distribution *distribution = value.getIf<const Distribution *>();
    if (!distribution && !value.isPoison())
      error(frame, range, what).expected("a distribution after '~'", value.describe());
    if (distribution && distribution->usesFans && type.getRank() < 2)
      error(frame, range, what + ": " + distribution->name + " needs the axes [out, in, ...]")
          .expected("at least 2 axes", formatType(type));
    if (distribution && distribution->name == "orthogonal" && !type.getElementType().isF32())
      error(frame, range, what + ": orthogonal").expected("floats", formatType(type));
    return distribution ? initialValueOf(*distribution, type, distribution->isInputFirst)
                        : InitialValue();
  }
  auto ofNumber = [&](const Value &value) -> InitialValue {
    literal(value, type.getElementType(), frame, range);
    return {"constant", value.is<bool>() ? value.get<bool>() : value.number().value_or(0), 0};
  };
  // A number must fit in any case; what takes tensors is evaluated only to check it.
  if (isNumberOrName(statement->value))
    if (Value value = eval(statement->value, frame); value.isNumber() || value.is<bool>())
      return ofNumber(value);
  if (!checksInitialValues)
    return {};
  InitialValue initial;
  auto evaluate = [&] {
    Value value = eval(statement->value, frame);
    if (value.isPoison())
      return;
    if (value.isNumber() || value.is<bool>()) {
      initial = ofNumber(value);
      return;
    }
    computed = asTensor(value, frame, range);
    initial = {"computed", 0, 0};
    if (!computed || computed.getType() != type)
      error(frame, range, what)
          .expected(formatType(type), computed ? Value(computed).describe() : value.describe());
  };
  mlir::Location loc = location(frame, range);
  if (!buildsStep) {
    inScratchFunction(loc, evaluate);
    computed = nullptr;
    return initial;
  }
  if (!initialFunction)
    initialFunction = addFunction(loc, dialect::kInitializeAttr);
  inFunction(initialFunction, evaluate);
  return initial;
}

void Elaborator::addInitializer(const GlobStatement *statement, Frame &frame) {
  SourceRange range = statement->value->range;
  Value value = eval(statement->value, frame);
  if (value.isPoison())
    return;
  if (statement->drawn && !value.is<const Distribution *>())
    error(frame, range, "'initialize'").expected("a distribution after '~'", value.describe());
  else if (!statement->drawn && !value.isNumber())
    error(frame, range, "'initialize'").expected("a number after '='", value.describe());
  else
    initializers.push_back({statement, value, frame.self});
}

/// True for the parameters of `part` and of the parts in it.
static bool owns(const Part *part, const Parameter &parameter) {
  for (const Part *owner = parameter.owner; owner; owner = owner->parent)
    if (owner == part)
      return true;
  return false;
}

std::optional<llvm::GlobPattern> Elaborator::readGlob(const StringLiteral &glob, Frame &frame) {
  llvm::Expected<llvm::GlobPattern> pattern = llvm::GlobPattern::create(glob.value);
  if (pattern)
    return std::move(*pattern);
  error(frame, glob.range,
        "'" + escapeForMessage(glob.value) +
            "' is no pattern of names: " + llvm::toString(pattern.takeError()));
  return std::nullopt;
}

void Elaborator::applyInitializers(Frame &frame) {
  for (const Initializer &initializer : initializers) {
    const Distribution *drawn = initializer.value.getIf<const Distribution *>();
    for (const StringLiteral &glob : initializer.statement->globs) {
      std::optional<llvm::GlobPattern> pattern = readGlob(glob, frame);
      if (!pattern)
        continue;
      bool matched = false;
      for (Parameter &parameter : parameters) {
        llvm::StringRef name = parameter.name;
        if (!owns(initializer.owner, parameter))
          continue;
        if (!initializer.owner->path.empty())
          name = name.drop_front(initializer.owner->path.size() + 1);
        // A distribution leaves alone what has a value of its own.
        if (!pattern->match(name) || (drawn && !parameter.drawn))
          continue;
        matched = true;
        if (drawn && drawn->usesFans && parameter.type.getRank() < 2)
          error(frame, initializer.statement->value->range,
                "'initialize' of " + escapeForMessage(parameter.name) + ": " + drawn->name +
                    " needs the axes [out, in, ...]")
              .expected("at least 2 axes", formatType(parameter.type));
        if (drawn && drawn->name == "orthogonal" && !parameter.type.getElementType().isF32())
          error(frame, initializer.statement->value->range,
                "'initialize' of " + escapeForMessage(parameter.name) + ": orthogonal")
              .expected("floats", formatType(parameter.type));
        if (!drawn && !literal(initializer.value, parameter.type.getElementType(), frame,
                               initializer.statement->value->range))
          break;
        bool isInputFirst = parameter.initial.isInputFirst;
        parameter.initial =
            drawn ? initialValueOf(*drawn, parameter.type, isInputFirst != drawn->isInputFirst)
                  : InitialValue{"constant", *initializer.value.number(), 0, isInputFirst};
      }
      if (!matched && checksInitialValues && !diagnostics.hasErrors())
        diagnostics.warning(glob.range, "no parameter " +
                                            llvm::Twine(drawn ? "that is declared with '~' " : "") +
                                            "is named '" + escapeForMessage(glob.value) + "'");
    }
  }
}

void Elaborator::finishInitialValues() {
  mlir::SymbolTable symbols(*module);
  for (const Parameter &parameter : parameters)
    if (!parameter.initial.kind.empty())
      symbols.lookup(parameter.name)
          ->setAttr(dialect::kInitialAttr,
                    builder.getArrayAttr({builder.getStringAttr(parameter.initial.kind),
                                          builder.getF64FloatAttr(parameter.initial.a),
                                          builder.getF64FloatAttr(parameter.initial.b)}));
  if (!initialFunction)
    return;
  std::vector<StepResult> results;
  for (auto [parameter, value] : initialValues)
    if (parameter->initial.kind == "computed")
      results.push_back({parameter->name, value, parameter});
  if (results.empty()) {
    initialFunction.erase();
    return;
  }
  inFunction(initialFunction, [&] { returnStep(results, initialFunction.getLoc()); });
  initialFunction->setAttr(dialect::kInitializeAttr, builder.getUnitAttr());
  initialFunction->moveAfter(&module->getBody()->back());
}

} // namespace tenon::lang
