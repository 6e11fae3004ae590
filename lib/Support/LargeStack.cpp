//===- LargeStack.cpp - A stack that does not depend on the shell ---------===//

#include "tenon/Support/LargeStack.h"

#include <cstdio>
#include <pthread.h>

namespace {

constexpr size_t kMainStack = size_t(64) << 20, kOtherStacks = size_t(8) << 20;

struct Call {
  int (*run)(int, char **);
  int argc;
  char **argv;
  int result;
};

void *start(void *data) {
  Call *call = static_cast<Call *>(data);
  call->result = call->run(call->argc, call->argv);
  return nullptr;
}

} // namespace

int mlir::tenon::runOnLargeStack(int (*run)(int, char **), int argc, char **argv) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
#ifdef __GLIBC__
  // The default is what the shell allows the first thread.
  size_t usual = 0;
  if (pthread_getattr_default_np(&attributes) == 0 &&
      pthread_attr_getstacksize(&attributes, &usual) == 0 && usual < kOtherStacks) {
    pthread_attr_setstacksize(&attributes, kOtherStacks);
    pthread_setattr_default_np(&attributes);
  }
#endif
  pthread_attr_setstacksize(&attributes, kMainStack);
  Call call{run, argc, argv, 0};
  pthread_t thread;
  int failed = pthread_create(&thread, &attributes, start, &call);
  pthread_attr_destroy(&attributes);
  if (failed) {
    std::fprintf(stderr, "%s: error: no memory for a stack of 64 MiB\n", argv[0]);
    return 3;
  }
  pthread_join(thread, nullptr);
  return call.result;
}
