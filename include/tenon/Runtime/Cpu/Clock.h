//===- Clock.h - the time, for measurements -------------------------------===//
#ifndef TENON_RUNTIME_CPU_CLOCK_H
#define TENON_RUNTIME_CPU_CLOCK_H

#include <cstdint>
#include <ctime>

namespace tenon::runtime {

/// Nanoseconds since some moment in the past; never goes back.
inline uint64_t nowNanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
}

/// The same in seconds.
inline double nowSeconds() { return 1e-9 * static_cast<double>(nowNanoseconds()); }

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_CLOCK_H
