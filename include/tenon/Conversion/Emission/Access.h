//===- Access.h - Loads and stores at a point of the domain -----*- C++ -*-===//

#ifndef TENON_CONVERSION_EMISSION_ACCESS_H
#define TENON_CONVERSION_EMISSION_ACCESS_H

#include "tenon/Conversion/Emission/EmitContext.h"

namespace mlir::tenon::kernel {

/// An index of the domain or, with lanes, a run of indices along one dimension.
struct Point {
  explicit Point(unsigned numDims) : indices(numDims) {}

  /// One per dimension; null counts as 0. Along `vectorDim`: of the first lane.
  SmallVector<Value> indices;
  /// The dimension along which lanes differ; unused when `lanes` is 0.
  unsigned vectorDim = 0;
  /// 0: a single index, whose values are scalars.
  unsigned lanes = 0;
  /// vector<lanes x i1>: the lanes inside the domain. Null: all.
  Value mask;

  /// The point with another index along `dim`.
  Point at(unsigned dim, Value index) const {
    Point point = *this;
    point.indices[dim] = index;
    return point;
  }
};

/// `type` as emitted values have it: a vector when `lanes` is not 0.
Type getLaneType(Type type, unsigned lanes);

/// Sets the indices along `dims`, which `number` counts, the last one varying fastest.
void setIndices(EmitContext &context, Point &point, ArrayRef<unsigned> dims, Value number);

/// The number of the point's indices along `dims`: what `setIndices` counts.
Value getNumber(EmitContext &context, const Point &point, ArrayRef<unsigned> dims);

/// How many indices there are along `dims`.
SizeAttr countPoints(EmitContext &context, ArrayRef<unsigned> dims);

/// Of `dims`, first those that any of `operands` varies with, then the others.
std::pair<SmallVector<unsigned>, SmallVector<unsigned>>
splitByUse(KernelOpInterface form, ArrayRef<unsigned> dims, ArrayRef<unsigned> operands);

/// The access at the point's first lane.
Value getOffset(EmitContext &context, AccessAttr access, const Point &point);

/// Whether coefficient and size of a dimension let elements be read as one
/// piece: 1, or 0 for a value that does not vary.
bool isUnitOrZero(SizeAttr coefficient);

/// The integer at flat offset `offset` of operand number `operand`, as an index.
Value loadIndex(EmitContext &context, unsigned operand, Value offset);

/// The element of operand number `operand`; a scalar when it is the same for
/// all lanes. Lanes outside the mask are 0.
Value loadElement(EmitContext &context, unsigned operand, const Point &point);
/// As above, from memory `buffer` at flat offset `offset`, neighbouring lanes
/// being `stride` apart.
Value loadLanes(EmitContext &context, Value buffer, Value offset, SizeAttr stride, Type elementType,
                const Point &point);

/// The f32 of an element of a factor, which may be bf16.
Value widen(EmitContext &context, Value element);

/// Writes the destination's element. `value` may be a scalar for all lanes.
void storeElement(EmitContext &context, Value value, const Point &point);

/// As above, at flat offset `offset` of the destination, neighbouring lanes being `stride`
/// apart.
void storeLanes(EmitContext &context, Value value, Value offset, SizeAttr stride,
                const Point &point);

/// The lanes below `count`: vector<lanes x i1>.
Value makeMask(EmitContext &context, unsigned lanes, Value count);

/// `value` in all lanes when it is a scalar.
Value broadcastLanes(EmitContext &context, Value value, unsigned lanes);

} // namespace mlir::tenon::kernel

#endif // TENON_CONVERSION_EMISSION_ACCESS_H
