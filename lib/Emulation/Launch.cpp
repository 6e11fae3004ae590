//===- Launch.cpp - Running kernels on the emulated device ----------------===//

#include "tenon/Emulation/Launch.h"
#include "Block.h"
#include "FaultHandler.h"

#include <atomic>
#include <mutex>
#include <thread>

#ifdef __SSE__
#include <xmmintrin.h>
#endif

namespace tenon::emulation {

namespace {

/// Makes f32 denormals zeros on this OS thread while it lives.
class FlushDenormals {
public:
#ifdef __SSE__
  explicit FlushDenormals(bool flush) : before(_mm_getcsr()) {
    constexpr unsigned kFlushResults = 0x8000, kFlushOperands = 0x40;
    if (flush)
      _mm_setcsr(before | kFlushResults | kFlushOperands);
  }
  ~FlushDenormals() { _mm_setcsr(before); }

private:
  unsigned before;
#else
  explicit FlushDenormals(bool) {}
#endif
};

} // namespace

struct Launcher::Impl {
  Memory &memory;
  GlobalShadow globalShadow;
  uint64_t nextSerial = 1;
  /// One per OS thread, kept for their stacks.
  std::vector<std::unique_ptr<Block>> blocks;
};

Launcher::Launcher(Memory &memory, unsigned workers) : impl(new Impl{memory, {}, 1, {}}) {
  for (unsigned i = 0; i < std::max(workers, 1u); ++i)
    impl->blocks.push_back(std::make_unique<Block>());
}

Launcher::~Launcher() = default;

static uint64_t product(const uint32_t (&sizes)[3]) {
  return uint64_t{sizes[0]} * sizes[1] * sizes[2];
}

/// What is wrong with the launch itself.
static std::optional<std::string> check(const Kernel &kernel, const LaunchShape &shape) {
  auto wrong = [&](const std::string &what) { return "kernel '" + kernel.name + "': " + what; };
  uint64_t threads = product(shape.block), limit = Launcher::kMaxThreads;
  if (kernel.maxThreads != 0)
    limit = std::min<uint64_t>(limit, kernel.maxThreads);
  if (threads == 0 || threads > limit)
    return wrong("blocks of " + std::to_string(threads) + " threads; it is made for up to " +
                 std::to_string(limit));
  if (product(shape.grid) == 0)
    return wrong("a grid without blocks");
  uint64_t shared = uint64_t{kernel.dynamicOffset} + shape.dynamicShared;
  if (shared > Launcher::kMaxShared)
    return wrong(std::to_string(shared) + " bytes of shared memory; a block has up to " +
                 std::to_string(Launcher::kMaxShared));
  return std::nullopt;
}

std::optional<std::string> Launcher::launch(const Kernel &kernel, const LaunchShape &shape,
                                            void *const *arguments, Schedule schedule,
                                            Statistics *statistics) {
  if (std::optional<std::string> wrong = check(kernel, shape))
    return wrong;
  const uint64_t total = product(shape.grid);
  const LaunchContext context{
      kernel, shape, arguments, schedule, impl->memory, impl->globalShadow, impl->nextSerial};
  if (kernel.checksAccesses) {
    impl->globalShadow.prepare(impl->memory);
    impl->nextSerial += total + 1;
  }
  std::atomic<uint64_t> next{0};
  std::mutex mutex;
  uint64_t firstWrong = total;
  std::string diagnosis;
  auto work = [&](Block &block) {
    FlushDenormals mode(kernel.flushesDenormals);
    FaultScope scope(block);
    if (!block.reserve(context)) {
      std::lock_guard lock(mutex);
      firstWrong = 0;
      diagnosis = "out of host memory for the emulation";
      next = total;
      return;
    }
    for (uint64_t index; (index = next++) < total;) {
      if (block.run(context, index))
        continue;
      next = total;
      // Blocks start in order, so the smallest wrong one has been started.
      std::lock_guard lock(mutex);
      if (index < firstWrong) {
        firstWrong = index;
        diagnosis = block.takeDiagnosis();
      }
      return;
    }
  };
  FaultHandler handler;
  std::vector<std::thread> others;
  for (size_t i = 1; i < std::min<uint64_t>(impl->blocks.size(), total); ++i)
    others.emplace_back(work, std::ref(*impl->blocks[i]));
  work(*impl->blocks[0]);
  for (std::thread &other : others)
    other.join();
  if (statistics)
    ++statistics->launches;
  for (std::unique_ptr<Block> &block : impl->blocks) {
    (void)block->takeDiagnosis();
    Statistics counts = block->takeStatistics();
    if (statistics)
      *statistics += counts;
  }
  if (firstWrong != total)
    return diagnosis;
  if (const void *overrun = impl->memory.findOverrun())
    return "kernel '" + kernel.name +
           "': somebody wrote outside of every allocation: " + impl->memory.describe(overrun);
  return std::nullopt;
}

} // namespace tenon::emulation
