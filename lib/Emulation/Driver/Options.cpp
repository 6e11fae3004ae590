//===- Options.cpp - How the emulated device is set up --------------------===//

#include "Options.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

#include <cstdio>
#include <cstdlib>
#include <sched.h>

using llvm::StringRef;

namespace tenon::emulation {

[[noreturn]] static void reject(StringRef name, StringRef value) {
  std::fprintf(stderr, "tenon emulation: cannot read %s='%s'\n", name.str().c_str(),
               value.str().c_str());
  std::_Exit(2);
}

template <typename Integer> static Integer number(StringRef name, StringRef text) {
  Integer value;
  if (text.getAsInteger(10, value))
    reject(name, text);
  return value;
}

static size_t bytes(StringRef name, StringRef text) {
  StringRef digits = text.take_while(llvm::isDigit), unit = text.drop_front(digits.size());
  unsigned shift = 0;
  if (!unit.empty()) {
    size_t place = StringRef("KMG").find(unit);
    if (unit.size() != 1 || place == StringRef::npos)
      reject(name, text);
    shift = 10 * (static_cast<unsigned>(place) + 1);
  }
  return number<size_t>(name, digits) << shift;
}

static unsigned availableCpus() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return 1;
  return static_cast<unsigned>(CPU_COUNT(&set));
}

static void plant(DriverOptions &options, StringRef name, StringRef fault) {
  auto [kind, value] = fault.split('=');
  if (fault == "no-device")
    options.hasDevice = false;
  else if (fault == "load")
    options.loadsImages = false;
  else if (kind == "driver")
    options.driverVersion = number<int>(name, value);
  else if (kind == "init")
    options.initResult = number<int>(name, value);
  else if (kind == "alloc")
    options.failingAllocation = number<uint64_t>(name, value);
  else if (kind == "launch")
    options.failingLaunch = number<uint64_t>(name, value);
  else
    reject(name, fault);
}

DriverOptions DriverOptions::fromEnvironment() {
  DriverOptions options;
  options.workers = availableCpus();
  auto with = [](const char *name, auto take) {
    const char *value = std::getenv(name);
    if (value && *value)
      take(StringRef(name), StringRef(value));
  };
  with("TENON_EMULATION_SEED", [&](StringRef name, StringRef text) {
    options.seeds.clear();
    for (StringRef part : llvm::split(text, ','))
      options.seeds.push_back(number<uint64_t>(name, part));
  });
  with("TENON_EMULATION_COMPARE",
       [&](StringRef, StringRef text) { options.compares = text != "0"; });
  with("TENON_EMULATION_CHECK",
       [&](StringRef, StringRef text) { options.checksAccesses = text != "0"; });
  with("TENON_EMULATION_THREADS",
       [&](StringRef name, StringRef text) { options.workers = number<unsigned>(name, text); });
  with("TENON_EMULATION_CC", [&](StringRef name, StringRef text) {
    auto [major, minor] = text.split('.');
    options.major = number<int>(name, major);
    options.minor = number<int>(name, minor);
  });
  with("TENON_EMULATION_MEMORY",
       [&](StringRef name, StringRef text) { options.memoryBytes = bytes(name, text); });
  with("TENON_EMULATION_STATISTICS",
       [&](StringRef, StringRef text) { options.statisticsFile = text.str(); });
  with("TENON_EMULATION_FAULT", [&](StringRef name, StringRef text) {
    for (StringRef fault : llvm::split(text, ','))
      plant(options, name, fault);
  });
  return options;
}

} // namespace tenon::emulation
