//===- Sizes.h - The sizes of --size ----------------------------*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_SIZES_H
#define TENON_TOOLS_TENONC_SIZES_H

#include "Options.h"

#include "tenon/LaunchTable/LaunchTable.h"

#include <map>

namespace tenon::driver {

/// The value of each size of a model.
using SizeValues = std::map<std::string, int64_t, std::less<>>;

/// A value for each size of the model: the one asked for, else the smallest, at least 1.
/// Names what is wrong with one that was asked for, or missing where --max-memory needs it.
int chooseSizes(const Options &options, const mlir::tenon::ProgramRecord &program,
                SizeValues &values);

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_SIZES_H
