//===- Value.cpp - What a name can stand for ------------------------------===//

#include "frontends/lang/Value.h"

#include "frontends/lang/Builtins.h"

#include "llvm/ADT/StringExtras.h"

namespace tenon::lang {

std::string formatShape(llvm::ArrayRef<Size> shape) {
  std::string out = "[";
  for (auto [i, size] : llvm::enumerate(shape))
    out += (i ? ", " : "") + size.toString();
  return out + "]";
}

std::string formatElement(mlir::Type type) {
  if (type.isSignlessInteger(1))
    return "bool";
  std::string out;
  llvm::raw_string_ostream(out) << type;
  return out;
}

std::string formatType(TensorType type) {
  return formatElement(type.getElementType()) + formatShape(type.getShape());
}

std::optional<double> Value::number() const {
  if (is<double>())
    return get<double>();
  if (std::optional<int64_t> whole = integer())
    return double(*whole);
  return std::nullopt;
}

std::string Value::describe() const {
  struct Visitor {
    std::string operator()(Poison) { return "a value with an error"; }
    std::string operator()(NoneValue) { return "none"; }
    std::string operator()(bool value) { return value ? "true" : "false"; }
    std::string operator()(double value) { return formatNumber(value); }
    std::string operator()(Size value) { return value.toString(); }
    std::string operator()(llvm::StringRef value) { return "\"" + escapeForMessage(value) + "\""; }
    std::string operator()(const ListValue *list) {
      return "a list of " + std::to_string(list->items.size());
    }
    std::string operator()(const BlockValue *block) {
      return "block '" + block->declaration->name.name.str() + "'";
    }
    std::string operator()(const OptimizerValue *optimizer) {
      return "optimizer '" + optimizer->declaration->name.name.str() + "'";
    }
    std::string operator()(const FnValue *fn) {
      return "function '" + fn->declaration->name.name.str() + "'";
    }
    std::string operator()(const BuiltinValue *fn) {
      return "function '" + fn->row->name.str() + "'";
    }
    std::string operator()(Part *part) { return "part '" + part->shown + "'"; }
    std::string operator()(const Parameter *param) { return "parameter '" + param->name + "'"; }
    std::string operator()(const Schedule *) { return "a number that depends on 'step'"; }
    std::string operator()(const Distribution *dist) { return "distribution " + dist->name.str(); }
    std::string operator()(mlir::Type type) { return "dtype " + formatElement(type); }
    std::string operator()(mlir::Value value) {
      return "a tensor " + formatType(llvm::cast<TensorType>(value.getType()));
    }
  };
  return std::visit(Visitor(), payload);
}

} // namespace tenon::lang
