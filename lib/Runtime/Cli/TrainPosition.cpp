//===- TrainPosition.cpp - what a checkpoint says besides parameters ------===//
#include "tenon/Runtime/Cli/TrainPosition.h"

#include "tenon/Runtime/Cuda/Image.h"
#include "tenon/Runtime/Io/Text.h"

namespace tenon::runtime {

/// Only checkpoints of GPUs say on what device they were made, and only those of runs that
/// were stopped in an evaluation that it is due.
static constexpr const char *capabilityName = "tenon.capability",
                            *evaluationName = "tenon.evaluate";

/// A count of the file's own.
static Result<int64_t> readCounter(const SafetensorsFile &file, std::string_view name,
                                   int64_t least) {
  const WeightTensor *tensor = file.find(name);
  if (!tensor || tensor->dtype != WeightDType::I64 || tensor->bytes != sizeof(int64_t))
    return Status::error(ExitCode::Input, file.source().name(),
                         "is no checkpoint of a training: " + quoteName(name) + " is missing");
  int64_t value = 0;
  if (Status status = file.source().read(tensor->offset, &value, sizeof(value)); !status.ok())
    return status;
  if (value < least)
    return Status::error(ExitCode::Input, file.source().name(),
                         "tensor " + quoteName(name) + " is " + std::to_string(value) +
                             "; expected at least " + std::to_string(least));
  return value;
}

bool isTrainPosition(std::string_view name) {
  for (std::string_view own : {"tenon.step", "tenon.seed", "tenon.batch", "tenon.accumulate",
                               capabilityName, evaluationName})
    if (name == own)
      return true;
  return false;
}

Result<TrainPosition> readTrainPosition(const SafetensorsFile &file) {
  TrainPosition position;
  struct {
    const char *name;
    int64_t least, *value;
  } counters[] = {
      {"tenon.step", 0, &position.steps},        {"tenon.seed", 0, &position.seed},
      {"tenon.batch", 0, &position.batch},       {"tenon.accumulate", 1, &position.accumulate},
      {capabilityName, 1, &position.capability}, {evaluationName, 1, &position.isEvaluationDue}};
  for (const auto &[name, least, value] : counters) {
    bool isOptional = value == &position.capability || value == &position.isEvaluationDue;
    if (isOptional && !file.find(name))
      continue;
    Result<int64_t> read = readCounter(file, name, least);
    if (!read.ok())
      return read.takeStatus();
    *value = *read;
  }
  return position;
}

void appendTrainPosition(const TrainPosition &position, std::vector<TensorToWrite> &tensors) {
  tensors.push_back({"tenon.step", TN_I64, {}, &position.steps});
  tensors.push_back({"tenon.seed", TN_I64, {}, &position.seed});
  tensors.push_back({"tenon.batch", TN_I64, {}, &position.batch});
  tensors.push_back({"tenon.accumulate", TN_I64, {}, &position.accumulate});
  if (position.capability != 0)
    tensors.push_back({capabilityName, TN_I64, {}, &position.capability});
  if (position.isEvaluationDue != 0)
    tensors.push_back({evaluationName, TN_I64, {}, &position.isEvaluationDue});
}

std::string deviceName(int64_t capability) {
  return capability == 0 ? "a CPU"
                         : "a GPU of compute capability " + cuda::capabilityText(capability);
}

} // namespace tenon::runtime
