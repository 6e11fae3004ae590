//===- KernelRunner.h - Compiles a kernel and runs it -----------*- C++ -*-===//

#ifndef TENON_TEST_UNIT_CODEGEN_KERNELRUNNER_H
#define TENON_TEST_UNIT_CODEGEN_KERNELRUNNER_H

#include "tenon/Runtime/Abi.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace tenon_test {

/// The CPU levels whose kernels can be run here: natively, or translated.
std::vector<std::string> getRunnableLevels();

/// The columns of a panel at `level`.
int64_t getPanel(const std::string &level);

/// What becomes of `module`, a text with outlined kernels: "llvm" or "asm" text,
/// or an object file ("obj"). Empty after an error.
std::string compile(const std::string &module, const std::string &level, const std::string &kind);

/// One kernel, compiled in this process.
class Kernel {
public:
  /// Compiles `module`, a text with one outlined kernel; a failure is a test
  /// failure.
  Kernel(const std::string &module, const std::string &level);
  ~Kernel();

  /// The number of tasks for the given symbol values.
  int64_t countTasks(const std::vector<int64_t> &symbols) const;

  /// Runs all tasks, `step` at a time. Returns the first code that is not
  /// TN_OK.
  int32_t run(const std::vector<void *> &buffers, const std::vector<int64_t> &symbols,
              int64_t step = std::numeric_limits<int64_t>::max());
  /// The error of the last run.
  tn_error error = {};

  /// Whether the kernel was compiled.
  explicit operator bool() const { return function != nullptr; }

private:
  struct State;
  std::unique_ptr<State> state;
  tn_kernel function = nullptr;
};

/// Numbers in -1..1, always the same.
std::vector<float> makeNumbers(size_t count, uint32_t seed);

/// The bits of all values are equal.
bool areBitsEqual(const std::vector<float> &a, const std::vector<float> &b);

/// |got - want| <= bound at every place, NaN exactly where it is expected.
void expectClose(const std::vector<float> &got, const std::vector<double> &want,
                 const std::function<double(size_t)> &bound, const std::string &what);

/// Replaces every `$name` of `text`.
std::string fill(std::string text, const std::vector<std::pair<std::string, std::string>> &values);

/// `rows` x `sums` elements of a matrix [cols][sums] in panels, as kernel.pack
/// has them.
std::vector<float> packPanels(const std::vector<float> &matrix, int64_t cols, int64_t sums,
                              int64_t panel);

} // namespace tenon_test

#endif // TENON_TEST_UNIT_CODEGEN_KERNELRUNNER_H
