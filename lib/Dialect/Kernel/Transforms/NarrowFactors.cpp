//===- NarrowFactors.cpp - Factors of products in bf16 --------------------===//

#include "tenon/Dialect/Kernel/Transforms/Passes.h"
#include "tenon/Dialect/Tenon/IR/ComputeAttribute.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/ADT/MapVector.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELNARROWFACTORS
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

namespace {

/// Elements of bf16 in the 16 bytes that a GPU's thread copies at once.
constexpr int64_t kPiece = 8;

struct NarrowFactors : public impl::KernelNarrowFactorsBase<NarrowFactors> {
  void runOnOperation() override;
};

} // namespace

static TenonTensorType getNarrowType(Value value) {
  return TenonTensorType::get(cast<TenonTensorType>(value.getType()).getShape(),
                              BFloat16Type::get(value.getContext()));
}

static bool isF32(Value value) {
  return cast<TenonTensorType>(value.getType()).getElementType().isF32();
}

/// `number` rounded to bf16.
static Value narrow(OpBuilder &b, Value number) {
  return arith::TruncFOp::create(b, number.getLoc(), b.getBF16Type(), number);
}

/// The kernel that computes `value` and can store it in bf16: it alone writes to fresh
/// memory, and products alone read it. `numReads` is how often they do.
static KernelOpInterface getProducer(Value value, size_t numReads) {
  auto producer = value.getDefiningOp<KernelOpInterface>();
  if (!producer || !llvm::hasNItems(value.getUses(), unsigned(numReads)))
    return {};
  Value destination = producer.getDestinationOperand();
  bool isFresh = destination.getDefiningOp<EmptyOp>() && destination.hasOneUse();
  bool canStore =
      producer.canStore(BFloat16Type::get(value.getContext()), producer.getDestinationAccess());
  return isFresh && canStore ? producer : KernelOpInterface();
}

static void narrowResult(KernelOpInterface producer) {
  Operation *terminator = producer.getEpilogueRegion().front().getTerminator();
  OpBuilder b(terminator);
  terminator->setOperand(0, narrow(b, terminator->getOperand(0)));
  Value result = producer->getResult(0);
  for (Value value : {result, producer.getDestinationOperand()})
    value.setType(getNarrowType(value));
}

/// A copy of `value`, all of which lies in one run.
static Value makeCopy(Value value) {
  OpBuilder b(value.getContext());
  b.setInsertionPointAfterValue(value);
  Location loc = value.getLoc();
  TenonTensorType type = getNarrowType(value);
  Value destination = EmptyOp::create(b, loc, type);
  auto size = [&](int64_t number) { return SizeAttr::get(b.getContext(), number); };
  Attribute dim =
      DimAttr::get(b.getContext(), DimRole::Rows, b.getStringAttr("m"), type.getNumElements());
  Attribute access = AccessAttr::get(b.getContext(), size(0), {size(1)});
  auto copy = RowsOp::create(b, loc, type, value, destination, b.getArrayAttr(dim),
                             b.getArrayAttr({access, access}));
  Block *body = b.createBlock(&copy.getBody());
  YieldOp::create(b, loc, narrow(b, body->addArgument(b.getF32Type(), loc)));
  return copy.getResult();
}

void NarrowFactors::runOnOperation() {
  auto module = getOperation()->getParentOfType<ModuleOp>();
  auto compute = module->getAttrOfType<TypeAttr>(kComputeAttr);
  if (!compute || !compute.getValue().isBF16())
    return;
  llvm::MapVector<Value, SmallVector<OpOperand *>> reads;
  getOperation().walk([&](KernelOpInterface op) {
    SmallVector<unsigned> factors = op.getFactors(kPiece);
    if (!llvm::all_of(factors, [&](unsigned factor) { return isF32(op->getOperand(factor)); }))
      return;
    for (unsigned factor : factors)
      reads[op->getOperand(factor)].push_back(&op->getOpOperand(factor));
  });
  for (auto &[value, operands] : reads) {
    if (KernelOpInterface producer = getProducer(value, operands.size())) {
      narrowResult(producer);
      ++numNarrowed;
      continue;
    }
    Value copy = makeCopy(value);
    for (OpOperand *operand : operands)
      operand->set(copy);
    ++numCopied;
  }
}

} // namespace mlir::tenon::kernel
