//===- RuntimeFunctions.h - What generated code calls -----------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_RUNTIMEFUNCTIONS_H
#define TENON_LIB_EMULATION_RUNTIMEFUNCTIONS_H

#include "llvm/ADT/ArrayRef.h"

namespace tenon::emulation {

/// A function of the runtime. Its first parameter is the thread; the types of
/// all are those that its signature says: v nothing, i i32, l i64, p pointer.
struct RuntimeFunction {
  const char *name;
  /// Result, then parameters after the thread.
  const char *signature;
  void *address;
};

llvm::ArrayRef<RuntimeFunction> runtimeFunctions();

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_RUNTIMEFUNCTIONS_H
