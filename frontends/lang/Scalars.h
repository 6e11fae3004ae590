//===- Scalars.h - Scalar operations inside maps ----------------*- C++ -*-===//

#ifndef TENON_FRONTENDS_LANG_SCALARS_H
#define TENON_FRONTENDS_LANG_SCALARS_H

#include "frontends/lang/Token.h"
#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

namespace tenon::lang {

/// True for `==`, `!=`, `<`, `<=`, `>`, `>=`.
bool isComparison(TokenKind op);

/// Builds arith and math operations on scalars.
class ScalarBuilder {
public:
  ScalarBuilder(mlir::OpBuilder &builder, mlir::Location loc) : b(builder), loc(loc) {}

  /// `value` in an integer or floating type.
  mlir::Value constant(double value, mlir::Type type);
  /// The operator `op` on two scalars of one type. `//` and `%` round towards
  /// minus infinity.
  mlir::Value binary(TokenKind op, mlir::Value left, mlir::Value right);
  mlir::Value negate(mlir::Value x);
  mlir::Value logicalNot(mlir::Value x);
  /// x^exponent of a float; small whole exponents become products.
  mlir::Value powerOf(mlir::Value x, double exponent);
  /// True for the exponents that powerOf takes: whole up to 16, 0.5 and -0.5.
  static bool hasPower(double exponent);
  /// An integer sign-extended to `type`; other types unchanged.
  mlir::Value widen(mlir::Value x, mlir::Type type);
  /// Conversion between any two dtypes: bools are 0 and 1, floats are cut
  /// towards zero, a number is true when it is not 0.
  mlir::Value convert(mlir::Value x, mlir::Type type);
  mlir::Value maximum(mlir::Value x, mlir::Value y);
  mlir::Value minimum(mlir::Value x, mlir::Value y);
  mlir::Value select(mlir::Value condition, mlir::Value x, mlir::Value y);
  /// 1 / (1 + exp(-x)).
  mlir::Value sigmoid(mlir::Value x);
  /// x / 6 + 1/2, between 0 and 1.
  mlir::Value hardSigmoid(mlir::Value x);
  /// base^x for a positive base.
  mlir::Value exponential(double base, mlir::Value x);

  mlir::OpBuilder &b;
  mlir::Location loc;

private:
  mlir::Value compare(TokenKind op, mlir::Value left, mlir::Value right);
};

/// One map over `input` with the function `body`, of elements `element`.
mlir::Value buildMap(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value input,
                     mlir::Type element,
                     llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::ValueRange)> body);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_SCALARS_H
