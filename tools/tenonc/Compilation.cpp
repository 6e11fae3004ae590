//===- Compilation.cpp - One run of the compiler --------------------------===//

#include "Compilation.h"

#include "Explain.h"
#include "Input.h"
#include "Link.h"
#include "Output.h"

#include "tenon/CodeGen/LowerToLLVM.h"
#include "tenon/CodeGen/ObjectEmitter.h"
#include "tenon/Dialect/Tenon/IR/ComputeAttribute.h"
#include "tenon/Dialect/Tenon/IR/TrainingAttributes.h"
#include "tenon/LaunchTable/LaunchTable.h"
#include "tenon/Pipelines/Pipelines.h"
#include "tenon/Runtime/Io/Safetensors.h"

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <future>

using namespace llvm;
using namespace tenon::driver;
using mlir::ModuleOp;
using mlir::OwningOpRef;
using mlir::tenon::CpuTarget;

Compilation::Compilation(const Options &options, mlir::MLIRContext &context)
    : options(options), context(context), progress(options.printTiming) {}

static StringRef getStageName(Stage stage) {
  static constexpr StringLiteral names[] = {"import", "graph",  "fuse", "layout",
                                            "emit",   "object", "link"};
  return names[unsigned(stage)];
}

bool Compilation::stopsAfter(Stage stage, Emit emit) const {
  return options.stopAfter == stage || (options.stopAfter == Stage::Link && options.emit == emit);
}

int Compilation::writeModule(ModuleOp module) {
  std::string text;
  raw_string_ostream os(text);
  module.print(os);
  os << "\n";
  return writeText(options.output, text);
}

static std::string getReproducerPath(const Options &options) {
  return (options.output == "-" ? std::string("tenonc") : options.output) + ".reproducer.mlir";
}

namespace {
/// Leaves the name of the pass that runs in `name`.
struct PassWatcher : mlir::PassInstrumentation {
  explicit PassWatcher(std::string &name) : name(name) {}
  void runBeforePass(mlir::Pass *pass, mlir::Operation *) override {
    // Adaptors only hold others.
    if (!pass->getArgument().empty())
      name = pass->getArgument().str();
  }
  std::string &name;
};
} // namespace

int Compilation::runPasses(Stage stage, bool isOurs, ModuleOp module, Fill fill) {
  progress.begin(getStageName(stage));
  mlir::PassManager manager(&context);
  manager.enableVerifier();
  fill(manager);
  std::string reproducer = getReproducerPath(options);
  if (isOurs)
    manager.enableCrashReproducerGeneration(reproducer);
  std::string pass;
  manager.addInstrumentation(std::make_unique<PassWatcher>(pass));
  OwningOpRef<ModuleOp> before = cast<ModuleOp>(module->clone());
  auto result = mlir::failure();
  // A crash is caught on this thread alone. Only stages that make code of many kernels
  // gain by more.
  context.enableMultithreading(stage > Stage::Layout && !context.getRemarkEngine());
  CrashRecoveryContext::Enable();
  CrashRecoveryContext recovery;
  if (!recovery.RunSafely([&] { result = manager.run(module); }))
    return reportInternalError(stage, *before, pass);
  if (mlir::succeeded(result))
    return kSuccess;
  if (!isOurs)
    return kInputError;
  errs() << "tenonc: internal error in stage '" << getStageName(stage) << "'; the reproducer is "
         << reproducer << "\n";
  return kInternalError;
}

int Compilation::reportInternalError(Stage stage, ModuleOp module, StringRef pass) {
  std::string reproducer = getReproducerPath(options);
  std::error_code error;
  raw_fd_ostream os(reproducer, error);
  if (!error)
    module.print(os);
  errs() << "tenonc: internal error in stage '" << getStageName(stage) << "'";
  if (!pass.empty())
    errs() << ", in pass '" << pass << "'";
  if (error)
    errs() << "; no reproducer: " << reproducer << ": " << error.message() << "\n";
  else
    errs() << "; the reproducer is " << reproducer << "\n";
  return kInternalError;
}

bool Compilation::hasPassed(Stage stage) {
  if (stage == Stage::EmitCode)
    return llvm::any_of(module->getOps<mlir::func::FuncOp>(), [](mlir::func::FuncOp function) {
      return function->hasAttr(mlir::tenon::kernel::kGridAttr);
    });
  // Packed operands are what stage layout leaves; the level stands on the module.
  return (*module)->hasAttr(mlir::tenon::kernel::kLevelAttr);
}

int Compilation::import() {
  progress.begin(getStageName(Stage::Import));
  int code = readInput(options, context, module);
  if (code)
    return code;
  if (auto compute = (*module)->getAttrOfType<mlir::TypeAttr>(mlir::tenon::kComputeAttr))
    errs() << "tenonc: note: products take factors in " << compute.getValue()
           << " on GPUs; on CPUs they stay in f32\n";
  return kSuccess;
}

int Compilation::rewrite() {
  if (options.stopAfter == Stage::Import || hasPassed(Stage::Layout))
    return kSuccess;
  return runStage(Stage::Graph, *module, mlir::tenon::buildGraphPipeline);
}

