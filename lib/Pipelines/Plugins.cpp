//===- Plugins.cpp - Ops from outside the source tree ---------------------===//

#include "tenon/Pipelines/Plugins.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"

using namespace mlir;

std::string tenon::loadPlugins(llvm::ArrayRef<std::string> paths, MLIRContext &context) {
  DialectRegistry registry;
  for (const std::string &path : paths) {
    llvm::Expected<DialectPlugin> plugin = DialectPlugin::load(path);
    if (!plugin)
      return llvm::toString(plugin.takeError()); // which names the file
    plugin->registerDialectRegistryCallbacks(registry);
  }
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  return "";
}
