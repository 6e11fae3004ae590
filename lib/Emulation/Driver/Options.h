//===- Options.h - How the emulated device is set up ------------*- C++ -*-===//
///
/// The emulated driver reads these environment variables when it is
/// initialized (cuInit):
///
///   TENON_EMULATION_SEED        schedules, as in `0` (the default) or
///                               `0,1,2,3`: launches take them in turn
///   TENON_EMULATION_COMPARE     `1`: every launch runs under all of the
///                               schedules, from the same memory, and must
///                               leave equal bytes
///   TENON_EMULATION_CHECK       `1`: every memory access is checked
///   TENON_EMULATION_THREADS     OS threads that run blocks; by default as many
///                               as this process has CPUs
///   TENON_EMULATION_CC          compute capability, by default `9.0`
///   TENON_EMULATION_MEMORY      bytes of global memory, as in `24G`
///                               (the default)
///   TENON_EMULATION_STATISTICS  a file that gets one line per kernel when the
///                               process ends
///   TENON_EMULATION_FAULT       planted faults, separated by commas:
///     no-device                 there is no GPU
///     driver=N                  cuDriverGetVersion says N (12040 is 12.4)
///     init=N                    cuInit gives error N
///     load                      no image can be loaded
///     alloc=N                   the N-th allocation, from 1, and all after it
///                               find no memory
///     launch=N                  the N-th launch, from 1, fails as a kernel
///                               does that reads wild addresses
///
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_EMULATION_DRIVER_OPTIONS_H
#define TENON_LIB_EMULATION_DRIVER_OPTIONS_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tenon::emulation {

struct DriverOptions {
  std::vector<uint64_t> seeds{0};
  bool compares = false, checksAccesses = false;
  unsigned workers = 1;
  int major = 9, minor = 0;
  size_t memoryBytes = size_t{24} << 30;
  std::string statisticsFile;
  // Planted faults.
  bool hasDevice = true, loadsImages = true;
  int driverVersion = 13000, initResult = 0;
  uint64_t failingAllocation = 0, failingLaunch = 0;

  /// What the environment says. Ends the process, with a message, when it says
  /// something that cannot be read: a test must not run as something else.
  static DriverOptions fromEnvironment();
};

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_DRIVER_OPTIONS_H
