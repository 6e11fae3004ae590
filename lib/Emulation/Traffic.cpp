//===- Traffic.cpp - How well accesses of a warp fit together -------------===//

#include "Traffic.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace tenon::emulation {

static constexpr uint32_t kBankBytes = 4, kBanks = 32, kSectorBytes = 32;

void Traffic::countBanks(const uintptr_t *addresses, uint32_t count, uint32_t bytes,
                         Statistics &statistics) {
  // A pass serves as many lanes as ask for 128 bytes together.
  uint32_t lanesPerPass = bytes <= 4 ? 32 : bytes <= 8 ? 16 : 8;
  for (uint32_t first = 0; first < count; first += lanesPerPass) {
    std::vector<uintptr_t> words;
    for (uint32_t i = first; i < std::min(count, first + lanesPerPass); ++i)
      for (uint32_t byte = 0; byte < bytes; byte += kBankBytes)
        words.push_back((addresses[i] + byte) / kBankBytes);
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    uint32_t perBank[kBanks] = {}, most = 1;
    for (uintptr_t word : words)
      most = std::max(most, ++perBank[word % kBanks]);
    statistics.sharedWavefronts += most;
    statistics.sharedWavefrontsIdeal += (words.size() + kBanks - 1) / kBanks;
  }
}

static void countSectors(const std::vector<uintptr_t> &addresses, uint32_t bytes,
                         Statistics &statistics) {
  std::vector<uintptr_t> sectors, units;
  for (uintptr_t address : addresses)
    for (uint32_t byte = 0; byte < bytes; ++byte) {
      units.push_back(address + byte);
      sectors.push_back((address + byte) / kSectorBytes);
    }
  auto distinct = [](std::vector<uintptr_t> &values) {
    std::sort(values.begin(), values.end());
    return static_cast<uint64_t>(std::unique(values.begin(), values.end()) - values.begin());
  };
  statistics.globalSectors += distinct(sectors);
  statistics.globalSectorsIdeal += (distinct(units) + kSectorBytes - 1) / kSectorBytes;
}

void Traffic::count(Statistics &statistics) {
  // The k-th access at one place of the code by each lane is one request.
  using Key = std::tuple<uint32_t, uint32_t, bool, uint32_t>;
  std::map<Key, std::vector<uintptr_t>> requests;
  for (std::vector<Entry> &entries : lanes) {
    std::map<uint32_t, uint32_t> times;
    for (const Entry &entry : entries)
      requests[{entry.site, times[entry.site]++, entry.isShared, entry.bytes}].push_back(
          entry.address);
    entries.clear();
  }
  for (const auto &[key, addresses] : requests) {
    uint32_t bytes = std::get<3>(key);
    if (std::get<2>(key))
      countBanks(addresses.data(), static_cast<uint32_t>(addresses.size()), bytes, statistics);
    else
      countSectors(addresses, bytes, statistics);
  }
}

} // namespace tenon::emulation
