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
/// `seed`, `drop_last` and `accumulate` are what the command line does not say; `optimizers`
/// names those that update parameters, with a number that stands for which does which.
inline constexpr llvm::StringLiteral kTrainAttr = "tenon.train";
/// Of a function: it computes the loss and the metrics of a step on held-out data. Its
/// arguments are those of the step.
inline constexpr llvm::StringLiteral kEvaluateAttr = "tenon.evaluate";
/// Of functions that take a step in parts: one adds the gradients of a part of its samples
/// up, in parameters of the program's own whose names begin with kGradientPrefix; its
/// arguments are those of the step, and before the last two the part's share of the samples
/// and its number. The other updates parameters by the sums; its arguments are the last two.
inline constexpr llvm::StringLiteral kAccumulateAttr = "tenon.accumulate";
inline constexpr llvm::StringLiteral kUpdateAttr = "tenon.update";
inline constexpr llvm::StringLiteral kGradientPrefix = "tenon.gradient.";
/// Of a function: its results are the first values of parameters.
inline constexpr llvm::StringLiteral kInitializeAttr = "tenon.initialize";
/// Of a result of these: the name of the parameter whose next value it is.
inline constexpr llvm::StringLiteral kUpdatesAttr = "tenon.updates";
/// Of a `tenon.param`, `["uniform", a, b]`: how its first value is made. Constants and
/// means are a, spreads b; ranges go from a to b; the length of orthogonal rows or columns
/// is a. `["computed"]` by the function.
inline constexpr llvm::StringLiteral kInitialAttr = "tenon.initial";
/// What the names of a program's own parameters begin with: optimizers' states, averages.
inline constexpr llvm::StringLiteral kOwnPrefix = "tenon.";

} // namespace mlir::tenon

#endif // TENON_DIALECT_TENON_IR_TRAININGATTRIBUTES_H
