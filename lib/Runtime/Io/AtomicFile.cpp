//===- AtomicFile.cpp - a file that appears whole or not at all -----------===//
#include "tenon/Runtime/Io/AtomicFile.h"
#include "tenon/Runtime/Io/Text.h"

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tenon::runtime {

/// Paths of the temporaries now alive, for removeTemporaries().
constexpr int numSlots = 64;
static std::atomic<char *> slots[numSlots];

static int registerTemporary(const std::string &path) {
  char *copy = strdup(path.c_str());
  for (int i = 0; copy && i < numSlots; ++i) {
    char *empty = nullptr;
    if (slots[i].compare_exchange_strong(empty, copy))
      return i;
  }
  free(copy);
  return -1;
}

static void unregisterTemporary(int slot) {
  if (slot >= 0)
    free(slots[slot].exchange(nullptr));
}

void removeTemporaries() {
  for (std::atomic<char *> &slot : slots)
    if (const char *path = slot.load())
      unlink(path);
}

static Status pathError(const std::string &path, std::string text) {
  return Status::error(ExitCode::Environment, displayPath(path), std::move(text));
}

static std::string parentOf(const std::string &path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

static std::string baseOf(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

/// Where `path` leads once links are followed, also if nothing is there.
static std::string resolveLinks(std::string path) {
  constexpr int mostLinks = 40;
  for (int i = 0; i < mostLinks; ++i) {
    if (char *resolved = realpath(path.c_str(), nullptr)) {
      std::string result = resolved;
      free(resolved);
      return result;
    }
    char text[PATH_MAX];
    ssize_t length = readlink(path.c_str(), text, sizeof(text));
    if (length <= 0)
      return path;
    std::string next(text, static_cast<size_t>(length));
    path = next[0] == '/' ? next : parentOf(path) + "/" + next;
  }
  return path;
}

std::string previousOf(const std::string &path) {
  struct stat info = {};
  bool isLink = lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
  return (isLink ? resolveLinks(path) : path) + ".previous";
}

Status checkWritable(const std::string &path) {
  struct stat info = {};
  if (path.empty() || path.back() == '/')
    return pathError(path, "is not a file name");
  if (stat(path.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode))
      return pathError(path, "cannot be written: it is a directory");
    if (!S_ISREG(info.st_mode))
      return pathError(path, "cannot be written: it is not a regular file");
  } else if (errno != ENOENT) {
    return pathError(path, std::string("cannot be written: ") + strerror(errno));
  }
  std::string parent = parentOf(resolveLinks(path));
  if (stat(parent.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return pathError(path, "cannot be written: the directory '" + displayPath(parent) +
                               "' does not exist");
  if (access(parent.c_str(), W_OK | X_OK) != 0)
    return pathError(path, "cannot be written: the directory '" + displayPath(parent) +
                               "': " + strerror(errno));
  return Status();
}

bool isSameFile(const std::string &first, const std::string &second) {
  struct stat a, b;
  bool hasA = stat(first.c_str(), &a) == 0;
  bool hasB = stat(second.c_str(), &b) == 0;
  if (hasA != hasB)
    return false;
  if (hasA)
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
  std::string one = resolveLinks(first), other = resolveLinks(second);
  return baseOf(one) == baseOf(other) &&
         resolveLinks(parentOf(one)) == resolveLinks(parentOf(other));
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : label(std::move(other.label)), target(std::move(other.target)),
      temporary(std::exchange(other.temporary, std::string())),
      descriptor(std::exchange(other.descriptor, -1)), slot(std::exchange(other.slot, -1)) {}

AtomicFile::~AtomicFile() {
  if (descriptor >= 0)
    close(descriptor);
  if (!temporary.empty())
    unlink(temporary.c_str());
  unregisterTemporary(slot);
}

Status AtomicFile::fail(const char *action) {
  return Status::error(ExitCode::Environment, label, std::string(action) + ": " + strerror(errno));
}

Result<AtomicFile> AtomicFile::create(const std::string &path) {
  if (Status status = checkWritable(path); !status.ok())
    return status;
  AtomicFile file;
  file.label = displayPath(path);
  file.target = resolveLinks(path);
  // A long name is cut so that the temporary's name fits the file system; the
  // number steps over what a killed process of the same id left behind.
  std::string stem = parentOf(file.target) + "/." + baseOf(file.target).substr(0, 100) + ".tmp-" +
                     std::to_string(getpid()) + "-";
  constexpr int attempts = 1000;
  for (int i = 0; i < attempts && file.descriptor < 0; ++i) {
    file.temporary = stem + std::to_string(i);
    file.descriptor = open(file.temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file.descriptor < 0 && errno != EEXIST && errno != EINTR)
      break;
  }
  if (file.descriptor < 0) {
    file.temporary.clear();
    return file.fail("cannot be written");
  }
  file.slot = registerTemporary(file.temporary);
  struct stat info = {};
  if (stat(file.target.c_str(), &info) == 0) {
    if (fchmod(file.descriptor, info.st_mode & 07777) != 0)
      return file.fail("permissions cannot be kept");
  }
  return file;
}

Status AtomicFile::write(const void *data, uint64_t count) {
  constexpr uint64_t largestWrite = uint64_t{1} << 30;
  const char *bytes = static_cast<const char *>(data);
  while (count > 0) {
    ssize_t put = ::write(descriptor, bytes, count < largestWrite ? count : largestWrite);
    if (put < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (put < 0)
      return fail("writing failed");
    bytes += put;
    count -= static_cast<uint64_t>(put);
  }
  return Status();
}

Status AtomicFile::flush() {
  if (fsync(descriptor) != 0)
    return fail("writing failed");
  if (close(std::exchange(descriptor, -1)) != 0 && errno != EINTR)
    return fail("writing failed");
  return Status();
}

/// Gives the target a second name, in the place of what has it. The target is there all the
/// time; what can't be done leaves both as they are.
void AtomicFile::linkPrevious() const {
  std::string linked = temporary + "-previous";
  if (link(target.c_str(), linked.c_str()) != 0)
    return;
  // Where both names are of one file already nothing is renamed.
  (void)!rename(linked.c_str(), previousOf(target).c_str());
  unlink(linked.c_str());
}

Status AtomicFile::commit(bool keepsPrevious) {
  if (keepsPrevious)
    linkPrevious();
  if (rename(temporary.c_str(), target.c_str()) != 0)
    return fail("cannot be replaced");
  temporary.clear();
  unregisterTemporary(std::exchange(slot, -1));
  int directory = open(parentOf(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    // Some file systems cannot flush a directory; the file itself is safe.
    if (fsync(directory) != 0 && errno == EIO) {
      close(directory);
      return fail("writing failed");
    }
    close(directory);
  }
  return Status();
}

} // namespace tenon::runtime
