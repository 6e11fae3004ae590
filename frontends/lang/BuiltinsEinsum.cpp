//===- BuiltinsEinsum.cpp - einsum ----------------------------------------===//
//
// Operands are brought to one factor per axis, indices that occur once and are
// not wanted are summed, and the operands are contracted from left to right.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/PatternBinding.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

namespace {

struct Operand {
  mlir::Value value;
  BoundSide side;
};

class Einsum {
public:
  Einsum(BuiltinCall &call, BoundSide result) : call(call), result(std::move(result)) {}

  void add(Operand operand) { operands.push_back(std::move(operand)); }
  mlir::Value build();

private:
  /// True when operand number `from` or a later one, or the result, has `key`.
  bool neededLater(llvm::StringRef key, size_t from) const {
    return hasKey(result, key) ||
           std::any_of(operands.begin() + std::min(from, operands.size()), operands.end(),
                       [&](const Operand &operand) { return hasKey(operand.side, key); });
  }
  /// Sums the axes of `operand` for which `isNeeded` is false.
  void sumOut(Operand &operand, llvm::function_ref<bool(llvm::StringRef)> isNeeded);
  Operand contract(const Operand &left, const Operand &right, const BoundSide &wanted);
  TensorType typed(mlir::Value like, const BoundSide &side) {
    return llvm::cast<TensorType>(like.getType())
        .withShape(shapeOf(side, call.elaborator.getContext()));
  }

  BuiltinCall &call;
  BoundSide result;
  std::vector<Operand> operands;
};

void Einsum::sumOut(Operand &operand, llvm::function_ref<bool(llvm::StringRef)> isNeeded) {
  llvm::SmallVector<int64_t> axes;
  BoundSide rest;
  for (auto [i, axis] : llvm::enumerate(operand.side)) {
    if (isNeeded(axis.factors[0].key))
      rest.push_back(axis);
    else
      axes.push_back(i);
  }
  if (axes.empty())
    return;
  operand.value = dialect::ReduceOp::create(call.elaborator.getBuilder(), call.location(),
                                            typed(operand.value, rest), dialect::ReduceKind::Sum,
                                            operand.value, axes);
  operand.side = rest;
}

Operand Einsum::contract(const Operand &left, const Operand &right, const BoundSide &wanted) {
  std::map<std::string, int64_t> index;
  auto indices = [&](const BoundSide &side) {
    llvm::SmallVector<int64_t> out;
    for (const BoundAxis &axis : side)
      out.push_back(index.try_emplace(axis.factors[0].key, index.size()).first->second);
    return out;
  };
  llvm::SmallVector<int64_t> leftIndices = indices(left.side), rightIndices = indices(right.side);
  llvm::SmallVector<int64_t> resultIndices = indices(wanted);
  mlir::Value value = dialect::ContractOp::create(
      call.elaborator.getBuilder(), call.location(), typed(left.value, wanted), left.value,
      right.value, leftIndices, rightIndices, resultIndices);
  return {value, wanted};
}

mlir::Value Einsum::build() {
  BoundSide flat;
  for (const BoundAxis &axis : result)
    for (const Factor &factor : axis.factors)
      flat.push_back({{factor}, false});

  Operand current = operands.front();
  for (size_t next = 1; next <= operands.size(); ++next) {
    bool last = next == operands.size();
    sumOut(current, [&](llvm::StringRef key) { return neededLater(key, next); });
    if (last)
      break;
    Operand right = operands[next];
    sumOut(right, [&](llvm::StringRef key) {
      return hasKey(current.side, key) || neededLater(key, next + 1);
    });
    BoundSide wanted;
    if (next + 1 == operands.size()) {
      wanted = flat;
    } else {
      for (const BoundSide *side : {&current.side, &right.side})
        for (const BoundAxis &axis : *side)
          if (neededLater(axis.factors[0].key, next + 1) && !hasKey(wanted, axis.factors[0].key))
            wanted.push_back(axis);
    }
    current = contract(current, right, wanted);
  }
  return moveFactors(call, current.value, current.side, result);
}

} // namespace

Value buildEinsum(BuiltinCall &call) {
  PatternBinding binding(call);
  llvm::ArrayRef<CallArgument> given = call.rest();
  if (!binding.read(0))
    return {};
  if (given.empty() || binding.inputCount() != given.size()) {
    binding.error("the pattern of 'einsum'")
        .expected(llvm::Twine(given.size()) + " tensors before '->'",
                  llvm::Twine(binding.inputCount()));
    return {};
  }
  std::vector<Operand> operands;
  for (auto [i, argument] : llvm::enumerate(given)) {
    mlir::Value tensor = call.elaborator.asTensor(argument.value, call.frame, argument.range);
    bool isFloat = tensor && mlir::isa<mlir::FloatType>(
                                 llvm::cast<TensorType>(tensor.getType()).getElementType());
    if (!isFloat) {
      call.elaborator
          .error(call.frame, argument.range, "argument " + llvm::Twine(i + 1) + " of 'einsum'")
          .expected("a tensor of floats", argument.value.describe());
      return {};
    }
    auto side = binding.bindInput(i, llvm::cast<TensorType>(tensor.getType()));
    if (!side)
      return {};
    operands.push_back({tensor, *side});
  }
  auto result = binding.bindOutput(/*mayAppear=*/false);
  if (!result)
    return {};
  Einsum einsum(call, *result);
  for (Operand &operand : operands) {
    operand.value = splitFactors(call, operand.value, operand.side, /*dropUnits=*/true);
    einsum.add(std::move(operand));
  }
  return einsum.build();
}

} // namespace tenon::lang
