//===- StepOutputs.h - what a step of training gives ------------*- C++ -*-===//
#ifndef TENON_RUNTIME_CLI_STEPOUTPUTS_H
#define TENON_RUNTIME_CLI_STEPOUTPUTS_H

#include "tenon/Runtime/Context.h"
#include "tenon/Runtime/Io/Memory.h"

#include <string>
#include <vector>

namespace tenon::runtime {

/// A number as JSON has it: integers in full, null for what is not finite.
std::string jsonNumber(double value);

/// Memory for the outputs of a part of training: scalars, the loss and the metrics, and
/// next values of parameters, whose memory changes hands; null for those that are written in
/// place.
class StepOutputs {
public:
  /// Allocates them at the first call; their sizes do not depend on the batch.
  Status allocate(const Call &call);
  void **data() { return pointers.data(); }
  bool isAllocated() const { return !pointers.empty(); }

  /// Output `number`, a scalar.
  double scalar(size_t number) const;
  /// The same in JSON.
  std::string text(size_t number) const;

private:
  std::vector<AlignedBuffer> memory;
  std::vector<void *> pointers;
  std::vector<int32_t> dtypes;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_STEPOUTPUTS_H
