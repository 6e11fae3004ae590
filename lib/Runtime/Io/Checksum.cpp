//===- Checksum.cpp - whether bytes are those that were written -----------===//
#include "tenon/Runtime/Io/Checksum.h"

#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstring>

namespace tenon::runtime {

static constexpr uint64_t primes[] = {11400714785074694791u, 14029467366897019727u,
                                      1609587929392839161u, 9650029242287828579u,
                                      2870177450012600261u};

static uint64_t rotate(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

template <typename Word> static Word load(const unsigned char *at) {
  Word word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

static uint64_t round(uint64_t lane, uint64_t word) {
  return rotate(lane + word * primes[1], 31) * primes[0];
}

uint64_t xxh64(const void *data, uint64_t count, uint64_t seed) {
  const auto *at = static_cast<const unsigned char *>(data);
  const unsigned char *end = at + count;
  uint64_t sum = seed + primes[4];
  if (count >= 32) {
    uint64_t lanes[] = {seed + primes[0] + primes[1], seed + primes[1], seed, seed - primes[0]};
    for (; end - at >= 32; at += 32)
      for (int i = 0; i < 4; ++i)
        lanes[i] = round(lanes[i], load<uint64_t>(at + 8 * i));
    sum = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
    for (uint64_t lane : lanes)
      sum = (sum ^ round(0, lane)) * primes[0] + primes[3];
  }
  sum += count;
  for (; end - at >= 8; at += 8)
    sum = rotate(sum ^ round(0, load<uint64_t>(at)), 27) * primes[0] + primes[3];
  if (end - at >= 4) {
    sum = rotate(sum ^ load<uint32_t>(at) * primes[0], 23) * primes[1] + primes[2];
    at += 4;
  }
  for (; at < end; ++at)
    sum = rotate(sum ^ *at * primes[4], 11) * primes[0];
  sum = (sum ^ sum >> 33) * primes[1];
  sum = (sum ^ sum >> 29) * primes[2];
  return sum ^ sum >> 32;
}

void Checksum::addAll(const void *data, uint64_t count) {
  const auto *bytes = static_cast<const char *>(data);
  for (uint64_t at = 0; at < count; at += pieceBytes)
    add(bytes + at, std::min(pieceBytes, count - at));
}

std::string Checksum::text() const {
  return format("%016llx", static_cast<unsigned long long>(value));
}

} // namespace tenon::runtime
