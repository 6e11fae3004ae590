//===- SharedArena.h - Shared memory of the running block -------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_SHAREDARENA_H
#define TENON_LIB_EMULATION_SHAREDARENA_H

#include <cstddef>
#include <cstdint>

namespace tenon::emulation {

/// Shared memory of one block after another. It begins at a multiple of its
/// capacity, so that the low bits of an address are the offset that the GPU's
/// own shared addresses are: matrix descriptors hold those.
class SharedArena {
public:
  static constexpr size_t kCapacity = size_t{256} << 10;
  static constexpr uintptr_t kOffsetMask = kCapacity - 1;

  SharedArena();
  ~SharedArena();
  SharedArena(const SharedArena &) = delete;
  SharedArena &operator=(const SharedArena &) = delete;

  /// False when there was no memory for it.
  bool isValid() const { return start != nullptr; }
  /// Gives the next block `bytes`, filled with 0xff; what lies behind, up to a
  /// page, cannot be accessed.
  void reset(size_t bytes);

  char *base() const { return start; }
  size_t size() const { return bytes; }
  bool holds(const void *address, size_t count) const {
    uintptr_t offset = reinterpret_cast<uintptr_t>(address) - reinterpret_cast<uintptr_t>(start);
    return offset <= bytes && count <= bytes - offset;
  }
  /// Whether `address` lies in or near it, inside or outside of its size.
  bool isNear(const void *address) const {
    uintptr_t offset = reinterpret_cast<uintptr_t>(address) - reinterpret_cast<uintptr_t>(start);
    return offset + kCapacity < 3 * kCapacity;
  }
  uint32_t offsetOf(const void *address) const {
    return static_cast<uint32_t>(static_cast<const char *>(address) - start);
  }

private:
  char *mapping = nullptr, *start = nullptr;
  size_t bytes = 0, accessible = 0;
};

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_SHAREDARENA_H
