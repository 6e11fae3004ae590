//===- Sizes.cpp - The sizes of --size ------------------------------------===//

#include "Sizes.h"

#include "llvm/Support/raw_ostream.h"

#include <limits>

using namespace llvm;
using namespace tenon::driver;

int tenon::driver::chooseSizes(const Options &options, const mlir::tenon::ProgramRecord &program,
                               SizeValues &values) {
  for (const mlir::tenon::SymbolRecord &symbol : program.symbols)
    values[symbol.name] = std::max<int64_t>(symbol.min, 1);
  for (const auto &size : options.sizes) {
    const std::string &name = size.first;
    int64_t value = size.second;
    auto symbol = find_if(program.symbols, [&](const auto &record) { return record.name == name; });
    if (symbol == program.symbols.end()) {
      errs() << "tenonc: error: --size " << name << "=" << value << ": the model has no size '"
             << name << "'\n";
      return kUsageError;
    }
    if (value < symbol->min || value > symbol->max) {
      errs() << "tenonc: error: --size " << name << "=" << value << ": expected " << symbol->min;
      if (symbol->max == std::numeric_limits<int64_t>::max())
        errs() << " or more\n";
      else
        errs() << " to " << symbol->max << "\n";
      return kUsageError;
    }
    values[name] = value;
  }
  if (options.maxMemory == 0)
    return kSuccess;
  for (const mlir::tenon::SymbolRecord &symbol : program.symbols)
    if (none_of(options.sizes, [&](const auto &size) { return size.first == symbol.name; })) {
      errs() << "tenonc: error: --max-memory is for sizes that --size gives; '" << symbol.name
             << "' is missing\n";
      return kUsageError;
    }
  return kSuccess;
}
