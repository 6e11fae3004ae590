//===- PatternBinding.cpp - Patterns meet tensors -------------------------===//

#include "frontends/lang/PatternBinding.h"

namespace tenon::lang {

llvm::SmallVector<Size> shapeOf(const BoundSide &side, mlir::MLIRContext *context) {
  llvm::SmallVector<Size> shape;
  for (const BoundAxis &axis : side) {
    Size product = Size::get(context, 1);
    for (const Factor &factor : axis.factors)
      if (product)
        product = product.mul(factor.size);
    shape.push_back(product);
  }
  return shape;
}

bool hasKey(const BoundSide &side, llvm::StringRef key) {
  return llvm::any_of(side, [&](const BoundAxis &axis) {
    return llvm::any_of(axis.factors, [&](const Factor &factor) { return factor.key == key; });
  });
}

const Factor *firstMissing(const BoundSide &from, const BoundSide &to) {
  for (const BoundAxis &axis : from)
    for (const Factor &factor : axis.factors)
      if (!hasKey(to, factor.key))
        return &factor;
  return nullptr;
}

/// How a key is shown in messages.
static std::string showKey(llvm::StringRef key) {
  if (key.starts_with("#"))
    return key.drop_front().split('.').first.str();
  return key.starts_with("..") ? ".." : key.str();
}

SourceRange PatternBinding::range(uint32_t begin, uint32_t end) const {
  // Bytes of the value are bytes of the literal when it has no escapes.
  if (literal.isValid() && literal.text().size() == text.size() + 2)
    return {literal.file, literal.begin + 1 + begin, literal.begin + 1 + end};
  return call.get("pattern")->range;
}

bool PatternBinding::read(size_t inputs, bool hasOutput) {
  const CallArgument *argument = call.get("pattern");
  if (!argument->value.is<llvm::StringRef>()) {
    call.elaborator
        .error(call.frame, argument->range, "argument 'pattern' of '" + call.row.name + "'")
        .expected("a string", argument->value.describe());
    return false;
  }
  text = argument->value.get<llvm::StringRef>();
  literal = argument->value.origin.range;
  std::string message;
  uint32_t begin = 0, end = 0;
  if (!parsePattern(text, pattern, message, begin, end)) {
    call.elaborator.error(call.frame, range(begin, end), message);
    return false;
  }
  if (inputs && pattern.inputs.size() != inputs) {
    error("the pattern of '" + call.row.name + "'")
        .expected(llvm::Twine(inputs) + (inputs == 1 ? " tensor" : " tensors") + " before '->'",
                  llvm::Twine(pattern.inputs.size()));
    return false;
  }
  if (pattern.hasOutput != hasOutput) {
    error("the pattern of '" + call.row.name + "' " +
          (hasOutput ? "has no '->'" : "takes no '->'"));
    return false;
  }
  for (const CallArgument &given : call.rest()) {
    if (given.name.empty())
      continue;
    if (!given.value.is<Size>()) {
      call.elaborator.error(call.frame, given.range, "the size of axis '" + given.name + "'")
          .expected("an integer", given.value.describe());
      return false;
    }
    Size size = given.value.get<Size>();
    if (std::optional<int64_t> known = size.getConstant(); known && *known < 0) {
      call.elaborator.error(call.frame, given.range, "the size of axis '" + given.name + "'")
          .expected("at least 0", llvm::Twine(*known));
      return false;
    }
    sizes[given.name.str()] = size;
  }
  return true;
}

std::string PatternBinding::keyOf(const PatternItem &item) {
  if (item.kind == PatternItemKind::Name)
    return item.name.str();
  return "#" + std::to_string(item.number) + "." + std::to_string(numbersSeen[item.number]++);
}

std::optional<Size> PatternBinding::sizeOf(const PatternItem &item, llvm::StringRef key) {
  if (item.kind == PatternItemKind::Number)
    return call.elaborator.size(item.number);
  if (auto known = sizes.find(key.str()); known != sizes.end())
    return known->second;
  Binding *binding = call.frame.scope->lookup(item.name);
  if (binding && binding->isSize())
    return binding->value.get<Size>();
  return std::nullopt;
}

bool PatternBinding::bindItem(const PatternItem &item, llvm::StringRef key, Size size) {
  std::optional<Size> known = sizeOf(item, key);
  if (!known || *known == size) {
    sizes[key.str()] = size;
    return true;
  }
  Diagnostic &diagnostic = call.elaborator
                               .error(call.frame, range(item.begin, item.end),
                                      "axis '" + showKey(key) + "' of this pattern")
                               .expected(known->toString(), size.toString());
  Binding *binding =
      item.kind == PatternItemKind::Name ? call.frame.scope->lookup(item.name) : nullptr;
  if (binding && binding->isSize() && sizes.find(key.str()) == sizes.end())
    diagnostic.note("'" + item.name +
                    "' is a size in scope: " + call.elaborator.explain(item.name, binding->value) +
                    "; a local axis needs another name");
  return false;
}

/// Finds the one unknown factor of a product of size `size`.
bool PatternBinding::bindProduct(const PatternAxis &axis, Size size, BoundAxis &bound) {
  SourceRange place = range(axis.begin, axis.end);
  Size product = call.elaborator.size(1);
  const PatternItem *unknown = nullptr;
  for (const PatternItem &item : axis.items) {
    if (item.kind == PatternItemKind::Ellipsis) {
      // Inside a product they are those of the signature.
      if (!ellipsis && call.frame.activation)
        ellipsis = call.frame.activation->ellipsis;
      if (!ellipsis) {
        call.elaborator.error(call.frame, place, "the axes of '..' in this product are not known");
        return false;
      }
      for (auto [i, covered] : llvm::enumerate(*ellipsis)) {
        bound.factors.push_back({".." + std::to_string(i), covered});
        product = product ? product.mul(covered) : product;
      }
      continue;
    }
    if (item.isUnit())
      continue;
    std::string key = keyOf(item);
    std::optional<Size> known = sizeOf(item, key);
    bound.factors.push_back({key, known.value_or(Size())});
    if (known) {
      product = product ? product.mul(*known) : product;
      sizes[key] = *known;
    } else if (unknown) {
      call.elaborator
          .error(call.frame, place,
                 "two sizes of this product are unknown: '" + unknown->name + "' and '" +
                     item.name + "'")
          .hint("give one of them: " + call.row.name + "(..., " + unknown->name + " = ...)");
      return false;
    } else {
      unknown = &item;
    }
  }
  Size quotient = product && !product.isZero() ? size.divideExactly(product) : Size();
  if (!quotient || (!unknown && !quotient.isOne())) {
    Diagnostic &diagnostic =
        call.elaborator
            .error(call.frame, place,
                   "product '" + text.slice(axis.begin, axis.end) + "' of this pattern")
            .expected(unknown ? "a multiple of " + (product ? product.toString() : "its factors")
                              : (product ? product.toString() : "its factors"),
                      size.toString());
    for (const PatternItem &item : axis.items)
      if (Binding *binding =
              item.kind == PatternItemKind::Name ? call.frame.scope->lookup(item.name) : nullptr)
        if (binding->isSize())
          diagnostic.note(call.elaborator.explain(item.name, binding->value));
    return false;
  }
  if (unknown) {
    sizes[unknown->name.str()] = quotient;
    for (Factor &factor : bound.factors)
      if (!factor.size)
        factor.size = quotient;
  }
  return true;
}

std::optional<BoundSide> PatternBinding::bindInput(size_t index, TensorType type) {
  const PatternSide &side = pattern.inputs[index];
  llvm::ArrayRef<Size> shape = type.getShape();
  bool hasEllipsis = llvm::any_of(side, [](const PatternAxis &axis) { return axis.isEllipsis(); });
  size_t named = side.size() - hasEllipsis;
  if (hasEllipsis ? shape.size() < named : shape.size() != named) {
    SourceRange place =
        side.empty() ? range(0, text.size()) : range(side.front().begin, side.back().end);
    call.elaborator
        .error(call.frame, place,
               "this pattern of '" + call.row.name + "' and a tensor " + formatType(type))
        .expected((hasEllipsis ? "at least " : "") + llvm::Twine(named) + " axes",
                  llvm::Twine(shape.size()));
    return std::nullopt;
  }
  numbersSeen.clear();
  BoundSide bound;
  size_t at = 0;
  for (const PatternAxis &axis : side) {
    if (axis.isEllipsis()) {
      llvm::SmallVector<Size> covered(shape.slice(at, shape.size() - named));
      if (ellipsis && *ellipsis != covered) {
        call.elaborator.error(call.frame, range(axis.begin, axis.end), "'..' of this pattern")
            .expected(formatShape(*ellipsis), formatShape(covered));
        return std::nullopt;
      }
      ellipsis = covered;
      for (auto [i, size] : llvm::enumerate(covered))
        bound.push_back({{{".." + std::to_string(i), size}}, axis.marked});
      at += covered.size();
      continue;
    }
    BoundAxis &item = bound.emplace_back();
    item.marked = axis.marked;
    Size size = shape[at++];
    if (axis.product) {
      if (!bindProduct(axis, size, item))
        return std::nullopt;
      continue;
    }
    if (axis.items[0].isUnit()) {
      if (size.isOne())
        continue;
      call.elaborator.error(call.frame, range(axis.begin, axis.end), "axis '1' of this pattern")
          .expected("1", size.toString());
      return std::nullopt;
    }
    std::string key = keyOf(axis.items[0]);
    if (hasKey(bound, key)) {
      call.elaborator.error(call.frame, range(axis.begin, axis.end),
                            "axis '" + showKey(key) + "' twice on one side of this pattern");
      return std::nullopt;
    }
    if (!bindItem(axis.items[0], key, size))
      return std::nullopt;
    item.factors.push_back({key, size});
  }
  return bound;
}

std::optional<BoundSide> PatternBinding::bindOutput(bool mayAppear) {
  numbersSeen.clear();
  BoundSide bound;
  auto addEllipsis = [&](BoundAxis *into, const PatternItem &item) {
    if (!ellipsis) {
      call.elaborator.error(call.frame, range(item.begin, item.end),
                            "'..' is on the right of this pattern only");
      return false;
    }
    for (auto [i, size] : llvm::enumerate(*ellipsis)) {
      Factor factor{".." + std::to_string(i), size};
      if (into)
        into->factors.push_back(factor);
      else
        bound.push_back({{factor}, false});
    }
    return true;
  };
  for (const PatternAxis &axis : pattern.output) {
    if (axis.isEllipsis()) {
      if (!addEllipsis(nullptr, axis.items[0]))
        return std::nullopt;
      continue;
    }
    BoundAxis item;
    for (const PatternItem &part : axis.items) {
      if (part.kind == PatternItemKind::Ellipsis) {
        if (!addEllipsis(&item, part))
          return std::nullopt;
        continue;
      }
      if (part.isUnit())
        continue;
      std::string key = keyOf(part);
      std::optional<Size> size;
      if (auto known = sizes.find(key); known != sizes.end())
        size = known->second;
      else if (mayAppear)
        size = sizeOf(part, key);
      if (!size) {
        Diagnostic &diagnostic = call.elaborator.error(
            call.frame, range(part.begin, part.end),
            "axis '" + showKey(key) + "' appears on the right of this pattern only");
        if (mayAppear)
          diagnostic.hint("give its size: " + call.row.name + "(..., " + showKey(key) + " = ...)");
        else
          diagnostic.hint("new axes come from repeat");
        return std::nullopt;
      }
      if (hasKey(bound, key)) {
        call.elaborator.error(call.frame, range(part.begin, part.end),
                              "axis '" + showKey(key) + "' twice on one side of this pattern");
        return std::nullopt;
      }
      item.factors.push_back({key, *size});
    }
    bound.push_back(item);
  }
  if (bound.size() > 16) {
    error("a tensor of " + llvm::Twine(bound.size()) + " axes; the limit is 16");
    return std::nullopt;
  }
  for (Size size : shapeOf(bound, call.elaborator.getContext()))
    if (!size) {
      error("a size of this pattern overflows 64 bits");
      return std::nullopt;
    }
  return bound;
}

bool PatternBinding::refuseVanished(llvm::StringRef key) {
  Diagnostic &diagnostic =
      error("axis '" + showKey(key) + "' is missing on the right of this pattern");
  diagnostic.hint("'" + call.row.name + "' keeps every axis; sum, mean, max and min remove some");
  return false;
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

mlir::Value moveFactors(BuiltinCall &call, mlir::Value tensor, const BoundSide &from,
                        const BoundSide &to) {
  llvm::SmallVector<mlir::Attribute> factors;
  llvm::SmallVector<int64_t> fromGroups, toGroups, order;
  std::map<std::string, int64_t> index;
  for (const BoundAxis &axis : from) {
    fromGroups.push_back(axis.factors.size());
    for (const Factor &factor : axis.factors) {
      index[factor.key] = factors.size();
      factors.push_back(factor.size);
    }
  }
  for (const BoundAxis &axis : to) {
    toGroups.push_back(axis.factors.size());
    for (const Factor &factor : axis.factors)
      order.push_back(index.at(factor.key));
  }
  if (fromGroups == toGroups && llvm::is_sorted(order))
    return tensor;
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  TensorType type = llvm::cast<TensorType>(tensor.getType());
  return mlir::tenon::RearrangeOp::create(
      builder, call.location(), type.withShape(shapeOf(to, builder.getContext())), tensor,
      builder.getArrayAttr(factors), fromGroups, order, toGroups);
}

mlir::Value splitFactors(BuiltinCall &call, mlir::Value tensor, BoundSide &side, bool dropUnits) {
  bool hasProducts =
      llvm::any_of(side, [](const BoundAxis &axis) { return axis.factors.size() > 1; });
  bool hasUnits = llvm::any_of(side, [](const BoundAxis &axis) { return axis.factors.empty(); });
  if (!hasProducts && !(hasUnits && dropUnits))
    return tensor;
  BoundSide flat;
  for (const BoundAxis &axis : side)
    for (const Factor &factor : axis.factors)
      flat.push_back({{factor}, axis.marked});
  tensor = moveFactors(call, tensor, side, flat);
  side = flat;
  return tensor;
}

std::optional<Lines> readLines(BuiltinCall &call, PatternBinding &binding, mlir::Value x) {
  if (!binding.read(1))
    return std::nullopt;
  auto from = binding.bindInput(0, llvm::cast<TensorType>(x.getType()));
  auto to = from ? binding.bindOutput(/*mayAppear=*/false) : std::nullopt;
  if (!to)
    return std::nullopt;
  Lines lines{{}, *from, *from, {}, {}, {}, *to};
  lines.x = splitFactors(call, x, lines.side, /*dropUnits=*/false);
  for (auto [i, axis] : llvm::enumerate(lines.side)) {
    bool vanishes = !axis.factors.empty() && !hasKey(*to, axis.factors[0].key);
    if (vanishes)
      lines.axes.push_back(i);
    else
      lines.rest.push_back(axis);
    lines.kept.push_back(vanishes ? BoundAxis() : axis);
  }
  return lines;
}

} // namespace tenon::lang
