//===- tenon-reference.cpp - Evaluates a module by its definition ---------===//
//
// Runs an entry of a module of the tenon dialect in the f64 reference
// interpreter, prints or stores its results, or compares them with others.
//
//===----------------------------------------------------------------------===//

#include "Difference.h"
#include "TensorFiles.h"
#include "TensorText.h"

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"
#include "tenon/Pipelines/Plugins.h"
#include "tenon/Reference/Interpreter.h"
#include "tenon/Reference/ReferenceOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::tenon;
namespace cl = llvm::cl;
namespace runtime = ::tenon::runtime;

static cl::opt<std::string> modelPath(cl::Positional, cl::desc("<module>"), cl::init("-"));
static cl::opt<std::string> entryName("entry", cl::desc("Entry to run (default: the first)"));
static cl::list<std::string> inputTexts("input", cl::value_desc("name=value"),
                                        cl::desc("Input: a .npy file or a nested list"));
static cl::list<std::string> paramTexts("param", cl::value_desc("name=value"),
                                        cl::desc("Parameter: a .npy file or a nested list"));
static cl::opt<std::string> weightsPath("weights", cl::value_desc("file"),
                                        cl::desc("safetensors file"));
static cl::opt<std::string> outputDir("output-dir", cl::value_desc("directory"),
                                      cl::desc("Write each result to NAME.npy there"));
static cl::opt<bool> printResults("print", cl::desc("Print the results"));
static cl::opt<int> digits("digits", cl::init(9), cl::desc("Significant digits that are printed"));
static cl::list<std::string>
    compareTexts("compare", cl::value_desc("name=value"),
                 cl::desc("Compare a result with a .npy file or nested list"));
static cl::list<std::string> plugins("load-dialect-plugin", cl::value_desc("file"),
                                     cl::desc("Load ops from a shared library"));
static cl::opt<double> tolerance("tolerance", cl::init(1e-6),
                                 cl::desc("Relative error that is accepted"));

/// Prints a failure and returns its exit code.
static int report(const runtime::Status &status) {
  for (const std::string &line : status.render())
    llvm::errs() << line << "\n";
  return static_cast<int>(status.code());
}

static runtime::Status inputError(const std::string &where, const std::string &text) {
  return runtime::Status::error(runtime::ExitCode::Input, where, text);
}

/// Reads `NAME=VALUE` texts into `tensors`; `typeOf` gives the type of
/// a name, or null when there is no such name.
static runtime::Status readTensors(ArrayRef<std::string> texts, MLIRContext *context,
                                   function_ref<TenonTensorType(StringRef)> typeOf,
                                   llvm::StringMap<HostTensor> &tensors) {
  for (StringRef text : texts) {
    auto [name, value] = text.split('=');
    TenonTensorType type = typeOf(name);
    if (!type)
      return inputError(name.str(), "no such name in the entry");
    if (value.ends_with(".npy")) {
      runtime::Result<HostTensor> tensor = readNpy(context, value.str());
      if (!tensor.ok())
        return tensor.takeStatus();
      tensors[name] = *tensor;
      continue;
    }
    llvm::Expected<HostTensor> tensor = parseTensor(value, type);
    if (!tensor)
      return inputError(name.str(), llvm::toString(tensor.takeError()));
    tensors[name] = *tensor;
  }
  return {};
}

static runtime::Status readInputs(ModuleOp module, func::FuncOp entry,
                                  llvm::StringMap<HostTensor> &inputs,
                                  llvm::StringMap<HostTensor> &parameters) {
  auto inputType = [&](StringRef name) -> TenonTensorType {
    for (unsigned k = 0; k < entry.getNumArguments(); ++k)
      if (getArgumentName(entry, k) == name)
        return dyn_cast<TenonTensorType>(entry.getArgumentTypes()[k]);
    return {};
  };
  auto paramType = [&](StringRef name) -> TenonTensorType {
    auto param = module.lookupSymbol<ParamOp>(name);
    return param ? param.getTensorType() : TenonTensorType();
  };
  if (!weightsPath.empty())
    if (runtime::Status status = readParameters(module, weightsPath, parameters); !status.ok())
      return status;
  MLIRContext *context = module.getContext();
  runtime::Status status = readTensors(inputTexts, context, inputType, inputs);
  if (!status.ok())
    return status;
  return readTensors(paramTexts, context, paramType, parameters);
}

/// Compares the results named by --compare; exit code 4 above the tolerance.
static int compareWithGiven(MLIRContext *context, ArrayRef<NamedTensor> results) {
  auto resultType = [&](StringRef name) -> TenonTensorType {
    for (const NamedTensor &result : results) {
      if (result.name != name)
        continue;
      SmallVector<SizeAttr> shape;
      for (int64_t size : result.tensor.getShape())
        shape.push_back(SizeAttr::get(context, size));
      return TenonTensorType::get(shape, result.tensor.getElementType());
    }
    return {};
  };
  llvm::StringMap<HostTensor> others;
  runtime::Status status = readTensors(compareTexts, context, resultType, others);
  if (!status.ok())
    return report(status);
  bool isWithin = compareResults(llvm::outs(), results, others, tolerance);
  return static_cast<int>(isWithin ? runtime::ExitCode::Success : runtime::ExitCode::Numeric);
}

static int useResults(MLIRContext *context, ArrayRef<NamedTensor> results) {
  for (const NamedTensor &result : results) {
    if (printResults) {
      llvm::outs() << result.name << " = ";
      printTensor(llvm::outs(), result.tensor, digits);
      llvm::outs() << "\n";
    }
    if (!outputDir.empty())
      if (runtime::Status status = writeNpy(result.tensor, outputDir + "/" + result.name + ".npy");
          !status.ok())
        return report(status);
  }
  return compareWithGiven(context, results);
}

int main(int argc, char **argv) {
  if (!cl::ParseCommandLineOptions(
          argc, argv, "Evaluates a tenon module by its definition, in f64\n", &llvm::errs()))
    return static_cast<int>(runtime::ExitCode::Usage);

  DialectRegistry registry;
  registry.insert<TenonDialect, func::FuncDialect, arith::ArithDialect, math::MathDialect>();
  registerReferenceModels(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  if (std::string flaw = loadPlugins(plugins, context); !flaw.empty())
    return report(runtime::Status::error(runtime::ExitCode::Environment, "plugin", flaw));

  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(modelPath, /*IsText=*/true);
  if (!buffer)
    return report(runtime::Status::error(runtime::ExitCode::Environment, modelPath,
                                         buffer.getError().message()));
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  SourceMgrDiagnosticHandler diagnostics(sources, &context);

  int wrongInput = static_cast<int>(runtime::ExitCode::Input);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  if (!module)
    return wrongInput;
  FailureOr<func::FuncOp> entry = findEntry(*module, entryName);
  if (failed(entry))
    return wrongInput;
  llvm::StringMap<HostTensor> inputs, parameters;
  if (runtime::Status status = readInputs(*module, *entry, inputs, parameters); !status.ok())
    return report(status);
  FailureOr<std::vector<NamedTensor>> results =
      interpret(*module, entry->getName(), inputs, parameters);
  if (failed(results))
    return wrongInput;
  return useResults(&context, *results);
}
