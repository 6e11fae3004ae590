//===- FakeGpu.h - programs for GPUs made by hand -------------------------===//
//
// FAKE_GPU is the path of the kernels, without .ptx and .bc: both are in the program.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_TEST_UNIT_RUNTIME_FAKEGPU_H
#define TENON_TEST_UNIT_RUNTIME_FAKEGPU_H

#include "tenon/Runtime/Abi.h"

#include <cstddef>

template <size_t count> struct GpuLaunches {
  tn_launch launches[count];
};

/// The launches of a CPU on a GPU: kernels of the same names, a block of 32 threads per tile;
/// those of `kernel` have so many bytes of shared memory.
template <size_t count>
constexpr GpuLaunches<count> onGpu(const tn_launch (&launches)[count], tn_kernel kernel = nullptr,
                                   int64_t sharedBytes = 0) {
  GpuLaunches<count> made{};
  for (size_t i = 0; i < count; ++i) {
    made.launches[i] = launches[i];
    made.launches[i].kernel = nullptr;
    made.launches[i].scratch_bytes = {nullptr, 0};
    made.launches[i].threads = 32;
    made.launches[i].shared_bytes = launches[i].kernel == kernel ? sharedBytes : 0;
  }
  return made;
}

asm(".pushsection .rodata\n"
    ".balign 16\n"
    "fakePtx: .incbin \"" FAKE_GPU ".ptx\"\n"
    ".byte 0\n"
    ".balign 16\n"
    "fakeBitcode: .incbin \"" FAKE_GPU ".bc\"\n"
    "fakeEnd: .zero 16\n"
    ".popsection");
extern "C" const uint8_t fakePtx[], fakeBitcode[], fakeEnd[];

static const tn_image fakeImages[] = {
    {TN_IMAGE_PTX, 80, 0, 0, fakePtx, static_cast<uint64_t>(fakeBitcode - fakePtx)},
    {TN_IMAGE_BITCODE, 80, 0, 0, fakeBitcode, static_cast<uint64_t>(fakeEnd - fakeBitcode)}};

#endif // TENON_TEST_UNIT_RUNTIME_FAKEGPU_H
