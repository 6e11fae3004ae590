//===- WeightLayout.cpp - the parameters that stay, in one block ----------===//
#include "tenon/Runtime/Cpu/WeightLayout.h"
#include "tenon/Runtime/Cpu/Initial.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Io/Memory.h"

namespace tenon::runtime {

std::vector<bool> findReadByEntries(const tn_program &program, const tn_level &level) {
  std::vector<bool> isRead(program.num_parameters, false);
  for (uint64_t e = 0; e < program.num_entries; ++e)
    for (uint64_t b = 0; b < level.entries[e].num_buffers; ++b)
      if (level.entries[e].buffers[b].kind == TN_BUFFER_PARAMETER)
        isRead[static_cast<size_t>(level.entries[e].buffers[b].index)] = true;
  return isRead;
}

Result<WeightLayout> layOutWeights(const tn_program &program, const tn_level &level,
                                   const std::vector<bool> &isKept) {
  static constexpr int64_t noSymbols[TN_MAX_SYMBOLS] = {};
  WeightLayout layout;
  bool fits = true;
  auto place = [&](uint64_t bytes) {
    uint64_t offset = layout.bytes;
    fits = fits && bytes < uint64_t{1} << 62 &&
           !__builtin_add_overflow(layout.bytes, alignUp(bytes), &layout.bytes) &&
           layout.bytes < uint64_t{1} << 62;
    return offset;
  };
  for (uint64_t i = 0; i < level.num_packed; ++i) {
    int64_t bytes = 0;
    fits = fits && evaluateSize(level.packed[i], noSymbols, bytes) && bytes >= 0;
    layout.packed.push_back(place(static_cast<uint64_t>(bytes)));
  }
  layout.raw.assign(program.num_parameters, 0);
  for (uint64_t i = 0; i < program.num_parameters; ++i)
    if (isKept[i])
      layout.raw[i] = place(parameterBytes(program.parameters[i]));
  if (!fits)
    return Status::error(ExitCode::Internal, "program",
                         "the size of the parameters overflows 64 bits");
  return layout;
}

Status readOrFill(const tn_program &program, const SafetensorsFile *file, uint64_t seed,
                  ThreadPool &pool, const std::vector<ParameterTarget> &targets, bool takesOwn) {
  std::vector<ParameterTarget> found;
  for (const ParameterTarget &target : targets) {
    const char *name = program.parameters[target.number].name;
    if (file && file->find(name) && (takesOwn || !isOwnName(name)))
      found.push_back(target);
    else
      fillInitial(program, target.number, seed, target.memory);
  }
  return found.empty() ? Status() : readParameters(program, *file, pool, found);
}

} // namespace tenon::runtime
