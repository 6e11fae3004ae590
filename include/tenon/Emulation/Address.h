//===- Address.h - Addresses as numbers -------------------------*- C++ -*-===//

#ifndef TENON_EMULATION_ADDRESS_H
#define TENON_EMULATION_ADDRESS_H

#include <cstdint>

namespace tenon::emulation {

/// What the device knows as a number is a pointer of the host.
inline char *pointerTo(uint64_t address) {
  return reinterpret_cast<char *>(address); // NOLINT(performance-no-int-to-ptr)
}

} // namespace tenon::emulation

#endif // TENON_EMULATION_ADDRESS_H
