//===- DeviceReport.cpp - what info says of GPUs --------------------------===//
#include "tenon/Runtime/Cli/DeviceReport.h"

#include "tenon/Runtime/Cuda/Device.h"
#include "tenon/Runtime/Cuda/Image.h"
#include "tenon/Runtime/Io/Text.h"

namespace tenon::runtime {

DeviceReport DeviceReport::of(const tn_program &program) {
  if (!program.gpu)
    return DeviceReport();
  Result<cuda::FoundDevice> found = cuda::findDevice(*program.gpu, -1);
  if (!found.ok())
    return {false, found.status().errors().front().text};
  return {true,
          found->facts.text() + format(", %llu bytes of memory",
                                       static_cast<unsigned long long>(found->facts.memoryBytes))};
}

std::string imageText(const tn_image &image) {
  return std::string(cuda::imageKindName(image)) + " for compute capability " +
         cuda::imageDevices(image) +
         format(", %llu bytes", static_cast<unsigned long long>(image.size));
}

} // namespace tenon::runtime
