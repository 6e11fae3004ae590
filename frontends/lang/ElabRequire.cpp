//===- ElabRequire.cpp - Facts that a model requires ----------------------===//

#include "frontends/lang/Elaborator.h"
#include "frontends/lang/Scalars.h"

#include "llvm/Support/MathExtras.h"

#include <numeric>

namespace tenon::lang {

void Elaborator::require(const RequireStatement *statement, Frame &frame) {
  for (const Fact &fact : statement->facts) {
    if (fact.multiple)
      requireDivides(fact, statement, frame);
    else
      requireTrue(fact, statement, frame);
  }
}

/// The note that says which numbers stand behind the names of a fact.
static std::string reason(const RequireStatement *statement) {
  return statement->otherwise ? ": " + escapeForMessage(statement->otherwise->value) : "";
}

/// Takes `64 | H` about a dim: H becomes 64 times a size of its own, so that H / 64 is
/// exact, and each call is checked. False when it is about something else.
bool Elaborator::multiplyDim(const Fact &fact, Size divisor, Size multiple, Frame &frame) {
  llvm::ArrayRef<mlir::StringAttr> symbols = multiple.getSymbols();
  if (!divisor.getConstant() || *divisor.getConstant() < 2 || symbols.size() != 1)
    return false;
  std::string name = symbols[0].str();
  Size symbol = Size::getSymbol(getContext(), name);
  Size times = multiple.divideExactly(symbol);
  auto known = dims.find(name);
  if (!times || !times.isConstant() || known == dims.end())
    return false;
  int64_t factor = *divisor.getConstant() / std::gcd(*divisor.getConstant(), *times.getConstant());
  Scope &scope = *frame.scope;
  Binding *dim = nullptr;
  std::string part;
  for (auto &entry : scope.getNames()) {
    Binding &binding = entry.second;
    Size value = binding.value.getIf<Size>();
    if (!value || !llvm::is_contained(value.getSymbols(), symbols[0]))
      continue;
    if (binding.kind == BindingKind::Dim) {
      dim = &binding;
      part = joinPath(frame.self->shown, entry.getKey()) + "_" +
             value.divideExactly(symbol).mul(factor).toString();
      continue;
    }
    error(frame, fact.multiple->range,
          "a requirement on " + fact.multiple->range.text() + " after '" + entry.getKey() +
              "', which is computed of it; expected it before that");
    return true;
  }
  if (!dim || symbolNames.count(part) || dims.count(part))
    return false;
  DimBounds bounds = known->second;
  bounds.min = llvm::divideCeil(bounds.min, factor);
  if (bounds.max)
    bounds.max = *bounds.max / factor;
  if (bounds.op) {
    bounds.op.setSymName(part);
    bounds.op.setMin(bounds.min);
    if (bounds.max)
      bounds.op.setMax(*bounds.max);
    symbolNames[part] = symbolNames[name];
    symbolNames.erase(name);
  }
  dims.erase(known);
  dims[part] = bounds;
  Value whole = dim->value.get<Size>().divideExactly(symbol).mul(factor).mul(
      Size::getSymbol(getContext(), part));
  whole.origin = dim->value.origin;
  dim->value = whole;
  return true;
}

void Elaborator::requireDivides(const Fact &fact, const RequireStatement *statement, Frame &frame) {
  Value divisor = eval(fact.value, frame), multiple = eval(fact.multiple, frame);
  if (divisor.isPoison() || multiple.isPoison())
    return;
  SourceRange range = fact.value->range.to(fact.multiple->range);
  if (!divisor.is<Size>() || !multiple.is<Size>()) {
    error(frame, range, "'|' between " + divisor.describe() + " and " + multiple.describe())
        .expected("two integers", divisor.is<Size>() ? multiple.describe() : divisor.describe());
    frame.activation->failed = true;
    return;
  }
  Size a = divisor.get<Size>(), b = multiple.get<Size>();
  if (!a.isZero() && b.divideExactly(a))
    return;
  if (frame.activation->isModel() && multiplyDim(fact, a, b, frame))
    return;
  std::optional<int64_t> small = a.getConstant(), large = b.getConstant();
  std::string numbers = a.toString();
  if (small && large && *small != 0 && *small != -1)
    numbers += " (" + b.toString() + " = " + std::to_string(*large / *small) + " * " +
               a.toString() + " + " + std::to_string(*large % *small) + ")";
  Diagnostic &diagnostic = error(frame, range,
                                 fact.value->range.text() + " does not divide " +
                                     fact.multiple->range.text() + reason(statement))
                               .expected("a divisor of " + b.toString(), numbers);
  explainNames(diagnostic, fact.value, frame);
  explainNames(diagnostic, fact.multiple, frame);
  frame.activation->failed = true;
}

/// Narrows what a dim may be; false when nothing is left.
static bool narrow(DimBounds &bounds, int64_t min, std::optional<int64_t> max) {
  min = std::max(min, bounds.min);
  if (bounds.max)
    max = std::min(*bounds.max, max.value_or(INT64_MAX));
  if (max && min > *max)
    return false;
  bounds.min = min;
  bounds.max = max;
  if (bounds.op) {
    bounds.op.setMin(min);
    if (max)
      bounds.op.setMax(*max);
  }
  return true;
}

/// Makes `size` at least 0 for every call by what its dims are at least, where that asks
/// for no more: c + a N, or c + a N M with a >= -c. False when it cannot.
bool Elaborator::requireNotNegative(Size size) {
  llvm::ArrayRef<mlir::StringAttr> symbols = size.getSymbols();
  llvm::ArrayRef<int64_t> terms = size.getTerms();
  int64_t constant = 0, factor = 0, powers = 0;
  for (size_t i = 0; i < terms.size(); i += 1 + symbols.size()) {
    llvm::ArrayRef<int64_t> exponents = terms.slice(i + 1, symbols.size());
    int64_t degree = std::accumulate(exponents.begin(), exponents.end(), int64_t(0));
    if (degree != 0 && factor != 0)
      return false;
    (degree == 0 ? constant : factor) = terms[i];
    powers += degree;
  }
  if (constant >= 0 || constant == INT64_MIN || factor <= 0)
    return false;
  int64_t least = llvm::divideCeilSigned(-constant, factor);
  if (powers > 1 && least > 1)
    return false;
  for (mlir::StringAttr symbol : symbols) {
    auto dim = dims.find(symbol.str());
    if (dim == dims.end() || !dim->second.op || !narrow(dim->second, least, std::nullopt))
      return false;
  }
  return true;
}

/// Takes `N >= 1` or `N <= 512` about a dim as its bound, which each call
/// checks.
bool Elaborator::boundDim(const Value &left, TokenKind op, const Value &right) {
  Size size = left.getIf<Size>();
  std::optional<int64_t> limit = right.integer();
  if (!size || size.getSymbols().size() != 1 || !limit)
    return false;
  // A multiple of a symbol after `require 64 | N`.
  Size symbol = Size::getSymbol(getContext(), size.getSymbols()[0].getValue());
  Size times = size.divideExactly(symbol);
  auto dim = dims.find(size.getSymbols()[0].str());
  if (!times || !times.isConstant() || *times.getConstant() < 1 || dim == dims.end())
    return false;
  bool setsLeast = op == TokenKind::GreaterEqual || op == TokenKind::Greater;
  bool strict = op == TokenKind::Greater || op == TokenKind::Less;
  int64_t value = *limit + (strict ? (setsLeast ? 1 : -1) : 0);
  if (setsLeast)
    return narrow(dim->second, llvm::divideCeilSigned(value, *times.getConstant()), std::nullopt);
  return narrow(dim->second, 0, llvm::divideFloorSigned(value, *times.getConstant()));
}

void Elaborator::requireTrue(const Fact &fact, const RequireStatement *statement, Frame &frame) {
  const auto *chain = llvm::dyn_cast<ChainExpr>(fact.value);
  bool compares = chain && chain->links.size() == 1 && isComparison(chain->links[0].op);
  std::string got = "false";
  if (compares) {
    Value left = eval(chain->first, frame), right = eval(chain->links[0].operand, frame);
    // A rate that depends on the step is known in no optimizer.
    auto depends = [](const Value &value) { return value.isSchedule() && !value.isNumber(); };
    if (frame.activation->is(StatementKind::Optimizer) && (depends(left) || depends(right)))
      return;
    TokenKind op = chain->links[0].op;
    TokenKind mirrored = op == TokenKind::LessEqual      ? TokenKind::GreaterEqual
                         : op == TokenKind::GreaterEqual ? TokenKind::LessEqual
                         : op == TokenKind::Less         ? TokenKind::Greater
                         : op == TokenKind::Greater      ? TokenKind::Less
                                                         : op;
    bool orders = mirrored != op;
    bool inModel = frame.activation->isModel();
    if (orders && inModel && (boundDim(left, op, right) || boundDim(right, mirrored, left)))
      return;
    if (left.isNumber() && right.isNumber())
      got = left.describe() + " " + spelling(op).str() + " " + right.describe();
    std::optional<bool> holds =
        truth(binary(op, chain->links[0].opRange, left, right, nullptr, nullptr, frame),
              fact.value->range, frame);
    if (!holds || *holds)
      return;
  } else {
    std::optional<bool> holds = truth(eval(fact.value, frame), fact.value->range, frame);
    if (!holds || *holds)
      return;
  }
  Diagnostic &diagnostic =
      error(frame, fact.value->range, "a requirement does not hold" + reason(statement))
          .expected(fact.value->range.text(), got);
  explainNames(diagnostic, fact.value, frame);
  frame.activation->failed = true;
}

} // namespace tenon::lang
