//===- Passes.td - Checks between stages -*- tablegen -*-===//

#ifndef TENON_PIPELINES_PASSES_TD
#define TENON_PIPELINES_PASSES_TD

include "mlir/Pass/PassBase.td"

def CheckStage : Pass<"tenon-check-stage", "::mlir::ModuleOp"> {
  let summary = "Lists every op that a stage should have removed";
  let description = [{
    Looks at the ops of functions, outside the scalar regions of kernels. After
    `fuse` the entries hold kernels, parameters and buffers only; after `layout`
    launches instead of kernels; after `emit` the kernel functions hold no op of
    the tenon or kernel dialects. All offenders are listed, each with the pass
    that should have removed it.
  }];
  let options = [Option<"stage", "stage", "std::string", "\"fuse\"",
                        "The stage that has run: import, fuse, layout or emit">];
}

#endif // TENON_PIPELINES_PASSES_TD
