//===- MathEmitter.h - Math programs as IR ----------------------*- C++ -*-===//
//
// The builder of Support/MathPrograms.h that creates ops on f32 scalars or
// vectors.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_MATHEMITTER_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_MATHEMITTER_H

#include "tenon/Support/MathPrograms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::tenon {

struct MathEmitter {
  using Value = mlir::Value;
  using Int = mlir::Value;
  using Cond = mlir::Value;

  /// Emits programs on values of `type`: f32 or a vector of it.
  MathEmitter(OpBuilder &builder, Location loc, Type type)
      : builder(builder), loc(loc), floatType(type), intType(builder.getI32Type()) {
    if (auto vector = dyn_cast<VectorType>(type))
      intType = vector.clone(intType);
  }

  Value constant(float value) { return splat(floatType, builder.getF32FloatAttr(value)); }
  Int intConstant(int32_t value) { return splat(intType, builder.getI32IntegerAttr(value)); }

  Value add(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
  Value sub(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }
  Value mul(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
  Value div(Value a, Value b) { return arith::DivFOp::create(builder, loc, a, b); }
  Value fma(Value a, Value b, Value c) { return math::FmaOp::create(builder, loc, a, b, c); }
  Value min(Value a, Value b) { return select(less(a, b), a, b); }
  Value max(Value a, Value b) { return select(less(b, a), a, b); }
  Value abs(Value a) { return math::AbsFOp::create(builder, loc, a); }
  Value copysign(Value a, Value b) { return math::CopySignOp::create(builder, loc, a, b); }
  Cond less(Value a, Value b) {
    return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, a, b);
  }
  Value select(Cond c, Value a, Value b) { return arith::SelectOp::create(builder, loc, c, a, b); }

  Int bits(Value a) { return arith::BitcastOp::create(builder, loc, intType, a); }
  Value fromBits(Int a) { return arith::BitcastOp::create(builder, loc, floatType, a); }
  Value toFloat(Int a) { return arith::SIToFPOp::create(builder, loc, floatType, a); }
  Int addInt(Int a, Int b) { return arith::AddIOp::create(builder, loc, a, b); }
  Int subInt(Int a, Int b) { return arith::SubIOp::create(builder, loc, a, b); }
  Int shiftLeft(Int a, unsigned by) {
    return arith::ShLIOp::create(builder, loc, a, intConstant(by));
  }
  Int shiftRight(Int a, unsigned by) {
    return arith::ShRSIOp::create(builder, loc, a, intConstant(by));
  }

private:
  mlir::Value splat(Type type, Attribute element) {
    TypedAttr value = cast<TypedAttr>(element);
    if (auto vector = dyn_cast<VectorType>(type))
      value = DenseElementsAttr::get(vector, element);
    return arith::ConstantOp::create(builder, loc, value);
  }

  OpBuilder &builder;
  Location loc;
  Type floatType, intType;
};

} // namespace mlir::tenon

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_MATHEMITTER_H
