//===- Conv.cpp - Derivatives of convolution ------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// A convolution as products: its input [B, G, C, ..] and result [B, G, O, P..] by
/// groups, its filter [G, O, C, T..].
class ConvProducts {
public:
  ConvProducts(ConvOp conv, OpBuilder &builder)
      : conv(conv), tensors(builder, conv.getLoc()),
        numSpatial(conv.getInput().getType().getRank() - 2) {}

  Value byInput(Value gradient);
  Value byFilter(Value gradient);

private:
  /// Windows that lie side by side and fill the input.
  bool areTiles();
  SizeAttr getResultSize(int64_t axis) { return conv.getResult().getType().getDim(axis + 2); }
  int64_t getWindow(int64_t axis) {
    return *conv.getFilter().getType().getDim(axis + 2).getConstant();
  }
  SizeAttr groups() { return tensors.size(conv.getGroups()); }
  /// Axis `axis` as one of the groups and one within them.
  Value split(Value value, int64_t axis);
  /// The first two axes from `axis` on as one.
  Value merge(Value value, int64_t axis);
  /// The input with its padding, split.
  Value getPadded();
  /// [B, G, C, P1, T1, P2, T2, ..] of [B, G, C, S..], for tiles.
  Value tile(Value value);
  Value untile(Value value);
  /// Visits the places of the window, row by row.
  void forEachPlace(function_ref<void(ArrayRef<int64_t>)> visit);
  /// Indices: 0 batch, 1 group, 2 channel in, 3 channel out, then P.., then T...
  int64_t place(int64_t axis) { return 4 + axis; }
  int64_t tap(int64_t axis) { return 4 + numSpatial + axis; }
  SmallVector<int64_t> resultIndices();

  ConvOp conv;
  TensorBuilder tensors;
  int64_t numSpatial;
};

} // namespace

bool ConvProducts::areTiles() {
  for (int64_t axis = 0; axis < numSpatial; ++axis) {
    int64_t window = getWindow(axis);
    if (conv.getPads()[axis] != 0 || conv.getDilations()[axis] != 1 ||
        conv.getStrides()[axis] != window ||
        getResultSize(axis).mul(window) != conv.getInput().getType().getDim(axis + 2))
      return false;
  }
  return true;
}

Value ConvProducts::split(Value value, int64_t axis) {
  TenonTensorType type = typeOf(value);
  SmallVector<SizeAttr> factors(type.getShape());
  factors[axis] = factors[axis].divideExactly(groups());
  factors.insert(factors.begin() + axis, groups());
  SmallVector<int64_t> inputGroups(type.getRank(), 1), one(type.getRank() + 1, 1);
  inputGroups[axis] = 2;
  return tensors.rearrange(value, factors, inputGroups, axesBut(one.size()), one);
}

Value ConvProducts::merge(Value value, int64_t axis) {
  TenonTensorType type = typeOf(value);
  SmallVector<int64_t> one(type.getRank(), 1), merged(type.getRank() - 1, 1);
  merged[axis] = 2;
  return tensors.rearrange(value, SmallVector<SizeAttr>(type.getShape()), one, axesBut(one.size()),
                           merged);
}

Value ConvProducts::getPadded() {
  Value padded = split(conv.getInput(), 1);
  for (int64_t axis = 0; axis < numSpatial; ++axis) {
    SizeAttr count = tensors.size(conv.getPads()[axis]);
    padded = tensors.pad(padded, axis + 3, count, count);
  }
  return padded;
}

Value ConvProducts::tile(Value value) {
  SmallVector<SizeAttr> factors(typeOf(value).getShape().take_front(3));
  SmallVector<int64_t> inputGroups(3, 1);
  for (int64_t axis = 0; axis < numSpatial; ++axis) {
    factors.append({getResultSize(axis), tensors.size(getWindow(axis))});
    inputGroups.push_back(2);
  }
  SmallVector<int64_t> one(factors.size(), 1);
  return tensors.rearrange(value, factors, inputGroups, axesBut(factors.size()), one);
}

Value ConvProducts::untile(Value value) {
  SmallVector<SizeAttr> factors(typeOf(value).getShape());
  SmallVector<int64_t> one(factors.size(), 1), groups(3, 1);
  groups.append(numSpatial, 2);
  return tensors.rearrange(value, factors, one, axesBut(factors.size()), groups);
}

SmallVector<int64_t> ConvProducts::resultIndices() {
  SmallVector<int64_t> indices = {0, 1, 3};
  for (int64_t axis = 0; axis < numSpatial; ++axis)
    indices.push_back(place(axis));
  return indices;
}

void ConvProducts::forEachPlace(function_ref<void(ArrayRef<int64_t>)> visit) {
  SmallVector<int64_t> at(numSpatial, 0);
  while (true) {
    visit(at);
    int64_t axis = numSpatial - 1;
    while (axis >= 0 && ++at[axis] == getWindow(axis))
      at[axis--] = 0;
    if (axis < 0)
      return;
  }
}

