//===- ThreadPool.h - fork and join over the tiles of launches ------------===//
//
// The calling thread is worker 0. Waiting workers spin for a moment, because
// the next launch usually follows at once, and then park on a futex. Tiles are
// claimed in chunks from one counter, large ones first, so that a worker's tiles
// are neighbours, and small ones last, so that all end at the same time. Where there
// are several kinds of tiles, which may differ in work, each kind is divided so. Which
// worker does which tile varies: nothing may depend on it. A worker that arrives
// after the last chunk was claimed is not waited for, so a busy machine costs
// little.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CPU_THREADPOOL_H
#define TENON_RUNTIME_CPU_THREADPOOL_H

#include <atomic>
#include <cstdint>
#include <pthread.h>
#include <vector>

namespace tenon::runtime {

class ThreadPool {
public:
  /// Does the tiles begin..end-1, all of one kind, as worker `worker`.
  using Body = void (*)(void *context, int64_t begin, int64_t end, int worker);

  /// Starts `threads` - 1 workers; with fewer, if the system grants fewer.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  /// Workers, the caller included.
  int size() const { return static_cast<int>(workers.size()) + 1; }

  /// Does tiles 0..tiles-1 and returns when all are done. Not re-entrant: one
  /// caller at a time, and not from within a body.
  void run(int64_t tiles, Body body, void *context) { run(&tiles, 1, body, context); }
  /// The same for several kinds of tiles: those of kind k end before tile `ends[k]`.
  void run(const int64_t *ends, size_t kinds, Body body, void *context);

private:
  struct Worker {
    ThreadPool *pool;
    int number;
    pthread_t thread;
  };

  static void *threadMain(void *worker);
  void serve(int number);
  bool enter();
  void leave();
  void claimTiles(int number);
  void waitForWorkers();

  std::vector<Worker> workers;
  int spinLimit;

  // The launch in progress; written while `crowd` is 0, read after enter().
  Body body = nullptr;
  void *context = nullptr;
  const int64_t *ends = nullptr;
  size_t kinds = 0;

  /// Raised for each launch; waiting workers watch it.
  alignas(64) std::atomic<uint32_t> generation{0};
  /// The next tile that nobody has claimed.
  alignas(64) std::atomic<int64_t> next{0};
  /// The number of workers within the launch, and a bit while it is open.
  alignas(64) std::atomic<uint32_t> crowd{0};
  alignas(64) std::atomic<uint32_t> parked{0};
  alignas(64) std::atomic<bool> isCallerParked{false};
  std::atomic<bool> isStopping{false};
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_THREADPOOL_H
