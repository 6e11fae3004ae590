//===- Fiber.h - Stacks and switches between them ---------------*- C++ -*-===//
///
/// A GPU thread runs on a stack of its own. Switching costs a call that saves
/// what the ABI wants saved, about 3 ns on x86-64; elsewhere ucontext does it.
///
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_EMULATION_FIBER_H
#define TENON_LIB_EMULATION_FIBER_H

#include <cstddef>
#include <vector>

#ifndef __x86_64__
#include <ucontext.h>
#endif

namespace tenon::emulation {

/// Where a suspended flow of control goes on.
struct Context {
#ifdef __x86_64__
  void *stackPointer = nullptr;
#else
  ucontext_t state;
#endif
};

/// Suspends the running flow of control into `from` and goes on with `to`.
void switchContext(Context &from, Context &to);

/// Makes `context` call `entry(argument)` on the stack that ends at `top` when
/// it is first switched to; `entry` never returns.
void prepareContext(Context &context, char *stack, size_t bytes, void (*entry)(void *),
                    void *argument);

/// Stacks for the threads of one block, each above an inaccessible page. The
/// same ones serve block after block.
class Stacks {
public:
  Stacks() = default;
  ~Stacks();
  Stacks(const Stacks &) = delete;
  Stacks &operator=(const Stacks &) = delete;

  /// Makes at least `count` stacks; false when there is no memory.
  bool reserve(size_t count);
  /// The usable part of stack `index`.
  char *base(size_t index) const { return slabs[index / kPerSlab] + offset(index) + kGuardBytes; }
  /// Neighbours' hot ends must not fall into the same cache sets.
  size_t bytes(size_t index) const {
    return kStrideBytes - kGuardBytes - index % kColors * kColorBytes;
  }

private:
  static constexpr size_t kStrideBytes = size_t{128} << 10;
  static constexpr size_t kGuardBytes = size_t{4} << 10;
  static constexpr size_t kPerSlab = 64;
  static constexpr size_t kColors = 32, kColorBytes = 192;
  static size_t offset(size_t index) { return index % kPerSlab * kStrideBytes; }

  std::vector<char *> slabs;
};

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_FIBER_H
