//===- SizeAttr.cpp - Polynomials in named sizes --------------------------===//
//
// The arithmetic of `#tenon.size` and its text form. Everything passes through
// Polynomial, a sorted map from monomial to coefficient, whose conversion to the
// attribute is the normal form.
//
//===----------------------------------------------------------------------===//

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// Symbols with positive exponents, sorted by name.
using Monomial = std::vector<std::pair<std::string, int64_t>>;

/// Higher total degree first, then by name: `B*N + B + 1`.
struct MonomialOrder {
  static int64_t degree(const Monomial &monomial) {
    int64_t sum = 0;
    for (const auto &[name, exponent] : monomial)
      sum += exponent;
    return sum;
  }
  bool operator()(const Monomial &a, const Monomial &b) const {
    if (degree(a) != degree(b))
      return degree(a) > degree(b);
    return a < b;
  }
};

struct Polynomial {
  std::map<Monomial, int64_t, MonomialOrder> terms;

  explicit Polynomial(SizeAttr size) {
    size_t stride = 1 + size.getSymbols().size();
    ArrayRef<int64_t> flat = size.getTerms();
    for (size_t i = 0; i < flat.size(); i += stride) {
      Monomial monomial;
      for (auto [symbol, exponent] : llvm::zip(size.getSymbols(), flat.slice(i + 1, stride - 1)))
        if (exponent)
          monomial.emplace_back(symbol.str(), exponent);
      terms[monomial] = flat[i];
    }
  }
  Polynomial() = default;

  /// Adds one term; false when the coefficient leaves 64 bits.
  bool addTerm(const Monomial &monomial, int64_t coefficient) {
    auto [it, isNew] = terms.try_emplace(monomial, coefficient);
    if (!isNew) {
      std::optional<int64_t> sum = llvm::checkedAdd(it->second, coefficient);
      if (!sum)
        return false;
      it->second = *sum;
    }
    if (it->second == 0)
      terms.erase(it);
    return true;
  }

  SizeAttr toAttr(MLIRContext *context) const {
    std::map<std::string, size_t> index;
    for (const auto &[monomial, coefficient] : terms)
      for (const auto &[name, exponent] : monomial)
        index[name] = 0;
    SmallVector<StringAttr> symbols;
    for (auto &[name, position] : index) {
      position = symbols.size();
      symbols.push_back(StringAttr::get(context, name));
    }
    SmallVector<int64_t> flat;
    for (const auto &[monomial, coefficient] : terms) {
      size_t start = flat.size();
      flat.resize(start + 1 + symbols.size());
      flat[start] = coefficient;
      for (const auto &[name, exponent] : monomial)
        flat[start + 1 + index[name]] = exponent;
    }
    return SizeAttr::get(context, symbols, flat);
  }
};

Monomial multiply(const Monomial &a, const Monomial &b) {
  std::map<std::string, int64_t> product(a.begin(), a.end());
  for (const auto &[name, exponent] : b)
    product[name] += exponent;
  return Monomial(product.begin(), product.end());
}

/// a / b when b divides a, else nothing.
std::optional<Monomial> divide(const Monomial &a, const Monomial &b) {
  std::map<std::string, int64_t> quotient(a.begin(), a.end());
  for (const auto &[name, exponent] : b) {
    auto it = quotient.find(name);
    if (it == quotient.end() || it->second < exponent)
      return std::nullopt;
    it->second -= exponent;
    if (it->second == 0)
      quotient.erase(it);
  }
  return Monomial(quotient.begin(), quotient.end());
}

} // namespace

SizeAttr SizeAttr::get(MLIRContext *context, int64_t value) {
  if (value == 0)
    return SizeAttr::get(context, ArrayRef<StringAttr>(), ArrayRef<int64_t>());
  return SizeAttr::get(context, ArrayRef<StringAttr>(), ArrayRef<int64_t>(value));
}

SizeAttr SizeAttr::getSymbol(MLIRContext *context, StringRef name) {
  return SizeAttr::get(context, {StringAttr::get(context, name)}, {1, 1});
}

std::optional<int64_t> SizeAttr::getConstant() const {
  if (!isConstant())
    return std::nullopt;
  return getTerms().empty() ? 0 : getTerms().front();
}

SizeAttr SizeAttr::add(SizeAttr other) const {
  Polynomial sum(*this);
  for (const auto &[monomial, coefficient] : Polynomial(other).terms)
    if (!sum.addTerm(monomial, coefficient))
      return {};
  return sum.toAttr(getContext());
}

SizeAttr SizeAttr::sub(SizeAttr other) const {
  SizeAttr negated = other.mul(-1);
  return negated ? add(negated) : SizeAttr();
}

SizeAttr SizeAttr::mul(SizeAttr other) const {
  Polynomial left(*this), right(other), product;
  for (const auto &[leftMonomial, leftCoefficient] : left.terms)
    for (const auto &[rightMonomial, rightCoefficient] : right.terms) {
      std::optional<int64_t> coefficient = llvm::checkedMul(leftCoefficient, rightCoefficient);
      if (!coefficient || !product.addTerm(multiply(leftMonomial, rightMonomial), *coefficient))
        return {};
    }
  return product.toAttr(getContext());
}

