//===- Traffic.h - How well accesses of a warp fit together -----*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_TRAFFIC_H
#define TENON_LIB_EMULATION_TRAFFIC_H

#include "tenon/Emulation/Statistics.h"

#include <cstdint>
#include <vector>

namespace tenon::emulation {

/// The accesses of a warp since its threads last met: what the hardware carries
/// out as one request is put together again from the threads' own sequences.
class Traffic {
public:
  void reset() {
    for (std::vector<Entry> &entries : lanes)
      entries.clear();
  }
  void note(uint32_t lane, uint32_t site, bool isShared, uintptr_t address, uint32_t bytes) {
    lanes[lane].push_back({address, bytes, site, isShared});
  }
  /// Counts what has been noted, and forgets it.
  void count(Statistics &statistics);

  /// Passes over the 32 banks that `count` accesses of `bytes` at `addresses`
  /// in shared memory take, and how few they could take.
  static void countBanks(const uintptr_t *addresses, uint32_t count, uint32_t bytes,
                         Statistics &statistics);

private:
  struct Entry {
    uintptr_t address;
    uint32_t bytes, site;
    bool isShared;
  };
  std::vector<Entry> lanes[32];
};

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_TRAFFIC_H
