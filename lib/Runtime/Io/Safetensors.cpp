//===- Safetensors.cpp - weight files -------------------------------------===//
#include "tenon/Runtime/Io/SafetensorsHeader.h"

#include "tenon/Runtime/Io/Checksum.h"
#include "tenon/Runtime/Io/Memory.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace tenon::runtime {

namespace {

struct WeightDTypeRow {
  const char *name;
  uint64_t size;
};

} // namespace

/// In the order of WeightDType.
static constexpr WeightDTypeRow dtypeRows[] = {
    {"F64", 8},  {"F32", 4},     {"F16", 2},     {"BF16", 2},    {"I64", 8}, {"I32", 4},
    {"I16", 2},  {"I8", 1},      {"U64", 8},     {"U32", 4},     {"U16", 2}, {"U8", 1},
    {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1}, {"C64", 8},
};

const char *weightDTypeName(WeightDType dtype) { return dtypeRows[static_cast<int>(dtype)].name; }

uint64_t weightDTypeSize(WeightDType dtype) { return dtypeRows[static_cast<int>(dtype)].size; }

/// Reads the first 8 bytes and compares them with the file and the limits.
static Status readHeaderLength(const ByteSource &source, uint64_t &length) {
  auto fail = [&](std::string text) {
    return Status::error(ExitCode::Input, source.name(), std::move(text));
  };
  unsigned char head[32] = {};
  uint64_t have = std::min<uint64_t>(source.size(), sizeof(head));
  if (Status status = source.read(0, head, have); !status.ok())
    return status;
  memcpy(&length, head, sizeof(length));
  uint64_t present = source.size() < 8 ? 0 : source.size() - 8;
  bool fits = present >= 2 && length <= present;
  // A sound length may begin with the same bytes as another format's mark, so
  // those are asked only when the length or the text after it is not ours.
  const char *foreign =
      recognizeForeignFormat(std::string_view(reinterpret_cast<const char *>(head), have));
  if (foreign && (!fits || head[8] != '{'))
    return fail(std::string("is not a safetensors file; this is ") + foreign);
  if (present < 2)
    return fail(format("header too small: the file has %llu bytes; expected at "
                       "least 10",
                       static_cast<unsigned long long>(source.size())));
  if (length < 2)
    return fail(format("header too small: header length at byte 0 is %llu; "
                       "expected at least 2",
                       static_cast<unsigned long long>(length)));
  if (fits && length <= maxSafetensorsHeader)
    return Status();
  bool overLimit = length > maxSafetensorsHeader;
  Status status = fail(
      format("header length at byte 0 is %llu; %s %llu", static_cast<unsigned long long>(length),
             overLimit ? "the limit is" : "bytes left in the file:",
             static_cast<unsigned long long>(overLimit ? maxSafetensorsHeader : present)));
  if (overLimit && !fits)
    status = std::move(status).note(
        format("the file has %llu bytes", static_cast<unsigned long long>(source.size())));
  uint64_t swapped = __builtin_bswap64(length);
  if (swapped <= present && swapped <= maxSafetensorsHeader)
    status =
        std::move(status).hint(format("with its bytes swapped it is %llu: the file may come from a "
                                      "big-endian writer",
                                      static_cast<unsigned long long>(swapped)));
  return status;
}

/// Compares the entries with each other and with the size of the data.
class SafetensorsBuilder {
public:
  SafetensorsBuilder(const ByteSource &source, HeaderContents &contents, uint64_t dataOffset)
      : source(source), contents(contents), dataOffset(dataOffset),
        dataBytes(source.size() - dataOffset) {}

  Status checkEntries();
  Status checkNames();
  Status checkCoverage();
  SafetensorsFile build();

private:
  Status fail(const HeaderEntry &entry, const std::string &text) {
    return Status::error(ExitCode::Input,
                         source.name() + ": tensor " + quoteName(contents.name(entry)),
                         text + format(" (header entry at byte %llu)",
                                       static_cast<unsigned long long>(entry.position)));
  }
  Status checkEntry(const HeaderEntry &entry);

