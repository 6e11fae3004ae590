//===- TestFiles.h - files for tests, made from bytes ---------------------===//
#ifndef TENON_TEST_UNIT_RUNTIME_TESTFILES_H
#define TENON_TEST_UNIT_RUNTIME_TESTFILES_H

#include "tenon/Runtime/Io/ByteSource.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace tenon::runtime::test {

/// A directory that is removed, with what is in it, at the end of the test.
class TemporaryDirectory {
public:
  TemporaryDirectory() {
    char pattern[] = "/tmp/tenon-test-XXXXXX";
    directory = mkdtemp(pattern);
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(directory); }
  std::string path(const std::string &name) const { return directory + "/" + name; }
  std::string write(const std::string &name, const std::string &bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  std::string read(const std::string &name) const {
    std::ifstream file(path(name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

private:
  std::string directory;
};

/// `value` in the given number of little-endian bytes.
inline std::string littleEndian(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i)
    text += static_cast<char>(value >> (8 * i));
  return text;
}

/// A safetensors file with this JSON text and these data.
inline std::string weightFile(const std::string &json, const std::string &data = "") {
  return littleEndian(json.size(), 8) + json + data;
}

/// A .npy file of version `major`.0 with this header text and these data.
inline std::string npyFile(const std::string &header, const std::string &data = "", int major = 1) {
  return std::string("\x93NUMPY") + static_cast<char>(major) + '\0' +
         littleEndian(header.size(), major == 1 ? 2 : 4) + header + data;
}

/// A source over a string that must outlive it.
inline std::unique_ptr<ByteSource> sourceOf(const std::string &bytes, const char *name = "file") {
  return openMemory(name, bytes.data(), bytes.size());
}

/// All lines of a failure, joined.
inline std::string textOf(const Status &status) {
  std::string text;
  for (const std::string &line : status.render())
    text += line + "\n";
  return text;
}

} // namespace tenon::runtime::test

#endif // TENON_TEST_UNIT_RUNTIME_TESTFILES_H
