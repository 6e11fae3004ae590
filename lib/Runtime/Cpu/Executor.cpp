//===- Executor.cpp - walks a launch list ---------------------------------===//
#include "tenon/Runtime/Cpu/Executor.h"
#include "tenon/Runtime/Cpu/Clock.h"
#include "tenon/Runtime/Io/DType.h"

#include <algorithm>
#include <cstring>

namespace tenon::runtime {

Executor::Executor(ThreadPool &pool, const std::vector<const tn_launch_list *> &lists,
                   const std::atomic<int> *stop)
    : pool(pool), stop(stop), errors(static_cast<size_t>(pool.size())) {
  uint64_t numBuffers = 0, numArguments = 0;
  for (const tn_launch_list *list : lists) {
    numBuffers = std::max(numBuffers, list->num_buffers);
    for (uint64_t i = 0; i < list->num_launches; ++i)
      numArguments = std::max(numArguments, list->launches[i].num_buffers);
  }
  buffers.resize(numBuffers);
  arguments.resize(numArguments);
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

/// Fills `bytes` bytes with the default of an input.
static void fillDefault(const tn_tensor &tensor, char *to, uint64_t bytes) {
  int64_t size = dtypeInfo(tensor.dtype).size;
  char element[8];
  memcpy(element, &tensor.default_value, sizeof(element));
  if (tensor.dtype == TN_F32) {
    double wide = 0;
    memcpy(&wide, element, sizeof(wide));
    float narrow = static_cast<float>(wide);
    memcpy(element, &narrow, sizeof(narrow));
  } else if (tensor.dtype == TN_BOOL) {
    element[0] = tensor.default_value != 0 ? 1 : 0;
  }
  // The low bytes of an integer come first on this architecture.
  for (uint64_t i = 0; i < bytes; i += static_cast<uint64_t>(size))
    memcpy(to + i, element, static_cast<size_t>(size));
}

void Executor::resolveBuffers(const tn_launch_list &list, const Plan &plan,
                              const BufferTable &table) {
  char *base = static_cast<char *>(arena.data());
  for (uint64_t i = 0; i < list.num_buffers; ++i) {
    const tn_buffer &buffer = list.buffers[i];
    if (isArenaBuffer(buffer, plan.key)) {
      buffers[i] = base + plan.offsets[i];
      if (buffer.kind == TN_BUFFER_INPUT)
        fillDefault(table.inputTensors[buffer.index], static_cast<char *>(buffers[i]),
                    plan.bytes[i]);
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

void Executor::runTiles(void *self, int64_t begin, int64_t end, int worker) {
  Executor &executor = *static_cast<Executor *>(self);
  tn_error error{};
  tn_args args{executor.arguments.data(), executor.symbols, &error};
  char *scratch = static_cast<char *>(executor.scratch.data()) +
                  executor.scratchStride * static_cast<uint64_t>(worker);
  int32_t code = executor.launch->kernel(&args, begin, end, scratch);
  if (code == TN_OK)
    return;
  // The first error of the lowest range is that of the lowest tile, however the
  // tiles were divided.
  WorkerError &mine = executor.errors[static_cast<size_t>(worker)];
  if (mine.code == TN_OK || begin < mine.begin)
    mine = {begin, code, error};
}

bool Executor::collectErrors(LaunchOutcome &outcome) {
  const WorkerError *lowest = nullptr;
  for (const WorkerError &mine : errors)
    if (mine.code != TN_OK && (!lowest || mine.begin < lowest->begin))
      lowest = &mine;
  if (!lowest)
    return false;
  outcome.kind = LaunchOutcome::KernelError;
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

LaunchOutcome Executor::runLaunches(const tn_launch_list &list, const Plan &plan, uint64_t begin,
                                    uint64_t end, uint64_t *nanoseconds) {
  LaunchOutcome outcome;
  symbols = plan.key.symbols.data();
  scratchStride = plan.scratchBytes;
  for (uint64_t i = begin; i < end; ++i) {
    outcome.launch = i;
    if (stop && stop->load(std::memory_order_relaxed) != 0) {
      outcome.kind = LaunchOutcome::Stopped;
      return outcome;
    }
    if (plan.tiles[i] == 0)
      continue;
    launch = &list.launches[i];
    for (uint64_t b = 0; b < launch->num_buffers; ++b)
      arguments[b] = buffers[static_cast<size_t>(launch->buffers[b])];
    uint64_t start = nanoseconds ? nowNanoseconds() : 0;
    pool.run(plan.tiles[i], runTiles, this);
    if (nanoseconds)
      nanoseconds[i] += nowNanoseconds() - start;
    if (collectErrors(outcome))
      return outcome;
  }
  return outcome;
}

} // namespace tenon::runtime
