//===- Executor.cpp - walks a launch list ---------------------------------===//
#include "tenon/Runtime/Cpu/Executor.h"
#include "tenon/Runtime/Cpu/Clock.h"
#include "tenon/Runtime/Cpu/DefaultValue.h"

#include <algorithm>
#include <cstring>
#include <immintrin.h>
#include <utility>

namespace tenon::runtime {

Executor::Executor(ThreadPool &pool, const std::vector<const tn_launch_list *> &lists,
                   const std::atomic<int> *stop)
    : pool(pool), stop(stop), errors(static_cast<size_t>(pool.size())) {
  uint64_t numBuffers = 0, numArguments = 0, numLaunches = 0;
  for (const tn_launch_list *list : lists) {
    numBuffers = std::max(numBuffers, list->num_buffers);
    numLaunches = std::max(numLaunches, list->num_launches);
    uint64_t listArguments = 0;
    for (uint64_t i = 0; i < list->num_launches; ++i)
      listArguments += list->launches[i].num_buffers;
    numArguments = std::max(numArguments, listArguments);
  }
  buffers.resize(numBuffers);
  arguments.resize(numArguments);
  argumentsOf.resize(numLaunches);
  workTimes = std::vector<std::atomic<uint64_t>>(numLaunches);
  chains.reserve(numLaunches);
  ends.reserve(numLaunches);
}

static Status grow(AlignedBuffer &memory, uint64_t bytes, const char *purpose) {
  if (memory.data() && memory.size() >= bytes)
    return Status();
  // The old contents are worth nothing: give them back first.
  memory = AlignedBuffer();
  Result<AlignedBuffer> larger = AlignedBuffer::allocate(bytes, purpose);
  if (!larger.ok())
    return larger.takeStatus();
  memory = std::move(*larger);
  return Status();
}

Status Executor::reserve(const Plan &plan) {
  if (Status status = grow(arena, plan.arenaBytes, "memory for intermediate results"); !status.ok())
    return status;
  uint64_t workers = static_cast<uint64_t>(pool.size()), bytes = 0;
  if (__builtin_mul_overflow(plan.scratchBytes, workers, &bytes))
    bytes = UINT64_MAX;
  return grow(scratch, bytes, "scratch memory of the threads");
}

void Executor::resolveBuffers(const tn_launch_list &list, const Plan &plan,
                              const BufferTable &table) {
  char *base = static_cast<char *>(arena.data());
  for (uint64_t i = 0; i < list.num_buffers; ++i) {
    const tn_buffer &buffer = list.buffers[i];
    if (isArenaBuffer(buffer, plan.key)) {
      buffers[i] = base + plan.offsets[i];
      if (buffer.kind == TN_BUFFER_INPUT)
        fillDefault(table.inputTensors[buffer.index], buffers[i], plan.bytes[i]);
      continue;
    }
    switch (static_cast<tn_buffer_kind>(buffer.kind)) {
    case TN_BUFFER_INPUT:
      buffers[i] = const_cast<void *>(table.inputs[buffer.index]);
      break;
    case TN_BUFFER_OUTPUT:
      buffers[i] = table.outputs[buffer.index];
      break;
    case TN_BUFFER_PARAMETER:
      buffers[i] = table.parameters[buffer.index];
      break;
    case TN_BUFFER_PACKED:
      buffers[i] = table.packed[buffer.index];
      break;
    case TN_BUFFER_TEMPORARY:
      break;
    }
  }
}

/// Does tiles of one launch; false when they end with an error.
bool Executor::runLaunch(uint64_t number, int64_t begin, int64_t end, int worker) {
  tn_error error{};
  tn_args args{argumentsOf[number], symbols, &error};
  char *own = static_cast<char *>(scratch.data()) + scratchStride * static_cast<uint64_t>(worker);
  uint64_t start = isMeasured ? nowNanoseconds() : 0;
  int32_t code = launches[number].kernel(&args, begin, end, own);
  if (isMeasured)
    workTimes[number].fetch_add(nowNanoseconds() - start, std::memory_order_relaxed);
  if (code == TN_OK)
    return true;
  // The first error of the lowest range is that of the lowest tile, however the
  // tiles were divided.
  WorkerError &mine = errors[static_cast<size_t>(worker)];
  if (mine.code == TN_OK || std::make_pair(number, begin) < std::make_pair(mine.launch, mine.begin))
    mine = {number, begin, code, error};
  return false;
}

void Executor::runTiles(void *self, int64_t begin, int64_t end, int worker) {
  Executor &executor = *static_cast<Executor *>(self);
  size_t number = static_cast<size_t>(
      std::upper_bound(executor.ends.begin(), executor.ends.end(), begin) - executor.ends.begin());
  const Chain &chain = executor.chains[number];
  begin -= chain.firstTile;
  end -= chain.firstTile;
  executor.runChain(chain, begin, end, worker);
  // Stores past the caches are seen by other threads only then.
  _mm_sfence();
}

void Executor::runChain(const Chain &chain, int64_t begin, int64_t end, int worker) {
  if (chain.end - chain.begin == 1) {
    runLaunch(chain.begin, begin, end, worker);
    return;
  }
  // What one launch writes of a tile is in cache for the next.
  for (int64_t tile = begin; tile < end; ++tile)
    for (uint64_t launch = chain.begin; launch < chain.end; ++launch)
      if (!runLaunch(launch, tile, tile + 1, worker))
        return;
}

bool Executor::collectErrors(LaunchOutcome &outcome) {
  const WorkerError *lowest = nullptr;
  for (const WorkerError &mine : errors)
    if (mine.code != TN_OK && (!lowest || std::make_pair(mine.launch, mine.begin) <
                                              std::make_pair(lowest->launch, lowest->begin)))
      lowest = &mine;
  if (!lowest)
    return false;
  outcome.kind = LaunchOutcome::KernelError;
  outcome.launch = lowest->launch;
  outcome.code = lowest->code;
  outcome.error = lowest->error;
  for (WorkerError &mine : errors)
    mine.code = TN_OK;
  return true;
}

LaunchOutcome Executor::run(const tn_launch_list &list, const Plan &plan, const BufferTable &table,
                            uint64_t *nanoseconds) {
  resolveBuffers(list, plan, table);
  return runLaunches(list, plan, 0, list.num_launches, nanoseconds);
}

LaunchOutcome Executor::runPart(const tn_launch_list &list, const Plan &plan,
                                const BufferTable &table, uint64_t begin, uint64_t end) {
  resolveBuffers(list, plan, table);
  return runLaunches(list, plan, begin, end, nullptr);
}

/// Whether a launch from `begin` to `end` - 1 writes to the memory of a parameter.
static bool updatesParameter(const tn_launch_list &list, uint64_t begin, uint64_t end) {
  return std::any_of(list.launches + begin, list.launches + end, [&](const tn_launch &launch) {
    return launch.num_buffers > 0 &&
           list.buffers[launch.buffers[launch.num_buffers - 1]].kind == TN_BUFFER_PARAMETER;
  });
}

LaunchOutcome Executor::runLaunches(const tn_launch_list &list, const Plan &plan, uint64_t begin,
                                    uint64_t end, uint64_t *nanoseconds) {
  LaunchOutcome outcome;
  symbols = plan.key.symbols.data();
  scratchStride = plan.scratchBytes;
  launches = list.launches;
  // A step that has begun to update parameters goes on to its end.
  bool hasUpdated = false;
  for (uint64_t i = begin; i < end;) {
    outcome.launch = i;
    if (stop && !hasUpdated && stop->load(std::memory_order_relaxed) != 0) {
      outcome.kind = LaunchOutcome::Stopped;
      return outcome;
    }
    uint64_t next = collectGroup(list, plan, i, end);
    hasUpdated = hasUpdated || updatesParameter(list, i, next);
    isMeasured = nanoseconds && next > i + 1;
    uint64_t start = nanoseconds ? nowNanoseconds() : 0;
    pool.run(ends.data(), ends.size(), runTiles, this);
    if (nanoseconds)
      shareTime(i, next, nowNanoseconds() - start, nanoseconds);
    if (collectErrors(outcome))
      return outcome;
    i = next;
  }
  return outcome;
}

/// Sets up the group that begins with launch `begin`; returns the launch after its last.
uint64_t Executor::collectGroup(const tn_launch_list &list, const Plan &plan, uint64_t begin,
                                uint64_t end) {
  chains.clear();
  ends.clear();
  void **argument = arguments.data();
  int64_t tiles = 0;
  uint64_t number = begin;
  do {
    const tn_launch &launch = list.launches[number];
    argumentsOf[number] = argument;
    for (uint64_t b = 0; b < launch.num_buffers; ++b)
      *argument++ = buffers[static_cast<size_t>(launch.buffers[b])];
    if (number > begin && launch.join == TN_JOIN_TILES) {
      chains.back().end = number + 1;
    } else {
      chains.push_back({number, number + 1, tiles});
      ends.push_back(tiles += plan.tiles[number]);
    }
    ++number;
  } while (number < end && list.launches[number].join != TN_JOIN_NONE);
  return number;
}

/// Adds the time of a group to its launches, to each by the time that workers were in it.
void Executor::shareTime(uint64_t begin, uint64_t end, uint64_t spent, uint64_t *nanoseconds) {
  if (end - begin == 1) {
    nanoseconds[begin] += spent;
    return;
  }
  uint64_t all = 0;
  for (uint64_t i = begin; i < end; ++i)
    all += workTimes[i].load(std::memory_order_relaxed);
  for (uint64_t i = begin; i < end; ++i) {
    double share = static_cast<double>(workTimes[i].exchange(0, std::memory_order_relaxed)) /
                   static_cast<double>(std::max<uint64_t>(all, 1));
    nanoseconds[i] += static_cast<uint64_t>(share * static_cast<double>(spent));
  }
}

} // namespace tenon::runtime
