//===- Plugins.h - Ops from outside the source tree -------------*- C++ -*-===//

#ifndef TENON_PIPELINES_PLUGINS_H
#define TENON_PIPELINES_PLUGINS_H

#include "llvm/ADT/ArrayRef.h"

#include <string>

namespace mlir {
class MLIRContext;

namespace tenon {

/// Loads shared libraries made as `docs/Plugins.md` says and adds their dialects
/// to `context`. Returns what is wrong with one of them, or an empty text.
std::string loadPlugins(llvm::ArrayRef<std::string> paths, MLIRContext &context);

} // namespace tenon
} // namespace mlir

#endif // TENON_PIPELINES_PLUGINS_H
