//===- RaiseFfn.cpp - Feed-forward blocks from dataflow -------------------===//

#include "tenon/Dialect/Tenon/IR/Remarks.h"
#include "tenon/Dialect/Tenon/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_TENONRAISEFFN
#include "tenon/Dialect/Tenon/Transforms/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// x W^T + b over the last axis of x.
struct Linear {
  ContractOp product;
  Value bias; // null without one
  Value result;
};

struct RaiseFfn : public tenon::impl::TenonRaiseFfnBase<RaiseFfn> {
  void runOnOperation() override;
};

} // namespace

/// True when `contract` is x[.., d] * W[o, d] -> [.., o] in f32.
static bool isLinear(ContractOp contract) {
  ArrayRef<int64_t> x = contract.getLhsIndices(), w = contract.getRhsIndices(),
                    y = contract.getResultIndices();
  return contract.getResult().getType().getElementType().isF32() && w.size() == 2 && !x.empty() &&
         y.size() == x.size() && x.back() == w[1] && y.back() == w[0] &&
         x.drop_back() == y.drop_back();
}

/// The other operand when `map` adds a tensor [O] to `product`; else null.
static Value getBias(MapOp map, Value product) {
  if (map.getInputs().size() != 2 || map.getResult().getType() != product.getType())
    return {};
  Block &body = map.getBody().front();
  auto add = dyn_cast<arith::AddFOp>(body.front());
  if (!add || body.getTerminator()->getOperand(0) != add.getResult() ||
      !isa<BlockArgument>(add.getLhs()) || !isa<BlockArgument>(add.getRhs()) ||
      add.getLhs() == add.getRhs())
    return {};
  Value bias = map.getInputs()[map.getInputs()[0] == product ? 1 : 0];
  auto type = cast<TenonTensorType>(bias.getType());
  if (bias == product || type.getRank() != 1 ||
      type.getDim(0) != cast<TenonTensorType>(product.getType()).getShape().back())
    return {};
  return bias;
}

/// The linear map that ends in `contract`, together with a bias when the sum is
/// its only use.
static Linear getLinear(ContractOp contract) {
  Linear linear{contract, Value(), contract.getResult()};
  if (contract.getResult().hasOneUse())
    if (auto map = dyn_cast<MapOp>(*contract.getResult().user_begin()))
      if (Value bias = getBias(map, contract.getResult()))
        linear = {contract, bias, map.getResult()};
  return linear;
}

/// The maps from `value` on that take nothing but it and keep its type.
static SmallVector<MapOp> getActivations(Value value) {
  SmallVector<MapOp> maps;
  while (value.hasOneUse()) {
    auto map = dyn_cast<MapOp>(*value.user_begin());
    if (!map || map.getInputs().size() != 1 || map.getResult().getType() != value.getType())
      break;
    maps.push_back(map);
    value = map.getResult();
  }
  return maps;
}

/// Says what keeps `first`, an activation of its values and a product that reads
/// them from being one block; silent when there is no such chain. `hidden` is
/// the value after the activations found so far.
static void remarkApart(ContractOp first, Value hidden, bool isActivated) {
  constexpr llvm::StringLiteral pass = "tenon-raise-ffn";
  auto isProductOf = [](Operation *user, Value lhs) {
    auto contract = dyn_cast<ContractOp>(user);
    return contract && contract.getLhs() == lhs;
  };
  for (Operation *user : hidden.getUsers()) {
    auto map = dyn_cast<MapOp>(user);
    bool isChain = isProductOf(user, hidden)
                       ? isActivated
                       : map && llvm::any_of(map->getUsers(), [&](auto *next) {
                           return isProductOf(next, map.getResult());
                         });
    if (!isChain)
      continue;
    if (!hidden.hasOneUse())
      remarkFallback(first, pass, "HiddenHasAnotherReader",
                     "no feed-forward block: its hidden values have another reader");
    else if (map)
      remarkFallback(first, pass, "ActivationReadsOthers",
                     "no feed-forward block: the activation reads other values, too");
    else
      remarkFallback(first, pass, "SecondIsNotLinear",
                     "no feed-forward block: the product after the activation is not with a "
                     "matrix [out, in] over the last axis");
    return;
  }
}

void RaiseFfn::runOnOperation() {
  SmallVector<ContractOp> contracts;
  getOperation().walk([&](ContractOp contract) { contracts.push_back(contract); });
  llvm::SmallPtrSet<Operation *, 16> raised;
  for (ContractOp contract : contracts) {
    if (raised.contains(contract) || !isLinear(contract))
      continue;
    Linear first = getLinear(contract);
    SmallVector<MapOp> activations = getActivations(first.result);
    Value hidden = activations.empty() ? first.result : activations.back().getResult();
    auto next = !activations.empty() && hidden.hasOneUse()
                    ? dyn_cast<ContractOp>(*hidden.user_begin())
                    : ContractOp();
    if (!next || !isLinear(next) || next.getLhs() != hidden) {
      remarkApart(contract, hidden, !activations.empty());
      continue;
    }
    Linear second = getLinear(next);

    OpBuilder builder(second.result.getDefiningOp());
    auto ffn =
        FfnOp::create(builder, next.getLoc(), second.result.getType(), first.product.getLhs(),
                      first.product.getRhs(), second.product.getRhs(), first.bias, second.bias);
    Block *block = builder.createBlock(&ffn.getActivation());
    Value value = block->addArgument(builder.getF32Type(), ffn.getLoc());
    for (MapOp map : activations) {
      IRMapping mapping;
      mapping.map(map.getBody().getArgument(0), value);
      for (Operation &op : map.getBody().front().without_terminator())
        builder.clone(op, mapping);
      value = mapping.lookupOrDefault(map.getBody().front().getTerminator()->getOperand(0));
    }
    YieldOp::create(builder, ffn.getLoc(), value);
    second.result.replaceAllUsesWith(ffn.getResult());
    raised.insert(second.product);
    // From the last op back: each is without uses when its turn comes.
    auto eraseLinear = [](const Linear &linear) {
      if (linear.bias)
        linear.result.getDefiningOp()->erase();
      linear.product->erase();
    };
    eraseLinear(second);
    for (MapOp map : llvm::reverse(activations))
      map->erase();
    eraseLinear(first);
    ++numRaised;
  }
}
