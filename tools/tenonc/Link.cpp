//===- Link.cpp - From objects to a program -------------------------------===//

#include "Link.h"

#include "Output.h"

#include "frontends/lang/SourceFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tenon::driver;
namespace lang = tenon::lang;

/// PATH of a tool: the one found when Tenon was built, else one of that name.
static std::string findTool(StringRef configured, StringRef name) {
  if (sys::fs::can_execute(configured))
    return configured.str();
  ErrorOr<std::string> found = sys::findProgramByName(name);
  return found ? *found : std::string();
}

static std::string findDriver() { return findTool(TENON_LINK_DRIVER, "clang++-22"); }
static std::string findLinker() { return findTool(TENON_LINKER, "ld.lld-22"); }

/// libtenon_rt.a, in lib beside the directory of tenonc.
static std::string getRuntimePath() {
  std::string self = sys::fs::getMainExecutable(nullptr, nullptr);
  SmallString<128> path(sys::path::parent_path(sys::path::parent_path(self)));
  sys::path::append(path, "lib", "libtenon_rt.a");
  return path.str().str();
}

int tenon::driver::checkLinker(Emit emit) {
  if (findDriver().empty() || findLinker().empty())
    return environmentError("linker", "not found; install clang-22 and lld-22");
  if (emit != Emit::Object && !sys::fs::exists(getRuntimePath()))
    return environmentError(getRuntimePath(),
                            "the runtime library is missing; build target TenonRuntime");
  return kSuccess;
}

/// Runs a program without a shell; on failure quotes the start of what it said.
static int run(ArrayRef<std::string> command) {
  SmallString<128> log;
  if (std::error_code error = sys::fs::createTemporaryFile("tenonc-link", "log", log))
    return environmentError("temporary file", error.message());
  SmallVector<StringRef> arguments(command.begin(), command.end());
  std::optional<StringRef> redirects[] = {StringRef(""), log.str(), log.str()};
  std::string message;
  int code =
      sys::ExecuteAndWait(command.front(), arguments, std::nullopt, redirects, 0, 0, &message);
  int result = kSuccess;
  if (code != 0) {
    environmentError(command.front(),
                     message.empty() ? "failed with exit code " + std::to_string(code) : message);
    if (auto text = MemoryBuffer::getFile(log)) {
      StringRef rest = (*text)->getBuffer().take_front(2000);
      while (!rest.empty()) {
        StringRef line;
        std::tie(line, rest) = rest.split('\n');
        errs() << lang::displayPath(line) << "\n";
      }
    }
    result = kEnvironmentError;
  }
  (void)sys::fs::remove(log); // what is left behind is a small log
  return result;
}

/// A file that makes the functions of tenon.h all that a shared library exports.
static int writeExports(SmallString<128> &path) {
  int descriptor;
  if (std::error_code error =
          sys::fs::createTemporaryFile("tenonc-exports", "map", descriptor, path))
    return environmentError("temporary file", error.message());
  raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  stream << "{ global: tenon_*; local: *; };\n";
  stream.close();
  if (!stream.has_error())
    return kSuccess;
  std::string message = stream.error().message();
  stream.clear_error();
  return environmentError(path, message);
}

int tenon::driver::link(Emit emit, ArrayRef<std::string> objects, StringRef output) {
  if (int code = checkLinker(emit))
    return code;
  OutputFile file(output);
  if (!file.isValid())
    return kEnvironmentError;
  SmallString<128> exports;
  if (emit == Emit::SharedLibrary)
    if (int code = writeExports(exports))
      return code;
  SmallVector<std::string> command;
  if (emit == Emit::Object) {
    command = {findLinker(), "-r", "--build-id=none"};
  } else {
    // No build id, no paths, no symbols: equal inputs give equal bytes.
    command = {findDriver(),          "--ld-path=" + findLinker(),
               "-Wl,--build-id=none", "-Wl,--gc-sections",
               "-Wl,--icf=none",      "-s",
               "-static-libgcc"};
    command.push_back("-static-libstdc++");
    if (emit == Emit::SharedLibrary)
      // The library's own functions find its own program, whatever else is loaded.
      command.append({"-shared", "-Wl,-soname," + sys::path::filename(output).str(),
                      "-Wl,-Bsymbolic", "-Wl,-u,tenon_open",
                      "-Wl,--version-script=" + exports.str().str()});
    else
      command.push_back("-pie");
  }
  command.append({"-o", file.getTemporaryPath().str()});
  llvm::append_range(command, objects);
  if (emit != Emit::Object)
    command.append({getRuntimePath(), "-lm", "-lpthread"});
  int code = run(command);
  if (!exports.empty())
    (void)sys::fs::remove(exports); // what is left behind is a line of text
  if (code)
    return code;
  return file.commit(emit == Emit::Object ? 0666 : 0777) ? kSuccess : kEnvironmentError;
}
