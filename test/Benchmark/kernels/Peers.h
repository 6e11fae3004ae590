//===- Peers.h - libraries that compute the same --------------------------===//
//
// Each adds the candidates it has for the problem, none if it has no kernel for
// it. Weights are packed before, as the library likes them best. `buffers` and
// `pool` must outlive the candidates.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_BENCH_PEERS_H
#define TENON_BENCH_PEERS_H

#include "Buffers.h"
#include "Candidate.h"
#include "tenon/Runtime/Cpu/ThreadPool.h"

namespace tenon::bench {

/// oneDNN with its own threads, as many as `threads`; linear maps by the faster of
/// its two primitives.
void addOneDnn(const Problem &problem, const Buffers &buffers, int threads,
               std::vector<Candidate> &candidates);

/// libxsmm's generated kernels over packed panels, on `pool`; the fastest of a
/// few blockings.
void addLibxsmm(const Problem &problem, const Buffers &buffers, runtime::ThreadPool &pool,
                std::vector<Candidate> &candidates);

} // namespace tenon::bench

#endif // TENON_BENCH_PEERS_H
