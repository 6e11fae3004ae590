//===- InfoJson.cpp - info for programs -----------------------------------===//
#include "tenon/Runtime/Cli/BlockTable.h"
#include "tenon/Runtime/Cli/Commands.h"
#include "tenon/Runtime/Cli/JsonWriter.h"

#include "tenon/Runtime/Cpu/CpuLevel.h"
#include "tenon/Runtime/Cpu/Footprint.h"
#include "tenon/Runtime/Cuda/Image.h"
#include "tenon/Runtime/Io/DType.h"

namespace tenon::runtime {

static void writeTensors(JsonWriter &json, const char *title, const tn_tensor *tensors,
                         uint64_t count, const tn_program &program) {
  json.key(title);
  json.open("[");
  for (uint64_t i = 0; i < count; ++i) {
    const tn_tensor &tensor = tensors[i];
    json.open("{");
    json.key("name"), json.string(tensor.name);
    json.key("dtype"), json.string(dtypeInfo(tensor.dtype).name);
    json.key("dims"), json.open("[");
    for (int32_t d = 0; d < tensor.rank; ++d)
      json.string(sizeText(tensor.dims[d], program));
    json.close("]");
    json.key("has_default"), json.word(tensor.has_default ? "true" : "false");
    json.close("}");
  }
  json.close("]");
}

static void writeWork(JsonWriter &json, const tn_size &flops, const tn_size &bytes,
                      const tn_program &program) {
  json.key("flops"), json.string(sizeText(flops, program));
  json.key("bytes"), json.string(sizeText(bytes, program));
}

static void writeEntry(JsonWriter &json, const tn_entry &entry, const tn_launch_list &list,
                       const tn_program &program, const Footprint &footprint) {
  json.open("{");
  json.key("name"), json.string(entry.name);
  json.key("documentation");
  json.string(entry.documentation ? entry.documentation : "");
  writeTensors(json, "inputs", entry.inputs, entry.num_inputs, program);
  writeTensors(json, "outputs", entry.outputs, entry.num_outputs, program);
  json.key("blocks"), json.open("[");
  for (const BlockWork &work : workByBlock(list)) {
    json.open("{");
    json.key("block"), json.string(work.block);
    json.key("launches"), json.number(static_cast<int64_t>(work.launches));
    writeWork(json, work.flops.size(), work.bytes.size(), program);
    json.close("}");
  }
  json.close("]");
  json.key("launches"), json.open("[");
  for (uint64_t i = 0; i < list.num_launches; ++i) {
    const tn_launch &launch = list.launches[i];
    json.open("{");
    json.key("kernel"), json.string(launch.kernel_name);
    json.key("block"), json.string(launch.block);
    json.key("location"), json.string(launch.location);
    writeWork(json, launch.flops, launch.bytes, program);
    json.close("}");
  }
  json.close("]");
  json.key("memory"), json.open("{");
  json.key("weight_bytes"), json.number(static_cast<int64_t>(footprint.weightBytes));
  json.key("arena_bytes"), json.number(static_cast<int64_t>(footprint.arenaBytes));
  json.key("live_bytes"), json.number(static_cast<int64_t>(footprint.liveBytes));
  json.close("}");
  json.close("}");
}

/// Those that are called, or those of training.
static Status writeEntries(JsonWriter &json, const tn_program &program, const tn_level &level,
                           const std::vector<int64_t> &sizes, bool isCalled) {
  json.key(isCalled ? "entries" : "training"), json.open("[");
  for (uint64_t e = 0; e < program.num_entries; ++e) {
    if ((program.entries[e].kind == TN_ENTRY_CALL) != isCalled)
      continue;
    Result<Footprint> footprint = footprintOf(program, level, planKeyOf(e, 0, sizes));
    if (!footprint.ok())
      return footprint.takeStatus();
    writeEntry(json, program.entries[e], level.entries[e], program, *footprint);
  }
  json.close("]");
  return Status();
}

static void writeGpu(JsonWriter &json, const tn_program &program, const DeviceReport &device) {
  json.key("images"), json.open("[");
  for (uint64_t i = 0; program.gpu && i < program.gpu->num_images; ++i) {
    const tn_image &image = program.gpu->images[i];
    json.open("{");
    json.key("kind"), json.string(cuda::imageKindName(image));
    json.key("capability"), json.string(cuda::capabilityText(image.capability));
    json.key("is_exact"), json.word(image.is_exact ? "true" : "false");
    json.key("bytes"), json.number(static_cast<int64_t>(image.size));
    json.close("}");
  }
  json.close("]");
  json.key("gpu_in_use");
  device.hasDevice ? json.string(device.text) : json.word("null");
  json.key("gpu_reason");
  device.hasDevice || device.text.empty() ? json.word("null") : json.string(device.text);
}

Result<std::string> infoJson(const tn_program &program, const tn_level *used,
                             const std::vector<int64_t> &sizes, const DeviceReport &device) {
  JsonWriter json;
  json.open("{");
  json.key("model"), json.string(program.model_name);
  json.key("compiler"), json.string(program.compiler_version);
  json.key("abi"), json.number(program.abi_version);
  json.key("levels"), json.open("[");
  for (uint64_t i = 0; i < program.num_levels; ++i)
    json.string(program.levels[i]->name);
  json.close("]");
  json.key("level_in_use");
  used ? json.string(used->name) : json.word("null");
  json.key("level_reason"), json.string(levelReason(program, identifyCpu(), used));
  writeGpu(json, program, device);
  json.key("glibc_floor"), json.string(glibcFloor());
  json.key("sizes"), json.open("[");
  for (uint64_t s = 0; s < program.num_symbols; ++s) {
    const tn_symbol &symbol = program.symbols[s];
    json.open("{");
    json.key("name"), json.string(symbol.name);
    json.key("min"), json.number(symbol.min);
    json.key("max");
    symbol.max == INT64_MAX ? json.word("null") : json.number(symbol.max);
    json.close("}");
  }
  json.close("]");
  ParameterTotals totals = parameterTotals(program);
  json.key("parameter_count");
  json.number(static_cast<int64_t>(program.num_parameters));
  json.key("parameter_elements"), json.number(totals.elements);
  json.key("parameter_bytes"), json.number(totals.bytes);
  json.key("embedded_bytes");
  json.number(static_cast<int64_t>(program.embedded_size));
  writeTensors(json, "parameters", program.parameters, program.num_parameters, program);
  const tn_level &shown = used ? *used : *program.levels[0];
  for (bool isCalled : {true, false})
    if (Status status = writeEntries(json, program, shown, sizes, isCalled); !status.ok())
      return status;
  json.close("}");
  return json.take();
}

} // namespace tenon::runtime
