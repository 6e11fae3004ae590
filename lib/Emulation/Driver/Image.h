//===- Image.h - What cuModuleLoadData is given -----------------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_DRIVER_IMAGE_H
#define TENON_LIB_EMULATION_DRIVER_IMAGE_H

#include "Cuda.h"

#include "llvm/ADT/StringRef.h"

#include <string>

namespace tenon::emulation {

/// Finds the LLVM bitcode of `image` when a device of capability MAJOR.MINOR
/// could run it: raw bitcode (which four zero bytes must follow, since an image
/// has no length) or bitcode in its wrapper. PTX text and machine code of GPUs
/// give CUDA_ERROR_NO_BINARY_FOR_GPU, with `message` saying why.
CUresult readImage(const void *image, int major, int minor, llvm::StringRef &code,
                   std::string &message);

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_DRIVER_IMAGE_H