int Compilation::run() {
  if (options.stopAfter == Stage::Link && options.emit >= Emit::Object)
    if (int code = checkLinker(options.emit))
      return code;
  if (int code = import())
    return code;
  if (int code = rewrite())
    return code;
  if (options.stopAfter == Stage::Import || stopsAfter(Stage::Graph, Emit::Tenon))
    return writeModule(*module);
  return build();
}

int Compilation::build() {
  if (!hasPassed(Stage::Layout))
    if (int code = runStage(Stage::Fuse, *module, mlir::tenon::buildFusePipeline))
      return code;
  if (stopsAfter(Stage::Fuse, Emit::Kernel))
    return writeModule(*module);
  return generate();
}

/// Every parameter is in the file, with its shape; otherwise says which is not.
static int checkWeights(const std::string &path, const mlir::tenon::ProgramRecord &program) {
  using namespace tenon::runtime;
  Status problems;
  auto source = openFile(path);
  auto file = source.ok() ? SafetensorsFile::openWhole(**source)
                          : Result<SafetensorsFile>(source.takeStatus());
  if (!file.ok())
    problems = file.takeStatus();
  for (const mlir::tenon::TensorRecord &parameter : program.parameters) {
    if (!file.ok())
      break;
    const WeightTensor *found = file->find(parameter.name);
    auto matches = [&] {
      return llvm::equal(ArrayRef(found->dims, found->rank), parameter.type.getShape(),
                         [](int64_t size, mlir::tenon::SizeAttr expected) {
                           return expected.getConstant() == size;
                         });
    };
    if (!found && StringRef(parameter.name).starts_with(mlir::tenon::kOwnPrefix))
      continue;
    if (!found)
      problems.append(Status::error(tenon::runtime::ExitCode::Input,
                                    path + ": tensor '" + parameter.name + "'", "is missing"));
    else if (!matches())
      problems.append(Status::error(tenon::runtime::ExitCode::Input,
                                    path + ": tensor '" + parameter.name + "'",
                                    "has another shape than the model's parameter"));
  }
  for (const std::string &line : problems.render())
    errs() << line << "\n";
  return int(problems.code());
}

int Compilation::readEmbeddedWeights(mlir::tenon::ProgramRecord &program) {
  if (options.embedWeights.empty())
    return kSuccess;
  if (!sys::fs::is_regular_file(options.embedWeights))
    return environmentError(options.embedWeights, sys::fs::exists(options.embedWeights)
                                                      ? "is not a regular file"
                                                      : "no such file");
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer =
      MemoryBuffer::getFile(options.embedWeights, /*IsText=*/false,
                            /*RequiresNullTerminator=*/false);
  if (std::error_code error = buffer.getError())
    return environmentError(options.embedWeights, error.message());
  program.embeddedWeights = (*buffer)->getBuffer().str();
  return checkWeights(options.embedWeights, program);
}

int Compilation::layOut(const CpuTarget &target, const SizeValues &sizes,
                        const mlir::tenon::ProgramRecord &program, OwningOpRef<ModuleOp> &copy) {
  copy = cast<ModuleOp>((*module)->clone());
  auto fill = [&](mlir::OpPassManager &manager) {
    hasPassed(Stage::Layout) ? mlir::tenon::buildJoinPipeline(manager)
                             : mlir::tenon::buildLayoutPipeline(manager, target);
  };
  if (int code = runStage(Stage::Layout, *copy, fill))
    return code;
  return options.maxMemory ? limitMemory(sizes, program, /*mayJoin=*/true, copy) : kSuccess;
}

int Compilation::emitLevel(const CpuTarget &target, ModuleOp module,
                           mlir::tenon::ProgramRecord &program) {
  mlir::tenon::LevelRecord level;
  level.level = target.name == "v4" ? TN_X86_64_V4 : TN_X86_64_V3;
  level.name = target.cpu.str();
  if (failed(mlir::tenon::readLaunchLists(module, level)))
    return kInternalError;
  if (!hasPassed(Stage::EmitCode))
    if (int code = runStage(Stage::EmitCode, module, [&](mlir::OpPassManager &manager) {
          mlir::tenon::buildEmitPipeline(manager, target);
        }))
      return code;
  auto getSymbol = [&](StringRef kernel) { return mlir::tenon::getKernelSymbol(target, kernel); };
  if (failed(mlir::tenon::readKernels(module, getSymbol, level)))
    return kInternalError;
  program.levels.push_back(std::move(level));
  return kSuccess;
}

/// Writes an intermediate object file.
static int writeObject(StringRef path, ArrayRef<char> contents) {
  std::error_code error;
  raw_fd_ostream os(path, error);
  if (!error) {
    os.write(contents.data(), contents.size());
    os.close();
    error = os.error();
    os.clear_error();
  }
  return error ? environmentError(path, error.message()) : kSuccess;
}

