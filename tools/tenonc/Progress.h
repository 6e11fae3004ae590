//===- Progress.h - Time per stage, and a sign of life ----------*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_PROGRESS_H
#define TENON_TOOLS_TENONC_PROGRESS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <chrono>

namespace tenon::driver {

/// Times stages. A compilation that passes two seconds says which stage it is
/// in, and ends with a table; `always` prints the table in any case.
class Progress {
public:
  explicit Progress(bool always) : always(always), start(Clock::now()) {}
  ~Progress();

  /// Ends the stage before and begins `stage`.
  void begin(llvm::StringRef stage);

private:
  using Clock = std::chrono::steady_clock;
  void end();
  double secondsSince(Clock::time_point time) const;

  bool always;
  Clock::time_point start, stageStart;
  llvm::StringRef current;
  llvm::SmallVector<std::pair<llvm::StringRef, double>> stages;
};

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_PROGRESS_H
