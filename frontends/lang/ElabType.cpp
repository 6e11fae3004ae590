//===- ElabType.cpp - Types: reading, binding, checking -------------------===//

#include "frontends/lang/Elaborator.h"

#include "llvm/ADT/StringSwitch.h"

namespace tenon::lang {

std::optional<mlir::Type> Elaborator::dtypeNamed(llvm::StringRef name, bool &reserved) {
  if (name == "f32")
    return builder.getF32Type();
  if (name == "i64")
    return builder.getI64Type();
  if (name == "i32")
    return builder.getI32Type();
  if (name == "bool")
    return builder.getI1Type();
  reserved = llvm::StringSwitch<bool>(name)
                 .Cases({"f16", "bf16", "f64", "f8", "i4", "i8", "i16", "u8"}, true)
                 .Default(false);
  return std::nullopt;
}

static llvm::StringRef staticKindNamed(llvm::StringRef name) {
  return llvm::StringSwitch<llvm::StringRef>(name)
      .Cases({"int", "float", "bool", "str", "dtype", "dist"}, name)
      .Default("");
}

bool Elaborator::hasStaticKind(const Value &value, llvm::StringRef kind) {
  return llvm::StringSwitch<bool>(kind)
      .Case("int", value.is<Size>())
      .Case("float", value.isSchedule())
      .Case("bool", value.is<bool>())
      .Case("str", value.is<llvm::StringRef>())
      .Case("dtype", value.is<mlir::Type>())
      .Case("dist", value.is<const Distribution *>())
      .Default(false);
}

namespace {

/// Reads one type expression.
class TypeReader {
public:
  TypeReader(Elaborator &elaborator, Frame &frame, bool mayBind, TypeSpec &spec)
      : elaborator(elaborator), frame(frame), mayBind(mayBind), spec(spec) {}

  bool read(const Expr *expr);

private:
  bool readElement(const NameExpr *name);
  bool readAxis(const Expr *expr);
  bool readLike(const CallExpr *call);
  bool addEllipsis(SourceRange range);
  bool refuse(SourceRange range, const llvm::Twine &message) {
    elaborator.error(frame, range, message);
    return false;
  }

