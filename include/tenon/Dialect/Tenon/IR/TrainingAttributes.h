//===- TrainingAttributes.h - What makes an entry a step --------*- C++ -*-===//
//
// Training is an entry like others: it computes a loss, metrics and the next values
// of parameters. These attributes say which is which.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TENON_IR_TRAININGATTRIBUTES_H
#define TENON_DIALECT_TENON_IR_TRAININGATTRIBUTES_H

#include "llvm/ADT/StringRef.h"

namespace mlir::tenon {

/// Of a function, a dictionary: it is one step of training. Its last arguments are the
/// number of the step, from 1 on, and the seed; its first result is the loss. `batch`, `steps`,
/// `seed` and `drop_last` are what the command line does not say.
inline constexpr llvm::StringLiteral kTrainAttr = "tenon.train";
/// Of a function: its results are the first values of parameters.
inline constexpr llvm::StringLiteral kInitializeAttr = "tenon.initialize";
/// Of a result of these: the name of the parameter whose next value it is.
inline constexpr llvm::StringLiteral kUpdatesAttr = "tenon.updates";
/// Of a `tenon.param`, `["uniform", a, b]`: how its first value is made. Constants and
/// means are a, spreads b; ranges go from a to b. `["computed"]` by the function.
inline constexpr llvm::StringLiteral kInitialAttr = "tenon.initial";
/// What the names of a program's own parameters begin with: optimizers' states.
inline constexpr llvm::StringLiteral kOwnPrefix = "tenon.";

} // namespace mlir::tenon

#endif // TENON_DIALECT_TENON_IR_TRAININGATTRIBUTES_H
