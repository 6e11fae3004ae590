//===- LaunchOutcome.h - how a run over a launch list ended ---------------===//
#ifndef TENON_RUNTIME_LAUNCHOUTCOME_H
#define TENON_RUNTIME_LAUNCHOUTCOME_H

#include "tenon/Runtime/Abi.h"

#include <cstddef>

namespace tenon::runtime {

struct LaunchOutcome {
  enum Kind { Done, KernelError, Stopped } kind = Done;
  size_t launch = 0; ///< the failing launch
  int32_t code = TN_OK;
  tn_error error{};
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_LAUNCHOUTCOME_H
