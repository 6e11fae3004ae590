//===- Measurement.cpp - repeated runs, and the bounds of the machine -----===//
#include "tenon/Runtime/Cli/Measurement.h"

#include "tenon/Runtime/Cpu/Clock.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace tenon::runtime {

Timings summarize(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  size_t runs = seconds.size(), fastest = std::max<size_t>(runs / 50, 1);
  Timings timings;
  timings.min = seconds.front();
  timings.fastest =
      std::accumulate(seconds.begin(), seconds.begin() + static_cast<ptrdiff_t>(fastest), 0.0) /
      static_cast<double>(fastest);
  timings.median = seconds[runs / 2];
  timings.p99 = seconds[std::min(runs - 1, runs * 99 / 100)];
  return timings;
}

std::vector<std::string> measuringErrors(const Measurement &measurement) {
  std::vector<std::string> errors;
  if (!measurement.hasBounds)
    return errors;
  const Peak &peak = measurement.peak;
  if (!peak.isPlausible())
    errors.push_back(format("the multiply-add loop did %.2f vector multiply-adds per cycle, which "
                            "is not near a whole number: the machine was busy",
                            peak.fmasPerCycle));
  if (!peak.hasOwnCores())
    errors.push_back(format("the threads together did %.0f %% of the multiply-adds that as many of "
                            "one alone would do: they shared cores with each other or with other "
                            "programs, and the shares of the peak are too high",
                            100 * peak.scaling));
  for (const KernelMeasurement &kernel : measurement.kernels) {
    double share = kernel.flops / std::max(kernel.seconds.fastest, 1e-12) / peak.flops;
    if (share > mostOfPeak && !kernel.mayDoLess)
      errors.push_back(format("%s shows %.1f %% of the multiply-add peak, which cannot be: its "
                              "time or the peak is wrong",
                              escaped(kernel.name, 60).c_str(), 100 * share));
  }
  return errors;
}

static double valueOf(const tn_size &size, const Call &call) {
  int64_t value = 0;
  bool fits = evaluateSize(size, call.symbols.data(), value);
  return fits ? static_cast<double>(value) : static_cast<double>(INT64_MAX);
}

namespace {

/// The loops that find the bounds of the CPU.
struct BoundMeters {
  BandwidthMeter bandwidth;
  PeakMeter peak;
};

/// Runs one call again and again. Whatever it needs is allocated beforehand.
class Bench {
public:
  Bench(const Arguments &arguments, Context &context, const PreparedCall &prepared);

  /// `bounds` is null on a device whose bounds are not measured.
  Status run(BoundMeters *bounds);
  void summarizeInto(Measurement &measurement);

private:
  Status runUnmeasured();
  Status runMeasured();
  Status runKernels(double &seconds);

  Context &context;
  const PreparedCall &prepared;
  int64_t warmup, repeat;
  std::vector<KernelMeasurement> kernels;
  std::vector<size_t> kernelOf;      ///< by launch
  std::vector<uint64_t> nanoseconds; ///< by launch, of the run in progress
  std::vector<double> latencies;     ///< by run
  std::vector<double> times;         ///< by run and kernel
};

} // namespace

Bench::Bench(const Arguments &arguments, Context &context, const PreparedCall &prepared)
    : context(context), prepared(prepared), warmup(arguments.warmup), repeat(arguments.repeat) {
  const tn_launch_list &list = context.level().entries[prepared.call.entry];
  std::map<std::string_view, size_t> numbers;
  for (uint64_t i = 0; i < list.num_launches; ++i) {
    const tn_launch &launch = list.launches[i];
    auto [found, isNew] = numbers.try_emplace(launch.kernel_name, kernels.size());
    if (isNew) {
      kernels.emplace_back();
      kernels.back().name = launch.kernel_name;
    }
    KernelMeasurement &kernel = kernels[found->second];
    ++kernel.launches;
    kernel.flops += valueOf(launch.flops, prepared.call);
    kernel.bytes += valueOf(launch.bytes, prepared.call);
    kernel.mayDoLess |= launch.may_do_less != 0;
    kernelOf.push_back(found->second);
  }
  nanoseconds.resize(list.num_launches);
  latencies.reserve(static_cast<size_t>(repeat));
  times.reserve(static_cast<size_t>(repeat) * kernels.size());
}

Status Bench::runUnmeasured() { return context.run(prepared.call, prepared.outputPointers.data()); }

