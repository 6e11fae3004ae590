//===- CountedMalloc.h - how often memory was asked for -------------------===//
#ifndef TENON_TEST_UNIT_RUNTIME_COUNTEDMALLOC_H
#define TENON_TEST_UNIT_RUNTIME_COUNTEDMALLOC_H

#include <cstdint>

namespace tenon::runtime::test {

/// Calls of malloc and its relatives, hence of operator new too, by all threads
/// of the process so far. Stays 0 where a sanitizer has replaced them.
uint64_t numAllocations();

} // namespace tenon::runtime::test

#endif // TENON_TEST_UNIT_RUNTIME_COUNTEDMALLOC_H
