//===- DeviceWeights.cpp - the parameters of a program on a GPU -----------===//
#include "tenon/Runtime/Cuda/DeviceWeights.h"

#include "tenon/Runtime/Cpu/WeightLayout.h"

#include <algorithm>

namespace tenon::runtime::cuda {

uint64_t DeviceWeights::bytesOf(size_t number) const {
  return parameterBytes(program.parameters[number]);
}

Status DeviceWeights::allocate(const std::vector<bool> &isKept) {
  Result<WeightLayout> layout = layOutWeights(program, level, isKept);
  if (!layout.ok())
    return layout.takeStatus();
  // Exchanged places lie in either.
  memory = DeviceBuffer();
  nextMemory = DeviceBuffer();
  nextPlaces.clear();
  Result<DeviceBuffer> block =
      DeviceBuffer::allocate(device, layout->bytes, "memory for parameters");
  if (!block.ok())
    return block.takeStatus();
  memory = std::move(*block);
  raw.assign(program.num_parameters, 0);
  packs.clear();
  for (uint64_t i = 0; i < program.num_parameters; ++i)
    if (isKept[i])
      raw[i] = memory.address() + layout->raw[i];
  for (uint64_t offset : layout->packed)
    packs.push_back(memory.address() + offset);
  return Status();
}

/// Reads one parameter, or gives it its first value, and copies it to the device.
Status DeviceWeights::upload(const SafetensorsFile *file, uint64_t seed, bool takesOwn,
                             size_t number, DevicePointer to) {
  uint64_t bytes = bytesOf(number);
  if (bytes == 0)
    return Status();
  if (staging.size() < bytes) {
    staging = AlignedBuffer();
    Result<AlignedBuffer> larger = AlignedBuffer::allocate(bytes, "memory for a parameter");
    if (!larger.ok())
      return larger.takeStatus();
    staging = std::move(*larger);
  }
  if (Status status = readOrFill(program, file, seed, pool, {{number, staging.data()}}, takesOwn);
      !status.ok())
    return status;
  // The driver has read pageable memory when the call returns.
  return device.driver.call(device.driver.api.copyToDevice, to,
                            static_cast<const void *>(staging.data()), bytes, device.stream);
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

/// The parameters of a launch of `prepare` that are not on the device to stay.
std::vector<size_t> DeviceWeights::missingFor(const tn_launch &launch) const {
  std::vector<size_t> numbers;
  forEachParameter(level.prepare, launch, [&](size_t number) {
    if (!raw[number] && std::find(numbers.begin(), numbers.end(), number) == numbers.end())
      numbers.push_back(number);
  });
  return numbers;
}

/// Copies parameters into one block, which grows if need be; `places` then has theirs.
Status DeviceWeights::uploadForLaunch(const SafetensorsFile *file,
                                      const std::vector<size_t> &numbers, DeviceBuffer &block,
                                      std::vector<DevicePointer> &places) {
  uint64_t bytes = 0;
  for (size_t number : numbers)
    bytes += alignUp(bytesOf(number));
  if (block.size() < bytes) {
    block = DeviceBuffer();
    Result<DeviceBuffer> larger = DeviceBuffer::allocate(device, bytes, "memory for a parameter");
    if (!larger.ok())
      return larger.takeStatus();
    block = std::move(*larger);
  }
  places = raw;
  DevicePointer place = block.address();
  for (size_t number : numbers) {
    if (Status status = upload(file, 0, true, number, place); !status.ok())
      return status;
    places[number] = place;
    place += alignUp(bytesOf(number));
  }
  return Status();
}

Status DeviceWeights::load(const SafetensorsFile *file, const DevicePlan &plan,
                           StreamExecutor &executor) {
  std::vector<bool> isKept = findReadByEntries(program, level);
  if (Status status = allocate(isKept); !status.ok())
    return status;
  for (size_t i = 0; i < isKept.size(); ++i)
    if (isKept[i])
      if (Status status = upload(file, 0, true, i, raw[i]); !status.ok())
        return status;
  const tn_launch_list &list = level.prepare;
  DeviceBuffer block;
  std::vector<DevicePointer> places;
  for (uint64_t i = 0; i < list.num_launches && !executor.isStopped(); ++i) {
    if (Status status = uploadForLaunch(file, missingFor(list.launches[i]), block, places);
        !status.ok())
      return status;
    AddressTable table;
    table.parameters = places.data();
    table.packed = packs.data();
    if (Status status = executor.launchPart(list, plan, table, i, i + 1); !status.ok())
      return status;
  }
  // What was there for one launch is given back after it.
  Status done = device.synchronize();
  staging = AlignedBuffer();
  return done;
}

//===----------------------------------------------------------------------===//
// Training
//===----------------------------------------------------------------------===//

Status DeviceWeights::start(const SafetensorsFile *file, bool resumes, uint64_t seed) {
  if (Status status = allocate(std::vector<bool>(program.num_parameters, true)); !status.ok())
    return status;
  if (Status status = reserveNext(); !status.ok())
    return status;
  for (size_t i = 0; i < program.num_parameters; ++i)
    if (Status status = upload(file, seed, resumes, i, raw[i]); !status.ok())
      return status;
  staging = AlignedBuffer();
  values.resize(program.num_parameters);
  isCurrent.assign(program.num_parameters, false);
  return device.synchronize();
}

Status DeviceWeights::reserveNext() {
  if (!nextPlaces.empty())
    return Status();
  std::vector<bool> isUpdated(program.num_parameters, false);
  for (uint64_t e = 0; e < program.num_entries; ++e)
    for (uint64_t i = 0; program.entries[e].updates && i < program.entries[e].num_outputs; ++i)
      if (int32_t number = program.entries[e].updates[i]; number >= 0)
        isUpdated[static_cast<size_t>(number)] = true;
  uint64_t total = 0;
  for (size_t i = 0; i < isUpdated.size(); ++i)
    total += isUpdated[i] ? alignUp(bytesOf(i)) : 0;
  Result<DeviceBuffer> block =
      DeviceBuffer::allocate(device, total, "memory for next values of parameters");
  if (!block.ok())
    return block.takeStatus();
  nextMemory = std::move(*block);
  nextPlaces.assign(program.num_parameters, 0);
  DevicePointer place = nextMemory.address();
  for (size_t i = 0; i < isUpdated.size(); ++i) {
    if (!isUpdated[i])
      continue;
    nextPlaces[i] = place;
    place += alignUp(bytesOf(i));
  }
  return Status();
}

void DeviceWeights::exchange(size_t number) {
  std::swap(raw[number], nextPlaces[number]);
  isCurrent[number] = false;
}

Result<const void *> DeviceWeights::value(size_t number) {
  AlignedBuffer &memory = values[number];
  uint64_t bytes = bytesOf(number);
  if (isCurrent[number])
    return static_cast<const void *>(memory.data());
  if (!memory.data()) {
    Result<AlignedBuffer> made = AlignedBuffer::allocate(bytes, "the value of a parameter");
    if (!made.ok())
      return made.takeStatus();
    memory = std::move(*made);
  }
  if (bytes > 0) {
    if (Status status = device.driver.call(device.driver.api.copyToHost, memory.data(), raw[number],
                                           bytes, device.stream);
        !status.ok())
      return status;
    if (Status status = device.synchronize(); !status.ok())
      return status;
  }
  isCurrent[number] = true;
  return static_cast<const void *>(memory.data());
}

Status DeviceWeights::keep(const std::vector<size_t> &numbers) {
  if (kept.size() != numbers.size()) {
    uint64_t total = 0;
    for (size_t number : numbers)
      total += alignUp(bytesOf(number));
    Result<DeviceBuffer> block = DeviceBuffer::allocate(device, total, "the states before a step");
    if (!block.ok())
      return block.takeStatus();
    keptMemory = std::move(*block);
    kept.clear();
    DevicePointer place = keptMemory.address();
    for (size_t number : numbers) {
      kept.push_back({number, place});
      place += alignUp(bytesOf(number));
    }
  }
  for (const Kept &copy : kept)
    if (uint64_t bytes = bytesOf(copy.number))
      if (Status status = device.driver.call(device.driver.api.copyOnDevice, copy.place,
                                             raw[copy.number], bytes, device.stream);
          !status.ok())
        return status;
  return Status();
}

Status DeviceWeights::restore() {
  for (const Kept &copy : kept) {
    isCurrent[copy.number] = false;
    if (uint64_t bytes = bytesOf(copy.number))
      if (Status status = device.driver.call(device.driver.api.copyOnDevice, raw[copy.number],
                                             copy.place, bytes, device.stream);
          !status.ok())
        return status;
  }
  return Status();
}

} // namespace tenon::runtime::cuda
