//===- LargeStack.h - A stack that does not depend on the shell -*- C++ -*-===//
//
// Parsers and passes recurse. How deep they may is their own limit, not that of
// the shell that started the tool.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_LARGESTACK_H
#define TENON_SUPPORT_LARGESTACK_H

namespace mlir::tenon {

/// Calls `run(argc, argv)` on a thread with a stack of 64 MiB and returns its
/// result. Threads that are started later have at least 8 MiB. Returns 3, with a
/// message, when there is no memory for the stack.
int runOnLargeStack(int (*run)(int argc, char **argv), int argc, char **argv);

} // namespace mlir::tenon

#endif // TENON_SUPPORT_LARGESTACK_H
