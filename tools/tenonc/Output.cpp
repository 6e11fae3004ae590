//===- Output.cpp - Files that appear whole or not at all -----------------===//

#include "Output.h"

#include "Options.h"

#include "frontends/lang/SourceFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using namespace tenon::driver;
namespace lang = tenon::lang;

int tenon::driver::environmentError(StringRef path, StringRef reason) {
  errs() << "tenonc: error: " << lang::displayPath(path) << ": " << reason << "\n";
  return kEnvironmentError;
}

OutputFile::OutputFile(StringRef target) : path(target.str()) {
  // A link is followed: it stays, what it points to is replaced.
  SmallString<128> resolved;
  if (!sys::fs::real_path(target, resolved))
    path = resolved.str().str();
  if (sys::fs::is_directory(path)) {
    environmentError(target, "is a directory");
    return;
  }
  // A device or pipe would be replaced by a file.
  if (sys::fs::exists(path) && !sys::fs::is_regular_file(path)) {
    environmentError(target, "is not a regular file");
    return;
  }
  int descriptor;
  if (std::error_code error =
          sys::fs::createUniqueFile(path + ".tmp-%%%%%%%%", descriptor, temporary)) {
    environmentError(target, error.message());
    temporary.clear();
    return;
  }
  ::close(descriptor);
}

OutputFile::~OutputFile() {
  if (isValid())
    (void)sys::fs::remove(temporary); // nothing more can be done
}

bool OutputFile::commit(unsigned mode) {
  struct stat old;
  if (::stat(path.c_str(), &old) == 0) {
    mode = old.st_mode & 07777;
  } else {
    mode_t mask = ::umask(0);
    ::umask(mask);
    mode &= ~mask;
  }
  int descriptor = ::open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
  bool isDone = descriptor >= 0 && ::fchmod(descriptor, mode) == 0 && ::fsync(descriptor) == 0;
  int reason = errno;
  if (descriptor >= 0)
    ::close(descriptor);
  if (isDone && ::rename(temporary.c_str(), path.c_str()) != 0) {
    isDone = false;
    reason = errno;
  }
  if (!isDone) {
    environmentError(path, std::generic_category().message(reason));
    return false;
  }
  temporary.clear();
  return true;
}

TemporaryDirectory::TemporaryDirectory() {
  if (std::error_code error = sys::fs::createUniqueDirectory("tenonc", path)) {
    environmentError("temporary directory", error.message());
    path.clear();
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  if (isValid())
    (void)sys::fs::remove_directories(path); // nothing more can be done
}

std::string TemporaryDirectory::file(StringRef name) const {
  SmallString<128> result(path);
  sys::path::append(result, name);
  return result.str().str();
}

int tenon::driver::writeText(StringRef path, StringRef text) {
  if (path == "-") {
    outs() << text;
    outs().flush();
    if (!outs().has_error())
      return kSuccess;
    std::string reason = outs().error().message();
    outs().clear_error();
    return environmentError("standard output", reason);
  }
  OutputFile file(path);
  if (!file.isValid())
    return kEnvironmentError;
  std::error_code error;
  raw_fd_ostream os(file.getTemporaryPath(), error);
  if (!error) {
    os << text;
    os.close();
    error = os.error();
    os.clear_error();
  }
  if (error)
    return environmentError(path, error.message());
  return file.commit(0666) ? kSuccess : kEnvironmentError;
}
