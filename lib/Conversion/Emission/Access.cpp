//===- Access.cpp - Loads and stores at a point of the domain -------------===//

#include "tenon/Conversion/Emission/Access.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {

Type getLaneType(Type type, unsigned lanes) {
  return lanes == 0 ? type : VectorType::get({int64_t(lanes)}, type);
}

void setIndices(EmitContext &context, Point &point, ArrayRef<unsigned> dims, Value number) {
  SmallVector<Value> sizes = llvm::map_to_vector(
      dims, [&](unsigned dim) { return context.getSize(context.getOp().getDim(dim).getSize()); });
  for (auto [dim, index] : llvm::zip(dims, context.delinearize(number, sizes)))
    point.indices[dim] = index;
}

Value getNumber(EmitContext &context, const Point &point, ArrayRef<unsigned> dims) {
  Value number = context.getIndex(0);
  for (unsigned dim : dims)
    number =
        context.add(context.mul(number, context.getSize(context.getOp().getDim(dim).getSize())),
                    point.indices[dim]);
  return number;
}

SizeAttr countPoints(EmitContext &context, ArrayRef<unsigned> dims) {
  SizeAttr number = context.makeSize(1);
  for (unsigned dim : dims)
    number = number.mul(context.getOp().getDim(dim).getSize());
  return number;
}

std::pair<SmallVector<unsigned>, SmallVector<unsigned>>
splitByUse(KernelOpInterface form, ArrayRef<unsigned> dims, ArrayRef<unsigned> operands) {
  std::pair<SmallVector<unsigned>, SmallVector<unsigned>> parts;
  for (unsigned dim : dims) {
    bool isUsed = llvm::any_of(operands, [&](unsigned operand) {
      return !form.getAccess(operand).getCoefficients()[dim].isZero();
    });
    (isUsed ? parts.first : parts.second).push_back(dim);
  }
  return parts;
}

Value getOffset(EmitContext &context, AccessAttr access, const Point &point) {
  Value offset = context.getSize(access.getOffset());
  for (auto [coefficient, index] : llvm::zip(access.getCoefficients(), point.indices))
    if (index && !coefficient.isZero())
      offset = context.add(offset, context.mul(index, context.getSize(coefficient)));
  return offset;
}

bool isUnitOrZero(SizeAttr coefficient) { return coefficient.isZero() || coefficient.isOne(); }

static Type getElementType(EmitContext &context, unsigned operand) {
  Type type = context.getOp()->getOperand(operand).getType();
  return cast<TenonTensorType>(type).getElementType();
}

/// Booleans are bytes in memory.
static Value fromMemory(EmitContext &context, Value value, Type elementType) {
  if (!elementType.isInteger(1))
    return value;
  return arith::CmpIOp::create(context, arith::CmpIPredicate::ne, value,
                               context.getInteger(value.getType(), 0));
}

static Value toMemory(EmitContext &context, Value value) {
  if (!getElementTypeOrSelf(value).isInteger(1))
    return value;
  Type byte = context.getI8Type();
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    byte = vector.clone(byte);
  return arith::ExtUIOp::create(context, byte, value);
}

/// Distances of the lanes from the first: 0, stride, 2 * stride, ...
static Value makeLaneOffsets(EmitContext &context, SizeAttr stride, unsigned lanes) {
  auto type = VectorType::get({int64_t(lanes)}, context.getIndexType());
  Value step = vector::StepOp::create(context, type);
  Value factor = vector::BroadcastOp::create(context, type, context.getSize(stride));
  return arith::MulIOp::create(context, step, factor);
}

static Value getMask(EmitContext &context, const Point &point) {
  if (point.mask)
    return point.mask;
  return context.getInteger(getLaneType(context.getI1Type(), point.lanes), 1);
}

