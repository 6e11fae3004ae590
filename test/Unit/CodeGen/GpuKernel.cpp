//===- GpuKernel.cpp - Compiles a GPU kernel and emulates it --------------===//

#include "GpuKernel.h"

#include "tenon/CodeGen/GpuImage.h"
#include "tenon/CodeGen/LowerToLLVM.h"
#include "tenon/Conversion/KernelToNVVM/GpuContext.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <random>

using namespace mlir;
using namespace mlir::tenon;
using namespace ::tenon::emulation;

namespace tenon_test {

std::vector<float> makeValues(size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float &value : values)
    value = normal(generator);
  return values;
}

std::vector<uint16_t> cutToBF16(std::vector<float> &values) {
  std::vector<uint16_t> halves;
  for (float &value : values) {
    uint32_t word;
    std::memcpy(&word, &value, sizeof word);
    halves.push_back(uint16_t(word >> 16));
    word &= 0xffff0000;
    std::memcpy(&value, &word, sizeof word);
  }
  return halves;
}

/// The product of the grid's factors, whose sizes are polynomials in `names`.
static int64_t countBlocks(const std::vector<std::pair<SizeAttr, int64_t>> &grid,
                           const std::vector<std::string> &names,
                           const std::vector<int64_t> &values) {
  int64_t blocks = 1;
  for (auto [size, divisor] : grid) {
    std::optional<int64_t> count = size.evaluate([&](StringRef name) -> std::optional<int64_t> {
      for (size_t i = 0; i < names.size(); ++i)
        if (name == names[i])
          return values[i];
      return std::nullopt;
    });
    blocks *= (*count + divisor - 1) / divisor;
  }
  return blocks;
}

GpuKernel::GpuKernel(const std::string &text, const std::string &targetName) {
  const GpuTarget &target = *findGpuTarget(targetName);
  DialectRegistry registry;
  registerCodeGen(registry);
  // Attributes of the grid live as long as it is evaluated.
  auto context = std::make_shared<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, context.get());
  PassManager manager(context.get());
  buildKernelToNVVMPipeline(manager, target);
  buildNVVMToLLVMPipeline(manager);
  std::vector<std::string> names;
  if (module)
    for (auto size : module->getOps<SizeOp>())
      names.push_back(size.getSymName().str());
  SmallVector<char> bitcode;
  if (!module || failed(manager.run(*module)) ||
      failed(emitGpuImage(*module, target, GpuImageKind::Bitcode, bitcode))) {
    ADD_FAILURE() << "does not compile: " << text;
    return;
  }
  // What the driver compiles for a device: no library is called, nothing is on the stack.
  SmallVector<char> assembly;
  EXPECT_TRUE(succeeded(emitGpuImage(*module, target, GpuImageKind::PTX, assembly)));
  StringRef ptxText(assembly.data(), assembly.size());
  ptx = ptxText.str();
  EXPECT_TRUE(ptxText.contains(".visible .entry")) << ptxText.str();
  EXPECT_FALSE(ptxText.contains("__nv_") || ptxText.contains(".local")) << ptxText.str();
  code.assign(bitcode.begin(), bitcode.end());
  std::vector<std::pair<SizeAttr, int64_t>> grid;
  for (auto kernel : module->getOps<LLVM::LLVMFuncOp>())
    if (auto count = kernel->getAttrOfType<IntegerAttr>(kernel::kThreadsAttr)) {
      threads = count.getInt();
      if (auto bytes = kernel->getAttrOfType<IntegerAttr>(kernel::kSharedAttr))
        sharedBytes = bytes.getInt();
      for (Attribute factor : kernel->getAttrOfType<ArrayAttr>(kernel::kGridAttr))
        grid.emplace_back(cast<kernel::GridAttr>(factor).getSize(),
                          cast<kernel::GridAttr>(factor).getDivisor());
    }
  countBlocks = [context, grid, names](const std::vector<int64_t> &values) {
    return tenon_test::countBlocks(grid, names, values);
  };
}

GpuKernel::~GpuKernel() = default;

std::vector<char> GpuKernel::runBytes(const std::vector<int64_t> &symbols) {
  std::vector<char> first;
  int64_t blocks = threads ? countBlocks(symbols) : 0;
  for (unsigned seed = 0; seed < Schedule::kCount && threads; ++seed) {
    Memory memory;
    auto upload = [&](const void *data, size_t bytes) {
      // Nothing has no address; a kernel must not read it either.
      void *address = memory.allocate(std::max<size_t>(bytes, 1));
      std::memcpy(address, data, bytes);
      return address;
    };
    std::vector<void *> addresses;
    for (const std::vector<char> &buffer : buffers)
      addresses.push_back(upload(buffer.data(), buffer.size()));
    tn_device_error none = {};
    void *report = upload(&none, sizeof(none));
    Instrumentation instrumentation;
    instrumentation.checksAccesses = seed == 1;
    auto module =
        KernelModule::load(llvm::MemoryBufferRef(code, "kernel"), memory, instrumentation);
    if (!module) {
      ADD_FAILURE() << llvm::toString(module.takeError());
      break;
    }
    int64_t launch = 7;
    std::vector<int64_t> sizes = symbols;
    std::vector<void *> arguments;
    for (void *&address : addresses)
      arguments.push_back(&address);
    for (int64_t &size : sizes)
      arguments.push_back(&size);
    arguments.push_back(&launch);
    arguments.push_back(&report);
    LaunchShape shape;
    shape.grid[0] = uint32_t(blocks);
    shape.block[0] = uint32_t(threads);
    shape.dynamicShared = uint32_t(sharedBytes);
    if (blocks > 0) {
      Launcher launcher(memory);
      Statistics counted;
      auto mistake = launcher.launch((*module)->kernels().front(), shape, arguments.data(),
                                     Schedule(seed), &counted);
      if (instrumentation.checksAccesses)
        statistics = counted;
      EXPECT_FALSE(mistake) << *mistake;
    }
    std::memcpy(&error, report, sizeof(error));
    const char *result = static_cast<const char *>(addresses.back());
    std::vector<char> bytes(result, result + buffers.back().size());
    if (seed == 0)
      first = bytes;
    else
      EXPECT_EQ(first, bytes) << "schedule " << seed;
  }
  buffers.clear();
  return first;
}

} // namespace tenon_test
