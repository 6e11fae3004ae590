//===- Output.h - Files that appear whole or not at all ---------*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_OUTPUT_H
#define TENON_TOOLS_TENONC_OUTPUT_H

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"

namespace tenon::driver {

/// A temporary file beside the path it will get; removed unless committed.
class OutputFile {
public:
  /// Creates the temporary. On failure prints why; `isValid` is then false.
  explicit OutputFile(llvm::StringRef path);
  ~OutputFile();
  OutputFile(const OutputFile &) = delete;

  bool isValid() const { return !temporary.empty(); }
  llvm::StringRef getTemporaryPath() const { return temporary; }
  /// Flushes the temporary to disk and renames it; false, after a message, on
  /// failure. The mode is the replaced file's, or `mode` less the umask.
  bool commit(unsigned mode);

private:
  std::string path;
  llvm::SmallString<128> temporary;
};

/// A directory for intermediate files, removed with them at the end.
class TemporaryDirectory {
public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory &) = delete;

  bool isValid() const { return !path.empty(); }
  /// The path of a file in it.
  std::string file(llvm::StringRef name) const;

private:
  llvm::SmallString<128> path;
};

/// Writes `text` to `path`, '-' being standard output. Returns an exit code.
int writeText(llvm::StringRef path, llvm::StringRef text);

/// Prints `tenonc: error: PATH: REASON`; returns kEnvironmentError.
int environmentError(llvm::StringRef path, llvm::StringRef reason);

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_OUTPUT_H
