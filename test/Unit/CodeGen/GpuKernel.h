//===- GpuKernel.h - Compiles a GPU kernel and emulates it ------*- C++ -*-===//

#ifndef TENON_TEST_UNIT_CODEGEN_GPUKERNEL_H
#define TENON_TEST_UNIT_CODEGEN_GPUKERNEL_H

#include "tenon/Emulation/KernelModule.h"
#include "tenon/Runtime/Abi.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace tenon_test {

/// Normally distributed numbers.
std::vector<float> makeValues(size_t count, unsigned seed);

/// The values without the lower halves of their bits, and the upper halves, which are bf16.
std::vector<uint16_t> cutToBF16(std::vector<float> &values);

/// One kernel, compiled for GPUs and run by the emulator.
class GpuKernel {
public:
  /// Compiles `module`, a text with one outlined kernel, for a kind of GPUs; a failure is a
  /// test failure.
  explicit GpuKernel(const std::string &module, const std::string &target = "sm_80");
  ~GpuKernel();

  /// A buffer with these contents, in device memory of its own.
  template <class T> GpuKernel &add(const std::vector<T> &values) {
    buffers.emplace_back(values.size() * sizeof(T));
    if (!values.empty())
      std::memcpy(buffers.back().data(), values.data(), buffers.back().size());
    return *this;
  }
  /// A buffer of `count` elements that nobody has written.
  template <class T> GpuKernel &addResult(size_t count) {
    buffers.emplace_back(count * sizeof(T), '\xff');
    return *this;
  }

  /// Runs it in every schedule, with all accesses checked in one of them; what the last
  /// buffer holds must be the same bits in all. Returns it, and forgets the buffers.
  template <class T> std::vector<T> run(const std::vector<int64_t> &symbols) {
    std::vector<char> bytes = runBytes(symbols);
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!values.empty())
      std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  /// What the last run reported.
  tn_device_error error;
  /// What it did when its accesses were checked.
  tenon::emulation::Statistics statistics;
  /// What the driver of a device gets.
  std::string ptx;

private:
  std::vector<char> runBytes(const std::vector<int64_t> &symbols);

  std::string code;
  std::function<int64_t(const std::vector<int64_t> &)> countBlocks;
  int64_t threads = 0, sharedBytes = 0;
  std::vector<std::vector<char>> buffers;
};

} // namespace tenon_test

#endif // TENON_TEST_UNIT_CODEGEN_GPUKERNEL_H
