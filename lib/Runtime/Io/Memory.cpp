//===- Memory.cpp - aligned memory that is asked for before it is used ----===//
#include "tenon/Runtime/Io/Memory.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <utility>

namespace tenon::runtime {

/// Requests below this size go straight to the allocator.
constexpr uint64_t uncheckedBytes = uint64_t{16} << 20;
constexpr uint64_t hugePageBytes = uint64_t{2} << 20;
/// From here on huge pages pay: what they waste at the end is little, and every
/// small page costs a fault when it is first touched.
constexpr uint64_t smallestHugeRequest = uint64_t{4} << 20;

/// The first 4,095 bytes of a file, or an empty text.
static std::string readHead(const char *path) {
  FILE *file = fopen(path, "re");
  if (!file)
    return std::string();
  char text[4095];
  size_t length = fread(text, 1, sizeof(text), file);
  fclose(file);
  return std::string(text, length);
}

/// The number that follows `name` in `text`; false if there is none.
static bool numberAfter(const std::string &text, const char *name, uint64_t &value) {
  size_t found = text.find(name);
  if (found == std::string::npos)
    return false;
  const char *begin = text.c_str() + found + strlen(name);
  char *end = nullptr;
  value = strtoull(begin, &end, 10);
  return end != begin;
}

/// What the control group leaves; file pages in memory count as free, because
/// the kernel gives them up first.
static uint64_t controlGroupMemory() {
  uint64_t limit = 0, used = 0, cached = 0;
  if (!numberAfter(readHead("/sys/fs/cgroup/memory.max"), "", limit) ||
      !numberAfter(readHead("/sys/fs/cgroup/memory.current"), "", used))
    return UINT64_MAX;
  numberAfter(readHead("/sys/fs/cgroup/memory.stat"), "\nfile ", cached);
  used -= std::min(used, cached);
  return limit - std::min(limit, used);
}

uint64_t availableMemory() {
  std::string machine = readHead("/proc/meminfo");
  uint64_t kilobytes = 0, swap = 0;
  if (!numberAfter(machine, "MemAvailable:", kilobytes))
    return UINT64_MAX;
  numberAfter(machine, "SwapFree:", swap);
  return std::min((kilobytes + swap) * 1024, controlGroupMemory());
}

uint64_t peakResidentMemory() {
  uint64_t kilobytes = 0;
  numberAfter(readHead("/proc/self/status"), "VmHWM:", kilobytes);
  return kilobytes * 1024;
}

AlignedBuffer::AlignedBuffer(AlignedBuffer &&other) noexcept
    : memory(std::exchange(other.memory, nullptr)), bytes(std::exchange(other.bytes, 0)) {}

AlignedBuffer &AlignedBuffer::operator=(AlignedBuffer &&other) noexcept {
  std::swap(memory, other.memory);
  std::swap(bytes, other.bytes);
  return *this;
}

AlignedBuffer::~AlignedBuffer() { free(memory); }

Result<AlignedBuffer> AlignedBuffer::allocate(uint64_t bytes, const char *purpose) {
  auto refuse = [&](uint64_t available) {
    std::string have = available == UINT64_MAX ? std::string("the system refused")
                                               : format("%llu are available",
                                                        static_cast<unsigned long long>(available));
    return Status::error(ExitCode::Environment, "memory",
                         format("%s needs %llu bytes; %s", purpose,
                                static_cast<unsigned long long>(bytes), have.c_str()));
  };
  constexpr uint64_t largest = uint64_t{1} << 62;
  bool isLarge = bytes >= uncheckedBytes;
  uint64_t available = isLarge ? availableMemory() : UINT64_MAX;
  if (bytes > available || bytes > largest)
    return refuse(available);
  bool hasHugePages = bytes >= smallestHugeRequest;
  uint64_t rounded = std::max(alignUp(bytes), bufferAlignment);
  AlignedBuffer buffer;
  if (posix_memalign(&buffer.memory, hasHugePages ? hugePageBytes : bufferAlignment, rounded) !=
      0) {
    buffer.memory = nullptr;
    return refuse(available);
  }
  if (hasHugePages)
    madvise(buffer.memory, rounded, MADV_HUGEPAGE);
  buffer.bytes = bytes;
  return buffer;
}

} // namespace tenon::runtime
