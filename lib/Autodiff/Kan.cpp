//===- Kan.cpp - Derivatives of Kolmogorov-Arnold layers ------------------===//
//
// Of y[n, o] = sum c[o, i, k] phi_k(x[n, i]) with g, the derivative by y,
//
//   dc[o, i, k] = sum over n of g[n, o] phi_k(x[n, i])
//   dx[n, i]    = sum over k of phi_k'(x[n, i]) t_k[n, i], t_k = sum over o of g[n, o] c[o, i, k]
//
// The terms phi_k are computed again, so that a forward pass keeps x alone. Each k has
// products of its own: terms are made where they are packed, what the t_k are multiplied
// with joins the last of these, and no tensor holds all terms.
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "ScalarGradient.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::tenon;

namespace {

class LayerGradient {
public:
  LayerGradient(TensorBuilder &tensors, KanOp kan, Value gradient)
      : tensors(tensors), kan(kan), gradient(gradient), frame(kan.getResult().getType()),
        lead(axesBut(frame.getRank() - 1)) {
    SmallVector<SizeAttr> shape(frame.getShape());
    shape.back() = typeOf(kan.getCoefficients()).getDim(1);
    frame = frame.withShape(shape);
  }

  Value byCoefficients();
  FailureOr<Value> byInput(unsigned index);

private:
  /// The number of an index beyond those of [.., I].
  int64_t outputIndex() const { return frame.getRank(); }
  int64_t elementIndex() const { return frame.getRank() - 1; }
  SmallVector<int64_t> with(int64_t index) const {
    SmallVector<int64_t> indices(lead);
    indices.push_back(index);
    return indices;
  }
  Block &getBody() { return kan.getBasis().front(); }
  int64_t getNumTerms() { return getBody().getTerminator()->getNumOperands(); }

  Value getTerm(int64_t k);
  Value getCoefficients(int64_t k);

  TensorBuilder &tensors;
  KanOp kan;
  Value gradient;
  /// That of [.., I].
  TenonTensorType frame;
  SmallVector<int64_t> lead;
};

struct KanGradient : DifferentiableOpInterface::ExternalModel<KanGradient, KanOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool> wanted) const {
    auto kan = cast<KanOp>(op);
    TensorBuilder tensors(builder, op->getLoc());
    LayerGradient layer(tensors, kan, gradient);
    SmallVector<Value> results(op->getNumOperands());
    if (wanted[0])
      results[0] = layer.byCoefficients();
    for (unsigned index = 0; index < kan.getInputs().size(); ++index) {
      if (!wanted[index + 1])
        continue;
      FailureOr<Value> result = layer.byInput(index);
      if (failed(result))
        return failure();
      results[index + 1] = *result;
    }
    return results;
  }
};

} // namespace

/// phi_k of all elements.
Value LayerGradient::getTerm(int64_t k) {
  Value yielded = getBody().getTerminator()->getOperand(k);
  if (auto constant = yielded.getDefiningOp<arith::ConstantOp>())
    return ConstantOp::create(tensors.builder, tensors.loc, frame, constant.getValue());
  return tensors.map(frame, kan.getInputs(), [&](OpBuilder &inner, Location, ValueRange arguments) {
    IRMapping mapping;
    mapping.map(getBody().getArguments(), arguments);
    for (Operation &op : getBody().without_terminator())
      inner.clone(op, mapping);
    return mapping.lookupOrDefault(yielded);
  });
}

/// Those of term k, [O, I].
Value LayerGradient::getCoefficients(int64_t k) {
  Value part = tensors.slice(kan.getCoefficients(), 2, tensors.size(k), tensors.size(1));
  return tensors.rearrange(part, SmallVector<SizeAttr>(typeOf(part).getShape()), {1, 1, 1},
                           {0, 1, 2}, {1, 2});
}

Value LayerGradient::byCoefficients() {
  SmallVector<Value> parts;
  for (int64_t k = 0; k < getNumTerms(); ++k) {
    Value part = tensors.contract(gradient, with(outputIndex()), getTerm(k), with(elementIndex()),
                                  {outputIndex(), elementIndex()});
    parts.push_back(tensors.insertUnits(part, {2}));
  }
  return ConcatOp::create(tensors.builder, tensors.loc, typeOf(kan.getCoefficients()), parts, 2);
}

/// The sum over k of phi_k' t_k.
FailureOr<Value> LayerGradient::byInput(unsigned index) {
  SmallVector<Value> inputs;
  for (int64_t k = 0; k < getNumTerms(); ++k)
    inputs.push_back(tensors.contract(gradient, with(outputIndex()), getCoefficients(k),
                                      {outputIndex(), elementIndex()}, with(elementIndex())));
  llvm::append_range(inputs, kan.getInputs());
  FailureOr<Value> sum =
      tensors.mapOrZero(frame, inputs, [&](OpBuilder &inner, Location at, ValueRange values) {
        return buildScalarGradient(inner, at, getBody(), values.drop_front(getNumTerms()),
                                   values.take_front(getNumTerms()), index);
      });
  if (failed(sum) || !*sum)
    return sum;
  return tensors.sumTo(*sum, typeOf(kan.getInputs()[index]));
}

void mlir::tenon::attachKanGradients(MLIRContext &context) {
  KanOp::attachInterface<KanGradient>(context);
}
