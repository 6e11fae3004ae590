//===- Loops.h - the loops that bound what a kernel can reach -------------===//
#ifndef TENON_BENCH_LOOPS_H
#define TENON_BENCH_LOOPS_H

#include "Buffers.h"
#include "Candidate.h"
#include "tenon/Runtime/Cpu/ThreadPool.h"

namespace tenon::bench {

/// Adds the loops that `problem` is compared with: multiply-adds in registers
/// for as many operations as the problem has, reads of as many bytes as its
/// weights have, or a scaling of one array into another of its rotating ones.
runtime::Status addLoops(const Problem &problem, const Buffers &buffers, int64_t cpuLevel,
                         runtime::ThreadPool &pool, std::vector<Candidate> &candidates);

} // namespace tenon::bench

#endif // TENON_BENCH_LOOPS_H
