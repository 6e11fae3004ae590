//===- Bandwidth.cpp - how fast this machine reads and writes memory ------===//
#include "tenon/Runtime/Cpu/Bandwidth.h"
#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Cpu/Clock.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace tenon::runtime {

/// Elements per thread are a multiple of this: the scale loop halves them.
constexpr uint64_t shareUnit = 2 * bandwidthElements;

Result<BandwidthMeter> BandwidthMeter::create(int64_t cpuLevel, ThreadPool &pool, uint64_t bytes) {
  uint64_t workers = static_cast<uint64_t>(pool.size());
  uint64_t elements = std::min(bytes, largestBytes) / sizeof(float);
  uint64_t units = std::max<uint64_t>(elements / workers / shareUnit, 1);
  Result<AlignedBuffer> memory = AlignedBuffer::allocate(
      units * shareUnit * workers * sizeof(float), "memory to measure the bandwidth with");
  if (!memory.ok())
    return memory.takeStatus();
  // Pages that were never written would all be one page of zeros.
  memset(memory->data(), 0, memory->size());
  return BandwidthMeter(cpuLevel, pool, std::move(*memory));
}

BandwidthMeter::BandwidthMeter(int64_t cpuLevel, ThreadPool &pool, AlignedBuffer buffer)
    : cpuLevel(cpuLevel), pool(&pool), memory(std::move(buffer)),
      share(memory.size() / sizeof(float) / static_cast<uint64_t>(pool.size())) {
  best.bytes = memory.size();
}

/// One fork and join over all threads; returns its seconds.
double BandwidthMeter::runSlice(const Loop &loop) {
  struct Job {
    bool isScale, isV4;
    uint64_t rounds, share;
    float *memory;
    std::atomic<float> sink{0};
  } job{loop.isScale, cpuLevel >= TN_X86_64_V4, loop.rounds, share,
        static_cast<float *>(memory.data())};
  auto body = [](void *context, int64_t begin, int64_t end, int) {
    Job &job = *static_cast<Job *>(context);
    auto read = job.isV4 ? readOnceV4 : readOnceV3;
    auto scale = job.isV4 ? scaleOnceV4 : scaleOnceV3;
    for (int64_t i = begin; i < end; ++i) {
      float *mine = job.memory + static_cast<uint64_t>(i) * job.share;
      for (uint64_t round = 0; round < job.rounds; ++round)
        if (job.isScale)
          scale(mine, mine + job.share / 2, job.share / 2);
        else
          job.sink.store(read(mine, job.share), std::memory_order_relaxed);
    }
  };
  double start = nowSeconds();
  pool->run(pool->size(), body, &job);
  return std::max(nowSeconds() - start, 1e-9);
}

void BandwidthMeter::measure(Loop &loop, double &rate) {
  constexpr double sliceSeconds = 0.002, windowSeconds = 0.01;
  for (double spent = 0; spent < windowSeconds;) {
    double seconds = runSlice(loop);
    spent += seconds;
    rate = std::max(rate, static_cast<double>(best.bytes * loop.rounds) / seconds);
    if (seconds < sliceSeconds)
      loop.rounds *= 2;
  }
}

void BandwidthMeter::measure() {
  measure(readLoop, best.read);
  measure(scaleLoop, best.scale);
}

} // namespace tenon::runtime
