//===- Races.h - Accesses that nothing orders -------------------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_RACES_H
#define TENON_LIB_EMULATION_RACES_H

#include "Clocks.h"
#include "GlobalShadow.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tenon::emulation {

/// Watches the accesses of one block after another. Two accesses of the same
/// two bytes by different threads, one of them a write, are a race unless the
/// first happened before the second; so is any access of shared memory that a
/// copy which nobody has waited for is still writing.
class Races {
public:
  /// What a cell of shared memory is read or written by.
  enum class Kind { Read, Write };

  /// `serial` tells the block from all blocks before it and beside it.
  void reset(uint32_t threads, size_t sharedBytes, uint64_t serial, uint64_t firstSerial);

  // Each check gives what is wrong, in words, or an empty string.

  std::string accessShared(uint32_t thread, size_t offset, size_t bytes, Kind kind);
  std::string accessGlobal(uint32_t thread, GlobalShadow::Cells cells, Kind kind);

  /// A copy into shared memory begins: it must come after what others did
  /// there; until it lands nobody may touch the place. `owner` is the thread
  /// or agent that writes.
  std::string beginCopy(uint32_t thread, uint32_t owner, size_t offset, size_t bytes);
  void endCopy(uint32_t owner, size_t offset, size_t bytes);

  /// An agent reads shared memory on behalf of `thread`, now or until it is
  /// waited for.
  std::string readByAgent(uint32_t thread, uint32_t agent, size_t offset, size_t bytes);

  /// fence.proxy.async: what `thread` wrote so far may be read by agents.
  void fenceProxy(uint32_t thread) {
    fenced[thread] = clocks.now(thread).epoch + 1;
    advance(thread);
  }

  Clocks clocks;

private:
  struct Cell {
    Stamp write, reads[2];
    /// Who is copying here, plus 1.
    uint16_t copying;
    bool byCopy;
  };
  static constexpr size_t kCellBytes = 2;

  void advance(uint32_t thread) {
    Clock ignored;
    clocks.release(thread, ignored);
  }
  std::string nameOf(uint32_t who) const;
  std::string place(size_t cell) const;
  std::string conflict(uint32_t thread, Stamp earlier, Kind before, Kind now, size_t cell) const;
  void noteRead(Cell &cell, uint32_t thread, Stamp stamp);

  std::vector<Cell> cells;
  /// Per thread: the epoch before which its writes are fenced.
  std::vector<uint32_t> fenced;
  uint64_t serial = 0, firstSerial = 0;
};

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_RACES_H
