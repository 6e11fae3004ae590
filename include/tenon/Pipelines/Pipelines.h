//===- Pipelines.h - The compiler as named stages ---------------*- C++ -*-===//
//
// The only place that knows in which order passes run. Each stage is a function
// that fills a pass manager, and a pipeline of the same name in tenon-opt:
//
//   import  text -> tenon (a frontend; no passes)
//   graph   tenon -> tenon: checks, canonical form, blocks raised
//   fuse    tenon -> kernel: lowered and fused, the same for every machine
//   layout  kernel -> kernel for one CPU level: packed operands, outlined kernels
//   emit    kernel -> vector code for that level
//   object  vector code -> LLVM dialect, then machine code (CodeGen)
//
// Every stage ends with a check that nothing is left which it should have removed.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PIPELINES_PIPELINES_H
#define TENON_PIPELINES_PIPELINES_H

#include "tenon/Target/GpuTarget.h"

#include <string>
#include <vector>

namespace mlir {
class OpPassManager;

namespace tenon {

/// Bytes for the temporaries of an entry at these sizes, name=value each.
struct MemoryLimit {
  int64_t bytes;
  std::vector<std::string> sizes;
};

void buildGraphPipeline(OpPassManager &manager);
void buildFusePipeline(OpPassManager &manager);
void buildLayoutPipeline(OpPassManager &manager, const CpuTarget &target);
/// For a module that has passed stage layout: which launches join is not believed.
void buildJoinPipeline(OpPassManager &manager);
/// After stage layout, when the user sets a limit: as near to it as possible. Without
/// `joins` no launch joins another, which would prolong lives.
void buildMemoryPipeline(OpPassManager &manager, const MemoryLimit &limit, bool joins);
/// Stages layout and emit for GPUs: operands stay as they are, kernels become the code of a
/// thread.
void buildGpuLayoutPipeline(OpPassManager &manager);
void buildGpuEmitPipeline(OpPassManager &manager, const GpuTarget &target);
void buildEmitPipeline(OpPassManager &manager, const CpuTarget &target);
void buildObjectPipeline(OpPassManager &manager, const CpuTarget &target);

/// Makes the stages available to tenon-opt: `tenon-graph`, `tenon-fuse`,
/// `tenon-layout{level=v4}`, `tenon-emit{level=v4}`, `tenon-object{level=v4}`,
/// `tenon-gpu-layout`, `tenon-gpu-emit{target=sm_80}`.
void registerPipelines();

} // namespace tenon
} // namespace mlir

#endif // TENON_PIPELINES_PIPELINES_H
