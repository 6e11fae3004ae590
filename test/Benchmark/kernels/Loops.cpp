//===- Loops.cpp - the loops that bound what a kernel can reach -----------===//
#include "Loops.h"
#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Cpu/Peak.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>

namespace tenon::bench {

using runtime::AlignedBuffer;
using runtime::Result;
using runtime::Status;
using runtime::ThreadPool;

namespace {

typedef float Vector8 __attribute__((vector_size(32)));
typedef float Vector16 __attribute__((vector_size(64)));

/// What a worker does with its share of an array.
struct ArrayLoop {
  const char *name;
  Role role;
  void (*v3)(const float *from, float *to, size_t elements);
  void (*v4)(const float *from, float *to, size_t elements);
};

} // namespace

// The bodies are inlined into functions of each CPU level, which decide the
// instructions. `elements` is a multiple of shareElements.
#define TENON_INLINE __attribute__((always_inline)) inline

static constexpr size_t shareElements = 1024;

template <typename Vector>
static TENON_INLINE void storeSum(const Vector *sums, size_t count, float *to) {
  Vector sum = sums[0];
  for (size_t i = 1; i < count; ++i)
    sum += sums[i];
  memcpy(to, &sum, sizeof(float));
}

/// One stream of reads with eight sums; prefetches `ahead` bytes further on.
template <typename Vector, size_t ahead>
static TENON_INLINE void readForward(const float *from, float *to, size_t elements) {
  constexpr size_t numSums = 8, lanes = sizeof(Vector) / sizeof(float);
  Vector sums[numSums] = {};
  for (size_t i = 0; i < elements; i += numSums * lanes)
    for (size_t s = 0; s < numSums; ++s) {
      const float *here = from + i + s * lanes;
      if (ahead != 0)
        __builtin_prefetch(reinterpret_cast<const char *>(here) + ahead);
      sums[s] += *reinterpret_cast<const Vector *>(here);
    }
  storeSum(sums, numSums, to);
}

/// Four streams of reads, as a kernel that works on four panels has.
template <typename Vector>
static TENON_INLINE void readStreams(const float *from, float *to, size_t elements) {
  constexpr size_t numStreams = 4, each = 4, lanes = sizeof(Vector) / sizeof(float);
  size_t quarter = elements / numStreams;
  Vector sums[numStreams * each] = {};
  for (size_t i = 0; i < quarter; i += each * lanes)
    for (size_t s = 0; s < numStreams; ++s)
      for (size_t v = 0; v < each; ++v)
        sums[s * each + v] += *reinterpret_cast<const Vector *>(from + s * quarter + i + v * lanes);
  storeSum(sums, numStreams * each, to);
}

template <typename Vector, bool isStreaming>
static TENON_INLINE void scaleForward(const float *from, float *to, size_t elements) {
  constexpr size_t unroll = 4, lanes = sizeof(Vector) / sizeof(float);
  for (size_t i = 0; i < elements; i += unroll * lanes)
    for (size_t v = 0; v < unroll; ++v) {
      Vector value = *reinterpret_cast<const Vector *>(from + i + v * lanes) * 3.0f;
      Vector *place = reinterpret_cast<Vector *>(to + i + v * lanes);
      if (isStreaming)
        __builtin_nontemporal_store(value, place);
      else
        *place = value;
    }
}

#define TENON_ARRAY_LOOP(name, body)                                                               \
  __attribute__((target("avx2"))) static void name##V3(const float *from, float *to,               \
                                                       size_t elements) {                          \
    typedef Vector8 Vector;                                                                        \
    body(from, to, elements);                                                                      \
  }                                                                                                \
  __attribute__((target("avx512f"))) static void name##V4(const float *from, float *to,            \
                                                          size_t elements) {                       \
    typedef Vector16 Vector;                                                                       \
    body(from, to, elements);                                                                      \
  }

TENON_ARRAY_LOOP(readPlain, (readForward<Vector, 0>))
TENON_ARRAY_LOOP(readPrefetching, (readForward<Vector, 2048>))
TENON_ARRAY_LOOP(readFour, (readStreams<Vector>))
TENON_ARRAY_LOOP(scalePlain, (scaleForward<Vector, false>))
TENON_ARRAY_LOOP(scaleStreaming, (scaleForward<Vector, true>))

static constexpr ArrayLoop readLoops[] = {
    {"read loop", Role::Read, readPlainV3, readPlainV4},
    {"read loop, prefetching", Role::Read, readPrefetchingV3, readPrefetchingV4},
    {"read loop, 4 streams", Role::Read, readFourV3, readFourV4},
};

static constexpr ArrayLoop scaleLoops[] = {
    {"scale loop", Role::Scale, scalePlainV3, scalePlainV4},
    {"scale loop, streaming stores", Role::Streaming, scaleStreamingV3, scaleStreamingV4},
};

