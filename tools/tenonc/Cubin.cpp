//===- Cubin.cpp - Machine code of GPUs, where there is an assembler ------===//

#include "Cubin.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

using namespace llvm;
using namespace tenon::driver;

std::string tenon::driver::findPtxas(const Options &options) {
  if (options.ptxas == "none")
    return std::string();
  if (!options.ptxas.empty())
    return options.ptxas;
  SmallVector<std::string> folders;
  for (const char *variable : {"CUDA_HOME", "CUDA_PATH"})
    if (const char *value = std::getenv(variable))
      folders.push_back(std::string(value) + "/bin");
  folders.push_back("/usr/local/cuda/bin");
  if (ErrorOr<std::string> found = sys::findProgramByName("ptxas"))
    return *found;
  SmallVector<StringRef> paths(folders.begin(), folders.end());
  ErrorOr<std::string> found = sys::findProgramByName("ptxas", paths);
  return found ? *found : std::string();
}

std::string tenon::driver::assemble(const std::string &ptxas, const std::string &ptx,
                                    const mlir::tenon::GpuTarget &target) {
  auto refuse = [&](StringRef reason) {
    errs() << "tenonc: note: no machine code for " << target.name << " beside the PTX: " << ptxas
           << ": " << reason.trim() << "\n";
    return std::string();
  };
  SmallString<128> text, code, log;
  int descriptor = -1;
  if (std::error_code error = sys::fs::createTemporaryFile("tenonc", "ptx", descriptor, text))
    return refuse(error.message());
  FileRemover removesText(text);
  {
    raw_fd_ostream os(descriptor, /*shouldClose=*/true);
    os << ptx;
    if (os.has_error()) {
      std::string reason = os.error().message();
      os.clear_error();
      return refuse(reason);
    }
  }
  for (auto [suffix, path] : {std::pair("cubin", &code), std::pair("log", &log)})
    if (std::error_code error = sys::fs::createTemporaryFile("tenonc", suffix, *path))
      return refuse(error.message());
  FileRemover removesCode(code), removesLog(log);
  std::string arch = "-arch=" + target.name.str(), message;
  StringRef arguments[] = {ptxas, arch, text, "-o", code};
  std::optional<StringRef> redirects[] = {StringRef(""), log.str(), log.str()};
  if (sys::ExecuteAndWait(ptxas, arguments, std::nullopt, redirects, 0, 0, &message) != 0) {
    auto said = MemoryBuffer::getFile(log);
    if (message.empty() && said)
      message = (*said)->getBuffer().split('\n').first.str();
    return refuse(message.empty() ? StringRef("it failed") : StringRef(message));
  }
  auto bytes = MemoryBuffer::getFile(code, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  return bytes ? (*bytes)->getBuffer().str() : refuse(bytes.getError().message());
}
