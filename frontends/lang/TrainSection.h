//===- TrainSection.h - What a train section says ---------------*- C++ -*-===//

#ifndef TENON_FRONTENDS_LANG_TRAINSECTION_H
#define TENON_FRONTENDS_LANG_TRAINSECTION_H

#include "frontends/lang/Value.h"

#include "llvm/ADT/MapVector.h"

namespace tenon::lang {

/// `update GLOBS with OPTIMIZER`, or `freeze GLOBS`.
struct TrainRule {
  const GlobStatement *statement = nullptr;
  /// Null for a freeze.
  const OptimizerValue *optimizer = nullptr;
  /// The optimizer's hyper-parameters, complete.
  std::vector<GivenHyper> hypers;
};

/// A train section while its suite is evaluated.
struct TrainSection {
  /// What becomes of it: a step; two functions that take it in parts, one of which adds
  /// gradients up and the other updates by them; loss and metrics with `training` false.
  enum class Use { Step, Accumulate, Update, Evaluate };

  TrainSection(const Declaration &declaration, Use use) : declaration(&declaration), use(use) {}

  const Declaration *declaration = nullptr;
  Use use;
  mlir::Value step;
  /// Of a section that becomes a step, and how many draws it has made.
  mlir::Value seed;
  /// Of a part of a step: its share of the samples, and its number.
  mlir::Value share, part;
  uint32_t numDraws = 0;
  const Statement *minimized = nullptr;
  mlir::Value loss;
  std::map<llvm::StringRef, SourceRange> metrics;
  /// What `clip_norm`, `ema` and the names of `defaults` have set.
  std::map<llvm::StringRef, SourceRange> options;
  /// In text order: of those that match a parameter the first counts.
  std::vector<TrainRule> rules;

  // Of a section that becomes a step.
  /// What each updated parameter is updated by, in the order of the parameters' rules.
  std::vector<std::pair<const Parameter *, const TrainRule *>> updated;
  std::vector<std::pair<llvm::StringRef, mlir::Value>> metricValues;
  /// A scalar, or null.
  mlir::Value clip;
  std::optional<double> ema;
  std::map<llvm::StringRef, int64_t> defaults;
  /// The last value that the model gave each state.
  llvm::MapVector<const Parameter *, mlir::Value> states;
  /// The parameter whose optimizer runs, and the states that it declared so far.
  const Parameter *optimizing = nullptr;
  std::vector<std::pair<const Parameter *, llvm::StringRef>> optimizerStates;
};

/// A result of a step.
struct StepResult {
  std::string name;
  mlir::Value value;
  /// The parameter whose next value it is, or null.
  const Parameter *updates = nullptr;
};

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_TRAINSECTION_H
