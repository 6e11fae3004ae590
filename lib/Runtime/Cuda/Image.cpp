//===- Image.cpp - the code for GPUs that a program carries ---------------===//
#include "tenon/Runtime/Cuda/Image.h"

#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace tenon::runtime::cuda {

std::string capabilityText(int64_t capability) {
  return std::to_string(capability / 10) + "." + std::to_string(capability % 10);
}

const char *imageKindName(const tn_image &image) {
  switch (image.kind) {
  case TN_IMAGE_PTX:
    return "PTX";
  case TN_IMAGE_CUBIN:
    return "cubin";
  default:
    return "bitcode";
  }
}

std::string imageDevices(const tn_image &image) {
  return capabilityText(image.capability) + (image.is_exact ? " alone" : " and later");
}

std::string programDevices(const tn_gpu &gpu) {
  std::string text = "compute capability ", seen;
  for (uint64_t i = 0; i < gpu.num_images; ++i) {
    std::string devices = imageDevices(gpu.images[i]);
    if (seen.find(devices) == std::string::npos)
      seen += (seen.empty() ? "" : ", ") + devices;
  }
  return text + seen;
}

bool runsOn(const tn_image &image, int64_t capability) {
  return image.is_exact ? capability == image.capability : capability >= image.capability;
}

int neededVersion(const tn_image &image) {
  if (image.kind != TN_IMAGE_PTX)
    return 0;
  // The directive comes first, but for comments.
  std::string_view text(reinterpret_cast<const char *>(image.bytes),
                        std::min<uint64_t>(image.size, 4096));
  constexpr std::string_view directive = ".version ";
  size_t at = text.find(directive);
  if (at == std::string_view::npos)
    return 0;
  std::string number(text.substr(at + directive.size(), 8));
  int major = atoi(number.c_str());
  size_t dot = number.find('.');
  int minor = dot == std::string::npos ? 0 : atoi(number.c_str() + dot + 1);
  // PTX 8.0 came with CUDA 12.0, 9.0 with 13.0; CUDA 12.6 had 8.5, 12.7 then 8.6.
  if (major == 8 && minor >= 6)
    ++minor;
  return major < 8 ? 0 : (major + 4) * 1000 + minor * 10;
}

} // namespace tenon::runtime::cuda
