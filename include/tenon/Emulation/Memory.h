//===- Memory.h - The global memory of the emulated device ------*- C++ -*-===//

#ifndef TENON_EMULATION_MEMORY_H
#define TENON_EMULATION_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tenon::emulation {

/// Global memory. An address on the device is an address of this process. Every
/// allocation stands alone between inaccessible pages, ends close to the second
/// of them, and begins as bytes 0xff, which are NaN in every float format. What
/// lies between is filled in the same way, and looked at after every launch.
///
/// Allocations change between launches only; look-ups need no lock.
class Memory {
public:
  /// What an address on the device is aligned to, as cuMemAlloc promises.
  static constexpr size_t kAlignment = 256;

  explicit Memory(size_t limit = size_t{1} << 40) : limit(limit) {}
  ~Memory();
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  /// Null when `bytes` is 0 or more than what is left.
  void *allocate(size_t bytes);
  /// False when `address` does not begin an allocation.
  bool release(void *address);

  size_t bytesLimit() const { return limit; }
  size_t bytesUsed() const { return used; }

  /// An allocation, or an object of a module (a table in constant memory).
  struct Range {
    uintptr_t begin, end;
    std::string name;
    /// The mapping with its guards; null for an object of a module.
    char *mapping = nullptr;
    size_t mappingBytes = 0;
  };
  /// Makes an object of a module known.
  void addObject(void *address, size_t bytes, std::string name);
  void removeObject(void *address);

  const std::vector<Range> &allocations() const { return ranges; }
  /// The range that holds `address`, or null.
  const Range *find(const void *address) const;
  /// Whether [address, address + bytes) lies in one range.
  bool holds(const void *address, size_t bytes) const {
    const Range *range = find(address);
    return range && bytes <= range->end - reinterpret_cast<uintptr_t>(address);
  }
  /// An address outside of an allocation, but within its mapping, that somebody
  /// has written to; null when there is none.
  const void *findOverrun() const;
  /// Where `address` is, in words: the nearest range and the distance.
  std::string describe(const void *address) const;

private:
  /// Sorted by address.
  std::vector<Range> ranges;
  size_t limit, used = 0, serial = 0;
};

} // namespace tenon::emulation

#endif // TENON_EMULATION_MEMORY_H
