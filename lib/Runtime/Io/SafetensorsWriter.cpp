//===- SafetensorsWriter.cpp - weight files that appear whole -------------===//
#include "tenon/Runtime/Io/SafetensorsWriter.h"
#include "tenon/Runtime/Io/AtomicFile.h"
#include "tenon/Runtime/Io/Checksum.h"
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>

namespace tenon::runtime {

/// A name of the program as a JSON string: well-formed UTF-8, as the compiler checks.
static std::string jsonString(const std::string &name) {
  std::string text = "\"";
  for (char c : name) {
    if (c == '"' || c == '\\')
      text += std::string("\\") + c;
    else if (static_cast<unsigned char>(c) < 0x20)
      text += format("\\u%04x", static_cast<unsigned>(c));
    else
      text += c;
  }
  return text + "\"";
}

static uint64_t bytesOf(const TensorToWrite &tensor) {
  int64_t bytes = 0;
  checkedProduct(tensor.dims.data(), tensor.dims.size(), dtypeInfo(tensor.dtype).size, bytes);
  return static_cast<uint64_t>(bytes);
}

static std::string headerOf(const std::vector<TensorToWrite> &tensors,
                            const std::vector<MetadataEntry> &metadata) {
  std::string header = "{\"__metadata__\":{";
  for (const MetadataEntry &entry : metadata)
    header += (&entry == metadata.data() ? "" : ",") + jsonString(entry.key) + ":" +
              jsonString(entry.text);
  header += "}";
  uint64_t offset = 0;
  for (const TensorToWrite &tensor : tensors) {
    uint64_t end = offset + bytesOf(tensor);
    header += "," + jsonString(tensor.name) + ":{\"dtype\":\"" +
              dtypeInfo(tensor.dtype).safetensors + "\",\"shape\":" + shapeText(tensor.dims) +
              ",\"data_offsets\":[" + std::to_string(offset) + "," + std::to_string(end) + "]}";
    offset = end;
  }
  header += "}";
  // Data begin at a multiple of 8.
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return header;
}

Status writeSafetensors(const std::string &path, const std::vector<TensorToWrite> &tensors,
                        std::vector<MetadataEntry> metadata, bool keepsPrevious) {
  std::vector<const TensorToWrite *> byName;
  for (const TensorToWrite &tensor : tensors)
    byName.push_back(&tensor);
  std::sort(byName.begin(), byName.end(),
            [](const auto *a, const auto *b) { return a->name < b->name; });
  Checksum checksum;
  for (const TensorToWrite *tensor : byName)
    checksum.addAll(tensor->data, bytesOf(*tensor));
  metadata.push_back({std::string(checksumKey), checksum.text()});
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file.ok())
    return file.takeStatus();
  std::string header = headerOf(tensors, metadata);
  unsigned char length[8];
  for (int i = 0; i < 8; ++i)
    length[i] = static_cast<unsigned char>(uint64_t{header.size()} >> 8 * i);
  if (Status status = file->write(length, sizeof(length)); !status.ok())
    return status;
  if (Status status = file->write(header.data(), header.size()); !status.ok())
    return status;
  for (const TensorToWrite &tensor : tensors)
    if (Status status = file->write(tensor.data, bytesOf(tensor)); !status.ok())
      return status;
  if (Status status = file->flush(); !status.ok())
    return status;
  return file->commit(keepsPrevious);
}

} // namespace tenon::runtime
