//===- DimBinding.cpp - The dims of a model during a call -----------------===//

#include "frontends/lang/DimBinding.h"

namespace tenon::lang {

DimBinding::DimBinding(Elaborator &elaborator, Scope &model)
    : elaborator(elaborator), model(model), outer(elaborator.dimBindings[&model]) {
  if (outer)
    outer->restore();
  elaborator.dimBindings[&model] = this;
}

DimBinding::~DimBinding() {
  restore();
  elaborator.dimBindings[&model] = outer;
  if (outer)
    outer->apply();
}

void DimBinding::restore() {
  for (auto &[binding, value] : names)
    binding->value = value;
  for (auto &[hyper, value] : hypers)
    hyper->value = value;
  names.clear();
  hypers.clear();
}

Size DimBinding::inCall(Size size) const {
  llvm::ArrayRef<mlir::StringAttr> symbols = size.getSymbols();
  if (llvm::none_of(symbols, [&](mlir::StringAttr symbol) { return sizes.contains(symbol); }))
    return size;
  llvm::ArrayRef<int64_t> terms = size.getTerms();
  Size sum = elaborator.size(0);
  for (size_t i = 0; i < terms.size() && sum; i += 1 + symbols.size()) {
    Size term = elaborator.size(terms[i]);
    for (auto [symbol, exponent] : llvm::zip(symbols, terms.slice(i + 1, symbols.size()))) {
      auto known = sizes.find(symbol);
      Size factor = known == sizes.end()
                        ? Size::getSymbol(elaborator.getContext(), symbol.getValue())
                        : known->second;
      for (int64_t power = 0; power < exponent && term; ++power)
        term = term.mul(factor);
    }
    sum = term ? sum.add(term) : Size();
  }
  return sum;
}

Value DimBinding::substitute(const Value &value) {
  if (value.is<Size>()) {
    Size next = inCall(value.get<Size>());
    Value result = next ? Value(next) : Value();
    result.origin = value.origin;
    return result;
  }
  if (const ListValue *list = value.getIf<const ListValue *>()) {
    ListValue next = *list;
    for (Value &item : next.items)
      item = substitute(item);
    return *elaborator.makeList(std::move(next));
  }
  if (const BlockValue *block = value.getIf<const BlockValue *>()) {
    BlockValue next = *block;
    for (const GivenHyper *&given : next.given)
      if (given)
        given = &elaborator.givenHypers.emplace_back(
            GivenHyper{substitute(given->value), given->text, given->range});
    return static_cast<const BlockValue *>(&elaborator.blocks.emplace_back(std::move(next)));
  }
  if (Part *part = value.getIf<Part *>())
    for (GivenHyper &hyper : part->hypers)
      if (hyper.value.is<Size>() && inCall(hyper.value.get<Size>()) != hyper.value.get<Size>()) {
        hypers.emplace_back(&hyper, hyper.value);
        hyper.value = substitute(hyper.value);
      }
  return value;
}

void DimBinding::apply() {
  if (llvm::all_of(sizes, [&](const auto &entry) {
        return entry.second == Size::getSymbol(elaborator.getContext(), entry.first.getValue());
      }))
    return;
  for (auto &entry : model.getNames()) {
    Binding &binding = entry.second;
    names.emplace_back(&binding, binding.value);
    binding.value = substitute(binding.value);
  }
}

bool DimBinding::checkBounds(const Binding &dim, Size size, SourceRange range,
                             const Frame &caller) {
  Size symbol = dim.value.getIf<Size>();
  auto known = elaborator.dims.find(symbol.getSymbols()[0].str());
  if (known == elaborator.dims.end())
    return true;
  const DimBounds &bounds = known->second;
  Size least = elaborator.size(bounds.min);
  bool fits =
      (elaborator.provenAtMost(least, size) || elaborator.requireNotNegative(size.sub(least))) &&
      (!bounds.max || elaborator.provenAtMost(size, elaborator.size(*bounds.max)));
  if (!fits)
    elaborator
        .error(caller, range,
               "the size " + symbol.toString() + " of this call is not in its bounds")
        .expected(bounds.max ? llvm::Twine(bounds.min) + " to " + llvm::Twine(*bounds.max)
                             : "at least " + llvm::Twine(bounds.min),
                  size.toString());
  return fits;
}

bool DimBinding::update(Scope &entry, SourceRange range, const Frame &caller) {
  restore();
  bool good = true;
  for (auto &named : model.getNames()) {
    Binding &dim = named.second;
    auto local = entry.getNames().find(named.getKey());
    if (dim.kind != BindingKind::Dim || local == entry.getNames().end())
      continue;
    Size size = local->second.value.getIf<Size>();
    if (!size)
      continue;
    // The dim is its symbol, or a multiple of that.
    mlir::StringAttr symbol = dim.value.get<Size>().getSymbols()[0];
    Size times = dim.value.get<Size>().divideExactly(
        Size::getSymbol(elaborator.getContext(), symbol.getValue()));
    Size own = size.divideExactly(times);
    if (!own) {
      elaborator.error(caller, range, "the size " + named.getKey() + " of this call")
          .expected("a multiple of " + times.toString(), size.toString());
      good = false;
    } else if (sizes.try_emplace(symbol, own).second) {
      good &= checkBounds(dim, own, range, caller);
    }
  }
  apply();
  return good;
}

} // namespace tenon::lang
