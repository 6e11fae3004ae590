//===- ElabRequire.cpp - Facts that a model requires ----------------------===//

#include "frontends/lang/Elaborator.h"
#include "frontends/lang/Scalars.h"

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

/// Takes `N >= 1` or `N <= 512` about a dim as its bound, which each call
/// checks.
bool Elaborator::boundDim(const Value &left, TokenKind op, const Value &right) {
  Size symbol = left.getIf<Size>();
  std::optional<int64_t> limit = right.integer();
  if (!symbol || symbol.isConstant() || !limit ||
      symbol != Size::getSymbol(getContext(), symbol.getSymbols()[0]))
    return false;
  auto dim = dims.find(symbol.getSymbols()[0].str());
  if (dim == dims.end())
    return false;
  DimBounds &bounds = dim->second;
  bool setsLeast = op == TokenKind::GreaterEqual || op == TokenKind::Greater;
  bool strict = op == TokenKind::Greater || op == TokenKind::Less;
  int64_t value = *limit + (strict ? (setsLeast ? 1 : -1) : 0);
  int64_t max = bounds.max.value_or(INT64_MAX), min = bounds.min;
  if (setsLeast)
    min = std::max(min, value);
  else
    max = std::min(max, value);
  if (min > max)
    return false;
  bounds.min = min;
  if (max != INT64_MAX)
    bounds.max = max;
  if (bounds.op) {
    bounds.op.setMin(min);
    if (max != INT64_MAX)
      bounds.op.setMax(max);
  }
  return true;
}

void Elaborator::requireTrue(const Fact &fact, const RequireStatement *statement, Frame &frame) {
  const auto *chain = llvm::dyn_cast<ChainExpr>(fact.value);
  bool compares = chain && chain->links.size() == 1 && isComparison(chain->links[0].op);
  std::string got = "false";
  if (compares) {
    Value left = eval(chain->first, frame), right = eval(chain->links[0].operand, frame);
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
