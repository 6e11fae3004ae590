//===- PlacementTest.cpp - buffers that share one arena -------------------===//
#include "tenon/Runtime/Cpu/Placement.h"
#include "gtest/gtest.h"

#include <random>

using namespace tenon::runtime;

namespace {

/// Places, and checks that no two requests share a byte at one time.
uint64_t placed(const std::vector<ArenaRequest> &requests, std::vector<uint64_t> &offsets) {
  bool fits = false;
  uint64_t total = placeBuffers(requests, offsets, fits);
  EXPECT_TRUE(fits);
  for (size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(offsets[i] % 64, 0u);
    EXPECT_LE(offsets[i] + requests[i].bytes, total);
    for (size_t j = 0; j < i; ++j) {
      const ArenaRequest &a = requests[i], &b = requests[j];
      bool meetInTime = a.first <= b.last && b.first <= a.last;
      bool meetInSpace = a.bytes > 0 && b.bytes > 0 && offsets[i] < offsets[j] + b.bytes &&
                         offsets[j] < offsets[i] + a.bytes;
      EXPECT_FALSE(meetInTime && meetInSpace) << i << " and " << j;
    }
  }
  return total;
}

TEST(Placement, reusesWhatIsDead) {
  std::vector<uint64_t> offsets;
  // A chain: each buffer lives with its neighbour only.
  EXPECT_EQ(placed({{128, 0, 1}, {128, 1, 2}, {128, 2, 3}, {128, 3, 4}}, offsets), 256u);
  // All alive at once.
  EXPECT_EQ(placed({{64, 0, 9}, {65, 0, 9}, {1, 0, 9}}, offsets), 256u);
  // The small one fits the gap below a larger one.
  EXPECT_EQ(placed({{256, 0, 1}, {512, 0, 3}, {64, 2, 3}}, offsets), 768u);
  EXPECT_EQ(placed({}, offsets), 0u);
  EXPECT_EQ(placed({{0, 0, 1}}, offsets), 0u);
}

TEST(Placement, holdsForRandomLifetimes) {
  std::mt19937 random(1); // NOLINT: the same lifetimes each time
  std::vector<uint64_t> offsets;
  for (int round = 0; round < 200; ++round) {
    std::vector<ArenaRequest> requests;
    uint64_t sum = 0;
    for (unsigned i = 0; i < random() % 30; ++i) {
      int32_t first = static_cast<int32_t>(random() % 20);
      int32_t last = first + static_cast<int32_t>(random() % 6);
      requests.push_back({random() % 1000, first, last});
      sum += requests.back().bytes + 64;
    }
    EXPECT_LE(placed(requests, offsets), sum);
  }
}

TEST(Placement, refusesWhatOverflows) {
  std::vector<uint64_t> offsets;
  bool fits = true;
  placeBuffers({{uint64_t{1} << 63, 0, 1}}, offsets, fits);
  EXPECT_FALSE(fits);
  placeBuffers({{uint64_t{1} << 62, 0, 1}, {uint64_t{1} << 62, 0, 1}, {uint64_t{1} << 62, 0, 1}},
               offsets, fits);
  EXPECT_FALSE(fits);
}

/// `layers` times: normalize, project to query, key and value, attend, project
/// and add, widen, narrow and add. The residual lives on beside all of them.
std::vector<ArenaRequest> encoder(int layers, uint64_t row, uint64_t hidden) {
  std::vector<ArenaRequest> requests = {{row, 0, 4}};
  int32_t at = 0;
  for (int layer = 0; layer < layers; ++layer, at += 7) {
    requests.push_back({row, at + 1, at + 2});     // normalized
    requests.push_back({3 * row, at + 2, at + 3}); // query, key, value
    requests.push_back({row, at + 3, at + 4});     // attended
    requests.push_back({row, at + 4, at + 7});     // residual
    requests.push_back({row, at + 5, at + 6});     // normalized
    requests.push_back({hidden, at + 6, at + 7});  // widened
    requests.push_back({row, at + 7, at + 7 + 4}); // residual
  }
  return requests;
}

TEST(Placement, isNearTheBoundForEncoders) {
  for (int layers : {1, 2, 6, 12})
    for (uint64_t rows : {1, 7, 128, 197, 1024})
      for (uint64_t width : {12, 192, 384, 768}) {
        uint64_t row = rows * width * 4;
        std::vector<uint64_t> offsets;
        for (uint64_t hidden : {2 * row, 4 * row, 4 * row + 4 * rows}) {
          std::vector<ArenaRequest> requests = encoder(layers, row, hidden);
          uint64_t bound = mostBytesAlive(requests);
          EXPECT_LE(placed(requests, offsets), bound + bound / 5)
              << layers << " layers, " << rows << " rows, " << width << " wide";
        }
      }
}

TEST(Placement, triesSeveralOrders) {
  std::vector<uint64_t> offsets;
  // By size, both large buffers take the bottom and the small chain between
  // them has to change sides; by start it need not.
  std::vector<ArenaRequest> requests = {{128, 0, 1}, {64, 1, 3}, {64, 3, 5}, {128, 4, 5}};
  EXPECT_EQ(mostBytesAlive(requests), 192u);
  EXPECT_EQ(placed(requests, offsets), 192u);
}

TEST(Placement, isDeterministic) {
  std::vector<ArenaRequest> requests = encoder(12, 4096, 16384);
  std::vector<uint64_t> first, second;
  placed(requests, first);
  placed(requests, second);
  EXPECT_EQ(first, second);
}

TEST(Placement, boundCountsWhatIsAliveAtOnce) {
  EXPECT_EQ(mostBytesAlive({}), 0u);
  EXPECT_EQ(mostBytesAlive({{64, 0, 1}, {128, 1, 2}, {192, 2, 3}}), 320u);
  EXPECT_EQ(mostBytesAlive({{64, 0, 9}, {128, 3, 3}, {192, 5, 5}, {64, 6, INT32_MAX}}), 256u);
  EXPECT_EQ(mostBytesAlive({{1, 0, 0}, {65, 0, 0}, {0, 0, 0}}), 192u);
  EXPECT_EQ(mostBytesAlive({{uint64_t{1} << 63, 0, 1}, {uint64_t{1} << 63, 0, 1}}), UINT64_MAX);
}

} // namespace
