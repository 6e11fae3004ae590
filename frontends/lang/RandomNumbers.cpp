//===- RandomNumbers.cpp - Draws of a step --------------------------------===//
//
// A draw is a map over places: no state, so that it may be computed where it is used,
// and again in the backward pass.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/RandomNumbers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <array>

namespace tenon::lang {

namespace arith = mlir::arith;
namespace math = mlir::math;
using mlir::Value;
using mlir::tenon::TenonTensorType;

namespace {

/// The rounds in integers of 64 bits that hold words of 32.
class Philox {
public:
  Philox(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  /// Two words of the block.
  std::array<Value, 2> operator()(Value place, Value step, Value seed, const DrawSource &source) {
    Value c[] = {low(place), exclusiveOr(high(place), number(source.stream)), low(step),
                 number(source.draw)};
    Value k[] = {low(seed), high(seed)};
    for (int round = 0; round < 10; ++round) {
      Value p0 = multiply(c[0], 0xD2511F53), p1 = multiply(c[2], 0xCD9E8D57);
      Value next[] = {exclusiveOr(exclusiveOr(high(p1), c[1]), k[0]), low(p1),
                      exclusiveOr(exclusiveOr(high(p0), c[3]), k[1]), low(p0)};
      std::copy(next, next + 4, c);
      k[0] = low(add(k[0], 0x9E3779B9));
      k[1] = low(add(k[1], 0xBB67AE85));
    }
    return {c[0], c[1]};
  }

  /// A word as a number from 0 to below 1.
  Value unit(Value word) {
    Value bits = arith::ShRUIOp::create(builder, loc, word, number(8));
    Value narrow = arith::TruncIOp::create(builder, loc, builder.getI32Type(), bits);
    Value real = arith::SIToFPOp::create(builder, loc, builder.getF32Type(), narrow);
    return arith::MulFOp::create(builder, loc, real, real32(0x1p-24));
  }

  Value real32(double value) {
    return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value));
  }

private:
  Value number(uint64_t value) {
    return arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(int64_t(value)));
  }
  Value low(Value x) { return arith::AndIOp::create(builder, loc, x, number(0xFFFFFFFF)); }
  Value high(Value x) { return arith::ShRUIOp::create(builder, loc, x, number(32)); }
  Value add(Value x, uint64_t y) { return arith::AddIOp::create(builder, loc, x, number(y)); }
  Value multiply(Value x, uint64_t y) { return arith::MulIOp::create(builder, loc, x, number(y)); }
  Value exclusiveOr(Value x, Value y) { return arith::XOrIOp::create(builder, loc, x, y); }

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace

/// 0, 1, ... in row-major order.
static Value buildPlaces(mlir::OpBuilder &builder, mlir::Location loc, TenonTensorType type) {
  auto line = TenonTensorType::get(llvm::ArrayRef(type.getNumElements()), builder.getI64Type());
  Value places = mlir::tenon::IotaOp::create(builder, loc, line);
  llvm::SmallVector<mlir::Attribute> factors(type.getShape().begin(), type.getShape().end());
  llvm::SmallVector<int64_t> one(factors.size(), 1), whole = {int64_t(factors.size())};
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, factors.size()));
  return mlir::tenon::RearrangeOp::create(builder, loc, type.withElementType(builder.getI64Type()),
                                          places, builder.getArrayAttr(factors), whole, order, one);
}

static Value
buildDraw(mlir::OpBuilder &builder, mlir::Location loc, TenonTensorType type,
          const DrawSource &source,
          llvm::function_ref<Value(Philox &, mlir::OpBuilder &, std::array<Value, 2>)> finish) {
  Value inputs[] = {buildPlaces(builder, loc, type), source.step, source.seed};
  return mlir::tenon::MapOp::create(
      builder, loc, type, inputs,
      [&](mlir::OpBuilder &inner, mlir::Location at, mlir::ValueRange x) -> Value {
        Philox philox(inner, at);
        Value step = arith::FPToSIOp::create(inner, at, inner.getI64Type(), x[1]);
        return finish(philox, inner, philox(x[0], step, x[2], source));
      });
}

Value buildUniform(mlir::OpBuilder &builder, mlir::Location loc, TenonTensorType type,
                   const DrawSource &source) {
  return buildDraw(builder, loc, type, source,
                   [](Philox &philox, mlir::OpBuilder &, std::array<Value, 2> words) {
                     return philox.unit(words[0]);
                   });
}

Value buildNormal(mlir::OpBuilder &builder, mlir::Location loc, TenonTensorType type,
                  const DrawSource &source) {
  return buildDraw(
      builder, loc, type, source,
      [&](Philox &philox, mlir::OpBuilder &inner, std::array<Value, 2> words) -> Value {
        // 1 - u is above 0.
        Value u = arith::SubFOp::create(inner, loc, philox.real32(1), philox.unit(words[0]));
        Value square = arith::MulFOp::create(inner, loc, philox.real32(-2),
                                             math::LogOp::create(inner, loc, u));
        Value radius = math::SqrtOp::create(inner, loc, square);
        Value angle = arith::MulFOp::create(inner, loc, philox.real32(6.283185307179586),
                                            philox.unit(words[1]));
        return arith::MulFOp::create(inner, loc, radius, math::CosOp::create(inner, loc, angle));
      });
}

} // namespace tenon::lang
