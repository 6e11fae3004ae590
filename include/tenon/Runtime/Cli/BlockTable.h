//===- BlockTable.h - work of a launch list by block ----------------------===//
#ifndef TENON_RUNTIME_CLI_BLOCKTABLE_H
#define TENON_RUNTIME_CLI_BLOCKTABLE_H

#include "tenon/Runtime/Cpu/Size.h"

#include <string>
#include <vector>

namespace tenon::runtime {

/// The launches of one block of the model, added up.
struct BlockWork {
  std::string block;
  uint64_t launches = 0;
  SizeSum flops;
  SizeSum bytes;
};

/// One row per block, in the order of their first launches.
std::vector<BlockWork> workByBlock(const tn_launch_list &list);

/// Bytes and elements of all parameters together.
struct ParameterTotals {
  int64_t elements = 0;
  int64_t bytes = 0;
};
ParameterTotals parameterTotals(const tn_program &program);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_BLOCKTABLE_H