  const ByteSource &source;
  HeaderContents &contents;
  uint64_t dataOffset;
  uint64_t dataBytes;
  std::vector<size_t> byName;
};

Status SafetensorsBuilder::checkEntry(const HeaderEntry &entry) {
  const int64_t *dims = contents.dims.data() + entry.dimsBegin;
  int64_t bytes = 0;
  if (!checkedProduct(dims, entry.rank, static_cast<int64_t>(weightDTypeSize(entry.dtype)), bytes))
    return fail(entry, "size of shape " + shapeText(dims, entry.rank) + " overflows 64 bits");
  if (entry.begin > entry.end)
    return fail(entry, format("'data_offsets' begins at %llu, after its end "
                              "%llu",
                              static_cast<unsigned long long>(entry.begin),
                              static_cast<unsigned long long>(entry.end)));
  if (entry.end > dataBytes)
    return fail(entry, format("'data_offsets' ends at %llu, but there are %llu "
                              "bytes of data",
                              static_cast<unsigned long long>(entry.end),
                              static_cast<unsigned long long>(dataBytes)));
  if (entry.end - entry.begin != static_cast<uint64_t>(bytes))
    return fail(entry, format("'data_offsets' spans %llu bytes; expected %lld for shape %s of "
                              "%s",
                              static_cast<unsigned long long>(entry.end - entry.begin),
                              static_cast<long long>(bytes), shapeText(dims, entry.rank).c_str(),
                              weightDTypeName(entry.dtype)));
  return Status();
}

Status SafetensorsBuilder::checkEntries() {
  for (const HeaderEntry &entry : contents.entries)
    if (Status status = checkEntry(entry); !status.ok())
      return status;
  return Status();
}

Status SafetensorsBuilder::checkNames() {
  byName.resize(contents.entries.size());
  std::iota(byName.begin(), byName.end(), size_t{0});
  std::sort(byName.begin(), byName.end(), [&](size_t a, size_t b) {
    int order = contents.name(contents.entries[a]).compare(contents.name(contents.entries[b]));
    return order != 0 ? order < 0 : a < b;
  });
  for (size_t i = 1; i < byName.size(); ++i) {
    const HeaderEntry &first = contents.entries[byName[i - 1]];
    const HeaderEntry &second = contents.entries[byName[i]];
    if (contents.name(first) == contents.name(second))
      return fail(second, format("the name occurs twice, first at byte %llu",
                                 static_cast<unsigned long long>(first.position)));
  }
  return Status();
}

Status SafetensorsBuilder::checkCoverage() {
  std::vector<const HeaderEntry *> order;
  order.reserve(contents.entries.size());
  for (const HeaderEntry &entry : contents.entries)
    order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const HeaderEntry *a, const HeaderEntry *b) {
    return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
  });
  auto hole = [&](uint64_t from, uint64_t to, const std::string &around) {
    return Status::error(ExitCode::Input, source.name(),
                         format("data bytes %llu..%llu belong to no tensor: they lie %s",
                                static_cast<unsigned long long>(from),
                                static_cast<unsigned long long>(to), around.c_str()));
  };
  uint64_t covered = 0;
  const HeaderEntry *previous = nullptr;
  for (const HeaderEntry *entry : order) {
    if (entry->begin < covered)
      return fail(*entry,
                  "'data_offsets' overlaps that of tensor " + quoteName(contents.name(*previous)));
    if (entry->begin > covered)
      return hole(covered, entry->begin - 1,
                  previous ? "between tensors " + quoteName(contents.name(*previous)) + " and " +
                                 quoteName(contents.name(*entry))
                           : "before the first tensor " + quoteName(contents.name(*entry)));
    covered = entry->end;
    previous = entry;
  }
  if (covered < dataBytes)
    return hole(covered, dataBytes - 1,
                previous ? "after the last tensor " + quoteName(contents.name(*previous))
                         : std::string("in a file without tensors"));
  return Status();
}

