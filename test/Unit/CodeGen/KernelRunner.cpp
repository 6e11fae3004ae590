//===- KernelRunner.cpp - Compiles a kernel and runs it -------------------===//

#include "KernelRunner.h"

#include "tenon/CodeGen/LowerToLLVM.h"
#include "tenon/CodeGen/ObjectEmitter.h"
#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/TargetSelect.h"

#include <cstring>

using namespace mlir;
using namespace mlir::tenon;

namespace tenon_test {

std::vector<std::string> getRunnableLevels() {
  if (!__builtin_cpu_supports("x86-64-v3"))
    return {};
  return {"v3", "v4"};
}

/// The level's target. On a machine without AVX-512 the code that the emitters
/// write for v4 is translated for v3: its vectors become pairs, its logic stays.
static CpuTarget getRunnableTarget(const std::string &level) {
  CpuTarget target = *findCpuTarget(level);
  if (!__builtin_cpu_supports("x86-64-v4")) {
    const CpuTarget &lower = *findCpuTarget("v3");
    target.cpu = lower.cpu;
    target.vectorBits = lower.vectorBits;
  }
  return target;
}

int64_t getPanel(const std::string &level) { return findCpuTarget(level)->getPanel(); }

/// Reads `text` and lowers it to the LLVM dialect; null after an error.
static OwningOpRef<ModuleOp> lower(MLIRContext &context, const std::string &text,
                                   const CpuTarget &target) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  if (!module)
    return nullptr;
  PassManager pm(&context);
  buildKernelToVectorPipeline(pm, target);
  buildVectorToLLVMPipeline(pm, target);
  if (failed(pm.run(*module)))
    return nullptr;
  return module;
}

static std::unique_ptr<MLIRContext> createContext() {
  DialectRegistry registry;
  registerCodeGen(registry);
  return std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
}

std::string compile(const std::string &text, const std::string &level, const std::string &kind) {
  std::unique_ptr<MLIRContext> context = createContext();
  const CpuTarget *target = findCpuTarget(level);
  OwningOpRef<ModuleOp> module = lower(*context, text, *target);
  SmallVector<char> output;
  CodeKind code = kind == "llvm"  ? CodeKind::LLVM
                  : kind == "asm" ? CodeKind::Assembly
                                  : CodeKind::Object;
  if (!module || failed(emitCode(*module, *target, code, output)))
    return "";
  return std::string(output.data(), output.size());
}

struct Kernel::State {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
  std::vector<std::string> symbols;
  kernel::GridAttr grid;
  ArrayAttr factors;
  SizeAttr scratchBytes;

  int64_t evaluate(SizeAttr size, const std::vector<int64_t> &values) const {
    return *size.evaluate([&](StringRef name) -> std::optional<int64_t> {
      for (size_t i = 0; i < symbols.size(); ++i)
        if (name == symbols[i])
          return values[i];
      return std::nullopt;
    });
  }
};

/// The address of the function called `name`, which is hidden.
static llvm::Expected<llvm::orc::ExecutorAddr> findHidden(llvm::orc::LLJIT &jit, StringRef name) {
  auto symbol = jit.getExecutionSession().lookup(
      {{&jit.getMainJITDylib(), llvm::orc::JITDylibLookupFlags::MatchAllSymbols}},
      jit.mangleAndIntern(name));
  if (!symbol)
    return symbol.takeError();
  return symbol->getAddress();
}

