//===- Image.h - the code for GPUs that a program carries -----------------===//
#ifndef TENON_RUNTIME_CUDA_IMAGE_H
#define TENON_RUNTIME_CUDA_IMAGE_H

#include "tenon/Runtime/Abi.h"

#include <string>

namespace tenon::runtime::cuda {

/// "9.0" of 90.
std::string capabilityText(int64_t capability);

/// "PTX", "cubin", "bitcode".
const char *imageKindName(const tn_image &image);

/// "8.0 and later" or "9.0 alone".
std::string imageDevices(const tn_image &image);

/// "compute capability 9.0 alone, 8.0 and later": what the images run on, each once.
std::string programDevices(const tn_gpu &gpu);

/// Whether the image is for devices of this capability.
bool runsOn(const tn_image &image, int64_t capability);

/// The CUDA version whose driver first reads the image, as in 12040 for PTX of
/// ISA 8.4; 0 where the image does not say.
int neededVersion(const tn_image &image);

} // namespace tenon::runtime::cuda

#endif // TENON_RUNTIME_CUDA_IMAGE_H
