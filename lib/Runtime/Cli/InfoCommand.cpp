//===- InfoCommand.cpp - what a compiled model says of itself -------------===//
#include "tenon/Runtime/Cli/BlockTable.h"
#include "tenon/Runtime/Cli/Commands.h"
#include "tenon/Runtime/Cli/DeviceReport.h"
#include "tenon/Runtime/Cli/Process.h"
#include "tenon/Runtime/Cli/Session.h"

#include "tenon/Runtime/Cpu/Binding.h"
#include "tenon/Runtime/Cpu/CpuLevel.h"
#include "tenon/Runtime/Cpu/Footprint.h"
#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Cpu/Validation.h"
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstring>

namespace tenon::runtime {

static void printTensors(const char *title, const tn_tensor *tensors, uint64_t count,
                         const tn_program &program) {
  for (uint64_t i = 0; i < count; ++i) {
    const tn_tensor &tensor = tensors[i];
    print(format("  %-7s %-20s %-5s %s%s\n", i == 0 ? title : "", escaped(tensor.name, 80).c_str(),
                 dtypeInfo(tensor.dtype).name, dimsText(tensor, program).c_str(),
                 tensor.has_default ? "  (has a default)" : ""));
  }
}

static void printSymbols(const tn_program &program) {
  if (program.num_symbols == 0)
    return;
  print("sizes\n");
  for (uint64_t s = 0; s < program.num_symbols; ++s) {
    const tn_symbol &symbol = program.symbols[s];
    print(format("  %-7s %s\n", symbol.name, boundsText(symbol).c_str()));
  }
}

/// Memory of a run at these sizes.
static void printMemory(const tn_program &program, const Footprint &footprint,
                        const std::vector<int64_t> &sizes) {
  std::string at;
  for (uint64_t s = 0; s < program.num_symbols; ++s)
    at += (s == 0 ? " at " : ", ") + std::string(program.symbols[s].name) + "=" +
          std::to_string(sizes[s]);
  print(format("  memory%s: weights %llu bytes, arena %llu bytes: %.3f times the %llu that are "
               "alive at once\n",
               at.c_str(), static_cast<unsigned long long>(footprint.weightBytes),
               static_cast<unsigned long long>(footprint.arenaBytes), footprint.arenaRatio(),
               static_cast<unsigned long long>(footprint.liveBytes)));
}

static void printEntry(const tn_entry &entry, const tn_launch_list &list,
                       const tn_program &program) {
  print(std::string("entry ") + escaped(entry.name, 80));
  if (entry.documentation && *entry.documentation)
    print(std::string(": ") + escaped(entry.documentation, 300));
  print("\n");
  printTensors("inputs", entry.inputs, entry.num_inputs, program);
  uint64_t numShown = 0;
  while (numShown < entry.num_outputs && (!entry.updates || entry.updates[numShown] < 0))
    ++numShown; // next values come last
  printTensors("outputs", entry.outputs, numShown, program);
  std::vector<BlockWork> blocks = workByBlock(list);
  size_t width = strlen("block");
  for (const BlockWork &work : blocks)
    width = std::max(width, work.block.size());
  SizeSum flops, bytes;
  print(format("  %-*s  launches  FLOPs; bytes\n", static_cast<int>(width), "block"));
  for (const BlockWork &work : blocks) {
    print(format("  %-*s  %8llu  ", static_cast<int>(width), work.block.c_str(),
                 static_cast<unsigned long long>(work.launches)));
    print(sizeText(work.flops.size(), program) + "; " + sizeText(work.bytes.size(), program) +
          "\n");
    flops.add(work.flops.size());
    bytes.add(work.bytes.size());
  }
  print(format("  %-*s  %8llu  ", static_cast<int>(width), "all",
               static_cast<unsigned long long>(list.num_launches)));
  print(sizeText(flops.size(), program) + "; " + sizeText(bytes.size(), program) + "\n");
}

/// FNV-1a, 64 bits, over a range of the source.
static Status hashBytes(const ByteSource &source, uint64_t offset, uint64_t count, uint64_t &hash) {
  constexpr uint64_t blockBytes = 1 << 20;
  std::string block;
  hash = 0xcbf29ce484222325u;
  for (uint64_t done = 0; done < count; done += blockBytes) {
    block.resize(std::min(blockBytes, count - done));
    if (Status status = source.read(offset + done, block.data(), block.size()); !status.ok())
      return status;
    for (char c : block)
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  return Status();
}

/// --list: every parameter, with the hash of its bytes in the weight file.
static Status printParameters(const tn_program &program, const SafetensorsFile *file) {
  print("parameters\n");
  for (uint64_t i = 0; i < program.num_parameters; ++i) {
    const tn_tensor &parameter = program.parameters[i];
    std::string hashText;
    const WeightTensor *tensor = file ? file->find(parameter.name) : nullptr;
    if (tensor) {
      uint64_t hash = 0;
      if (Status status = hashBytes(file->source(), tensor->offset, tensor->bytes, hash);
          !status.ok())
        return status;
      hashText = format("%016llx  ", static_cast<unsigned long long>(hash));
    } else if (file) {
      hashText = "missing           ";
    }
    print("  " + hashText + dtypeInfo(parameter.dtype).name + " " +
          shapeText(parameterDims(parameter)) + "  " + escaped(parameter.name, 200) + "\n");
  }
  return Status();
}

static void printHead(const tn_program &program, const tn_level *used) {
  print(std::string("model     ") + escaped(program.model_name, 80) + "\n");
  print(std::string("compiler  ") + escaped(program.compiler_version, 80) +
        format(", runtime ABI %u\n", program.abi_version));
  std::string levels;
  for (uint64_t i = 0; i < program.num_levels; ++i)
    levels += (i == 0 ? "" : ", ") + std::string(program.levels[i]->name);
  print("levels    " + levels + "; in use: " + (used ? used->name : "none") + ", " +
        levelReason(program, identifyCpu(), used) + "\n");
  if (program.gpu) {
    std::string images;
    for (uint64_t i = 0; i < program.gpu->num_images; ++i)
      images += (i == 0 ? "" : "; ") + imageText(program.gpu->images[i]);
    print("gpu       " + images + "\n");
    DeviceReport device = DeviceReport::of(program);
    print("device    " + (device.hasDevice ? device.text : "the CPU: " + device.text) + "\n");
  }
  std::string floor = glibcFloor();
  if (!floor.empty())
    print("glibc     " + floor + " or newer\n");
  ParameterTotals totals = parameterTotals(program);
  print(format("weights   %llu %s, %lld elements, %lld bytes%s\n",
               static_cast<unsigned long long>(program.num_parameters),
               program.num_parameters == 1 ? "parameter" : "parameters",
               static_cast<long long>(totals.elements), static_cast<long long>(totals.bytes),
               program.embedded_weights ? ", embedded" : ""));
}

/// The weight file's table of contents and its hash.
static Status printWeights(const Arguments &arguments, const tn_program &program) {
  std::unique_ptr<ByteSource> source;
  if (arguments.hasWeights || program.embedded_weights) {
    Result<std::unique_ptr<ByteSource>> opened = openWeights(arguments, program, "info");
    if (!opened.ok())
      return opened.takeStatus();
    source = std::move(*opened);
  }
  if (!source)
    return arguments.list ? printParameters(program, nullptr) : Status();
  Result<SafetensorsFile> file = SafetensorsFile::open(*source);
  if (!file.ok())
    return file.takeStatus();
  uint64_t hash = 0;
  if (Status status = hashBytes(*source, 0, source->size(), hash); !status.ok())
    return status;
  print(format("file      %s: %zu tensors, %llu bytes, hash %016llx\n", source->name().c_str(),
               file->tensors().size(), static_cast<unsigned long long>(source->size()),
               static_cast<unsigned long long>(hash)));
  return arguments.list ? printParameters(program, &*file) : Status();
}

Status infoCommand(const Arguments &arguments, const tn_program &program) {
  if (Status status = validateProgram(program); !status.ok())
    return status;
  const tn_level *used = nullptr;
  Result<const tn_level *> level = selectLevel(program, identifyCpu(), 0);
  if (level.ok())
    used = *level;
  Result<std::vector<int64_t>> sizes =
      sizesOf(arguments.sizes, program, "info", smallestSizes(program));
  if (!sizes.ok())
    return sizes.takeStatus();
  if (arguments.json) {
    Result<std::string> json = infoJson(program, used, *sizes, DeviceReport::of(program));
    if (!json.ok())
      return json.takeStatus();
    print(*json);
    return Status();
  }
  // Sizes that no memory fits are refused before anything is printed.
  const tn_level &shown = used ? *used : *program.levels[0];
  std::vector<Footprint> footprints;
  for (uint64_t e = 0; e < program.num_entries; ++e) {
    if (program.entries[e].kind == TN_ENTRY_INITIALIZE)
      continue;
    Result<Footprint> footprint = footprintOf(program, shown, planKeyOf(e, 0, *sizes));
    if (!footprint.ok())
      return footprint.takeStatus();
    footprints.push_back(*footprint);
  }
  printHead(program, used);
  if (Status status = printWeights(arguments, program); !status.ok())
    return status;
  printSymbols(program);
  for (uint64_t e = 0; e < program.num_entries; ++e) {
    if (program.entries[e].kind == TN_ENTRY_INITIALIZE)
      continue;
    printEntry(program.entries[e], shown.entries[e], program);
    printMemory(program, footprints[e], *sizes);
  }
  return Status();
}

} // namespace tenon::runtime
