//===- GlobalShadow.h - Who touched global memory last ----------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_GLOBALSHADOW_H
#define TENON_LIB_EMULATION_GLOBALSHADOW_H

#include "Clocks.h"

#include "tenon/Emulation/Memory.h"

#include <cstdint>
#include <map>

namespace tenon::emulation {

/// Beside each allocation, for every two bytes, who wrote and read them last.
/// Blocks have serial numbers that grow from launch to launch, so nothing needs
/// to be cleared between launches.
class GlobalShadow {
public:
  /// A block's serial number, and the stamp within it.
  struct Access {
    uint64_t bits = 0;

    static Access make(uint64_t serial, Stamp stamp) {
      return {serial << 32 | uint64_t{stamp.who} << 20 | stamp.epoch};
    }
    uint64_t serial() const { return bits >> 32; }
    Stamp stamp() const {
      return {static_cast<uint32_t>(bits >> 20 & 0xfff), static_cast<uint32_t>(bits & 0xfffff)};
    }
  };

  /// Blocks on several OS threads look at it at the same time.
  struct Cell {
    Access loadWrite() const { return {__atomic_load_n(&write, __ATOMIC_RELAXED)}; }
    Access loadRead() const { return {__atomic_load_n(&read, __ATOMIC_RELAXED)}; }
    void storeWrite(Access access) { __atomic_store_n(&write, access.bits, __ATOMIC_RELAXED); }
    void storeRead(Access access) { __atomic_store_n(&read, access.bits, __ATOMIC_RELAXED); }

    uint64_t write, read;
  };
  static constexpr size_t kCellBytes = 2;

  struct Cells {
    Cell *first = nullptr;
    size_t count = 0;
  };

  ~GlobalShadow();

  /// Makes shadows for all allocations of `memory`; before a launch.
  void prepare(const Memory &memory);
  /// Those of [address, address + bytes) in `range`; none for the objects of
  /// modules, which kernels only read, and for single bytes.
  Cells cellsOf(const Memory::Range &range, const void *address, size_t bytes) const;

private:
  struct Mapping {
    Cell *cells;
    size_t bytes;
  };
  std::map<uintptr_t, Mapping> mappings;
};

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_GLOBALSHADOW_H
