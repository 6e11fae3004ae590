//===- TrainSection.h - What a train section says ---------------*- C++ -*-===//

#ifndef TENON_FRONTENDS_LANG_TRAINSECTION_H
#define TENON_FRONTENDS_LANG_TRAINSECTION_H

#include "frontends/lang/Value.h"

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
  const Declaration *declaration = nullptr;
  mlir::Value step;
  const Statement *minimized = nullptr;
  mlir::Value loss;
  std::map<llvm::StringRef, SourceRange> metrics;
  /// What `clip_norm`, `ema` and the names of `defaults` have set.
  std::map<llvm::StringRef, SourceRange> options;
  /// In text order: of those that match a parameter the first counts.
  std::vector<TrainRule> rules;
};

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_TRAINSECTION_H