SafetensorsFile SafetensorsBuilder::build() {
  SafetensorsFile file;
  file.bytes = &source;
  file.notes = std::move(contents.metadata);
  file.names = std::make_unique<std::string>(std::move(contents.names));
  file.shapes = std::make_unique<std::vector<int64_t>>(std::move(contents.dims));
  file.table.reserve(byName.size());
  for (size_t number : byName) {
    const HeaderEntry &entry = contents.entries[number];
    WeightTensor tensor;
    tensor.name = std::string_view(*file.names).substr(entry.nameBegin, entry.nameSize);
    tensor.dtype = entry.dtype;
    tensor.dims = file.shapes->data() + entry.dimsBegin;
    tensor.rank = entry.rank;
    tensor.offset = dataOffset + entry.begin;
    tensor.bytes = entry.end - entry.begin;
    file.table.push_back(tensor);
  }
  return file;
}

Result<SafetensorsFile> SafetensorsFile::open(const ByteSource &source) {
  uint64_t length = 0;
  if (Status status = readHeaderLength(source, length); !status.ok())
    return status;
  HeaderContents contents;
  {
    std::string text(length, '\0');
    if (Status status = source.read(8, text.data(), length); !status.ok())
      return status;
    if (Status status = parseSafetensorsHeader(text, source.name(), contents); !status.ok())
      return status;
  }
  SafetensorsBuilder builder(source, contents, 8 + length);
  if (Status status = builder.checkEntries(); !status.ok())
    return status;
  if (Status status = builder.checkNames(); !status.ok())
    return status;
  if (Status status = builder.checkCoverage(); !status.ok())
    return status;
  return builder.build();
}

Result<SafetensorsFile> SafetensorsFile::openWhole(const ByteSource &source) {
  Result<SafetensorsFile> file = open(source);
  if (file.ok())
    if (Status status = file->verify(); !status.ok())
      return status;
  return file;
}

size_t SafetensorsFile::takeAverages() {
  constexpr std::string_view prefix = "tenon.ema.";
  size_t count = 0;
  for (const WeightTensor &average : table) {
    if (average.name.substr(0, prefix.size()) != prefix)
      continue;
    // The table is this object's own.
    auto *tensor = const_cast<WeightTensor *>(find(average.name.substr(prefix.size())));
    if (!tensor)
      continue;
    std::string_view name = tensor->name;
    *tensor = average;
    tensor->name = name;
    ++count;
  }
  return count;
}

const std::string *SafetensorsFile::metadata(std::string_view key) const {
  for (const MetadataEntry &note : notes)
    if (note.key == key)
      return &note.text;
  return nullptr;
}

Status SafetensorsFile::verify() const {
  const std::string *expected = metadata(checksumKey);
  if (!expected)
    return Status();
  Result<AlignedBuffer> piece = AlignedBuffer::allocate(Checksum::pieceBytes, "a piece of a file");
  if (!piece.ok())
    return piece.takeStatus();
  Checksum found;
  for (const WeightTensor &tensor : table)
    for (uint64_t at = 0; at < tensor.bytes; at += Checksum::pieceBytes) {
      uint64_t count = std::min(Checksum::pieceBytes, tensor.bytes - at);
      if (Status status = bytes->read(tensor.offset + at, piece->data(), count); !status.ok())
        return status;
      found.add(piece->data(), count);
      bytes->release(tensor.offset + at, count);
    }
  if (found.text() == *expected)
    return Status();
  return Status::error(ExitCode::Input, bytes->name(),
                       "is damaged, or was changed by what does not write checksums: that of its "
                       "data is " +
                           found.text() + "; expected " + escaped(*expected, 40));
}

const WeightTensor *SafetensorsFile::find(std::string_view name) const {
  auto found = std::lower_bound(
      table.begin(), table.end(), name,
      [](const WeightTensor &tensor, std::string_view wanted) { return tensor.name < wanted; });
  return found != table.end() && found->name == name ? &*found : nullptr;
}

} // namespace tenon::runtime
