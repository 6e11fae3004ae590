//===- ByteSource.h - bytes at positions, from a file or from memory ------===//
//
// Files are read with positioned reads into memory of our own and never mapped:
// a file that is cut short while it is in use shows as a short read, not as a
// signal.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_IO_BYTESOURCE_H
#define TENON_RUNTIME_IO_BYTESOURCE_H

#include "tenon/Runtime/Io/Status.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tenon::runtime {

/// Bytes 0..size()-1 that can be read from any thread.
class ByteSource {
public:
  virtual ~ByteSource();
  /// The name that messages use (already escaped).
  const std::string &name() const { return label; }
  /// The size when the source was opened.
  uint64_t size() const { return bytes; }
  /// Copies `count` bytes at `offset`; the range must lie within size(). An
  /// Environment error if the file has become shorter or cannot be read.
  virtual Status read(uint64_t offset, void *to, uint64_t count) const = 0;
  /// Says that these bytes will hardly be read again: pages that the source keeps
  /// mapped may go. Reading them stays possible.
  virtual void release(uint64_t offset, uint64_t count) const;

protected:
  ByteSource(std::string label, uint64_t bytes) : label(std::move(label)), bytes(bytes) {}

private:
  std::string label;
  uint64_t bytes;
};

/// Opens a regular file. Directories, pipes and devices are refused at once
/// and never waited for. Every failure is an Environment error.
Result<std::unique_ptr<ByteSource>> openFile(const std::string &path);

/// Bytes in memory, which must outlive the source.
std::unique_ptr<ByteSource> openMemory(std::string label, const void *data, uint64_t size);

/// Bytes that are part of the executable, whose pages can be had again from its
/// file.
std::unique_ptr<ByteSource> openEmbedded(std::string label, const void *data, uint64_t size);

/// Names the format of a file that is not of the expected one, from its first
/// bytes: "a PyTorch zip archive", "a Git LFS pointer", ...; null if unknown.
const char *recognizeForeignFormat(std::string_view head);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_IO_BYTESOURCE_H
