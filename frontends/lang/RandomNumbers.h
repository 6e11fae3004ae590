//===- RandomNumbers.h - Draws of a step ------------------------*- C++ -*-===//

#ifndef TENON_FRONTENDS_LANG_RANDOMNUMBERS_H
#define TENON_FRONTENDS_LANG_RANDOMNUMBERS_H

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

namespace tenon::lang {

/// What a draw depends on besides an element's place: scalars of the step (f32) and of
/// the seed (i64), and which draw of the program it is.
struct DrawSource {
  mlir::Value step, seed;
  uint32_t draw = 0, stream = 0;
};

/// Numbers from 0 to below 1 in steps of 2^-24, by Philox 4x32-10 (Salmon et al. 2011)
/// with the seed as key and (place, stream, step, draw) as counter.
mlir::Value buildUniform(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::tenon::TenonTensorType type, const DrawSource &source);
/// Numbers of the standard normal distribution (Box and Muller 1958).
mlir::Value buildNormal(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::tenon::TenonTensorType type, const DrawSource &source);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_RANDOMNUMBERS_H
