//===- RegionEmitter.h - A scalar region at a point -------------*- C++ -*-===//

#ifndef TENON_CONVERSION_EMISSION_REGIONEMITTER_H
#define TENON_CONVERSION_EMISSION_REGIONEMITTER_H

#include "tenon/Conversion/Emission/Access.h"

namespace mlir::tenon::kernel {

/// Emits the values of a scalar region for the lanes of a point, on demand,
/// each once. Values that are the same for all lanes stay scalars.
class RegionEmitter {
public:
  /// Trailing arguments of the region are the elements of the inputs from
  /// `firstInput` on. `outer`, if any, has emitted values that hold here too.
  RegionEmitter(EmitContext &context, const Point &point, unsigned firstInput,
                unsigned numOwnArguments, const RegionEmitter *outer = nullptr)
      : context(context), point(point), firstInput(firstInput), numOwnArguments(numOwnArguments),
        outer(outer) {}

  /// Says what a value of the region is.
  void bind(Value value, Value emitted) { values[value] = emitted; }
  /// The emitted value: a scalar or a vector.
  Value get(Value value);
  /// The value the region yields.
  Value getYielded(Region &region) { return get(region.front().getTerminator()->getOperand(0)); }

private:
  Value lookup(Value value) const;
  Value emitArgument(BlockArgument argument);
  Value emitOp(Operation *op);
  Value emitElementwise(Operation *op);
  Value emitLike(Operation *op, ValueRange operands, unsigned lanes);
  Value emitDivision(Operation *op, ValueRange operands, unsigned lanes);
  Value emitPosition(PositionOp op);
  Value emitExtent(ExtentOp op);

  EmitContext &context;
  const Point &point;
  unsigned firstInput;
  unsigned numOwnArguments;
  const RegionEmitter *outer;
  llvm::DenseMap<Value, Value> values;
};

} // namespace mlir::tenon::kernel

#endif // TENON_CONVERSION_EMISSION_REGIONEMITTER_H
