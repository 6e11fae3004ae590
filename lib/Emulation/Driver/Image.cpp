//===- Image.cpp - What cuModuleLoadData is given -------------------------===//

#include "Image.h"

#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/LLVMBitCodes.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

#include <cstring>

using namespace llvm;

namespace tenon::emulation {

static uint32_t wordAt(const char *bytes, size_t offset) {
  uint32_t word;
  std::memcpy(&word, bytes + offset, sizeof word);
  return word;
}

/// Bytes of raw bitcode: its magic, then blocks that each say how long they
/// are, up to something that is not one of a module's outermost blocks.
static size_t bitcodeBytes(const char *bytes) {
  size_t offset = 4;
  for (;;) {
    // Two bits enter a block, eight are its number; the rest is its inner
    // abbreviation width. The next word counts its words.
    uint32_t head = wordAt(bytes, offset), block = head >> 2 & 0xff;
    bool known = block == bitc::IDENTIFICATION_BLOCK_ID || block == bitc::MODULE_BLOCK_ID ||
                 block == bitc::STRTAB_BLOCK_ID || block == bitc::SYMTAB_BLOCK_ID;
    if ((head & 3) != 1 || !known)
      return offset;
    offset += 8 + size_t{4} * wordAt(bytes, offset + 4);
  }
}

/// "sm_90a" runs on 9.0 alone, "sm_80" on 8.0 and later.
static bool canRun(StringRef cpu, int major, int minor) {
  if (!cpu.consume_front("sm_"))
    return true;
  bool exact = cpu.consume_back("a");
  int number = 0;
  if (cpu.getAsInteger(10, number))
    return true;
  int present = major * 10 + minor;
  return exact ? number == present : number <= present;
}

CUresult readImage(const void *image, int major, int minor, StringRef &code, std::string &message) {
  const char *bytes = static_cast<const char *>(image);
  if (!bytes)
    return CUDA_ERROR_INVALID_VALUE;
  if (std::memcmp(bytes,
                  "\x7f"
                  "ELF",
                  4) == 0) {
    message = "the emulator does not run machine code of GPUs";
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  if (std::memcmp(bytes, "BC\xc0\xde", 4) == 0) {
    code = StringRef(bytes, bitcodeBytes(bytes));
  } else if (std::memcmp(bytes, "\xde\xc0\x17\x0b", 4) == 0) {
    code = StringRef(bytes + wordAt(bytes, 8), wordAt(bytes, 12));
  } else {
    bool isText = StringRef(bytes).contains(".version");
    message = isText ? "the emulator does not run PTX" : "not an image";
    return isText ? CUDA_ERROR_NO_BINARY_FOR_GPU : CUDA_ERROR_INVALID_IMAGE;
  }
  LLVMContext context;
  Expected<std::unique_ptr<Module>> module =
      getLazyBitcodeModule(MemoryBufferRef(code, "image"), context);
  if (!module) {
    message = toString(module.takeError());
    return CUDA_ERROR_INVALID_IMAGE;
  }
  for (const Function &function : **module) {
    StringRef cpu = function.getFnAttribute("target-cpu").getValueAsString();
    if (canRun(cpu, major, minor))
      continue;
    message = (function.getName() + " is made for " + cpu + ", the device is " + Twine(major) +
               "." + Twine(minor))
                  .str();
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  return CUDA_SUCCESS;
}

} // namespace tenon::emulation
