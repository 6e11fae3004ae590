//===- ByteSource.cpp - bytes at positions, from a file or from memory ----===//
#include "tenon/Runtime/Io/ByteSource.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tenon::runtime {

ByteSource::~ByteSource() = default;

void ByteSource::release(uint64_t, uint64_t) const {}

namespace {

class FileSource final : public ByteSource {
public:
  FileSource(std::string label, uint64_t bytes, int descriptor)
      : ByteSource(std::move(label), bytes), descriptor(descriptor) {}
  ~FileSource() override { close(descriptor); }

  Status read(uint64_t offset, void *to, uint64_t count) const override {
    constexpr uint64_t largestRead = uint64_t{1} << 30;
    char *out = static_cast<char *>(to);
    while (count > 0) {
      ssize_t got =
          pread(descriptor, out, std::min(count, largestRead), static_cast<off_t>(offset));
      if (got < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (got < 0)
        return Status::error(ExitCode::Environment, name(),
                             std::string("cannot be read: ") + strerror(errno));
      if (got == 0)
        return Status::error(ExitCode::Environment, name(),
                             format("the file became shorter while it was read: it had %llu "
                                    "bytes and now ends at %llu",
                                    static_cast<unsigned long long>(size()),
                                    static_cast<unsigned long long>(offset)));
      out += got;
      offset += static_cast<uint64_t>(got);
      count -= static_cast<uint64_t>(got);
    }
    return Status();
  }

private:
  int descriptor;
};

class MemorySource : public ByteSource {
public:
  MemorySource(std::string label, const void *data, uint64_t bytes)
      : ByteSource(std::move(label), bytes), data(static_cast<const char *>(data)) {}

  Status read(uint64_t offset, void *to, uint64_t count) const override {
    if (count > 0)
      memcpy(to, data + offset, count);
    return Status();
  }

protected:
  const char *data;
};

class EmbeddedSource final : public MemorySource {
public:
  using MemorySource::MemorySource;

  void release(uint64_t offset, uint64_t count) const override {
    // Whole pages alone, and these are backed by the executable's file.
    uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    uintptr_t begin = reinterpret_cast<uintptr_t>(data + offset), end = begin + count;
    uintptr_t first = (begin + page - 1) / page * page, last = end / page * page;
    if (first < last)
      madvise(const_cast<char *>(data) + offset + (first - begin), last - first, MADV_DONTNEED);
  }
};

} // namespace

Result<std::unique_ptr<ByteSource>> openFile(const std::string &path) {
  std::string label = displayPath(path);
  auto fail = [&](const char *reason) {
    return Status::error(ExitCode::Environment, label, std::string("cannot be opened: ") + reason);
  };
  if (path.empty() || path.find('\0') != std::string::npos)
    return fail("the path is empty");
  // Without O_NONBLOCK, opening a pipe would wait for its other end.
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return fail(strerror(errno));
  struct stat info = {};
  if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    close(descriptor);
    return fail(S_ISDIR(info.st_mode) ? "it is a directory" : "it is not a regular file");
  }
  return std::unique_ptr<ByteSource>(std::make_unique<FileSource>(
      std::move(label), static_cast<uint64_t>(info.st_size), descriptor));
}

std::unique_ptr<ByteSource> openMemory(std::string label, const void *data, uint64_t size) {
  return std::make_unique<MemorySource>(std::move(label), data, size);
}

std::unique_ptr<ByteSource> openEmbedded(std::string label, const void *data, uint64_t size) {
  return std::make_unique<EmbeddedSource>(std::move(label), data, size);
}

const char *recognizeForeignFormat(std::string_view head) {
  struct Magic {
    std::string_view bytes;
    const char *format;
  };
  static constexpr Magic magics[] = {
      {"PK\x03\x04", "a zip archive, as PyTorch writes for .pt and .bin and "
                     "NumPy for .npz"},
      {"\x80\x02", "a Python pickle, as PyTorch writes"},
      {"\x80\x03", "a Python pickle"},
      {"\x80\x04", "a Python pickle"},
      {"\x80\x05", "a Python pickle"},
      {"version https://git-lfs", "a Git LFS pointer; fetch the real file"},
      {"\x93NUMPY", "a NumPy .npy file"},
      {"\x89HDF", "an HDF5 file"},
      {"GGUF", "a GGUF file"},
      {"{", "JSON text; an index of shards is not read yet: join the shards"},
      {"\x7f"
       "ELF",
       "an ELF program or library"},
      {"<!DOCTYPE", "an HTML page"},
      {"<html", "an HTML page"},
  };
  for (const Magic &magic : magics)
    if (head.substr(0, magic.bytes.size()) == magic.bytes)
      return magic.format;
  return nullptr;
}

} // namespace tenon::runtime
