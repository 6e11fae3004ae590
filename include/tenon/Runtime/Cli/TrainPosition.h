//===- TrainPosition.h - what a checkpoint says besides parameters --------===//
#ifndef TENON_RUNTIME_CLI_TRAINPOSITION_H
#define TENON_RUNTIME_CLI_TRAINPOSITION_H

#include "tenon/Runtime/Io/Safetensors.h"
#include "tenon/Runtime/Io/SafetensorsWriter.h"

#include <string>
#include <vector>

namespace tenon::runtime {

struct TrainPosition {
  int64_t steps = 0;
  int64_t seed = 0;
  int64_t batch = 0;
  int64_t accumulate = 1;
  int64_t capability = 0;      ///< of the GPU that took the last step; 0: a CPU
  int64_t isEvaluationDue = 0; ///< 1: held-out samples are still to be evaluated after it
};

/// Whether a tensor of a checkpoint is a part of the position.
bool isTrainPosition(std::string_view name);

/// An Input error for a file that is no checkpoint of a training.
Result<TrainPosition> readTrainPosition(const SafetensorsFile &file);

/// Adds the tensors that say it, which point into `position`.
void appendTrainPosition(const TrainPosition &position, std::vector<TensorToWrite> &tensors);

/// "a CPU", or "a GPU of compute capability 9.0".
std::string deviceName(int64_t capability);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_TRAINPOSITION_H