Kernel::Kernel(const std::string &text, const std::string &level) : state(new State) {
  static bool initialized = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    return true;
  }();
  (void)initialized;
  state->context = createContext();
  CpuTarget target = getRunnableTarget(level);
  state->module = lower(*state->context, text, target);
  SmallVector<char> object;
  if (!state->module || failed(emitCode(*state->module, target, CodeKind::Object, object))) {
    ADD_FAILURE() << "does not compile: " << text;
    return;
  }
  // Symbols are gone after lowering.
  OwningOpRef<ModuleOp> source = parseSourceString<ModuleOp>(text, state->context.get());
  for (auto size : source->getOps<SizeOp>())
    state->symbols.push_back(size.getSymName().str());
  StringRef name;
  for (Operation &op : *state->module->getBody())
    if (op.hasAttr(kernel::kGridAttr)) {
      name = SymbolTable::getSymbolName(&op).getValue();
      state->factors = op.getAttrOfType<ArrayAttr>(kernel::kGridAttr);
      state->scratchBytes = op.getAttrOfType<SizeAttr>(kernel::kScratchAttr);
    }
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit) {
    ADD_FAILURE() << llvm::toString(jit.takeError());
    return;
  }
  state->jit = std::move(*jit);
  llvm::Error failure = state->jit->addObjectFile(
      llvm::MemoryBuffer::getMemBufferCopy(StringRef(object.data(), object.size())));
  auto address = findHidden(*state->jit, name);
  if (failure || !address) {
    ADD_FAILURE() << llvm::toString(std::move(failure)) << llvm::toString(address.takeError());
    return;
  }
  function = address->toPtr<tn_kernel>();
}

Kernel::~Kernel() = default;

int64_t Kernel::countTasks(const std::vector<int64_t> &symbols) const {
  int64_t tasks = 1;
  for (Attribute attr : state->factors) {
    auto factor = cast<kernel::GridAttr>(attr);
    int64_t size = state->evaluate(factor.getSize(), symbols);
    tasks *= (size + factor.getDivisor() - 1) / factor.getDivisor();
  }
  return tasks;
}

int32_t Kernel::run(const std::vector<void *> &buffers, const std::vector<int64_t> &symbols,
                    int64_t step) {
  if (!function)
    return -1;
  // A fence after the scratch memory shows writes beyond its end.
  constexpr size_t kFence = 256;
  size_t bytes = state->evaluate(state->scratchBytes, symbols);
  std::vector<char> memory(bytes + kFence + 64, 0x5a);
  void *start = memory.data();
  size_t space = memory.size();
  char *scratch = static_cast<char *>(std::align(64, bytes + kFence, start, space));
  tn_args args = {buffers.data(), symbols.data(), &error};
  int64_t tasks = countTasks(symbols);
  int32_t code = TN_OK;
  for (int64_t begin = 0; begin < tasks && code == TN_OK;) {
    int64_t end = step < tasks - begin ? begin + step : tasks;
    code = function(&args, begin, end, scratch);
    begin = end;
  }
  for (size_t i = 0; i < kFence; ++i)
    EXPECT_EQ(scratch[bytes + i], 0x5a) << "scratch memory overrun at " << i;
  return code;
}

std::vector<float> makeNumbers(size_t count, uint32_t seed) {
  std::vector<float> numbers(count);
  uint32_t state = seed * 2654435761u + 1;
  for (float &number : numbers) {
    state = state * 1664525u + 1013904223u;
    number = static_cast<float>(static_cast<int32_t>(state >> 8) - (1 << 23)) / (1 << 23);
  }
  return numbers;
}

bool areBitsEqual(const std::vector<float> &a, const std::vector<float> &b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

void expectClose(const std::vector<float> &got, const std::vector<double> &want,
                 const std::function<double(size_t)> &bound, const std::string &what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(want[i]) || std::isinf(want[i])) {
      ASSERT_TRUE(std::isnan(want[i]) ? std::isnan(got[i]) : got[i] == want[i])
          << what << " at " << i << ": " << got[i] << ", expected " << want[i];
      continue;
    }
    ASSERT_LE(std::fabs(got[i] - want[i]), bound(i))
        << what << " at " << i << ": " << got[i] << ", expected " << want[i];
  }
}

std::string fill(std::string text, const std::vector<std::pair<std::string, std::string>> &values) {
  for (const auto &[name, value] : values)
    for (size_t at; (at = text.find("$" + name)) != std::string::npos;)
      text.replace(at, name.size() + 1, value);
  return text;
}

std::vector<float> packPanels(const std::vector<float> &matrix, int64_t cols, int64_t sums,
                              int64_t panel) {
  int64_t panels = (cols + panel - 1) / panel;
  std::vector<float> packed(panels * sums * panel, 0.0f);
  for (int64_t n = 0; n < cols; ++n)
    for (int64_t k = 0; k < sums; ++k)
      packed[(n / panel * sums + k) * panel + n % panel] = matrix[n * sums + k];
  return packed;
}

} // namespace tenon_test
