//===- BenchReport.cpp - what bench prints --------------------------------===//
#include "tenon/Runtime/Cli/BenchReport.h"

#include "tenon/Runtime/Cli/Process.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>

namespace tenon::runtime {

static unsigned long long wide(uint64_t value) { return value; }

static double percent(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

static double rate(double work, double seconds) { return seconds > 0 ? work / seconds : 0; }

static void printHead(const Arguments &arguments, const Context &context, const Call &call) {
  const tn_program &program = context.program();
  std::string sizes;
  for (uint64_t s = 0; s < program.num_symbols; ++s)
    sizes += std::string(", ") + program.symbols[s].name + "=" + std::to_string(call.symbols[s]);
  std::string device = context.deviceText();
  if (context.capability() == 0)
    device += format(", %d thread%s", context.threads(), context.threads() == 1 ? "" : "s");
  print(format("%s, entry %s%s; %s, %lld runs after %lld\n",
               escaped(program.model_name, 80).c_str(),
               escaped(program.entries[call.entry].name, 80).c_str(), sizes.c_str(), device.c_str(),
               static_cast<long long>(arguments.repeat), static_cast<long long>(arguments.warmup)));
}

static void printTotals(const Measurement &m, int threads, bool isStep) {
  print(format("latency/ms  min %.4f  fastest 2 %% %.4f  median %.4f  p99 %.4f\n",
               m.latency.min * 1e3, m.latency.fastest * 1e3, m.latency.median * 1e3,
               m.latency.p99 * 1e3));
  if (isStep)
    print(format("training    %.1f steps/s at the fastest 2 %%; %.1f at the median\n",
                 rate(1, m.latency.fastest), rate(1, m.latency.median)));
  double fastest = m.flopRate(m.latency.fastest), median = m.flopRate(m.latency.median);
  if (m.hasBounds)
    print(format("model       %.1f GFLOP/s, %.1f %% of the peak at the fastest 2 %%; %.1f GFLOP/s, "
                 "%.1f %% at the median\n",
                 fastest * 1e-9, percent(fastest, m.peak.flops), median * 1e-9,
                 percent(median, m.peak.flops)));
  else
    print(format("model       %.1f GFLOP/s at the fastest 2 %%; %.1f GFLOP/s at the median\n",
                 fastest * 1e-9, median * 1e-9));
  print(format("memory      weights %llu bytes, arena %llu bytes: %.3f times the %llu that are "
               "alive at once\n",
               wide(m.footprint.weightBytes), wide(m.footprint.arenaBytes),
               m.footprint.arenaRatio(), wide(m.footprint.liveBytes)));
  print(format("loading     %.1f ms, %llu bytes of memory at most\n", m.loading.seconds * 1e3,
               wide(m.loading.peakBytes)));
  if (!m.hasBounds)
    return;
  print(format("peak        %.1f GFLOP/s multiply-add, measured here on %d thread%s: %.2f vector "
               "multiply-adds per cycle at %.2f GHz\n",
               m.peak.flops * 1e-9, threads, threads == 1 ? "" : "s", m.peak.fmasPerCycle,
               m.peak.clock * 1e-9));
  print(format("bandwidth   read loop %.2f GB/s, scale loop %.2f GB/s, over %llu bytes\n",
               m.bandwidth.read * 1e-9, m.bandwidth.scale * 1e-9, wide(m.bandwidth.bytes)));
}

/// The kernel's name, with a star when its work is a bound.
static std::string labelOf(const KernelMeasurement &row) {
  return escaped(row.name, 60) + (row.mayDoLess ? "*" : "");
}

static void printRow(const KernelMeasurement &row, const Measurement &m, int width) {
  double flops = rate(row.flops, row.seconds.fastest), bytes = rate(row.bytes, row.seconds.fastest);
  std::string line =
      format("%-*s  %8llu  %9.4f  %9.4f  %5.1f  %8.2f  %7.2f", width, labelOf(row).c_str(),
             wide(row.launches), row.seconds.fastest * 1e3, row.seconds.median * 1e3,
             percent(row.seconds.median, m.all.seconds.median), flops * 1e-9, bytes * 1e-9);
  if (m.hasBounds)
    line += format("  %6.1f  %7.1f  %6.1f  %6.1f", percent(flops, m.peak.flops),
                   percent(rate(row.flops, row.seconds.median), m.peak.flops),
                   percent(bytes, m.bandwidth.read), percent(bytes, m.bandwidth.scale));
  print(line + "\n");
}

static void printRows(const Measurement &m) {
  size_t width = labelOf(m.all).size();
  for (const KernelMeasurement &row : m.kernels)
    width = std::max(width, labelOf(row).size());
  int columns = static_cast<int>(width);
  print(format("\n%-*s  launches    fast/ms  median/ms  %%time   GFLOP/s     GB/s%s\n", columns,
               "kernel", m.hasBounds ? "   %peak  %median   %read  %scale" : ""));
  for (const KernelMeasurement &row : m.kernels)
    printRow(row, m, columns);
  printRow(m.all, m, columns);
  if (m.hasBounds)
    print(
        "\nGFLOP/s, GB/s, %peak, %read and %scale are at the fastest 2 % of runs; what the caches "
        "hold\nmay come faster than the loops read\n");
  else
    print("\nGFLOP/s and GB/s are at the fastest 2 % of runs; the latency is of runs whose kernels "
          "are not\nmeasured\n");
  if (m.all.mayDoLess)
    print("* counts all tokens; those that a mask hides are left out\n");
}

void printReport(const Arguments &arguments, const Context &context, const Call &call,
                 const Measurement &measurement) {
  printHead(arguments, context, call);
  printTotals(measurement, context.threads(),
              context.program().entries[call.entry].kind == TN_ENTRY_TRAIN);
  printRows(measurement);
  for (const std::string &error : measuringErrors(measurement))
    print("measuring error: " + error + "\n");
}

} // namespace tenon::runtime
