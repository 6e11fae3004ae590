//===- BlockTable.cpp - work of a launch list by block --------------------===//
#include "tenon/Runtime/Cli/BlockTable.h"

#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Text.h"

#include <map>

namespace tenon::runtime {

std::vector<BlockWork> workByBlock(const tn_launch_list &list) {
  std::vector<BlockWork> table;
  std::map<std::string_view, size_t> rows;
  for (uint64_t i = 0; i < list.num_launches; ++i) {
    const tn_launch &launch = list.launches[i];
    auto [row, isNew] = rows.try_emplace(launch.block, table.size());
    if (isNew) {
      table.emplace_back();
      table.back().block = launch.block;
    }
    BlockWork &work = table[row->second];
    ++work.launches;
    work.flops.add(launch.flops);
    work.bytes.add(launch.bytes);
  }
  return table;
}

ParameterTotals parameterTotals(const tn_program &program) {
  ParameterTotals totals;
  for (uint64_t i = 0; i < program.num_parameters; ++i) {
    const tn_tensor &parameter = program.parameters[i];
    std::vector<int64_t> dims = parameterDims(parameter);
    int64_t elements = 0;
    if (!checkedProduct(dims.data(), dims.size(), 1, elements))
      continue;
    totals.elements += elements;
    totals.bytes += elements * dtypeInfo(parameter.dtype).size;
  }
  return totals;
}

} // namespace tenon::runtime
