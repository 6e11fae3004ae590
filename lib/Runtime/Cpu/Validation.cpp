//===- Validation.cpp - is a tn_program one that this runtime can walk ----===//
#include "tenon/Runtime/Cpu/Validation.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Text.h"

namespace tenon::runtime {

/// Bit i of tn_entry inputs marks a default, so an entry has at most 64.
constexpr uint64_t maxEntryInputs = 64;

static Status broken(const char *what) {
  return Status::error(ExitCode::Internal, "program",
                       std::string("the compiled program is damaged: ") + what);
}

static bool isTensorSound(const tn_tensor &tensor) {
  return tensor.name && tensor.rank >= 0 && tensor.rank <= TN_MAX_RANK && tensor.dtype >= 0 &&
         tensor.dtype < numDTypes;
}

static bool areTensorsSound(const tn_tensor *tensors, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i)
    if (!isTensorSound(tensors[i]))
      return false;
  return true;
}

/// How many things of each tn_buffer_kind a list can name.
struct KindCounts {
  uint64_t count[5];
};

/// Kernels of a CPU are functions, those of a GPU have names and blocks of threads.
static bool hasKernel(const tn_launch &launch, bool isGpu) {
  constexpr int64_t mostThreads = 1024;
  return isGpu ? launch.threads > 0 && launch.threads <= mostThreads && launch.shared_bytes >= 0
               : launch.kernel != nullptr;
}

static const char *findFlaw(const tn_launch_list &list, const KindCounts &counts, bool isGpu) {
  for (uint64_t i = 0; i < list.num_buffers; ++i) {
    const tn_buffer &buffer = list.buffers[i];
    if (buffer.kind < 0 || buffer.kind > TN_BUFFER_TEMPORARY)
      return "a buffer of unknown kind";
    if (buffer.index < 0 || static_cast<uint64_t>(buffer.index) >= counts.count[buffer.kind])
      return "a buffer that names nothing";
  }
  for (uint64_t i = 0; i < list.num_launches; ++i) {
    const tn_launch &launch = list.launches[i];
    if (!hasKernel(launch, isGpu) || !launch.kernel_name || !launch.block || !launch.location)
      return "a launch without kernel or names";
    for (uint64_t b = 0; b < launch.num_buffers; ++b)
      if (launch.buffers[b] < 0 || static_cast<uint64_t>(launch.buffers[b]) >= list.num_buffers)
        return "a launch on a buffer that does not exist";
    if (launch.join < TN_JOIN_NONE || launch.join > TN_JOIN_FREE ||
        (i == 0 && launch.join != TN_JOIN_NONE))
      return "a launch that joins nothing";
    for (uint64_t g = 0; g < launch.num_grid; ++g)
      if (launch.grid[g].divisor <= 0)
        return "a grid with a divisor below 1";
  }
  return nullptr;
}

static const char *findFlaw(const tn_level &level, const tn_program &program, bool isGpu) {
  constexpr uint64_t any = UINT64_MAX;
  if (!level.name)
    return "a level without name";
  KindCounts prepare = {{0, 0, program.num_parameters, level.num_packed, any}};
  if (const char *flaw = findFlaw(level.prepare, prepare, isGpu))
    return flaw;
  for (uint64_t i = 0; i < level.num_packed; ++i)
    if (symbolsOf(level.packed[i]) != 0)
      return "a packed parameter of dynamic size";
  for (uint64_t i = 0; i < program.num_entries; ++i) {
    const tn_entry &entry = program.entries[i];
    KindCounts counts = {
        {entry.num_inputs, entry.num_outputs, program.num_parameters, level.num_packed, any}};
    if (const char *flaw = findFlaw(level.entries[i], counts, isGpu))
      return flaw;
  }
  return nullptr;
}

Status validateProgram(const tn_program &program) {
  if (program.magic != TN_ABI_MAGIC)
    return broken("its first bytes are not its mark");
  if (program.abi_version != TN_ABI_VERSION)
    return Status::error(ExitCode::Environment, "program",
                         format("the model was compiled for runtime ABI "
                                "version %u; this runtime has %u",
                                program.abi_version, TN_ABI_VERSION));
  if (program.num_symbols > TN_MAX_SYMBOLS)
    return broken("too many dynamic sizes");
  if (program.num_levels == 0 || program.num_entries == 0)
    return broken("no code");
  if (!areTensorsSound(program.parameters, program.num_parameters))
    return broken("a parameter's type");
  for (uint64_t i = 0; i < program.num_entries; ++i) {
    const tn_entry &entry = program.entries[i];
    if (!entry.name || entry.num_inputs > maxEntryInputs)
      return broken("an entry without name or with more than 64 inputs");
    bool isCall = entry.kind == TN_ENTRY_CALL;
    if (isCall != !entry.updates || (!isCall && !program.initials))
      return broken("a part of training");
    for (uint64_t k = 0; k < entry.num_outputs && !isCall; ++k)
      if (entry.updates[k] < -1 ||
          (entry.updates[k] >= 0 &&
           static_cast<uint64_t>(entry.updates[k]) >= program.num_parameters))
        return broken("a parameter that is updated");
    if (entry.batch > program.num_symbols)
      return broken("the batch of an entry");
    if (!areTensorsSound(entry.inputs, entry.num_inputs) ||
        !areTensorsSound(entry.outputs, entry.num_outputs))
      return broken("the type of an input or output");
  }
  for (uint64_t i = 0; i < program.num_levels; ++i)
    if (const char *flaw = findFlaw(*program.levels[i], program, /*isGpu=*/false))
      return broken(flaw);
  if (!program.gpu)
    return Status();
  if (program.gpu->num_images == 0)
    return broken("launches on GPUs without code for them");
  for (uint64_t i = 0; i < program.gpu->num_levels; ++i)
    if (const char *flaw = findFlaw(program.gpu->levels[i], program, /*isGpu=*/true))
      return broken(flaw);
  for (uint64_t i = 0; i < program.gpu->num_images; ++i)
    if (program.gpu->images[i].level < 0 ||
        static_cast<uint64_t>(program.gpu->images[i].level) >= program.gpu->num_levels)
      return broken("the launches of code for GPUs");
  return Status();
}

} // namespace tenon::runtime
