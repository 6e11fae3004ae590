//===- WeightLayout.h - the parameters that stay, in one block ------------===//
#ifndef TENON_RUNTIME_CPU_WEIGHTLAYOUT_H
#define TENON_RUNTIME_CPU_WEIGHTLAYOUT_H

#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Cpu/Parameters.h"

#include <vector>

namespace tenon::runtime {

/// Offsets in one block of memory, multiples of 64.
struct WeightLayout {
  std::vector<uint64_t> raw;    ///< by parameter; meaningful for those that are kept
  std::vector<uint64_t> packed; ///< by packed parameter
  uint64_t bytes = 0;
};

/// Places all packed parameters of a level, and the raw ones that are kept.
Result<WeightLayout> layOutWeights(const tn_program &program, const tn_level &level,
                                   const std::vector<bool> &isKept);

/// By parameter: an entry of the level reads it as it is.
std::vector<bool> findReadByEntries(const tn_program &program, const tn_level &level);

/// Calls `visit` with the number of each parameter that the launch reads.
template <typename Visit>
void forEachParameter(const tn_launch_list &list, const tn_launch &launch, Visit visit) {
  for (uint64_t b = 0; b < launch.num_buffers; ++b) {
    const tn_buffer &buffer = list.buffers[launch.buffers[b]];
    if (buffer.kind == TN_BUFFER_PARAMETER)
      visit(static_cast<size_t>(buffer.index));
  }
}

/// Reads the targets that the file has, if there is one, and gives the others their first
/// values. Those of the program's own are read when `takesOwn` is true.
Status readOrFill(const tn_program &program, const SafetensorsFile *file, uint64_t seed,
                  ThreadPool &pool, const std::vector<ParameterTarget> &targets,
                  bool takesOwn = true);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_WEIGHTLAYOUT_H
