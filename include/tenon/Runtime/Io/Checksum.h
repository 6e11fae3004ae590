//===- Checksum.h - whether bytes are those that were written ---*- C++ -*-===//
#ifndef TENON_RUNTIME_IO_CHECKSUM_H
#define TENON_RUNTIME_IO_CHECKSUM_H

#include <cstdint>
#include <string>

namespace tenon::runtime {

/// XXH64 of the bytes (Collet, "XXH64 algorithm description"). It finds flipped bits, not
/// forgeries.
uint64_t xxh64(const void *data, uint64_t count, uint64_t seed);

/// The sum of pieces that follow one another, each of `pieceBytes` but for the last: the
/// sum of those before is the seed of the next.
class Checksum {
public:
  static constexpr uint64_t pieceBytes = uint64_t{1} << 20;

  void add(const void *piece, uint64_t count) { value = xxh64(piece, count, value); }
  /// Any number of bytes, cut into pieces.
  void addAll(const void *data, uint64_t count);
  /// 16 hexadecimal digits.
  std::string text() const;

private:
  uint64_t value = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_IO_CHECKSUM_H
