//===- AsyncCopy.h - cp.async -----------------------------------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_ASYNCCOPY_H
#define TENON_LIB_EMULATION_ASYNCCOPY_H

#include "Thread.h"

namespace tenon::emulation {

/// Copies `sourceBytes` and zeros the rest of `bytes`: now, or when the thread
/// waits for the group, as the schedule has it. `site` is which of the kernel's
/// calls it is.
void issueCopy(Thread &thread, char *destination, const char *source, uint32_t bytes,
               uint32_t sourceBytes, uint32_t site);
void commitCopies(Thread &thread);
/// Lands all but the newest `inFlight` groups.
void waitForCopies(Thread &thread, uint32_t inFlight);
/// Lands all, committed or not.
void waitForAllCopies(Thread &thread);

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_ASYNCCOPY_H
