//===- Candidate.h - one of those that take turns in a row ----------------===//
#ifndef TENON_BENCH_CANDIDATE_H
#define TENON_BENCH_CANDIDATE_H

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace tenon::bench {

enum class Role {
  Model,     ///< a compiled model
  Peer,      ///< a library doing the same
  Multiply,  ///< the multiply-add loop
  Read,      ///< a loop that reads
  Scale,     ///< a loop that reads and writes
  Streaming, ///< as Scale, with stores that bypass the caches
};

struct Candidate {
  std::string name;
  std::string version; ///< of a library
  Role role = Role::Peer;
  int threads = 1;
  /// Does one call on the buffer set of this number.
  std::function<void(size_t set)> run;
  /// Of one call.
  double flops = 0;
  double bytes = 0;

  /// The largest difference from the reference, relative to the largest
  /// reference value; only for roles Model and Peer.
  double error = 0;
  /// Seconds per call of each window.
  std::vector<double> seconds;
};

} // namespace tenon::bench

#endif // TENON_BENCH_CANDIDATE_H
