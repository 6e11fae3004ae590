//===- CountedMalloc.cpp - how often memory was asked for -----------------===//
//
// Takes the place of glibc's allocation functions and hands on to them. Linked
// into the unit tests; as a library for LD_PRELOAD it also prints the count when
// the process ends.
//
//===----------------------------------------------------------------------===//
#include "CountedMalloc.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <unistd.h>

static std::atomic<uint64_t> count{0};

uint64_t tenon::runtime::test::numAllocations() { return count; }

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TENON_SANITIZED
#endif
#endif

#ifndef TENON_SANITIZED
extern "C" {

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

void *malloc(size_t bytes) {
  ++count;
  return __libc_malloc(bytes);
}

void *calloc(size_t elements, size_t bytes) {
  ++count;
  return __libc_calloc(elements, bytes);
}

void *realloc(void *memory, size_t bytes) {
  ++count;
  return __libc_realloc(memory, bytes);
}

void *memalign(size_t alignment, size_t bytes) {
  ++count;
  return __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  *memory = memalign(alignment, bytes);
  return *memory ? 0 : ENOMEM;
}

} // extern "C"
#endif

#ifdef TENON_PRINT_AT_EXIT
__attribute__((destructor)) static void printCount() {
  dprintf(STDERR_FILENO, "allocations: %llu\n", static_cast<unsigned long long>(count));
}
#endif
