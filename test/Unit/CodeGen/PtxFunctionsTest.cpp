//===- PtxFunctionsTest.cpp - Device functions as PTX ---------------------===//

#include "tenon/CodeGen/ExpandPtxFunctions.h"

#include "test/Unit/Emulation/WgmmaKernel.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include "gtest/gtest.h"

using namespace llvm;

namespace {

/// PTX of the kernels in `text` for compute capability 9.0, or why not.
Expected<std::string> compile(const std::string &text) {
  LLVMInitializeNVPTXTargetInfo();
  LLVMInitializeNVPTXTarget();
  LLVMInitializeNVPTXTargetMC();
  LLVMInitializeNVPTXAsmPrinter();
  LLVMContext context;
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module = parseAssemblyString(text, diagnostic, context);
  if (!module)
    return createStringError(diagnostic.getMessage());
  Triple triple("nvptx64-nvidia-cuda");
  std::string message;
  const Target *target = TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return createStringError(message);
  std::unique_ptr<TargetMachine> machine(
      target->createTargetMachine(triple, "sm_90a", "+ptx86", TargetOptions(), std::nullopt));
  module->setTargetTriple(triple);
  module->setDataLayout(machine->createDataLayout());
  if (Error error = mlir::tenon::expandPtxFunctions(*module))
    return std::move(error);
  SmallString<0> ptx;
  raw_svector_ostream os(ptx);
  legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, os, nullptr, CodeGenFileType::AssemblyFile))
    return createStringError("no PTX");
  passes.run(*module);
  return ptx.str().str();
}

std::string errorOf(const std::string &text) {
  Expected<std::string> ptx = compile(text);
  return ptx ? "" : toString(ptx.takeError());
}

/// What ptxas says about `ptx`: nothing when it is content; false when there is
/// no ptxas.
bool assemble(const std::string &ptx, std::string &complaints) {
  ErrorOr<std::string> assembler = sys::findProgramByName("ptxas");
  if (!assembler)
    return false;
  SmallString<128> input, output, log;
  sys::fs::createTemporaryFile("tenon", "ptx", input);
  sys::fs::createTemporaryFile("tenon", "cubin", output);
  sys::fs::createTemporaryFile("tenon", "log", log);
  FileRemover removers[] = {FileRemover(input), FileRemover(output), FileRemover(log)};
  std::error_code error;
  raw_fd_ostream(input, error) << ptx;
  StringRef arguments[] = {*assembler, "-arch=sm_90a", input, "-o", output};
  std::optional<StringRef> redirects[] = {std::nullopt, StringRef(log), StringRef(log)};
  int result = sys::ExecuteAndWait(*assembler, arguments, std::nullopt, redirects);
  if (ErrorOr<std::unique_ptr<MemoryBuffer>> text = MemoryBuffer::getFile(log))
    complaints = (*text)->getBuffer().str();
  if (result != 0 && complaints.empty())
    complaints = "ptxas fails";
  return true;
}

size_t occurrences(const std::string &text, const std::string &part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

class WgmmaPtx : public testing::TestWithParam<std::pair<bool, bool>> {};

} // namespace

/// The kernels that the emulator runs are what the assembler takes.
TEST_P(WgmmaPtx, Assembles) {
  auto [bMajorMN, aInRegisters] = GetParam();
  Expected<std::string> ptx =
      compile(tenon::emulation::WgmmaKernel::text(/*steps=*/3, bMajorMN, aInRegisters));
  ASSERT_TRUE(static_cast<bool>(ptx)) << toString(ptx.takeError());
  EXPECT_EQ(occurrences(*ptx, "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16"), 12u);
  EXPECT_EQ(occurrences(*ptx, "mbarrier.try_wait.parity.shared::cta.b64"), 6u);
  EXPECT_EQ(occurrences(*ptx, "tenon."), 0u);
  std::string complaints;
  if (!assemble(*ptx, complaints))
    GTEST_SKIP() << "no ptxas";
  EXPECT_EQ(complaints, "");
}

INSTANTIATE_TEST_SUITE_P(Operands, WgmmaPtx,
                         testing::Values(std::pair(false, false), std::pair(true, false),
                                         std::pair(false, true), std::pair(true, true)));

TEST(ExpandPtxFunctions, RejectsWhatTheTableDoesNotHave) {
  EXPECT_EQ(errorOf("declare void @tenon.unknown()"),
            "there is no device function 'tenon.unknown'");
  EXPECT_EQ(errorOf("declare void @tenon.mbarrier.wait.parity(ptr, i32)"),
            "'tenon.mbarrier.wait.parity' is declared with another type");
}
