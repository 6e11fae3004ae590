//===- FusionSupport.cpp - Matching the dimensions of two kernels ---------===//

#include "FusionSupport.h"

#include "tenon/Dialect/Tenon/IR/Remarks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::tenon::kernel {

std::optional<DimMap> matchDims(KernelOpInterface from, AccessAttr fromAccess, KernelOpInterface to,
                                AccessAttr toAccess,
                                llvm::function_ref<bool(unsigned)> isCandidate) {
  if (fromAccess.getOffset() != toAccess.getOffset())
    return std::nullopt;
  DimMap dims;
  SmallVector<bool> taken(to.getNumDims(), false);
  // The free dimension that steps by `stride` and whose size divides `size`;
  // one of exactly this size comes first.
  auto find = [&](SizeAttr stride, SizeAttr size) {
    std::optional<unsigned> found;
    for (unsigned j = 0; j < to.getNumDims(); ++j) {
      SizeAttr candidate = to.getDim(j).getSize();
      if (taken[j] || !isCandidate(j) || candidate.isOne() ||
          toAccess.getCoefficients()[j] != stride || !size.divideExactly(candidate))
        continue;
      if (candidate == size)
        return std::optional<unsigned>(j);
      found = j;
    }
    return found;
  };
  for (unsigned i = 0; i < from.getNumDims(); ++i) {
    DimParts &parts = dims.emplace_back();
    SizeAttr one = SizeAttr::get(from.getContext(), 1);
    SizeAttr rest = from.getDim(i).getSize(), weight = one;
    while (!rest.isOne()) {
      std::optional<unsigned> part = find(fromAccess.getCoefficients()[i].mul(weight), rest);
      if (!part)
        return std::nullopt;
      taken[*part] = true;
      parts.emplace_back(*part, weight);
      weight = weight.mul(to.getDim(*part).getSize());
      rest = rest.divideExactly(to.getDim(*part).getSize());
    }
  }
  return dims;
}

bool isPart(const DimMap &dims, unsigned dim) {
  return llvm::any_of(dims, [=](const DimParts &parts) {
    return llvm::any_of(parts, [=](const auto &part) { return part.first == dim; });
  });
}

AccessAttr remapAccess(AccessAttr access, const DimMap &dims, unsigned numDims) {
  SmallVector<SizeAttr> coefficients(numDims, SizeAttr::get(access.getContext(), 0));
  for (auto [coefficient, parts] : llvm::zip(access.getCoefficients(), dims))
    for (auto [dim, weight] : parts)
      coefficients[dim] = coefficients[dim].add(coefficient.mul(weight));
  return AccessAttr::get(access.getContext(), access.getOffset(), coefficients);
}

/// The index along a dimension from the indices along its parts.
static Value buildPosition(OpBuilder &builder, Location loc, const DimParts &parts) {
  Type index = builder.getIndexType();
  Value sum;
  for (auto [dim, weight] : parts) {
    Value term = PositionOp::create(builder, loc, index, dim);
    if (!weight.isOne())
      term =
          arith::MulIOp::create(builder, loc, term, ExtentOp::create(builder, loc, index, weight));
    sum = sum ? arith::AddIOp::create(builder, loc, sum, term).getResult() : term;
  }
  return sum ? sum
             : ExtentOp::create(builder, loc, index, SizeAttr::get(builder.getContext(), 0))
                   .getResult();
}

StringAttr makeDimName(KernelOpInterface op, StringRef base) {
  auto isTaken = [&](StringRef name) {
    auto has = [&](SizeAttr size) {
      return llvm::any_of(size.getSymbols(), [&](StringAttr s) { return s.getValue() == name; });
    };
    for (unsigned dim = 0; dim < op.getNumDims(); ++dim)
      if (op.getDim(dim).getName().getValue() == name || has(op.getDim(dim).getSize()))
        return true;
    for (unsigned i = 0; i < op->getNumOperands(); ++i)
      if (has(op.getAccess(i).getOffset()) || llvm::any_of(op.getAccess(i).getCoefficients(), has))
        return true;
    return false;
  };
  std::string name = base.str();
  for (int number = 0; isTaken(name); ++number)
    name = (base + llvm::Twine(number)).str();
  return StringAttr::get(op->getContext(), name);
}

bool isMap(KernelOpInterface op) {
  // A reduction over no dimension would reduce over those of another kernel.
  return isa<RowsOp>(op.getOperation()) && op.getDims(DimRole::Sum).empty() &&
         op.getEpilogueRegion().getOps<ReduceOp>().empty();
}

