//===- AtomicFile.h - a file that appears whole or not at all -------------===//
#ifndef TENON_RUNTIME_IO_ATOMICFILE_H
#define TENON_RUNTIME_IO_ATOMICFILE_H

#include "tenon/Runtime/Io/Status.h"

#include <cstdint>
#include <string>

namespace tenon::runtime {

/// Writes to a temporary name in the directory of the target; only commit()
/// touches the target. Call create, write (any number of times), flush, commit.
/// Destroyed before commit, it removes the temporary. A target that is a
/// symbolic link is replaced where the link points; the permissions of a
/// replaced file are kept. Every failure is an Environment error.
class AtomicFile {
public:
  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile &operator=(AtomicFile &&) = delete;
  AtomicFile(const AtomicFile &) = delete;
  ~AtomicFile();

  /// Opens the temporary.
  static Result<AtomicFile> create(const std::string &path);
  /// Appends; short writes and interruptions are retried.
  Status write(const void *data, uint64_t count);
  /// Brings the bytes to the disk and closes the temporary.
  Status flush();
  /// Renames the temporary to the target and brings that to the disk. What was the target
  /// and is kept has the name `previousOf` from then on, in the place of a file of that name,
  /// where the file system lets a file have two names.
  Status commit(bool keepsPrevious = false);

private:
  AtomicFile() = default;
  Status fail(const char *action);
  void linkPrevious() const;

  std::string label;     ///< the path as messages show it
  std::string target;    ///< links resolved
  std::string temporary; ///< empty when moved from or committed
  int descriptor = -1;
  int slot = -1;
};

/// The name that a file has when another one has taken its place: that of the file, where
/// the path is a link, and ".previous".
std::string previousOf(const std::string &path);

/// Says early what create() would say later: the parent directory is missing,
/// not a directory or not writable, or the target is not a regular file.
Status checkWritable(const std::string &path);

/// Whether two paths name one file: the same inode, or the same name in the
/// same directory when neither exists yet.
bool isSameFile(const std::string &first, const std::string &second);

/// Unlinks the temporaries of all AtomicFiles now alive. Async-signal-safe.
void removeTemporaries();

} // namespace tenon::runtime

#endif // TENON_RUNTIME_IO_ATOMICFILE_H
