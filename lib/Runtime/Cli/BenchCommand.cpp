//===- BenchCommand.cpp - how long a run takes, and where -----------------===//
#include "tenon/Runtime/Cli/BenchInputs.h"
#include "tenon/Runtime/Cli/Commands.h"
#include "tenon/Runtime/Cli/Process.h"

#include "tenon/Runtime/Cpu/Peak.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <ctime>
#include <map>

namespace tenon::runtime {

namespace {

/// All launches of one kernel in one run.
struct KernelRow {
  std::string name;
  uint64_t launches = 0;
  double seconds = 0; ///< per run
  double flops = 0;
  double bytes = 0;
};

} // namespace

static double nowSeconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

static double valueOf(const tn_size &size, const Call &call) {
  int64_t value = 0;
  bool fits = evaluateSize(size, call.symbols.data(), value);
  return fits ? static_cast<double>(value) : static_cast<double>(INT64_MAX);
}

/// One row per kernel name, the slowest first.
static std::vector<KernelRow> collectRows(const tn_launch_list &list, const Call &call,
                                          const std::vector<uint64_t> &nanoseconds, int64_t runs) {
  std::vector<KernelRow> rows;
  std::map<std::string_view, size_t> numbers;
  for (uint64_t i = 0; i < list.num_launches; ++i) {
    const tn_launch &launch = list.launches[i];
    auto [found, isNew] = numbers.try_emplace(launch.kernel_name, rows.size());
    if (isNew) {
      rows.emplace_back();
      rows.back().name = launch.kernel_name;
    }
    KernelRow &row = rows[found->second];
    ++row.launches;
    row.seconds += 1e-9 * static_cast<double>(nanoseconds[i]) / static_cast<double>(runs);
    row.flops += valueOf(launch.flops, call);
    row.bytes += valueOf(launch.bytes, call);
  }
  std::sort(rows.begin(), rows.end(), [](const KernelRow &a, const KernelRow &b) {
    return a.seconds != b.seconds ? a.seconds > b.seconds : a.name < b.name;
  });
  return rows;
}

static void printRow(const KernelRow &row, double total, double peak, int width) {
  double rate = row.seconds > 0 ? row.flops / row.seconds : 0;
  double bandwidth = row.seconds > 0 ? row.bytes / row.seconds : 0;
  print(format("%-*s  %8llu  %10.4f  %5.1f  %8.2f  %7.2f  %6.1f\n", width,
               escaped(row.name, 60).c_str(), static_cast<unsigned long long>(row.launches),
               row.seconds * 1e3, total > 0 ? 100 * row.seconds / total : 0, rate * 1e-9,
               bandwidth * 1e-9, peak > 0 ? 100 * rate / peak : 0));
}

static void printRows(const std::vector<KernelRow> &rows, double peak) {
  KernelRow all;
  all.name = "all kernels";
  size_t width = all.name.size();
  for (const KernelRow &row : rows) {
    all.launches += row.launches;
    all.seconds += row.seconds;
    all.flops += row.flops;
    all.bytes += row.bytes;
    width = std::max(width, std::min<size_t>(row.name.size(), 63));
  }
  int columns = static_cast<int>(width);
  print(
      format("%-*s  launches     time/ms  %%time   GFLOP/s     GB/s  %%peak\n", columns, "kernel"));
  for (const KernelRow &row : rows)
    printRow(row, all.seconds, peak, columns);
  printRow(all, all.seconds, peak, columns);
}

/// Runs the call and returns the seconds of each measured run, sorted.
static Status measure(const Arguments &arguments, Context &context, const PreparedCall &prepared,
                      std::vector<double> &seconds, std::vector<uint64_t> &nanoseconds) {
  for (int64_t i = 0; i < arguments.warmup; ++i)
    if (Status status = context.run(prepared.call, prepared.outputPointers.data()); !status.ok())
      return status;
  for (int64_t i = 0; i < arguments.repeat; ++i) {
    double start = nowSeconds();
    Status status = context.run(prepared.call, prepared.outputPointers.data(), nanoseconds.data());
    seconds.push_back(nowSeconds() - start);
    if (!status.ok())
      return status;
  }
  std::sort(seconds.begin(), seconds.end());
  return Status();
}

static void printHead(const Arguments &arguments, const Context &context,
                      const PreparedCall &prepared) {
  const tn_program &program = context.program();
  std::string sizes;
  for (uint64_t s = 0; s < program.num_symbols; ++s)
    sizes += std::string(", ") + program.symbols[s].name + "=" +
             std::to_string(prepared.call.symbols[s]);
  print(format("%s, entry %s%s; %s, %d thread%s, %lld runs after %lld\n",
               escaped(program.model_name, 80).c_str(),
               escaped(program.entries[prepared.call.entry].name, 80).c_str(), sizes.c_str(),
               context.level().name, context.threads(), context.threads() == 1 ? "" : "s",
               static_cast<long long>(arguments.repeat), static_cast<long long>(arguments.warmup)));
}

Status benchCommand(const Arguments &arguments, const tn_program &program) {
  Result<size_t> entry = findEntry(program, arguments.entry);
  if (!entry.ok())
    return entry.takeStatus();
  Result<std::unique_ptr<ByteSource>> weights = openWeights(arguments, program, "bench");
  if (!weights.ok())
    return weights.takeStatus();
  Result<std::unique_ptr<Context>> opened = openContext(arguments, program);
  if (!opened.ok())
    return opened.takeStatus();
  Context &context = **opened;
  Result<PreparedCall> prepared = makeBenchCall(arguments, program, *entry, context);
  if (!prepared.ok())
    return prepared.takeStatus();
  Status loaded = loadWeights(context, weights->get());
  for (const std::string &warning : context.warnings())
    printMessage(warning);
  if (!loaded.ok())
    return loaded;

  const tn_launch_list &list = context.level().entries[*entry];
  std::vector<uint64_t> nanoseconds(list.num_launches, 0);
  std::vector<double> seconds;
  if (Status status = measure(arguments, context, *prepared, seconds, nanoseconds); !status.ok())
    return status;
  Peak peak = measurePeak(context.level().cpu_level, context.threads());
  size_t runs = seconds.size();
  printHead(arguments, context, *prepared);
  print(format("latency/ms  min %.4f  median %.4f  p99 %.4f\n", seconds.front() * 1e3,
               seconds[runs / 2] * 1e3, seconds[std::min(runs - 1, runs * 99 / 100)] * 1e3));
  print(format("peak        %.1f GFLOP/s multiply-add, measured here on %d thread%s: %.2f vector "
               "multiply-adds per cycle at %.2f GHz%s\n",
               peak.flops * 1e-9, context.threads(), context.threads() == 1 ? "" : "s",
               peak.fmasPerCycle, peak.clock * 1e-9,
               peak.isPlausible() ? "" : " (not a whole number: the machine was busy)"));
  printRows(collectRows(list, prepared->call, nanoseconds, arguments.repeat), peak.flops);
  return Status();
}

} // namespace tenon::runtime
