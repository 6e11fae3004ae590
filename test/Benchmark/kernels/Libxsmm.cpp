//===- Libxsmm.cpp - libxsmm as a peer ------------------------------------===//
#include "Peers.h"

#include <algorithm>
#include <chrono>
#include <libxsmm.h>
#include <memory>

namespace tenon::bench {

using runtime::AlignedBuffer;
using runtime::Result;
using runtime::ThreadPool;

namespace {

/// How a product is cut: panels of weights, blocks of rows, blocks of the sum.
struct Blocking {
  int64_t panel, rows, depth;
};

/// Weights as [N / panel][K][panel].
using PackedWeights = std::shared_ptr<const AlignedBuffer>;

/// y = x W^T by kernels over packed weights. libxsmm counts
/// columns first: to it the product is y^T = W x^T.
class PackedGemm {
public:
  static std::shared_ptr<PackedGemm> create(const Problem &problem, PackedWeights weights,
                                            Blocking blocking, ThreadPool &pool);
  void run(const BufferSet &set);

private:
  using Kernel = libxsmm_smmfunction;

  explicit PackedGemm(ThreadPool &pool) : pool(pool) {}
  Kernel dispatch(int64_t rows, float beta) const;
  void runTile(int64_t tile) const;

  ThreadPool &pool;
  int64_t m = 0, n = 0, k = 0;
  Blocking blocking{};
  int64_t numRowBlocks = 0;
  PackedWeights weights;
  /// Of full and last row block, for the first and for later blocks of the sum.
  Kernel kernels[2][2] = {};
  // The call in progress.
  const float *x = nullptr;
  float *y = nullptr;
  int64_t depth = 0;
};

} // namespace

PackedGemm::Kernel PackedGemm::dispatch(int64_t rows, float beta) const {
  int leadingWeights = static_cast<int>(blocking.panel), leadingX = static_cast<int>(k);
  int leadingY = static_cast<int>(n), flags = LIBXSMM_GEMM_FLAG_NONE;
  float alpha = 1;
  return libxsmm_smmdispatch(static_cast<int>(blocking.panel), static_cast<int>(rows),
                             static_cast<int>(blocking.depth), &leadingWeights, &leadingX,
                             &leadingY, &alpha, &beta, &flags, nullptr);
}

std::shared_ptr<PackedGemm> PackedGemm::create(const Problem &problem, PackedWeights weights,
                                               Blocking blocking, ThreadPool &pool) {
  std::shared_ptr<PackedGemm> gemm(new PackedGemm(pool));
  gemm->m = problem.sizes[0];
  gemm->n = problem.sizes[1];
  gemm->k = problem.sizes[2];
  gemm->blocking = blocking;
  gemm->numRowBlocks = (gemm->m + blocking.rows - 1) / blocking.rows;
  gemm->weights = std::move(weights);
  int64_t lastRows = gemm->m - (gemm->numRowBlocks - 1) * blocking.rows;
  for (int later = 0; later < 2; ++later) {
    gemm->kernels[later][0] = gemm->dispatch(blocking.rows, static_cast<float>(later));
    gemm->kernels[later][1] = gemm->dispatch(lastRows, static_cast<float>(later));
    if (!gemm->kernels[later][0] || !gemm->kernels[later][1])
      return nullptr;
  }
  return gemm;
}

void PackedGemm::runTile(int64_t tile) const {
  int64_t panel = tile / numRowBlocks, block = tile % numRowBlocks;
  const float *weight =
      static_cast<const float *>(weights->data()) + (panel * k + depth) * blocking.panel;
  int64_t row = block * blocking.rows;
  kernels[depth != 0][block + 1 == numRowBlocks](weight, x + row * k + depth,
                                                 y + row * n + panel * blocking.panel);
}

void PackedGemm::run(const BufferSet &set) {
  x = set.input(0);
  y = set.outputData();
  for (depth = 0; depth < k; depth += blocking.depth)
    pool.run(
        n / blocking.panel * numRowBlocks,
        [](void *context, int64_t begin, int64_t end, int) {
          for (int64_t tile = begin; tile < end; ++tile)
            static_cast<const PackedGemm *>(context)->runTile(tile);
        },
        this);
}

static PackedWeights pack(const Problem &problem, const Buffers &buffers, int64_t panel) {
  int64_t n = problem.sizes[1], k = problem.sizes[2];
  Result<AlignedBuffer> memory = AlignedBuffer::allocate(
      static_cast<uint64_t>(n * k) * sizeof(float), "memory for packed weights");
  if (!memory.ok())
    return nullptr;
  float *packed = static_cast<float *>(memory->data());
  const float *weight = buffers.parameter(0);
  for (int64_t first = 0; first < n; first += panel)
    for (int64_t i = 0; i < k; ++i)
      for (int64_t o = 0; o < panel; ++o)
        *packed++ = weight[(first + o) * k + i];
  return std::make_shared<const AlignedBuffer>(std::move(*memory));
}

/// All blockings that may be the fastest.
static std::vector<std::shared_ptr<PackedGemm>>
makeVariants(const Problem &problem, const Buffers &buffers, ThreadPool &pool) {
  int64_t m = problem.sizes[0], n = problem.sizes[1], k = problem.sizes[2];
  constexpr int64_t leastDepth = 192;
  std::vector<std::shared_ptr<PackedGemm>> variants;
  for (int64_t panel : {16, 32, 64}) {
    PackedWeights weights = n % panel == 0 ? pack(problem, buffers, panel) : nullptr;
    if (!weights)
      continue;
    for (int64_t rows : {int64_t{12}, int64_t{24}, int64_t{48}, m})
      for (int64_t depth : {k, k / 2, k / 4, k / 8}) {
        if (rows > m || k % depth != 0 || depth < std::min(k, leastDepth))
          continue;
        if (auto gemm = PackedGemm::create(problem, weights, {panel, rows, depth}, pool))
          variants.push_back(std::move(gemm));
      }
  }
  return variants;
}

/// Each takes turns a few times, so that a busy spell decides nothing.
static std::shared_ptr<PackedGemm>
fastestOf(const std::vector<std::shared_ptr<PackedGemm>> &variants, const BufferSet &set) {
  using Clock = std::chrono::steady_clock;
  constexpr int rounds = 8;
  std::vector<double> least(variants.size(), 1e9);
  for (int round = 0; round < rounds; ++round)
    for (size_t i = 0; i < variants.size(); ++i) {
      variants[i]->run(set);
      Clock::time_point start = Clock::now();
      variants[i]->run(set);
      double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      least[i] = std::min(least[i], seconds);
    }
  auto found = std::min_element(least.begin(), least.end());
  return found == least.end() ? nullptr : variants[static_cast<size_t>(found - least.begin())];
}

void addLibxsmm(const Problem &problem, const Buffers &buffers, ThreadPool &pool,
                std::vector<Candidate> &candidates) {
  if (problem.kind != ProblemKind::Gemm)
    return;
  std::shared_ptr<PackedGemm> fastest =
      fastestOf(makeVariants(problem, buffers, pool), buffers.sets[0]);
  if (!fastest)
    return;
  Candidate candidate;
  candidate.name = "libxsmm";
  candidate.version = LIBXSMM_VERSION;
  candidate.threads = pool.size();
  candidate.flops = problem.flops;
  candidate.bytes = problem.bytes;
  candidate.run = [fastest, &buffers](size_t set) { fastest->run(buffers.sets[set]); };
  candidates.push_back(std::move(candidate));
}

} // namespace tenon::bench
