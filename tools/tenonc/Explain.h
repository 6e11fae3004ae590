//===- Explain.h - Kernels, fusion and fallbacks as a report ----*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_EXPLAIN_H
#define TENON_TOOLS_TENONC_EXPLAIN_H

#include "KernelReport.h"
#include "Options.h"
#include "RemarkLog.h"
#include "Sizes.h"

namespace tenon::driver {

/// Writes the report of `level` in the form the options ask for: a table and the
/// remarks in `log`, or remarks alone. Returns an exit code.
int writeExplanation(const Options &options, const CompiledLevel &level, const SizeValues &values,
                     RemarkLog &log);

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_EXPLAIN_H