  Elaborator &elaborator;
  Frame &frame;
  bool mayBind;
  TypeSpec &spec;
};

bool TypeReader::addEllipsis(SourceRange range) {
  for (const TypeAxis &axis : spec.axes)
    if (axis.kind == TypeAxis::Ellipsis)
      return refuse(range, "'..' twice in one type");
  spec.axes.push_back({TypeAxis::Ellipsis, {}, "", range});
  return true;
}

bool TypeReader::readElement(const NameExpr *name) {
  if (name->name == "int") {
    spec.elements = TypeSpec::Integers;
    return true;
  }
  bool reserved = false;
  if (std::optional<mlir::Type> type = elaborator.dtypeNamed(name->name, reserved)) {
    spec.elements = TypeSpec::Exactly;
    spec.element = *type;
    return true;
  }
  if (reserved)
    return refuse(name->range,
                  "dtype " + name->name + " is not supported yet; expected f32, i64, i32 or bool");
  return refuse(name->range,
                "unknown dtype '" + name->name + "'; expected f32, i64, i32, bool or int");
}

bool TypeReader::readAxis(const Expr *expr) {
  if (expr->kind == ExprKind::Ellipsis)
    return addEllipsis(expr->range);
  TypeAxis axis;
  axis.range = expr->range;
  if (const auto *name = llvm::dyn_cast<NameExpr>(expr)) {
    axis.name = name->name;
    Binding *binding = frame.scope->lookup(name->name);
    Binding *own = frame.scope->lookupOwn(name->name);
    bool isFresh = frame.dims && mayBind && own && own->kind == BindingKind::Dim;
    if (name->name == "_") {
      axis.kind = TypeAxis::Any;
    } else if (isFresh) {
      axis.kind = TypeAxis::New;
    } else if (own && own->value.isPoison()) {
      return false;
    } else if (binding && binding->isSize()) {
      axis.size = binding->value.get<Size>();
    } else if (own) {
      return refuse(expr->range, "'" + name->name + "' is not a size but " + own->value.describe());
    } else if (mayBind) {
      axis.kind = TypeAxis::New;
    } else {
      Value value = elaborator.eval(expr, frame);
      if (!value.isPoison())
        refuse(expr->range, "'" + name->name + "' is not a size but " + value.describe());
      return false;
    }
    spec.axes.push_back(axis);
    return true;
  }
  Value value = elaborator.eval(expr, frame);
  if (value.isPoison())
    return false;
  if (!value.is<Size>()) {
    elaborator.error(frame, expr->range, "an axis of a type").expected("a size", value.describe());
    return false;
  }
  axis.size = value.get<Size>();
  std::optional<int64_t> least = elaborator.lowerBound(axis.size);
  if (least && *least < 0 && axis.size.isConstant())
    return refuse(expr->range,
                  "a size is negative; expected at least 0, got " + axis.size.toString());
  spec.axes.push_back(axis);
  return true;
}

/// `like(x)`: the type of a tensor.
bool TypeReader::readLike(const CallExpr *call) {
  const Argument *of = call->arguments.size() == 1 ? &call->arguments[0] : nullptr;
  if (!of || of->isNamed())
    return refuse(call->range, "'like' takes one tensor");
  Value value = elaborator.eval(of->value, frame);
  mlir::Value tensor = elaborator.asTensor(value, frame, of->value->range);
  if (!tensor) {
    if (!value.isPoison())
      elaborator.error(frame, of->value->range, "'like'").expected("a tensor", value.describe());
    return false;
  }
  TensorType type = llvm::cast<TensorType>(tensor.getType());
  spec.elements = TypeSpec::Exactly;
  spec.element = type.getElementType();
  for (Size size : type.getShape())
    spec.axes.push_back({TypeAxis::Fixed, size, "", call->range});
  return true;
}

bool TypeReader::read(const Expr *expr) {
  const auto *call = llvm::dyn_cast<CallExpr>(expr);
  const auto *callee = call ? llvm::dyn_cast<NameExpr>(call->callee) : nullptr;
  if (callee && callee->name == "like" && !frame.scope->lookup("like"))
    return readLike(call);
  if (const auto *name = llvm::dyn_cast<NameExpr>(expr)) {
    spec.staticKind = staticKindNamed(name->name);
    if (!spec.staticKind.empty())
      return true;
  }
  if (const auto *list = llvm::dyn_cast<ListExpr>(expr)) {
    if (list->elements.size() == 1 &&
        (llvm::isa<ListExpr>(list->elements[0]) || llvm::isa<BracketExpr>(list->elements[0])) &&
        !spec.isList) {
      const auto *bracket = llvm::dyn_cast<BracketExpr>(list->elements[0]);
      const auto *base = bracket ? llvm::dyn_cast<NameExpr>(bracket->base) : nullptr;
      bool reserved = false;
      bool isDtype =
          base && (base->name == "int" || elaborator.dtypeNamed(base->name, reserved) || reserved);
      if (!bracket || isDtype) {
        spec.isList = true;
        return read(list->elements[0]);
      }
    }
    return llvm::all_of(list->elements, [&](const Expr *element) { return readAxis(element); });
  }
  const auto *bracket = llvm::dyn_cast<BracketExpr>(expr);
  const auto *base = bracket ? llvm::dyn_cast<NameExpr>(bracket->base) : nullptr;
  if (!base)
    return refuse(expr->range, "this is not a type; expected '[sizes]', "
                               "'dtype[sizes]', int, float, bool or str");
  if (!readElement(base))
    return false;
  for (const Subscript &subscript : bracket->subscripts) {
    if (subscript.kind == SubscriptKind::Ellipsis) {
      if (!addEllipsis(subscript.range))
        return false;
    } else if (subscript.kind == SubscriptKind::Slice || subscript.value.isNamed()) {
      return refuse(subscript.range, "an axis of a type; expected a size, got '" +
                                         escapeForMessage(subscript.range.text()) + "'");
    } else if (!readAxis(subscript.value.value)) {
      return false;
    }
  }
  return true;
}

} // namespace

bool Elaborator::readType(const Expr *expr, Frame &frame, bool mayBind, TypeSpec &spec) {
  if (!TypeReader(*this, frame, mayBind, spec).read(expr))
    return false;
  if (spec.axes.size() > 16) {
    error(frame, expr->range,
          "a type of " + llvm::Twine(spec.axes.size()) + " axes; the limit is 16");
    return false;
  }
  return true;
}

std::string Elaborator::formatSpec(const TypeSpec &spec) const {
  if (!spec.staticKind.empty())
    return spec.staticKind.str();
  std::string out;
  if (spec.elements == TypeSpec::Integers)
    out = "int";
  else if (spec.elements == TypeSpec::Exactly)
    out = formatElement(spec.element);
  out += "[";
  for (auto [i, axis] : llvm::enumerate(spec.axes)) {
    out += i ? ", " : "";
    out += axis.kind == TypeAxis::Ellipsis ? ".."
           : axis.kind == TypeAxis::Any    ? "_"
           : axis.kind == TypeAxis::New    ? axis.name.str()
                                           : axis.size.toString();
  }
  out += "]";
  return spec.isList ? "[" + out + "]" : out;
}

bool Elaborator::matchType(const TypeSpec &spec, TensorType type, Frame &frame,
                           llvm::StringRef what, std::string &wanted) {
  wanted = formatSpec(spec);
  mlir::Type element = type.getElementType();
  bool isInteger = element.isSignlessInteger() && !element.isSignlessInteger(1);
  bool elementFits = spec.elements == TypeSpec::Floating   ? mlir::isa<mlir::FloatType>(element)
                     : spec.elements == TypeSpec::Integers ? isInteger
                                                           : element == spec.element;
  if (!elementFits) {
    if (spec.elements == TypeSpec::Floating)
      wanted = "floats, " + wanted;
    return false;
  }

  llvm::ArrayRef<Size> shape = type.getShape();
  auto ellipsis = llvm::find_if(
      spec.axes, [](const TypeAxis &axis) { return axis.kind == TypeAxis::Ellipsis; });
  bool hasEllipsis = ellipsis != spec.axes.end();
  size_t named = spec.axes.size() - hasEllipsis;
  if (hasEllipsis ? shape.size() < named : shape.size() != named)
    return false;

  size_t at = 0;
  for (const TypeAxis &axis : spec.axes) {
    if (axis.kind == TypeAxis::Ellipsis) {
      llvm::ArrayRef<Size> covered = shape.slice(at, shape.size() - named);
      at += covered.size();
      if (!frame.activation)
        continue;
      auto &known = frame.activation->ellipsis;
      if (!known)
        known.emplace(covered);
      else if (llvm::ArrayRef<Size>(*known) != covered) {
        wanted += " with '..' = " + formatShape(*known);
        return false;
      }
      continue;
    }
    Size got = shape[at];
    if (axis.kind == TypeAxis::Fixed && axis.size != got)
      return false;
    if (axis.kind == TypeAxis::New) {
      // The same new name twice in one type must agree with itself.
      Binding *known = frame.scope->lookup(axis.name);
      bool isFresh = frame.dims && known && known->kind == BindingKind::Dim;
      if (known && known->isSize() && !isFresh) {
        if (known->value.get<Size>() != got)
          return false;
      } else {
        Value value = got;
        value.origin = {axis.range, files.getContext().copy(llvm::StringRef(
                                        "axis " + std::to_string(at) + " of " + what.str()))};
        frame.scope->bind(axis.name, {BindingKind::Size, value, axis.range, ""});
      }
    }
    ++at;
  }
  return true;
}

bool Elaborator::matchValue(const TypeSpec &spec, Value &value, Frame &frame, llvm::StringRef what,
                            SourceRange range) {
  // What would have been bound is unknown without being an error of its own.
  auto giveUp = [&] {
    for (const TypeAxis &axis : spec.axes)
      if (!axis.name.empty() && !frame.scope->lookup(axis.name))
        frame.scope->bind(axis.name, {BindingKind::Size, Value(), axis.range, ""});
    return false;
  };
  if (value.isPoison())
    return giveUp();
  if (spec.isList) {
    if (!value.is<const ListValue *>()) {
      error(frame, range, what).expected("a list, " + formatSpec(spec), value.describe());
      return giveUp();
    }
    TypeSpec item = spec;
    item.isList = false;
    for (Value element : value.get<const ListValue *>()->items)
      if (!matchValue(item, element, frame, what, range))
        return false;
    return true;
  }
  mlir::Value tensor = asTensor(value, frame, range);
  if (!tensor) {
    error(frame, range, what).expected("a tensor " + formatSpec(spec), value.describe());
    return giveUp();
  }
  std::string wanted;
  TensorType type = llvm::cast<TensorType>(tensor.getType());
  if (matchType(spec, type, frame, what, wanted)) {
    value = tensor;
    return true;
  }
  Diagnostic &diagnostic = error(frame, range, what).expected(wanted, formatType(type));
  for (const TypeAxis &axis : spec.axes)
    if (axis.kind == TypeAxis::Fixed && !axis.name.empty() && axis.size.toString() != axis.name)
      if (Binding *binding = frame.scope->lookup(axis.name))
        diagnostic.note(explain(axis.name, binding->value));
  return giveUp();
}

} // namespace tenon::lang
