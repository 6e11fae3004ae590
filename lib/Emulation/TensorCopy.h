//===- TensorCopy.h - cp.async.bulk.tensor ----------------------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_TENSORCOPY_H
#define TENON_LIB_EMULATION_TENSORCOPY_H

#include "tenon/Emulation/TensorMap.h"

#include <cstdint>
#include <vector>

namespace tenon::emulation {

class Block;
struct Thread;

/// A box of a tensor and its tile in shared memory.
struct TensorCopy {
  const TensorMap *map;
  int32_t at[TensorMap::kMaxRank];
  char *tile;
  /// A load's mbarrier.
  char *barrier;
};

/// Copies of a block into shared memory that have not landed. They do so when
/// issued, or in any order when no thread can run.
class TensorCopies {
public:
  void reset() { pending.clear(); }
  void load(Thread &thread, const TensorCopy &copy);
  /// Whether there was one that could land.
  bool landOne(Block &block);

private:
  struct Pending {
    TensorCopy copy;
    /// Index of the thread that issued it.
    uint32_t thread;
  };
  std::vector<Pending> pending;
};

/// Copies a tile to global memory: now, or when the thread waits for the group.
void storeTensor(Thread &thread, const TensorCopy &copy);
void commitStores(Thread &thread);
void waitForStores(Thread &thread, uint32_t inFlight);
/// A block's shared memory ends with its threads.
void checkStoresAtReturn(Thread &thread);

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_TENSORCOPY_H
