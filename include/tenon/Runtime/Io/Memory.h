//===- Memory.h - aligned memory that is asked for before it is used ------===//
#ifndef TENON_RUNTIME_IO_MEMORY_H
#define TENON_RUNTIME_IO_MEMORY_H

#include "tenon/Runtime/Io/Status.h"

#include <cstdint>

namespace tenon::runtime {

/// The alignment that kernels expect of every buffer, in bytes.
constexpr uint64_t bufferAlignment = 64;

/// `bytes` rounded up to bufferAlignment. `bytes` must be below 2^63.
constexpr uint64_t alignUp(uint64_t bytes) {
  return (bytes + bufferAlignment - 1) & ~(bufferAlignment - 1);
}

/// Bytes that this process can still use: the machine's available memory and
/// swap, less what a memory control group withholds. UINT64_MAX if unknown.
uint64_t availableMemory();

/// The most bytes of memory that this process has had at one time, file pages
/// included; 0 if unknown.
uint64_t peakResidentMemory();

/// Owns 64-byte aligned memory. Contents start undefined.
class AlignedBuffer {
public:
  AlignedBuffer() = default;
  AlignedBuffer(AlignedBuffer &&other) noexcept;
  AlignedBuffer &operator=(AlignedBuffer &&other) noexcept;
  AlignedBuffer(const AlignedBuffer &) = delete;
  AlignedBuffer &operator=(const AlignedBuffer &) = delete;
  ~AlignedBuffer();

  /// Memory for `bytes` bytes (never null, also for 0). If the machine does not
  /// have them, an Environment error with both numbers; `purpose` says what for
  /// ("input 'x'").
  static Result<AlignedBuffer> allocate(uint64_t bytes, const char *purpose);

  void *data() const { return memory; }
  uint64_t size() const { return bytes; }

private:
  void *memory = nullptr;
  uint64_t bytes = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_IO_MEMORY_H