SizeAttr SizeAttr::divideExactly(SizeAttr other) const {
  // Long division: the order of monomials is a monomial order, so the leading
  // term of the remainder must be divisible at every step.
  Polynomial remainder(*this), divisor(other), quotient;
  if (divisor.terms.empty())
    return {};
  const auto &[leadMonomial, leadCoefficient] = *divisor.terms.begin();
  while (!remainder.terms.empty()) {
    auto [monomial, coefficient] = *remainder.terms.begin();
    std::optional<Monomial> ratio = divide(monomial, leadMonomial);
    if (!ratio || (coefficient == INT64_MIN && leadCoefficient == -1) ||
        coefficient % leadCoefficient != 0)
      return {};
    int64_t factor = coefficient / leadCoefficient;
    if (!quotient.addTerm(*ratio, factor))
      return {};
    for (const auto &[divisorMonomial, divisorCoefficient] : divisor.terms) {
      std::optional<int64_t> product = llvm::checkedMul(factor, divisorCoefficient);
      if (!product || *product == INT64_MIN ||
          !remainder.addTerm(multiply(*ratio, divisorMonomial), -*product))
        return {};
    }
  }
  return quotient.toAttr(getContext());
}

std::optional<int64_t>
SizeAttr::evaluate(llvm::function_ref<std::optional<int64_t>(StringRef)> value) const {
  int64_t sum = 0;
  size_t stride = 1 + getSymbols().size();
  for (size_t i = 0; i < getTerms().size(); i += stride) {
    std::optional<int64_t> product = getTerms()[i];
    for (auto [symbol, exponent] : llvm::zip(getSymbols(), getTerms().slice(i + 1, stride - 1))) {
      std::optional<int64_t> factor = value(symbol);
      if (!factor)
        return std::nullopt;
      for (int64_t power = 0; power < exponent && product; ++power)
        product = llvm::checkedMul(*product, *factor);
    }
    std::optional<int64_t> next = product ? llvm::checkedAdd(sum, *product) : std::nullopt;
    if (!next)
      return std::nullopt;
    sum = *next;
  }
  return sum;
}

std::string SizeAttr::toString() const {
  if (isZero())
    return "0";
  std::string text;
  llvm::raw_string_ostream os(text);
  size_t stride = 1 + getSymbols().size();
  for (size_t i = 0; i < getTerms().size(); i += stride) {
    int64_t coefficient = getTerms()[i];
    ArrayRef<int64_t> exponents = getTerms().slice(i + 1, stride - 1);
    bool isNumber = llvm::all_of(exponents, [](int64_t e) { return e == 0; });
    uint64_t magnitude = coefficient < 0 ? 0 - uint64_t(coefficient) : uint64_t(coefficient);
    if (i == 0)
      os << (coefficient < 0 ? "-" : "");
    else
      os << (coefficient < 0 ? " - " : " + ");
    bool needStar = magnitude != 1 || isNumber;
    if (needStar)
      os << magnitude;
    for (auto [symbol, exponent] : llvm::zip(getSymbols(), exponents))
      for (int64_t power = 0; power < exponent; ++power) {
        os << (needStar ? "*" : "") << symbol.getValue();
        needStar = true;
      }
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Text form
//===----------------------------------------------------------------------===//

/// factor (`*` factor)*, a factor being a number or a symbol.
static FailureOr<SizeAttr> parseTerm(AsmParser &parser) {
  SizeAttr product = SizeAttr::get(parser.getContext(), 1);
  do {
    int64_t number;
    OptionalParseResult isNumber = parser.parseOptionalInteger(number);
    SizeAttr factor;
    if (isNumber.has_value()) {
      if (failed(*isNumber))
        return failure();
      factor = SizeAttr::get(parser.getContext(), number);
    } else {
      StringRef name;
      if (parser.parseKeyword(&name))
        return failure();
      factor = SizeAttr::getSymbol(parser.getContext(), name);
    }
    product = product.mul(factor);
    if (!product) {
      parser.emitError(parser.getCurrentLocation(), "size does not fit 64 bits");
      return failure();
    }
  } while (succeeded(parser.parseOptionalStar()));
  return product;
}

FailureOr<SizeAttr> mlir::tenon::parseSize(AsmParser &parser) {
  SizeAttr sum = SizeAttr::get(parser.getContext(), 0);
  bool negative = succeeded(parser.parseOptionalMinus());
  while (true) {
    FailureOr<SizeAttr> term = parseTerm(parser);
    if (failed(term))
      return failure();
    sum = negative ? sum.sub(*term) : sum.add(*term);
    if (!sum) {
      parser.emitError(parser.getCurrentLocation(), "size does not fit 64 bits");
      return failure();
    }
    negative = false;
    if (succeeded(parser.parseOptionalPlus()))
      continue;
    if (failed(parser.parseOptionalMinus()))
      return sum;
    negative = true;
  }
}

void mlir::tenon::printSize(AsmPrinter &printer, SizeAttr size) { printer << size.toString(); }

Attribute SizeAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  FailureOr<SizeAttr> size = parseSize(parser);
  if (failed(size) || parser.parseGreater())
    return {};
  return *size;
}

void SizeAttr::print(AsmPrinter &printer) const { printer << "<" << toString() << ">"; }