/// Runs one loop over an array, in equal shares per worker.
static void runShares(ThreadPool &pool, const ArrayLoop &loop, int64_t cpuLevel, const float *from,
                      float *to, size_t elements) {
  struct Job {
    void (*loop)(const float *, float *, size_t);
    const float *from;
    float *to;
    size_t share, step;
  };
  size_t workers = static_cast<size_t>(pool.size());
  Job job{cpuLevel >= TN_X86_64_V4 ? loop.v4 : loop.v3, from, to,
          elements / workers / shareElements * shareElements, 0};
  // A loop that reads leaves its sum in a cache line of its own.
  job.step = loop.role == Role::Read ? runtime::bufferAlignment / sizeof(float) : job.share;
  pool.run(
      pool.size(),
      [](void *context, int64_t begin, int64_t end, int) {
        const Job &job = *static_cast<const Job *>(context);
        for (size_t i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i)
          job.loop(job.from + i * job.share, job.to + i * job.step, job.share);
      },
      &job);
}

/// What is left of `bytes` when every worker has an equal, whole share.
static double sharedBytes(double bytes, int workers) {
  size_t share = static_cast<size_t>(bytes / sizeof(float)) / static_cast<size_t>(workers);
  share = share / shareElements * shareElements;
  return static_cast<double>(share * static_cast<size_t>(workers) * sizeof(float));
}

static void addMultiplyLoop(const Problem &problem, int64_t cpuLevel, ThreadPool &pool,
                            std::vector<Candidate> &candidates) {
  struct Job {
    uint64_t (*loop)(uint64_t, float *);
    uint64_t rounds;
    std::atomic<float> sink{0};
  };
  auto job = std::make_shared<Job>();
  job->loop = cpuLevel >= TN_X86_64_V4 ? runtime::multiplyAddV4 : runtime::multiplyAddV3;
  float value = 0;
  double perRound = static_cast<double>(job->loop(1, &value));
  job->rounds =
      std::max<uint64_t>(static_cast<uint64_t>(problem.flops / perRound / pool.size()), 1);
  Candidate candidate;
  candidate.name = "multiply-add loop, GFLOP/s";
  candidate.role = Role::Multiply;
  candidate.threads = pool.size();
  candidate.flops = perRound * static_cast<double>(job->rounds) * pool.size();
  candidate.run = [job, &pool](size_t) {
    pool.run(
        pool.size(),
        [](void *context, int64_t begin, int64_t end, int) {
          Job &job = *static_cast<Job *>(context);
          for (int64_t i = begin; i < end; ++i) {
            float value = 0;
            job.loop(job.rounds, &value);
            job.sink.store(value, std::memory_order_relaxed);
          }
        },
        job.get());
  };
  candidates.push_back(std::move(candidate));
}

static Status addReadLoops(const Problem &problem, int64_t cpuLevel, ThreadPool &pool,
                           std::vector<Candidate> &candidates) {
  double bytes = sharedBytes(problem.bytes, pool.size());
  uint64_t padding = static_cast<uint64_t>(pool.size()) * runtime::bufferAlignment;
  Result<AlignedBuffer> memory =
      AlignedBuffer::allocate(static_cast<uint64_t>(bytes) + padding, "memory to read");
  if (!memory.ok())
    return memory.takeStatus();
  memset(memory->data(), 0, memory->size());
  auto array = std::make_shared<AlignedBuffer>(std::move(*memory));
  for (const ArrayLoop &loop : readLoops) {
    Candidate candidate;
    candidate.name = loop.name;
    candidate.role = loop.role;
    candidate.threads = pool.size();
    candidate.bytes = bytes;
    candidate.run = [array, &loop, &pool, cpuLevel, bytes](size_t) {
      float *from = static_cast<float *>(array->data());
      size_t elements = static_cast<size_t>(bytes) / sizeof(float);
      runShares(pool, loop, cpuLevel, from, from + elements, elements);
    };
    candidates.push_back(std::move(candidate));
  }
  return Status();
}

static void addScaleLoops(const Problem &problem, const Buffers &buffers, int64_t cpuLevel,
                          ThreadPool &pool, std::vector<Candidate> &candidates) {
  double bytes =
      sharedBytes(static_cast<double>(problem.output.elements()) * sizeof(float), pool.size());
  for (const ArrayLoop &loop : scaleLoops) {
    Candidate candidate;
    candidate.name = loop.name;
    candidate.role = loop.role;
    candidate.threads = pool.size();
    candidate.bytes = 2 * bytes;
    candidate.run = [&buffers, &loop, &pool, cpuLevel, bytes](size_t set) {
      runShares(pool, loop, cpuLevel, buffers.sets[set].input(0), buffers.sets[set].outputData(),
                static_cast<size_t>(bytes) / sizeof(float));
    };
    candidates.push_back(std::move(candidate));
  }
}

Status addLoops(const Problem &problem, const Buffers &buffers, int64_t cpuLevel, ThreadPool &pool,
                std::vector<Candidate> &candidates) {
  switch (problem.bound) {
  case Bound::Multiply:
    addMultiplyLoop(problem, cpuLevel, pool, candidates);
    return Status();
  case Bound::Read:
    // A few rows may need as long to multiply as to read.
    addMultiplyLoop(problem, cpuLevel, pool, candidates);
    return addReadLoops(problem, cpuLevel, pool, candidates);
  case Bound::Scale:
    addScaleLoops(problem, buffers, cpuLevel, pool, candidates);
    return Status();
  }
  return Status();
}

} // namespace tenon::bench