Value loadLanes(EmitContext &context, Value buffer, Value offset, SizeAttr stride, Type elementType,
                const Point &point) {
  if (point.lanes == 0 || stride.isZero())
    return fromMemory(context, memref::LoadOp::create(context, buffer, offset), elementType);
  Type stored = cast<MemRefType>(buffer.getType()).getElementType();
  auto type = cast<VectorType>(getLaneType(stored, point.lanes));
  Value zero;
  if (point.mask || !stride.isOne())
    zero = context.getConstant(cast<TypedAttr>(context.getZeroAttr(type)));
  Value loaded;
  if (!stride.isOne())
    loaded = vector::GatherOp::create(context, type, buffer, offset,
                                      makeLaneOffsets(context, stride, point.lanes),
                                      getMask(context, point), zero);
  else if (point.mask)
    loaded = vector::MaskedLoadOp::create(context, type, buffer, offset, point.mask, zero);
  else
    loaded = vector::LoadOp::create(context, type, buffer, offset);
  return fromMemory(context, loaded, elementType);
}

Value loadIndex(EmitContext &context, unsigned operand, Value offset) {
  Value stored = memref::LoadOp::create(context, context.getBuffer(operand), offset);
  return arith::IndexCastOp::create(context, context.getIndexType(), stored);
}

Value loadElement(EmitContext &context, unsigned operand, const Point &point) {
  AccessAttr access = context.getOp().getAccess(operand);
  SizeAttr stride =
      point.lanes == 0 ? context.makeSize(0) : access.getCoefficients()[point.vectorDim];
  return loadLanes(context, context.getBuffer(operand), getOffset(context, access, point), stride,
                   getElementType(context, operand), point);
}

Value widen(EmitContext &context, Value element) {
  if (!element.getType().isBF16())
    return element;
  return arith::ExtFOp::create(context, context.getF32Type(), element);
}

void storeElement(EmitContext &context, Value value, const Point &point) {
  AccessAttr access = context.getOp().getDestinationAccess();
  SizeAttr stride =
      point.lanes == 0 ? context.makeSize(0) : access.getCoefficients()[point.vectorDim];
  storeLanes(context, value, getOffset(context, access, point), stride, point);
}

void storeLanes(EmitContext &context, Value value, Value offset, SizeAttr stride,
                const Point &point) {
  Value buffer = context.getBuffer(context.getOp()->getNumOperands() - 1);
  if (point.lanes != 0 && !stride.isZero())
    value = broadcastLanes(context, value, point.lanes);
  else if (isa<VectorType>(value.getType()))
    value = vector::ExtractOp::create(context, value, 0);
  value = toMemory(context, value);
  if (point.lanes == 0 || stride.isZero())
    memref::StoreOp::create(context, value, buffer, offset);
  else if (!stride.isOne())
    vector::ScatterOp::create(context, Type(), buffer, offset,
                              makeLaneOffsets(context, stride, point.lanes),
                              getMask(context, point), value);
  else if (point.mask)
    vector::MaskedStoreOp::create(context, buffer, offset, point.mask, value);
  else
    vector::StoreOp::create(context, value, buffer, offset);
}

Value makeMask(EmitContext &context, unsigned lanes, Value count) {
  auto type = cast<VectorType>(getLaneType(context.getI1Type(), lanes));
  if (std::optional<int64_t> constant = getConstantIntValue(count))
    return vector::ConstantMaskOp::create(context, type, std::clamp<int64_t>(*constant, 0, lanes));
  return vector::CreateMaskOp::create(context, type, count);
}

Value broadcastLanes(EmitContext &context, Value value, unsigned lanes) {
  if (lanes == 0 || isa<VectorType>(value.getType()))
    return value;
  Type type = getLaneType(value.getType(), lanes);
  if (auto constant = value.getDefiningOp<arith::ConstantOp>())
    return context.getConstant(DenseElementsAttr::get(cast<VectorType>(type), constant.getValue()));
  return vector::BroadcastOp::create(context, type, value);
}

} // namespace mlir::tenon::kernel
