//===- ThreadPool.cpp - fork and join over the tiles of launches ----------===//
#include "tenon/Runtime/Cpu/ThreadPool.h"
#include "tenon/Runtime/Cpu/CpuLimits.h"

#include <algorithm>
#include <climits>
#include <csignal>
#include <immintrin.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tenon::runtime {

/// About a third of a millisecond: longer than the pause between two launches,
/// shorter than anyone notices.
constexpr int spinsWhenIdle = 20000;
/// When threads share CPUs, spinning takes time from those that work.
constexpr int spinsWhenCrowded = 50;
constexpr size_t workerStackBytes = size_t{1} << 20;
/// A claim takes this part of what a worker's even share of the rest of a kind would be.
constexpr int64_t claimsPerShare = 2;
/// The bit of `crowd` that lets workers enter.
constexpr uint32_t openBit = uint32_t{1} << 31;

static void futexWait(std::atomic<uint32_t> &word, uint32_t expected) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

static void futexWakeAll(std::atomic<uint32_t> &word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

ThreadPool::ThreadPool(int threads)
    : spinLimit(threads > affinityThreadCount() ? spinsWhenCrowded : spinsWhenIdle) {
  // Signals are the business of the process's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, workerStackBytes);
  // Threads keep pointers to their Worker: the vector must not move.
  workers.reserve(static_cast<size_t>(std::max(threads, 1)));
  for (int number = 1; number < threads; ++number) {
    workers.push_back({this, number, pthread_t()});
    if (pthread_create(&workers.back().thread, &attributes, threadMain, &workers.back()) != 0) {
      workers.pop_back();
      break;
    }
  }
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ThreadPool::~ThreadPool() {
  isStopping = true;
  generation.fetch_add(1);
  futexWakeAll(generation);
  for (Worker &worker : workers)
    pthread_join(worker.thread, nullptr);
}

void *ThreadPool::threadMain(void *worker) {
  Worker *self = static_cast<Worker *>(worker);
  self->pool->serve(self->number);
  return nullptr;
}

void ThreadPool::claimTiles(int number) {
  int64_t begin = next.load(std::memory_order_relaxed);
  const int64_t *kind = ends;
  while (begin < ends[kinds - 1]) {
    while (*kind <= begin)
      ++kind;
    int64_t chunk = std::max<int64_t>((*kind - begin) / (size() * claimsPerShare), 1);
    if (!next.compare_exchange_weak(begin, begin + chunk, std::memory_order_relaxed))
      continue;
    body(context, begin, begin + chunk, number);
    begin = next.load(std::memory_order_relaxed);
  }
}

/// Joins the launch in progress, if it still is.
bool ThreadPool::enter() {
  uint32_t seen = crowd.load();
  while (seen & openBit)
    if (crowd.compare_exchange_weak(seen, seen + 1))
      return true;
  return false;
}

void ThreadPool::leave() {
  if (crowd.fetch_sub(1) == 1 && isCallerParked)
    futexWakeAll(crowd);
}

void ThreadPool::serve(int number) {
  uint32_t seen = 0;
  for (;;) {
    int spins = 0;
    while (generation.load(std::memory_order_acquire) == seen) {
      if (++spins < spinLimit) {
        _mm_pause();
        continue;
      }
      // run() raises the generation before it looks at `parked`, and the futex
      // rechecks the generation: no wake-up is lost.
      parked.fetch_add(1);
      futexWait(generation, seen);
      parked.fetch_sub(1);
    }
    seen = generation.load(std::memory_order_acquire);
    if (isStopping)
      return;
    if (!enter())
      continue;
    claimTiles(number);
    leave();
  }
}

void ThreadPool::waitForWorkers() {
  int spins = 0;
  while (crowd.load(std::memory_order_acquire) != 0) {
    if (++spins < spinLimit) {
      _mm_pause();
      continue;
    }
    // A worker leaves before it looks at the flag: no wake-up is lost.
    isCallerParked = true;
    if (uint32_t inside = crowd.load(); inside != 0)
      futexWait(crowd, inside);
    isCallerParked = false;
  }
}

void ThreadPool::run(const int64_t *endOfKinds, size_t count, Body function, void *argument) {
  int64_t tiles = count == 0 ? 0 : endOfKinds[count - 1];
  if (tiles <= 0)
    return;
  if (tiles == 1 || workers.empty()) {
    int64_t begin = 0;
    for (size_t kind = 0; kind < count; begin = endOfKinds[kind++])
      if (begin < endOfKinds[kind])
        function(argument, begin, endOfKinds[kind], 0);
    return;
  }
  body = function;
  context = argument;
  ends = endOfKinds;
  kinds = count;
  next.store(0, std::memory_order_relaxed);
  crowd.store(openBit);
  generation.fetch_add(1);
  if (parked.load() != 0)
    futexWakeAll(generation);
  claimTiles(0);
  crowd.fetch_and(~openBit);
  waitForWorkers();
}

} // namespace tenon::runtime