int Compilation::selectTargets(SmallVectorImpl<const CpuTarget *> &targets) {
  targets.assign(options.targets.rbegin(), options.targets.rend());
  if (options.emit < Emit::Object || options.stopAfter != Stage::Link)
    targets.resize(1);
  auto level = (*module)->getAttrOfType<mlir::StringAttr>(mlir::tenon::kernel::kLevelAttr);
  if (!level)
    return kSuccess;
  // The input was laid out for one level: only that one can be made of it.
  const CpuTarget *target = mlir::tenon::findCpuTarget(level);
  if (!target || (options.targets.size() == 1 && options.targets[0] != target)) {
    errs() << options.input << ": error: the module is laid out for CPU level '" << level.getValue()
           << "'; expected "
           << (target ? StringRef(options.targets[0]->name) : StringRef("v3 or v4")) << "\n";
    return kInputError;
  }
  targets.assign(1, target);
  return kSuccess;
}

int Compilation::explain() {
  RemarkLog log(options.explain, context);
  if (!log.isValid())
    return kEnvironmentError;
  if (int code = import())
    return code;
  if (int code = rewrite())
    return code;
  if (hasPassed(Stage::EmitCode)) {
    errs() << options.input << ": error: stage emit has run, the kernels are code already; "
           << "expected a module before it\n";
    return kInputError;
  }
  if (!hasPassed(Stage::Layout))
    if (int code = runStage(Stage::Fuse, *module, mlir::tenon::buildFusePipeline))
      return code;
  SmallVector<const CpuTarget *> targets;
  if (int code = selectTargets(targets))
    return code;
  mlir::tenon::ProgramRecord program;
  if (failed(mlir::tenon::readSignature(*module, program)))
    return kInputError;
  SizeValues sizes;
  if (int code = chooseSizes(options, program, sizes))
    return code;
  OwningOpRef<ModuleOp> laidOut;
  if (int code = layOut(*targets[0], sizes, program, laidOut))
    return code;
  OwningOpRef<ModuleOp> emitted(cast<ModuleOp>((*laidOut)->clone()));
  if (int code = emitLevel(*targets[0], *emitted, program))
    return code;
  return writeExplanation(options, {*laidOut, *emitted, *targets[0], program}, sizes, log);
}

int Compilation::generate() {
  bool isText = options.emit < Emit::Object || options.stopAfter != Stage::Link;
  SmallVector<const CpuTarget *> targets;
  if (int code = selectTargets(targets))
    return code;
  mlir::tenon::ProgramRecord program;
  if (failed(mlir::tenon::readSignature(*module, program)))
    return kInputError;
  SizeValues sizes;
  if (int code = chooseSizes(options, program, sizes))
    return code;
  if (int code = readEmbeddedWeights(program))
    return code;

  if (options.cuda) {
    bool isDone = false;
    if (int code = generateForGpu(sizes, program, isDone); code || isDone)
      return code;
  }

  SmallVector<OwningOpRef<ModuleOp>> copies(targets.size());
  for (auto [target, copy] : llvm::zip(targets, copies)) {
    if (int code = layOut(*target, sizes, program, copy))
      return code;
    if (options.stopAfter == Stage::Layout)
      return writeModule(*copy);
    if (int code = emitLevel(*target, *copy, program))
      return code;
    if (stopsAfter(Stage::EmitCode, Emit::Vector))
      return writeModule(*copy);
    if (int code =
            runStage(Stage::Object, *copy, [&, &level = *target](mlir::OpPassManager &manager) {
              mlir::tenon::buildObjectPipeline(manager, level);
            }))
      return code;
  }

  using mlir::tenon::CodeKind;
  CodeKind kind = options.emit == Emit::LLVM       ? CodeKind::LLVM
                  : options.emit == Emit::Assembly ? CodeKind::Assembly
                                                   : CodeKind::Object;
  // Levels are independent: one thread each.
  SmallVector<SmallVector<char, 0>> outputs(targets.size());
  SmallVector<std::future<bool>> results;
  for (size_t i = 0; i < targets.size(); ++i)
    results.push_back(std::async(std::launch::async, [&, i] {
      return succeeded(mlir::tenon::emitCode(*copies[i], *targets[i], kind, outputs[i]));
    }));
  bool isDone = true;
  for (std::future<bool> &result : results)
    isDone &= result.get();
  if (!isDone)
    return reportInternalError(Stage::Object, *copies[0]);
  if (isText)
    return writeText(options.output, StringRef(outputs[0].data(), outputs[0].size()));

  progress.begin(getStageName(Stage::Link));
  TemporaryDirectory directory;
  if (!directory.isValid())
    return kEnvironmentError;
  SmallVector<char, 0> table;
  if (failed(mlir::tenon::emitLaunchTableObject(program, table))) {
    errs() << "tenonc: internal error: the launch table could not be written\n";
    return kInternalError;
  }
  SmallVector<std::string> objects = {directory.file("program.o")};
  if (int code = writeObject(objects[0], table))
    return code;
  for (auto [target, output] : llvm::zip(targets, outputs)) {
    objects.push_back(directory.file(("kernels-" + target->name + ".o").str()));
    if (int code = writeObject(objects.back(), output))
      return code;
  }
  return link(options.emit, objects, options.output);
}
