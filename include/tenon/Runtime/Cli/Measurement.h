//===- Measurement.h - repeated runs, and the bounds of the machine -------===//
//
// The loops that find the bounds run in windows before, between and after the
// measured runs. What slows the machine for a while, or changes its clock, then
// meets both.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CLI_MEASUREMENT_H
#define TENON_RUNTIME_CLI_MEASUREMENT_H

#include "tenon/Runtime/Cli/Session.h"

#include "tenon/Runtime/Cpu/Bandwidth.h"
#include "tenon/Runtime/Cpu/Footprint.h"
#include "tenon/Runtime/Cpu/Peak.h"

#include <string>
#include <vector>

namespace tenon::runtime {

/// Seconds of repeated runs of one thing.
struct Timings {
  double min = 0;
  double fastest = 0; ///< mean of the fastest 2 %, of one run at least
  double median = 0;
  double p99 = 0;
};

/// Summarizes at least one run.
Timings summarize(std::vector<double> seconds);

/// All launches of one kernel in one run.
struct KernelMeasurement {
  std::string name;
  uint64_t launches = 0;
  double flops = 0;
  double bytes = 0;
  bool mayDoLess = false; ///< flops and bytes are bounds
  Timings seconds;
};

/// What it took to get the weights ready.
struct Loading {
  double seconds = 0;
  uint64_t peakBytes = 0; ///< most memory of the process up to then
};

struct Measurement {
  Loading loading;
  Timings latency;
  std::vector<KernelMeasurement> kernels; ///< the slowest first
  KernelMeasurement all;                  ///< their sum, run by run
  Footprint footprint;
  /// Whether peak and bandwidth were measured: on the CPU they are.
  bool hasBounds = true;
  Peak peak;
  Bandwidth bandwidth;

  double flopRate(double seconds) const { return seconds > 0 ? all.flops / seconds : 0; }
};

/// A kernel cannot do more than the peak; what is shown beyond it by more than
/// the resolution of the measurement is an error of the measurement.
constexpr double mostOfPeak = 1.005;

/// Why a figure cannot be believed: one sentence each.
std::vector<std::string> measuringErrors(const Measurement &measurement);

/// Runs the call as often as the arguments say.
Result<Measurement> measure(const Arguments &arguments, Context &context,
                            const PreparedCall &prepared);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_MEASUREMENT_H
