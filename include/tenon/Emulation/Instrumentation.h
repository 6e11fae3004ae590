//===- Instrumentation.h - What is added to kernels -------------*- C++ -*-===//

#ifndef TENON_EMULATION_INSTRUMENTATION_H
#define TENON_EMULATION_INSTRUMENTATION_H

namespace tenon::emulation {

/// What is added to the code of kernels.
struct Instrumentation {
  /// Every access of memory is checked: bounds, alignment, order between
  /// threads; bank conflicts and sectors are counted. Several times slower.
  bool checksAccesses = false;
};

} // namespace tenon::emulation

#endif // TENON_EMULATION_INSTRUMENTATION_H
