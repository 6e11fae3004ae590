//===- CompiledKernel.h - a shared library of tenonc as a candidate -------===//
#ifndef TENON_BENCH_COMPILEDKERNEL_H
#define TENON_BENCH_COMPILEDKERNEL_H

#include "Buffers.h"
#include "Candidate.h"
#include "tenon/Runtime/Cpu/ThreadPool.h"

namespace tenon::bench {

/// Opens the library at `path`, compares the signature of its first entry with
/// the problem, packs the parameters and adds a candidate that runs the launches
/// of the entry on `pool`. `buffers` and `pool` must outlive the candidate.
runtime::Status addCompiledKernel(const std::string &name, const std::string &path,
                                  const Problem &problem, const Buffers &buffers, int64_t cpuLevel,
                                  runtime::ThreadPool &pool, std::vector<Candidate> &candidates);

} // namespace tenon::bench

#endif // TENON_BENCH_COMPILEDKERNEL_H