std::optional<unsigned> getOnlyDim(KernelOpInterface kernel) {
  std::optional<unsigned> only;
  for (unsigned dim = 0; dim < kernel.getNumDims(); ++dim) {
    if (kernel.getDim(dim).getSize().isOne())
      continue;
    if (only)
      return std::nullopt;
    only = dim;
  }
  return only;
}

std::string describe(Operation *op) {
  StringRef block = getOrigin(op->getLoc()).block;
  std::string name = ("'" + getDisplayName(op) + "'").str();
  return block.empty() ? name : name + " of " + block.str();
}

KernelOpInterface getReader(Value value) {
  KernelOpInterface first;
  for (Operation *user : value.getUsers())
    if (auto kernel = dyn_cast<KernelOpInterface>(user);
        kernel && (!first || kernel->isBeforeInBlock(first)))
      first = kernel;
  return first;
}

std::optional<Refusal> refuseSharedResult(KernelOpInterface producer, Operation *reader) {
  for (OpOperand &use : producer->getResult(0).getUses()) {
    if (use.getOwner() != reader)
      return Refusal{"ResultHasAnotherReader",
                     "its result has another reader, " + describe(use.getOwner())};
    if (use.getOperandNumber() + 1 == reader->getNumOperands())
      return Refusal{"ResultIsDestination", "its result is the destination of " + describe(reader)};
  }
  // What the producer writes must be all there is.
  Value destination = producer.getDestinationOperand();
  if (!destination.getDefiningOp<EmptyOp>() || !destination.hasOneUse())
    return Refusal{"DestinationHoldsOtherData", "its destination holds other data"};
  return std::nullopt;
}

/// One write and one read of an element of the kernel's result.
static int64_t getTripBytes(KernelOpInterface kernel) {
  return 2 * cast<TenonTensorType>(kernel->getResult(0).getType()).getElementBytes();
}

RepetitionCost getRepetitionCost(KernelOpInterface map) {
  return {countScalarOps(map.getEpilogueRegion()), getTripBytes(map)};
}

SizeAttr getBytesSaved(KernelOpInterface producer) {
  auto type = cast<TenonTensorType>(producer->getResult(0).getType());
  return type.getNumElements().mul(getTripBytes(producer));
}

Value cloneScalarRegion(OpBuilder &builder, Region &region, ValueRange arguments,
                        const DimMap &dims) {
  IRMapping mapping;
  mapping.map(region.getArguments(), arguments);
  for (Operation &op : region.front().without_terminator()) {
    if (auto position = dyn_cast<PositionOp>(op))
      mapping.map(position.getResult(),
                  buildPosition(builder, op.getLoc(), dims[position.getDim()]));
    else
      builder.clone(op, mapping);
  }
  return mapping.lookupOrDefault(region.front().getTerminator()->getOperand(0));
}

void joinReader(KernelOpInterface producer, KernelOpInterface reader,
                ArrayRef<SharedInput> shared) {
  OpBuilder builder(reader);
  unsigned numDims = reader.getNumDims();
  Region &body = reader.getEpilogueRegion();
  SmallVector<Value> inputs(reader.getInputs());
  SmallVector<Attribute> accesses(reader.getAccesses().getValue().drop_back());

  // The map's inputs join at the end, once per place that reads its result.
  builder.setInsertionPointToStart(&body.front());
  for (const SharedInput &input : shared) {
    SmallVector<Value> arguments;
    for (auto [index, value] : llvm::enumerate(producer.getInputs())) {
      inputs.push_back(value);
      accesses.push_back(remapAccess(producer.getAccess(index), input.dims, numDims));
      arguments.push_back(body.addArgument(cast<TenonTensorType>(value.getType()).getElementType(),
                                           producer->getLoc()));
    }
    Value value = cloneScalarRegion(builder, producer.getEpilogueRegion(), arguments, input.dims);
    body.getArgument(input.index).replaceAllUsesWith(value);
  }
  // Then the places themselves go, from the last.
  for (const SharedInput &input : llvm::reverse(shared)) {
    inputs.erase(inputs.begin() + input.index);
    accesses.erase(accesses.begin() + input.index);
    body.eraseArgument(input.index);
  }
  accesses.push_back(reader.getDestinationAccess());
  reader.getInputsMutable().assign(inputs);
  reader.setAccessesAttr(builder.getArrayAttr(accesses));
  Value destination = producer.getDestinationOperand();
  producer->erase();
  destination.getDefiningOp()->erase();
}

bool isPacked(KernelOpInterface kernel, unsigned operand) {
  return isa<ContractOp, WindowOp>(kernel.getOperation()) && operand == 1;
}

} // namespace mlir::tenon::kernel
