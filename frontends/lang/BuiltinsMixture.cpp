//===- BuiltinsMixture.cpp - route ----------------------------------------===//

#include "frontends/lang/Builtins.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

static TensorType typeOf(mlir::Value value) { return llvm::cast<TensorType>(value.getType()); }

/// The tensors that one application gives; nothing after an error.
static std::optional<llvm::SmallVector<mlir::Value>> getResults(BuiltinCall &call,
                                                                const Value &value) {
  if (value.isPoison())
    return std::nullopt;
  std::vector<Value> items = {value};
  if (const ListValue *list = value.getIf<const ListValue *>())
    items = list->items;
  llvm::SmallVector<mlir::Value> tensors;
  for (const Value &item : items) {
    mlir::Value tensor = call.elaborator.asTensor(item, call.frame, call.range);
    if (!tensor) {
      call.error("what a part of 'route' gives").expected("tensors", item.describe());
      return std::nullopt;
    }
    tensors.push_back(tensor);
  }
  return tensors;
}

/// What is wrong with `tensor`, result number `index` of part `part`, beside those of
/// part 0; false after saying so.
static bool checkResult(BuiltinCall &call, size_t part, mlir::Value tensor, mlir::Value first,
                        TensorType ids) {
  TensorType type = typeOf(tensor);
  std::string what = ("what part " + llvm::Twine(part) + " of 'route' gives").str();
  if (type.getRank() < ids.getRank() ||
      type.getShape().take_front(ids.getRank()) != ids.getShape()) {
    call.error(what).expected("leading axes " + formatShape(ids.getShape()) + " as 'ids' have",
                              formatType(type));
    return false;
  }
  if (type != first.getType()) {
    call.error(what).expected("the type of part 0's, " + formatType(typeOf(first)),
                              formatType(type));
    return false;
  }
  return true;
}

/// Each part is applied to all of x; the op takes every token from its own.
Value buildRoute(BuiltinCall &call) {
  const CallArgument *parts = call.get("parts"), *x = call.get("x");
  mlir::Value ids = call.tensor("ids");
  if (!ids)
    return {};
  TensorType idType = typeOf(ids);
  if (!idType.getElementType().isSignlessInteger() || idType.getElementType().isInteger(1)) {
    call.elaborator.error(call.frame, call.get("ids")->range, "argument 'ids' of 'route'")
        .expected("a tensor of integers", formatType(idType));
    return {};
  }
  const ListValue *list = parts->value.getIf<const ListValue *>();
  if (!list || list->items.empty()) {
    call.elaborator.error(call.frame, parts->range, "argument 'parts' of 'route'")
        .expected("a list of parts", list ? "an empty list" : parts->value.describe());
    return {};
  }
  // By result, then by part.
  llvm::SmallVector<llvm::SmallVector<mlir::Value>> branches;
  for (auto [number, part] : llvm::enumerate(list->items)) {
    CallArgument argument{"", x->value, x->range, x->expr};
    Value value = call.elaborator.call(part, argument, call.range, parts->range, call.frame);
    auto results = getResults(call, value);
    if (!results)
      return {};
    if (number == 0)
      branches.resize(results->size());
    if (results->size() != branches.size()) {
      call.error("what part " + llvm::Twine(number) + " of 'route' gives")
          .expected(llvm::Twine(branches.size()) + " tensors", llvm::Twine(results->size()));
      return {};
    }
    for (auto [branch, tensor] : llvm::zip(branches, *results)) {
      branch.push_back(tensor);
      if (!checkResult(call, number, tensor, branch.front(), idType))
        return {};
    }
  }
  std::vector<Value> routed;
  for (const auto &branch : branches)
    routed.push_back(mlir::Value(dialect::RouteOp::create(
        call.elaborator.getBuilder(), call.location(), branch.front().getType(), ids, branch)));
  return routed.size() == 1 ? routed.front() : *call.elaborator.list(std::move(routed));
}

} // namespace tenon::lang
