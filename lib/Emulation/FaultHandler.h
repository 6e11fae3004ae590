//===- FaultHandler.h - Accesses that the host's MMU stops ------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_FAULTHANDLER_H
#define TENON_LIB_EMULATION_FAULTHANDLER_H

#include <csignal>
#include <memory>

namespace tenon::emulation {

class Block;

/// While one lives, an access of inaccessible memory by an emulated thread is
/// reported as that thread's mistake; other faults go to whoever handled them
/// before. On hosts other than x86-64 it does nothing.
class FaultHandler {
public:
  FaultHandler();
  ~FaultHandler();

private:
  struct sigaction previousSegv, previousBus;
};

/// Makes faults on this OS thread those of `block` while it lives.
class FaultScope {
public:
  explicit FaultScope(Block &block);
  ~FaultScope();

private:
  std::unique_ptr<char[]> stack;
  stack_t previous;
};

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_FAULTHANDLER_H
