//===- KanLowering.cpp - Kolmogorov-Arnold layers as products -------------===//
//
// A layer is a product whose lhs, the terms of the basis, is made where it is
// multiplied. The sum over elements and terms runs in chunks of elements, so that the
// terms of a block of rows stay in cache; the coefficients are copied to this order,
// which for parameters happens at load.
//
//===----------------------------------------------------------------------===//

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"
#include "tenon/Conversion/TenonToKernel/Passes.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::tenon;
using kernel::AccessAttr;
using kernel::DimRole;

namespace {
struct KanLowering : public KernelLoweringOpInterface::ExternalModel<KanLowering, KanOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const;
};
} // namespace

/// The terms of a chunk that a block of rows should not exceed: what a product takes
/// in one pass.
constexpr int64_t kChunkTerms = 1024;

/// The elements per chunk, a divisor of their number: as many as `kChunkTerms` allows,
/// whole vectors where there is a choice. Else as many as one sum may have, and 0 when
/// there is no such divisor.
static int64_t chooseChunk(int64_t elements, int64_t terms) {
  auto find = [&](int64_t most, int64_t multiple) -> int64_t {
    for (int64_t chunk = std::min(elements, most / terms); chunk > 0; --chunk)
      if (elements % chunk == 0 && chunk % multiple == 0)
        return chunk;
    return 0;
  };
  constexpr int64_t kVector = 8;
  // Chunks narrower than a vector would waste most of its lanes.
  if (int64_t chunk = find(kChunkTerms, kVector))
    return chunk;
  int64_t few = find(kChunkTerms, 1), many = find(kernel::kSumBlock, 1);
  return few >= kVector || few == many ? few : many;
}

LogicalResult KanLowering::lowerToKernel(Operation *op, KernelLowering &lowering) const {
  auto kan = cast<KanOp>(op);
  Location loc = op->getLoc();
  MLIRContext *context = op->getContext();
  OpBuilder &builder = lowering.builder;
  TenonTensorType type = kan.getResult().getType(), coefficients = kan.getCoefficients().getType();
  if (!type.getElementType().isF32())
    return kan.emitOpError() << "cannot be lowered: elements of type " << type.getElementType()
                             << "; expected f32";
  int64_t elements = *coefficients.getDim(1).getConstant(),
          terms = *coefficients.getDim(2).getConstant();
  int64_t chunk = chooseChunk(elements, terms);
  if (chunk == 0)
    return kan.emitOpError() << "cannot be lowered: basis of " << terms
                             << " terms; expected at most " << kernel::kSumBlock;
  auto size = [&](int64_t value) { return SizeAttr::get(context, value); };

  // Coefficients in the order [O, chunks, terms, elements of a chunk].
  View source = lowering.getView(kan.getCoefficients());
  DomainBuilder order = lowering.createDomain();
  SmallVector<SizeAttr> shape = {coefficients.getDim(0), size(elements / chunk), size(terms),
                                 size(chunk)};
  SmallVector<int64_t> axes;
  for (SizeAttr extent : shape)
    axes.push_back(order.add(DimRole::Rows, extent));
  Value ordered = lowering.createEmpty(loc, coefficients.withShape(shape));
  SizeAttr perOutput = source.strides[0], perElement = source.strides[1],
           perTerm = source.strides[2];
  ordered = lowering.createRows(
      loc, order, source.buffer,
      order.access(source.offset,
                   {{0, perOutput}, {1, perElement.mul(chunk)}, {2, perTerm}, {3, perElement}}),
      ordered, order.access(lowering.getView(ordered), axes), yieldFirst);

  DomainBuilder domain = lowering.createDomain();
  SmallVector<int64_t> rows;
  for (SizeAttr extent : type.getShape().drop_back())
    rows.push_back(domain.add(DimRole::Rows, extent));
  if (rows.empty())
    domain.add(DimRole::Rows, size(1));
  unsigned column = domain.add(DimRole::Cols, coefficients.getDim(0));
  unsigned chunkDim = domain.add(DimRole::Sum, shape[1]),
           termDim = domain.add(DimRole::Sum, shape[2]),
           elementDim = domain.add(DimRole::Sum, shape[3]);
  auto accessInput = [&](Value input) {
    View view = lowering.getView(input);
    ArrayRef<SizeAttr> inputShape = cast<TenonTensorType>(input.getType()).getShape();
    SmallVector<std::pair<unsigned, SizeAttr>> steps;
    for (auto [axis, extent] : llvm::enumerate(inputShape)) {
      if (extent.isOne())
        continue;
      if (axis + 1 == inputShape.size()) {
        steps.emplace_back(chunkDim, view.strides[axis].mul(chunk));
        steps.emplace_back(elementDim, view.strides[axis]);
      } else {
        steps.emplace_back(rows[rows.size() + 1 - inputShape.size() + axis], view.strides[axis]);
      }
    }
    return domain.access(view.offset, steps);
  };
  SmallVector<Value> inputs = {lowering.getView(kan.getInputs()[0]).buffer, ordered};
  SmallVector<Attribute> accesses = {accessInput(kan.getInputs()[0]),
                                     domain.access(size(0), {{column, size(elements * terms)},
                                                             {chunkDim, size(terms * chunk)},
                                                             {termDim, size(chunk)},
                                                             {elementDim, size(1)}})};
  for (Value input : kan.getInputs().drop_front()) {
    inputs.push_back(lowering.getView(input).buffer);
    accesses.push_back(accessInput(input));
  }
  Value destination = lowering.createEmpty(loc, type);
  SmallVector<int64_t> resultDims(rows);
  resultDims.push_back(column);
  accesses.push_back(domain.access(lowering.getView(destination), resultDims));
  auto product = kernel::ContractOp::create(
      builder, loc, destination.getType(), inputs, destination, domain.getDomain(),
      builder.getArrayAttr(accesses), IntegerAttr(), UnitAttr());
  IRMapping mapping;
  kan.getBasis().cloneInto(&product.getPrologue(), mapping);
  buildIdentityRegion(builder, product.getEpilogue(), builder.getF32Type(), loc);
  lowering.setBuffer(kan.getResult(), product.getResult());
  return success();
}

void mlir::tenon::registerKanLowerings(DialectRegistry &registry) {
  registry.addExtension(
      +[](MLIRContext *context, TenonDialect *) { KanOp::attachInterface<KanLowering>(*context); });
}
