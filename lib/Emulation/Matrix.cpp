//===- Matrix.cpp - Matrix instructions of a warp -------------------------===//

#include "Matrix.h"
#include "Block.h"

#include "tenon/Emulation/Address.h"

#include <algorithm>

namespace tenon::emulation {

float floatFromHalf(uint16_t bits) {
  uint32_t sign = uint32_t{bits & 0x8000u} << 16, exponent = bits >> 10 & 31,
           fraction = bits & 1023;
  if (exponent == 31)
    return floatFromBits(sign | 0x7f800000 | fraction << 13);
  if (exponent == 0) {
    float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  return floatFromBits(sign | (exponent + 112) << 23 | fraction << 13);
}

static char *addressIn(const uint32_t *mail) {
  uint64_t address;
  std::memcpy(&address, mail, sizeof address);
  return pointerTo(address);
}

/// Order between threads, and banks. False after a report.
static bool checkRows(Block &block, Warp &warp, Operation operation, char *(&rows)[4][8]) {
  Races::Kind kind = operation.op == Op::LoadMatrix ? Races::Kind::Read : Races::Kind::Write;
  for (uint32_t matrix = 0; matrix < operation.count; ++matrix) {
    uintptr_t addresses[8];
    for (uint32_t row = 0; row < 8; ++row) {
      const Thread &thread = warp.threads[8 * matrix + row];
      addresses[row] = reinterpret_cast<uintptr_t>(rows[matrix][row]);
      std::string wrong = block.races->accessShared(
          thread.index, block.shared.offsetOf(rows[matrix][row]), 16, kind);
      if (wrong.empty())
        continue;
      block.reportParts(thread, nameOf(operation.op), ": ", wrong);
      return false;
    }
    Traffic::countBanks(addresses, 8, 16, block.statistics);
  }
  return true;
}

/// Lane 8 m + r gives the address of row r of matrix m. False after a report.
static bool takeRows(Block &block, Warp &warp, Operation operation, char *(&rows)[4][8]) {
  for (uint32_t lane = 0; lane < operation.count * 8u; ++lane) {
    const Thread &thread = warp.threads[lane];
    char *row = addressIn(thread.mail);
    rows[lane / 8][lane % 8] = row;
    if (reinterpret_cast<uintptr_t>(row) % 16 != 0) {
      block.reportParts(thread, nameOf(operation.op), ": row address ", block.shared.offsetOf(row),
                        " in shared memory is not a multiple of 16");
      return false;
    }
    if (!block.shared.holds(row, 16)) {
      block.reportParts(thread, nameOf(operation.op), ": row address ", block.shared.offsetOf(row),
                        " lies outside of the block's ", block.shared.size(),
                        " bytes of shared memory");
      return false;
    }
  }
  return !block.checksAccesses() || checkRows(block, warp, operation, rows);
}

void loadMatrix(Block &block, Warp &warp, Operation operation) {
  char *rows[4][8];
  if (!takeRows(block, warp, operation, rows))
    return;
  for (uint32_t matrix = 0; matrix < operation.count; ++matrix) {
    uint16_t elements[8][8];
    for (int row = 0; row < 8; ++row)
      std::memcpy(elements[row], rows[matrix][row], 16);
    for (uint32_t lane = 0; lane < 32; ++lane) {
      uint32_t row = lane / 4, column = lane % 4 * 2;
      uint32_t low = operation.transposed ? elements[column][row] : elements[row][column];
      uint32_t high = operation.transposed ? elements[column + 1][row] : elements[row][column + 1];
      warp.threads[lane].mail[matrix] = low | high << 16;
    }
  }
}

void storeMatrix(Block &block, Warp &warp, Operation operation) {
  char *rows[4][8];
  if (!takeRows(block, warp, operation, rows))
    return;
  for (uint32_t matrix = 0; matrix < operation.count; ++matrix) {
    uint16_t elements[8][8];
    for (uint32_t lane = 0; lane < 32; ++lane) {
      uint32_t row = lane / 4, column = lane % 4 * 2, pair = warp.threads[lane].mail[2 + matrix];
      for (uint32_t i = 0; i < 2; ++i) {
        uint16_t element = static_cast<uint16_t>(pair >> 16 * i);
        (operation.transposed ? elements[column + i][row] : elements[row][column + i]) = element;
      }
    }
    for (int row = 0; row < 8; ++row)
      std::memcpy(rows[matrix][row], elements[row], 16);
  }
}

namespace {

/// The operands of one m16n8k16 (or k8) product as matrices.
struct Operands {
  alignas(32) float a[16][16];
  alignas(32) float b[16][8];
  alignas(32) float d[16][8];
};

} // namespace

TENON_FOR_EACH_CPU
static void accumulate(Operands &operands, int depth) {
  for (int row = 0; row < 16; ++row) {
    float sum[8];
    std::copy_n(operands.d[row], 8, sum);
    for (int k = 0; k < depth; ++k)
      for (int column = 0; column < 8; ++column)
        sum[column] += operands.a[row][k] * operands.b[k][column];
    std::copy_n(sum, 8, operands.d[row]);
  }
}

/// A of 16-bit elements: register i holds row g + 8 (i & 1), columns 2 q and
/// 2 q + 1 of half i >> 1, where lane = 4 g + q. B: register i holds column g,
/// rows 2 q and 2 q + 1 of half i.
static void unpackHalves(const Warp &warp, Operation operation, Operands &operands) {
  uint32_t halves = operation.extent / 8;
  for (uint32_t lane = 0; lane < 32; ++lane) {
    const uint32_t *mail = warp.threads[lane].mail;
    uint32_t g = lane / 4, q = lane % 4;
    for (uint32_t i = 0; i < 2 * halves; ++i)
      for (uint32_t j = 0; j < 2; ++j)
        operands.a[g + 8 * (i & 1)][2 * q + j + 8 * (i >> 1)] =
            elementToFloat(operation.element, static_cast<uint16_t>(mail[i] >> 16 * j));
    mail += size_t{2} * halves;
    for (uint32_t i = 0; i < halves; ++i)
      for (uint32_t j = 0; j < 2; ++j)
        operands.b[2 * q + j + 8 * i][g] =
            elementToFloat(operation.element, static_cast<uint16_t>(mail[i] >> 16 * j));
  }
}

/// A of tf32: register i holds row g + 8 (i & 1), column q + 4 (i >> 1). B:
/// register i holds column g, row q + 4 i. The low 13 bits do not count.
static void unpackWords(const Warp &warp, Operation operation, Operands &operands) {
  uint32_t quarters = operation.extent / 4;
  for (uint32_t lane = 0; lane < 32; ++lane) {
    const uint32_t *mail = warp.threads[lane].mail;
    uint32_t g = lane / 4, q = lane % 4;
    for (uint32_t i = 0; i < 2 * quarters; ++i)
      operands.a[g + 8 * (i & 1)][q + 4 * (i >> 1)] = floatFromBits(mail[i] & ~0x1fffu);
    mail += size_t{2} * quarters;
    for (uint32_t i = 0; i < quarters; ++i)
      operands.b[q + 4 * i][g] = floatFromBits(mail[i] & ~0x1fffu);
  }
}

/// C and D: register i holds row g + 8 (i >> 1), column 2 q + (i & 1).
void multiply(Warp &warp, Operation operation) {
  Operands operands;
  bool isTF32 = operation.element == Element::TF32;
  if (isTF32)
    unpackWords(warp, operation, operands);
  else
    unpackHalves(warp, operation, operands);
  uint32_t registers = isTF32 ? operation.extent / 4 * 3 : operation.extent / 8 * 3;
  auto visit = [&](auto move) {
    for (uint32_t lane = 0; lane < 32; ++lane)
      for (uint32_t i = 0; i < 4; ++i)
        move(warp.threads[lane].mail, operands.d[lane / 4 + 8 * (i >> 1)][2 * (lane % 4) + (i & 1)],
             i);
  };
  visit([&](uint32_t *mail, float &value, uint32_t i) {
    value = floatFromBits(mail[registers + i]);
  });
  accumulate(operands, operation.extent);
  visit([](uint32_t *mail, float &value, uint32_t i) {
    std::memcpy(&mail[i], &value, sizeof value);
  });
}

} // namespace tenon::emulation
