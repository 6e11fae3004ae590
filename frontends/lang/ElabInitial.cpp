//===- ElabInitial.cpp - Initial values of parameters ---------------------===//
//
// They matter to training alone. What they are is checked; nothing is computed.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/Elaborator.h"

namespace tenon::lang {

/// Whether `expr` is a number as written, or the name of something.
static bool isNumberOrName(const Expr *expr) {
  if (const auto *negation = llvm::dyn_cast<NegateExpr>(expr))
    expr = negation->operand;
  return llvm::isa<IntegerExpr, FloatExpr, NameExpr>(expr);
}

void Elaborator::checkInitialValue(const ParamStatement *statement, TensorType type, Frame &frame) {
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
    return;
  }
  // A number must fit in any case; what takes tensors is evaluated only to check it.
  if (isNumberOrName(statement->value))
    if (Value value = eval(statement->value, frame); value.isNumber() || value.is<bool>()) {
      literal(value, type.getElementType(), frame, range);
      return;
    }
  if (!checksInitialValues)
    return;
  inScratchFunction(location(frame, range), [&] {
    Value value = eval(statement->value, frame);
    if (value.isPoison())
      return;
    if (value.isNumber() || value.is<bool>()) {
      literal(value, type.getElementType(), frame, range);
      return;
    }
    mlir::Value tensor = asTensor(value, frame, range);
    if (!tensor || tensor.getType() != type)
      error(frame, range, what)
          .expected(formatType(type), tensor ? Value(tensor).describe() : value.describe());
  });
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
      for (const Parameter &parameter : parameters) {
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
        if (!drawn && !literal(initializer.value, parameter.type.getElementType(), frame,
                               initializer.statement->value->range))
          break;
      }
      if (!matched && checksInitialValues && !diagnostics.hasErrors())
        diagnostics.warning(glob.range, "no parameter " +
                                            llvm::Twine(drawn ? "that is declared with '~' " : "") +
                                            "is named '" + escapeForMessage(glob.value) + "'");
    }
  }
}

} // namespace tenon::lang