Value ConvProducts::byFilter(Value gradient) {
  Value result = split(gradient, 1);
  SmallVector<int64_t> filter = {1, 3, 2};
  if (areTiles()) {
    SmallVector<int64_t> tiles = {0, 1, 2};
    for (int64_t axis = 0; axis < numSpatial; ++axis) {
      tiles.append({place(axis), tap(axis)});
      filter.push_back(tap(axis));
    }
    Value input = tile(split(conv.getInput(), 1));
    return merge(tensors.contract(result, resultIndices(), input, tiles, filter), 0);
  }
  SmallVector<int64_t> window = {0, 1, 2};
  for (int64_t axis = 0; axis < numSpatial; ++axis)
    window.push_back(place(axis));
  Value padded = getPadded();
  SmallVector<Value> taps;
  forEachPlace([&](ArrayRef<int64_t> at) {
    Value part = padded;
    for (int64_t axis = 0; axis < numSpatial; ++axis)
      part = tensors.slice(part, axis + 3, tensors.size(at[axis] * conv.getDilations()[axis]),
                           getResultSize(axis), conv.getStrides()[axis]);
    Value product = tensors.contract(result, resultIndices(), part, window, filter);
    taps.push_back(tensors.insertUnits(product, 3));
  });
  TenonTensorType type = typeOf(taps.front());
  SmallVector<SizeAttr> shape(type.getShape());
  shape.back() = tensors.size(taps.size());
  Value all = ConcatOp::create(tensors.builder, tensors.loc, type.withShape(shape), taps, 3);
  shape.pop_back();
  SmallVector<int64_t> inputGroups(3, 1);
  inputGroups.push_back(numSpatial);
  for (int64_t axis = 0; axis < numSpatial; ++axis)
    shape.push_back(tensors.size(getWindow(axis)));
  SmallVector<int64_t> groups = {2, 1};
  groups.append(numSpatial, 1);
  return tensors.rearrange(all, shape, inputGroups, axesBut(shape.size()), groups);
}

Value ConvProducts::byInput(Value gradient) {
  Value result = split(gradient, 1), filter = split(conv.getFilter(), 0);
  SmallVector<int64_t> filterIndices = {1, 3, 2}, window = {0, 1, 2};
  if (areTiles()) {
    for (int64_t axis = 0; axis < numSpatial; ++axis) {
      window.append({place(axis), tap(axis)});
      filterIndices.push_back(tap(axis));
    }
    Value tiles = tensors.contract(result, resultIndices(), filter, filterIndices, window);
    return merge(untile(tiles), 1);
  }
  for (int64_t axis = 0; axis < numSpatial; ++axis)
    window.push_back(place(axis));
  TenonTensorType padded = typeOf(getPadded());
  SmallVector<Value> parts;
  forEachPlace([&](ArrayRef<int64_t> at) {
    Value weights = filter;
    for (int64_t axis = 0; axis < numSpatial; ++axis)
      weights = tensors.slice(weights, axis + 3, tensors.size(at[axis]), tensors.size(1));
    TenonTensorType type = typeOf(weights);
    SmallVector<int64_t> one(type.getRank(), 1), groups = {1, 1, 1 + numSpatial};
    weights = tensors.rearrange(weights, SmallVector<SizeAttr>(type.getShape()), one,
                                axesBut(one.size()), groups);
    Value part = tensors.contract(result, resultIndices(), weights, filterIndices, window);
    // Sizes are constant: the zeros are known.
    for (int64_t axis = 0; axis < numSpatial; ++axis)
      part = *tensors.unslice(part, axis + 3, tensors.size(at[axis] * conv.getDilations()[axis]),
                              padded.getDim(axis + 3), conv.getStrides()[axis]);
    parts.push_back(part);
  });
  Value sum = tensors.add(parts);
  for (int64_t axis = 0; axis < numSpatial; ++axis)
    sum = tensors.slice(sum, axis + 3, tensors.size(conv.getPads()[axis]),
                        conv.getInput().getType().getDim(axis + 2));
  return merge(sum, 1);
}

namespace {

struct ConvGradient : DifferentiableOpInterface::ExternalModel<ConvGradient, ConvOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool> wanted) const {
    ConvProducts products(cast<ConvOp>(op), builder);
    SmallVector<Value> results(2);
    if (wanted[0])
      results[0] = products.byInput(gradient);
    if (wanted[1])
      results[1] = products.byFilter(gradient);
    return results;
  }
};

} // namespace

void mlir::tenon::attachConvGradients(MLIRContext &context) {
  ConvOp::attachInterface<ConvGradient>(context);
}
