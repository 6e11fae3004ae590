//===- KernelLowering.cpp - Views and kernel construction -----------------===//

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"

#include "mlir/IR/IRMapping.h"

#include "tenon/Conversion/TenonToKernel/KernelLoweringOpInterface.cpp.inc"

using namespace mlir;
using namespace mlir::tenon;
using kernel::AccessAttr;
using kernel::DimAttr;
using kernel::DimRole;

SmallVector<SizeAttr> mlir::tenon::getContiguousStrides(ArrayRef<SizeAttr> shape,
                                                        MLIRContext *context) {
  SmallVector<SizeAttr> strides(shape.size());
  SizeAttr stride = SizeAttr::get(context, 1);
  for (int64_t axis = int64_t(shape.size()) - 1; axis >= 0; --axis) {
    strides[axis] = stride;
    stride = stride.mul(shape[axis]);
  }
  return strides;
}

static TenonTensorType typeOf(Value value) { return cast<TenonTensorType>(value.getType()); }

//===----------------------------------------------------------------------===//
// DomainBuilder
//===----------------------------------------------------------------------===//

unsigned DomainBuilder::add(DimRole role, SizeAttr size) {
  roles.push_back(role);
  sizes.push_back(size);
  return roles.size() - 1;
}

AccessAttr DomainBuilder::access(SizeAttr offset,
                                 ArrayRef<std::pair<unsigned, SizeAttr>> coefficients) const {
  SmallVector<SizeAttr> list(sizes.size(), SizeAttr::get(context, 0));
  for (auto [dim, coefficient] : coefficients)
    list[dim] = list[dim].add(coefficient);
  return AccessAttr::get(context, offset, list);
}

AccessAttr DomainBuilder::access(const View &view, ArrayRef<int64_t> dims) const {
  SmallVector<std::pair<unsigned, SizeAttr>> coefficients;
  for (auto [stride, dim] : llvm::zip(view.strides, dims))
    if (dim >= 0)
      coefficients.emplace_back(dim, stride);
  return access(view.offset, coefficients);
}

/// The letter dimensions of a role are named by.
static char roleLetter(DimRole role) {
  switch (role) {
  case DimRole::Batch:
    return 'b';
  case DimRole::Rows:
    return 'm';
  case DimRole::Cols:
    return 'n';
  case DimRole::Sum:
    return 'k';
  case DimRole::Queries:
    return 'i';
  case DimRole::Keys:
    return 'j';
  case DimRole::Depth:
    return 'd';
  case DimRole::Values:
    return 'e';
  case DimRole::Groups:
    return 'g';
  }
  llvm_unreachable("unknown role");
}

ArrayAttr DomainBuilder::getDomain() const {
  // `m0`, `m1`, ...; underscores are added until no size symbol has the name.
  auto isSymbol = [&](StringRef name) {
    return sizeNames.contains(name) || llvm::any_of(sizes, [&](SizeAttr size) {
             return llvm::any_of(size.getSymbols(),
                                 [&](StringAttr s) { return s.getValue() == name; });
           });
  };
  SmallVector<Attribute> dims;
  std::map<DimRole, unsigned> counts;
  for (auto [role, size] : llvm::zip(roles, sizes)) {
    std::string name = roleLetter(role) + std::to_string(counts[role]++);
    while (isSymbol(name))
      name += '_';
    dims.push_back(DimAttr::get(context, role, StringAttr::get(context, name), size));
  }
  return ArrayAttr::get(context, dims);
}

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

View KernelLowering::getView(Value value) const {
  auto it = views.find(value);
  if (it != views.end())
    return it->second;
  return {value, SizeAttr::get(value.getContext(), 0),
          getContiguousStrides(typeOf(value).getShape(), value.getContext())};
}

void KernelLowering::setBuffer(Value value, Value buffer) {
  setView(value, {buffer, SizeAttr::get(value.getContext(), 0),
                  getContiguousStrides(typeOf(value).getShape(), value.getContext())});
}

View KernelLowering::getUnitStrideView(Value value, int64_t unitAxis) {
  View view = getView(value);
  if (view.strides[unitAxis].isOne() || typeOf(value).getDim(unitAxis).isOne())
    return view;
  // The copy puts the axis last; strides are given back in the value's order.
  SmallVector<int64_t> order;
  for (int64_t axis = 0; axis < typeOf(value).getRank(); ++axis)
    if (axis != unitAxis)
      order.push_back(axis);
  order.push_back(unitAxis);
  View copy = copyInOrder(value.getLoc(), value, order);
  View result{copy.buffer, copy.offset, SmallVector<SizeAttr>(order.size())};
  for (auto [position, axis] : llvm::enumerate(order))
    result.strides[axis] = copy.strides[position];
  return result;
}

View KernelLowering::copyInOrder(Location loc, Value value, ArrayRef<int64_t> axes) {
  View source = getView(value);
  SmallVector<SizeAttr> shape;
  View permuted{source.buffer, source.offset, {}};
  DomainBuilder domain = createDomain();
  SmallVector<int64_t> dims;
  for (int64_t axis : axes) {
    shape.push_back(typeOf(value).getDim(axis));
    permuted.strides.push_back(source.strides[axis]);
    dims.push_back(domain.add(DimRole::Rows, shape.back()));
  }
  Value destination = createEmpty(loc, typeOf(value).withShape(shape));
  View result{destination, SizeAttr::get(value.getContext(), 0),
              getContiguousStrides(shape, value.getContext())};
  result.buffer = createRows(loc, domain, source.buffer, domain.access(permuted, dims), destination,
                             domain.access(result, dims), yieldFirst);
  return result;
}

//===----------------------------------------------------------------------===//
// Kernel construction
//===----------------------------------------------------------------------===//

Value KernelLowering::createEmpty(Location loc, TenonTensorType type) {
  return kernel::EmptyOp::create(builder, loc, type);
}

Value KernelLowering::createRows(Location loc, const DomainBuilder &domain, ValueRange inputs,
                                 ArrayRef<AccessAttr> inputAccesses, Value destination,
                                 AccessAttr destinationAccess,
                                 function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  SmallVector<Attribute> accesses(inputAccesses.begin(), inputAccesses.end());
  accesses.push_back(destinationAccess);
  auto rows = kernel::RowsOp::create(builder, loc, destination.getType(), inputs, destination,
                                     domain.getDomain(), builder.getArrayAttr(accesses));
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&rows.getBody());
  for (Value input : inputs)
    block->addArgument(typeOf(input).getElementType(), loc);
  YieldOp::create(builder, loc, body(builder, loc, block->getArguments()));
  return rows.getResult();
}

Value mlir::tenon::yieldFirst(OpBuilder &, Location, ValueRange arguments) {
  return arguments.front();
}

Value mlir::tenon::inlineScalarRegion(OpBuilder &builder, Region &region, ValueRange arguments) {
  IRMapping mapping;
  mapping.map(region.getArguments(), arguments);
  for (Operation &op : region.front().without_terminator())
    builder.clone(op, mapping);
  return mapping.lookupOrDefault(region.front().getTerminator()->getOperand(0));
}

void mlir::tenon::buildIdentityRegion(OpBuilder &builder, Region &region, Type type, Location loc) {
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&region);
  YieldOp::create(builder, loc, ValueRange{block->addArgument(type, loc)});
}
