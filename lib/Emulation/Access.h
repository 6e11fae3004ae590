//===- Access.h - Checks of single memory accesses --------------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_ACCESS_H
#define TENON_LIB_EMULATION_ACCESS_H

#include <cstdint>

namespace tenon::emulation {

struct Thread;

/// How an access is done, as one number.
struct AccessKind {
  bool isWrite;
  uint32_t alignment;

  uint32_t encode() const { return alignment << 1 | isWrite; }
  static AccessKind decode(uint32_t code) { return {(code & 1) != 0, code >> 1}; }
};

/// Called before every load and store of checked code: `site` tells the
/// accesses of a function apart.
void checkAccess(Thread &thread, void *address, uint64_t bytes, AccessKind kind, uint32_t site);

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_ACCESS_H
