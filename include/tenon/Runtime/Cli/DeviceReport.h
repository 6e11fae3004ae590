//===- DeviceReport.h - what info says of GPUs ------------------*- C++ -*-===//
#ifndef TENON_RUNTIME_CLI_DEVICEREPORT_H
#define TENON_RUNTIME_CLI_DEVICEREPORT_H

#include "tenon/Runtime/Abi.h"

#include <string>

namespace tenon::runtime {

/// Where a program would run when nothing is asked for.
struct DeviceReport {
  /// Asks the driver, if the program has code for GPUs.
  static DeviceReport of(const tn_program &program);

  bool hasDevice = false;
  std::string text; ///< the device, or why there is none; empty without code for GPUs
};

/// "PTX for compute capability 8.0 and later, 14704 bytes".
std::string imageText(const tn_image &image);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_DEVICEREPORT_H
