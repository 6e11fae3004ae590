//===- Weights.cpp - the parameters of a loaded program -------------------===//
#include "tenon/Runtime/Cpu/Weights.h"
#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Cpu/WeightLayout.h"

#include <algorithm>

namespace tenon::runtime {

namespace {

/// Memory for parameters on their way into packed ones, used again and again.
class Staging {
public:
  explicit Staging(size_t numParameters) : held(numParameters) {}

  /// Memory for parameter `number`.
  Result<void *> take(size_t number, uint64_t bytes);
  /// The parameter is packed.
  void giveBack(size_t number) { spare.push_back(std::move(held[number])); }

private:
  std::vector<AlignedBuffer> held; ///< by parameter
  std::vector<AlignedBuffer> spare;
};

} // namespace

Result<void *> Staging::take(size_t number, uint64_t bytes) {
  // The last one given back is the one most of which is still cached.
  auto found = std::find_if(spare.rbegin(), spare.rend(),
                            [&](const AlignedBuffer &buffer) { return buffer.size() >= bytes; });
  if (found != spare.rend()) {
    held[number] = std::move(*found);
    spare.erase(std::next(found).base());
    return held[number].data();
  }
  // All are too small: a larger one takes the place of one of them.
  if (!spare.empty())
    spare.pop_back();
  Result<AlignedBuffer> buffer = AlignedBuffer::allocate(bytes, "memory for a parameter");
  if (!buffer.ok())
    return buffer.takeStatus();
  held[number] = std::move(*buffer);
  return held[number].data();
}

/// One block of memory for all packed parameters, and the raw ones that are kept.
Status Weights::allocate(const std::vector<bool> &isKept) {
  Result<WeightLayout> layout = layOutWeights(program, level, isKept);
  if (!layout.ok())
    return layout.takeStatus();
  memory = AlignedBuffer();
  Result<AlignedBuffer> allocated = AlignedBuffer::allocate(layout->bytes, "memory for parameters");
  if (!allocated.ok())
    return allocated.takeStatus();
  memory = std::move(*allocated);
  char *base = static_cast<char *>(memory.data());
  raw.assign(program.num_parameters, nullptr);
  packs.clear();
  for (uint64_t i = 0; i < program.num_parameters; ++i)
    if (isKept[i])
      raw[i] = base + layout->raw[i];
  for (uint64_t offset : layout->packed)
    packs.push_back(base + offset);
  return Status();
}

Status Weights::prepare(const SafetensorsFile *file, const std::vector<bool> &isKept,
                        ThreadPool &pool, Executor &executor, LaunchOutcome &outcome) {
  const tn_launch_list &list = level.prepare;
  Result<Plan> plan = makePlan(list, program, PlanKey());
  if (!plan.ok())
    return plan.takeStatus();
  if (Status status = executor.reserve(*plan); !status.ok())
    return status;
  std::vector<uint64_t> lastUse(program.num_parameters, 0);
  for (uint64_t i = 0; i < list.num_launches; ++i)
    forEachParameter(list, list.launches[i], [&](size_t number) { lastUse[number] = i; });
  Staging staging(program.num_parameters);
  std::vector<ParameterTarget> targets;
  for (uint64_t i = 0; i < list.num_launches && outcome.kind == LaunchOutcome::Done; ++i) {
    const tn_launch &launch = list.launches[i];
    Status status;
    targets.clear();
    forEachParameter(list, launch, [&](size_t number) {
      if (raw[number] || !status.ok())
        return;
      Result<void *> memory = staging.take(number, parameterBytes(program.parameters[number]));
      if (!memory.ok()) {
        status = memory.takeStatus();
        return;
      }
      raw[number] = *memory;
      targets.push_back({number, *memory});
    });
    if (!status.ok())
      return status;
    if (Status read = readOrFill(program, file, 0, pool, targets); !read.ok())
      return read;
    BufferTable table;
    table.parameters = raw.data();
    table.packed = packs.data();
    outcome = executor.runPart(list, *plan, table, i, i + 1);
    forEachParameter(list, launch, [&](size_t number) {
      if (isKept[number] || lastUse[number] != i || !raw[number])
        return;
      raw[number] = nullptr;
      staging.giveBack(number);
    });
  }
  return Status();
}

Status Weights::load(const SafetensorsFile *file, ThreadPool &pool, Executor &executor,
                     LaunchOutcome &outcome) {
  std::vector<bool> isKept = findReadByEntries(program, level);
  if (Status status = allocate(isKept); !status.ok())
    return status;
  std::vector<ParameterTarget> targets;
  for (size_t i = 0; i < isKept.size(); ++i)
    if (isKept[i])
      targets.push_back({i, raw[i]});
  if (Status status = readOrFill(program, file, 0, pool, targets); !status.ok())
    return status;
  return prepare(file, isKept, pool, executor, outcome);
}

Status Weights::start(const SafetensorsFile *file, bool resumes, uint64_t seed, ThreadPool &pool) {
  if (Status status = allocate(std::vector<bool>(program.num_parameters, true)); !status.ok())
    return status;
  std::vector<ParameterTarget> targets;
  for (size_t i = 0; i < program.num_parameters; ++i)
    targets.push_back({i, raw[i]});
  return readOrFill(program, file, seed, pool, targets, resumes);
}

Status Weights::pack(std::optional<size_t> entry, Executor &executor, LaunchOutcome &outcome) {
  const tn_launch_list &list = level.prepare;
  if (entry && !left[*entry])
    left[*entry] = findLaunchesLeft(program, level, *entry);
  if (entry && left[*entry]->empty())
    return Status();
  Result<Plan> plan = makePlan(list, program, PlanKey());
  if (!plan.ok())
    return plan.takeStatus();
  if (Status status = executor.reserve(*plan); !status.ok())
    return status;
  BufferTable table;
  table.parameters = raw.data();
  table.packed = packs.data();
  if (!entry) {
    outcome = executor.runPart(list, *plan, table, 0, list.num_launches);
    return Status();
  }
  for (const LaunchRange &range : *left[*entry])
    if (outcome.kind == LaunchOutcome::Done)
      outcome = executor.runPart(list, *plan, table, range.begin, range.end);
  return Status();
}

} // namespace tenon::runtime
