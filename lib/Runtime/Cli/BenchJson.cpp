//===- BenchJson.cpp - the figures of bench for programs ------------------===//
#include "tenon/Runtime/Cli/BenchReport.h"

#include "tenon/Runtime/Cli/JsonWriter.h"

#include <algorithm>

namespace tenon::runtime {

static void writeTimings(JsonWriter &json, const Timings &timings) {
  json.open("{");
  json.key("min"), json.real(timings.min);
  json.key("fastest_2_percent"), json.real(timings.fastest);
  json.key("median"), json.real(timings.median);
  json.key("p99"), json.real(timings.p99);
  json.close("}");
}

static void writeKernel(JsonWriter &json, const KernelMeasurement &kernel, const Measurement &m) {
  auto writeRates = [&](const char *key, double seconds) {
    double perSecond = 1 / std::max(seconds, 1e-12);
    json.key(key), json.open("{");
    json.key("flops_per_second"), json.real(kernel.flops * perSecond);
    json.key("bytes_per_second"), json.real(kernel.bytes * perSecond);
    json.key("of_peak"), json.real(kernel.flops * perSecond / m.peak.flops);
    json.key("of_read_loop"), json.real(kernel.bytes * perSecond / m.bandwidth.read);
    json.key("of_scale_loop"), json.real(kernel.bytes * perSecond / m.bandwidth.scale);
    json.close("}");
  };
  json.open("{");
  json.key("kernel"), json.string(kernel.name);
  json.key("launches"), json.number(static_cast<int64_t>(kernel.launches));
  json.key("flops"), json.real(kernel.flops);
  json.key("bytes"), json.real(kernel.bytes);
  json.key("may_do_less"), json.word(kernel.mayDoLess ? "true" : "false");
  json.key("seconds"), writeTimings(json, kernel.seconds);
  writeRates("at_fastest_2_percent", kernel.seconds.fastest);
  writeRates("at_median", kernel.seconds.median);
  json.close("}");
}

static void writeBounds(JsonWriter &json, const Measurement &m) {
  json.key("memory"), json.open("{");
  json.key("weight_bytes"), json.number(static_cast<int64_t>(m.footprint.weightBytes));
  json.key("arena_bytes"), json.number(static_cast<int64_t>(m.footprint.arenaBytes));
  json.key("live_bytes"), json.number(static_cast<int64_t>(m.footprint.liveBytes));
  json.key("arena_ratio"), json.real(m.footprint.arenaRatio());
  json.close("}");
  json.key("loading"), json.open("{");
  json.key("seconds"), json.real(m.loading.seconds);
  json.key("peak_resident_bytes"), json.number(static_cast<int64_t>(m.loading.peakBytes));
  json.close("}");
  if (!m.hasBounds) {
    json.key("peak"), json.word("null");
    json.key("bandwidth"), json.word("null");
    return;
  }
  json.key("peak"), json.open("{");
  json.key("flops_per_second"), json.real(m.peak.flops);
  json.key("scaling"), json.real(m.peak.scaling);
  json.key("clock"), json.real(m.peak.clock);
  json.key("multiply_adds_per_cycle"), json.real(m.peak.fmasPerCycle);
  json.key("is_plausible"), json.word(m.peak.isPlausible() ? "true" : "false");
  json.close("}");
  json.key("bandwidth"), json.open("{");
  json.key("bytes"), json.number(static_cast<int64_t>(m.bandwidth.bytes));
  json.key("read_bytes_per_second"), json.real(m.bandwidth.read);
  json.key("scale_bytes_per_second"), json.real(m.bandwidth.scale);
  json.close("}");
}

std::string benchJson(const Arguments &arguments, const Context &context, const Call &call,
                      const Measurement &m) {
  const tn_program &program = context.program();
  JsonWriter json;
  json.open("{");
  json.key("model"), json.string(program.model_name);
  json.key("entry"), json.string(program.entries[call.entry].name);
  json.key("sizes"), json.open("{");
  for (uint64_t s = 0; s < program.num_symbols; ++s)
    json.key(program.symbols[s].name), json.number(call.symbols[s]);
  json.close("}");
  json.key("level"), json.string(context.level().name);
  json.key("device"), json.string(context.deviceText());
  json.key("threads"), json.number(context.threads());
  json.key("runs"), json.number(arguments.repeat);
  json.key("warmup"), json.number(arguments.warmup);
  json.key("seconds"), writeTimings(json, m.latency);
  json.key("of_peak_at_fastest_2_percent");
  json.real(m.flopRate(m.latency.fastest) / m.peak.flops);
  json.key("of_peak_at_median"), json.real(m.flopRate(m.latency.median) / m.peak.flops);
  writeBounds(json, m);
  json.key("kernels"), json.open("[");
  for (const KernelMeasurement &kernel : m.kernels)
    writeKernel(json, kernel, m);
  json.close("]");
  json.key("all_kernels"), writeKernel(json, m.all, m);
  json.key("measuring_errors"), json.open("[");
  for (const std::string &error : measuringErrors(m))
    json.string(error);
  json.close("]");
  json.close("}");
  return json.take();
}

} // namespace tenon::runtime