/// A run that measures its launches, and the time of all of it.
Status Bench::runKernels(double &seconds) {
  std::fill(nanoseconds.begin(), nanoseconds.end(), 0);
  double start = nowSeconds();
  Status status = context.run(prepared.call, prepared.outputPointers.data(), nanoseconds.data());
  seconds = nowSeconds() - start;
  return status;
}

Status Bench::runMeasured() {
  double seconds = 0;
  Status status = runKernels(seconds);
  // Launches of a GPU are not measured where they run as a graph: the latency is another run's.
  if (status.ok() && context.capability() != 0) {
    double start = nowSeconds();
    status = runUnmeasured();
    seconds = nowSeconds() - start;
  }
  latencies.push_back(seconds);
  size_t row = times.size();
  times.resize(row + kernels.size(), 0);
  for (size_t i = 0; i < nanoseconds.size(); ++i)
    times[row + kernelOf[i]] += 1e-9 * static_cast<double>(nanoseconds[i]);
  return status;
}

Status Bench::run(BoundMeters *bounds) {
  constexpr int64_t windowsBetween = 8;
  int64_t stride = (repeat + windowsBetween - 1) / windowsBetween;
  for (int64_t i = 0; i < warmup; ++i)
    if (Status status = runUnmeasured(); !status.ok())
      return status;
  for (int64_t i = 0; i < repeat; ++i) {
    if (bounds && i % stride == 0) {
      bounds->bandwidth.measure();
      bounds->peak.measure();
      // The loops have pushed the model out of the caches.
      if (Status status = runUnmeasured(); !status.ok())
        return status;
    }
    if (Status status = runMeasured(); !status.ok())
      return status;
  }
  if (bounds) {
    bounds->peak.measure();
    bounds->bandwidth.measure();
  }
  return Status();
}

void Bench::summarizeInto(Measurement &measurement) {
  size_t runs = latencies.size();
  std::vector<double> seconds(runs), sums(runs, 0);
  for (size_t k = 0; k < kernels.size(); ++k) {
    for (size_t run = 0; run < runs; ++run) {
      seconds[run] = times[run * kernels.size() + k];
      sums[run] += seconds[run];
    }
    kernels[k].seconds = summarize(seconds);
    measurement.all.launches += kernels[k].launches;
    measurement.all.flops += kernels[k].flops;
    measurement.all.bytes += kernels[k].bytes;
    measurement.all.mayDoLess |= kernels[k].mayDoLess;
  }
  measurement.all.name = "all kernels";
  measurement.all.seconds = summarize(sums);
  measurement.latency = summarize(latencies);
  std::sort(kernels.begin(), kernels.end(),
            [](const KernelMeasurement &a, const KernelMeasurement &b) {
              return a.seconds.median != b.seconds.median ? a.seconds.median > b.seconds.median
                                                          : a.name < b.name;
            });
  measurement.kernels = std::move(kernels);
}

/// Bytes that a run reads and writes, each counted once.
static uint64_t workingSet(const Footprint &footprint, const PreparedCall &prepared) {
  uint64_t bytes = footprint.weightBytes + footprint.arenaBytes;
  for (const auto *buffers : {&prepared.inputs, &prepared.outputs})
    for (const AlignedBuffer &buffer : *buffers)
      bytes += buffer.size();
  return bytes;
}

Result<Measurement> measure(const Arguments &arguments, Context &context,
                            const PreparedCall &prepared) {
  const Call &call = prepared.call;
  Measurement measurement;
  measurement.hasBounds = context.capability() == 0;
  Result<Footprint> footprint = footprintOf(context.program(), context.level(),
                                            planKeyOf(call.entry, call.defaulted, call.symbols),
                                            /*takesParts=*/measurement.hasBounds);
  if (!footprint.ok())
    return footprint.takeStatus();
  measurement.footprint = *footprint;
  Bench bench(arguments, context, prepared);
  if (!measurement.hasBounds) {
    if (Status status = bench.run(nullptr); !status.ok())
      return status;
  } else {
    int64_t level = context.level().cpu_level;
    Result<BandwidthMeter> bandwidth =
        BandwidthMeter::create(level, context.pool(), workingSet(*footprint, prepared));
    if (!bandwidth.ok())
      return bandwidth.takeStatus();
    BoundMeters bounds{std::move(*bandwidth), PeakMeter(level, context.pool())};
    if (Status status = bench.run(&bounds); !status.ok())
      return status;
    measurement.peak = bounds.peak.peak();
    measurement.bandwidth = bounds.bandwidth.bandwidth();
  }
  bench.summarizeInto(measurement);
  return measurement;
}

} // namespace tenon::runtime
