//===- Verify.cpp - Compiled code beside the f64 interpreter --------------===//

#include "Verify.h"

#include "Compilation.h"
#include "Input.h"
#include "Output.h"

#include "tenon/Dialect/Tenon/IR/Remarks.h"
#include "tenon/Dialect/Tenon/IR/TenonDialect.h"
#include "tenon/Reference/Interpreter.h"
#include "tools/tenon-reference/Difference.h"
#include "tools/tenon-reference/TensorFiles.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tenon::driver;
using mlir::tenon::HostTensor;
using mlir::tenon::NamedTensor;

namespace {

/// What the user asked for.
struct VerifyOptions {
  Options compile;
  std::string weights;
  std::string entry;
  std::vector<std::pair<std::string, std::string>> inputs;
  double tolerance = 5e-6;
  bool blocks = false;
};

/// Data for one run of an entry.
struct RunData {
  StringMap<HostTensor> inputs;
  StringMap<HostTensor> parameters;
};

} // namespace

static int usageError(const Twine &message) {
  errs() << "tenonc verify: error: " << message << "\n";
  return kUsageError;
}

static int parseVerifyOptions(int argc, char **argv, VerifyOptions &options) {
  cl::ResetCommandLineParser();
  cl::OptionCategory category("tenonc verify options");
  cl::opt<std::string> input(cl::Positional, cl::desc("MODEL.tenon | MODULE.mlir"),
                             cl::cat(category));
  cl::list<std::string> defines("D", cl::Prefix, cl::desc("Set a hyper-parameter"),
                                cl::value_desc("name=value"), cl::cat(category));
  cl::opt<std::string> config("C", cl::Prefix, cl::desc("Use a config of the model"),
                              cl::value_desc("name"), cl::cat(category));
  cl::opt<std::string> precision("precision",
                                 cl::desc("As for tenonc: weights=dtype,compute=dtype"),
                                 cl::value_desc("weights=dtype"), cl::cat(category));
  cl::opt<std::string> configFile("config", cl::desc("Take hyper-parameters from a JSON file"),
                                  cl::value_desc("file"), cl::cat(category));
  cl::opt<std::string> weights("weights", cl::desc("Parameters"), cl::value_desc("file"),
                               cl::cat(category));
  cl::list<std::string> inputs("input", cl::desc("An input"), cl::value_desc("NAME=file.npy"),
                               cl::cat(category));
  cl::opt<std::string> entry("entry", cl::desc("The entry to run (default: the first)"),
                             cl::value_desc("name"), cl::cat(category));
  cl::list<std::string> plugins("load-dialect-plugin", cl::desc("Load ops from a shared library"),
                                cl::value_desc("file"), cl::cat(category));
  cl::opt<double> tolerance("tolerance", cl::init(options.tolerance),
                            cl::desc("Largest relative Frobenius error of an output"),
                            cl::cat(category));
  cl::opt<bool> blocks("blocks", cl::desc("Print the error after each block, too"),
                       cl::cat(category));
  if (!cl::ParseCommandLineOptions(argc, argv, "Compares compiled code with the f64 reference\n",
                                   &errs()))
    return kUsageError;
  if (input.empty())
    return usageError("no input file; expected MODEL.tenon or MODULE.mlir (see --help)");
  auto split = [](StringRef text, auto &list) {
    auto [name, value] = text.split('=');
    if (name.empty() || value.empty())
      return false;
    list.emplace_back(name.str(), value.str());
    return true;
  };
  for (const std::string &define : defines)
    if (!split(define, options.compile.defines))
      return usageError("-D " + define + ": expected name=value");
  for (const std::string &binding : inputs)
    if (!split(binding, options.inputs))
      return usageError("--input " + binding + ": expected NAME=FILE");
  if (!(tolerance >= 0))
    return usageError("--tolerance: expected a number of 0 or more");
  options.compile.input = input;
  options.compile.plugins = plugins;
  if (!config.empty() && !configFile.empty())
    return usageError("-C and --config exclude each other");
  options.compile.config = config;
  options.compile.configFile = configFile;
  if (precision.getNumOccurrences())
    if (int code = parsePrecision(precision, options.compile))
      return code;
  for (const mlir::tenon::CpuTarget &target : mlir::tenon::getCpuTargets())
    options.compile.targets.push_back(&target);
  options.weights = weights;
  options.entry = entry;
  options.tolerance = tolerance;
  options.blocks = blocks;
  return kSuccess;
}

static int report(const tenon::runtime::Status &status) {
  for (const std::string &line : status.render())
    errs() << line << "\n";
  return int(status.code());
}

static int readData(const VerifyOptions &options, mlir::ModuleOp module, RunData &data) {
  for (const auto &[name, path] : options.inputs) {
    auto tensor = mlir::tenon::readNpy(module.getContext(), path);
    if (!tensor.ok())
      return report(tensor.status());
    data.inputs[name] = *tensor;
  }
  if (options.weights.empty())
    return kSuccess;
  auto status = mlir::tenon::readParameters(module, options.weights, data.parameters);
  return status.ok() ? kSuccess : report(status);
}

/// Compiles the loaded module to a program in `directory`, runs it there, and
/// reads its outputs.
static int runCompiled(const VerifyOptions &options, Compilation &compilation,
                       const Options &compile, const TemporaryDirectory &directory,
                       ArrayRef<std::string> outputs, StringMap<HostTensor> &results) {
  if (int code = compilation.build())
    return code;
  SmallVector<std::string> command = {compile.output, "run", "--output-dir", directory.file("")};
  if (!options.weights.empty())
    command.append({"--weights", options.weights});
  if (!options.entry.empty())
    command.append({"--entry", options.entry});
  for (const auto &[name, path] : options.inputs)
    command.append({"--input", (Twine(name) + "=" + path).str()});
  SmallVector<StringRef> arguments(command.begin(), command.end());
  std::string message;
  if (int code =
          sys::ExecuteAndWait(command.front(), arguments, std::nullopt, {}, 0, 0, &message)) {
    if (!message.empty())
      return environmentError(command.front(), message);
    return code;
  }
  for (const std::string &name : outputs) {
    auto tensor =
        mlir::tenon::readNpy(compilation.getModule().getContext(), directory.file(name + ".npy"));
    if (!tensor.ok())
      return report(tensor.status());
    results[name] = *tensor;
  }
  return kSuccess;
}

/// `encoder.layer.0.attention: tenon.attention`.
static std::string describe(mlir::Operation *op) {
  std::string path = mlir::tenon::getOrigin(op->getLoc()).block.str();
  return path + (path.empty() ? "" : ": ") + op->getName().getStringRef().str();
}

/// Makes the results of all blocks outputs of the entry, named block.0, ...
static SmallVector<mlir::Operation *> returnBlocks(mlir::func::FuncOp entry) {
  SmallVector<mlir::Operation *> blocks;
  mlir::Operation *terminator = entry.getBody().front().getTerminator();
  mlir::Builder builder(entry.getContext());
  SmallVector<mlir::Type> types(entry.getResultTypes());
  SmallVector<mlir::Value> values(terminator->getOperands());
  SmallVector<mlir::DictionaryAttr> names;
  for (unsigned i = 0; i < types.size(); ++i)
    names.push_back(builder.getDictionaryAttr(builder.getNamedAttr(
        mlir::tenon::kNameAttr, builder.getStringAttr(mlir::tenon::getResultName(entry, i)))));
  for (mlir::Operation &op : entry.getBody().front()) {
    if (!isa<mlir::tenon::DecomposableOpInterface>(op))
      continue;
    names.push_back(builder.getDictionaryAttr(builder.getNamedAttr(
        mlir::tenon::kNameAttr, builder.getStringAttr("block." + std::to_string(blocks.size())))));
    types.push_back(op.getResult(0).getType());
    values.push_back(op.getResult(0));
    blocks.push_back(&op);
  }
  terminator->setOperands(values);
  entry.setFunctionType(builder.getFunctionType(entry.getArgumentTypes(), types));
  entry.setAllResultAttrs(names);
  return blocks;
}

/// The second compilation: each block's result beside the reference's. Blocks
/// are those of the rewritten graph, so this sees errors of code generation only;
/// the comparison of outputs sees those of rewrites, too.
static int verifyBlocks(const VerifyOptions &options, const RunData &data,
                        mlir::MLIRContext &context) {
  TemporaryDirectory directory;
  if (!directory.isValid())
    return kEnvironmentError;
  Options compile = options.compile;
  compile.output = directory.file("program");
  Compilation compilation(compile, context);
  if (int code = compilation.import())
    return code;
  if (int code = compilation.rewrite())
    return code;
  mlir::FailureOr<mlir::func::FuncOp> entry =
      mlir::tenon::findEntry(compilation.getModule(), options.entry);
  if (failed(entry))
    return kInputError;
  SmallVector<mlir::Operation *> blocks = returnBlocks(*entry);
  SmallVector<std::string> labels, names;
  for (auto [index, op] : enumerate(blocks)) {
    labels.push_back(describe(op));
    names.push_back("block." + std::to_string(index));
  }
  SmallVector<HostTensor> references;
  auto observe = [&](mlir::Operation *op, ArrayRef<HostTensor> results) {
    if (isa<mlir::tenon::DecomposableOpInterface>(op))
      references.push_back(results.front());
  };
  if (failed(mlir::tenon::interpret(compilation.getModule(), options.entry, data.inputs,
                                    data.parameters, observe)))
    return kInputError;
  StringMap<HostTensor> results;
  if (int code = runCompiled(options, compilation, compile, directory, names, results))
    return code;
  for (auto [index, label] : enumerate(labels))
    outs() << label << ": "
           << mlir::tenon::compare(results[names[index]], references[index]).toString() << "\n";
  return kSuccess;
}

int tenon::driver::runVerify(int argc, char **argv, mlir::MLIRContext &context) {
  VerifyOptions options;
  if (int code = parseVerifyOptions(argc, argv, options))
    return code;
  if (int code = loadPlugins(options.compile, context))
    return code;
  TemporaryDirectory directory;
  if (!directory.isValid())
    return kEnvironmentError;
  options.compile.output = directory.file("program");
  Compilation compilation(options.compile, context);
  if (int code = compilation.import())
    return code;
  // What the model says, before any pass has touched it: the truth.
  mlir::OwningOpRef<mlir::ModuleOp> imported = compilation.getModule().clone();
  if (int code = compilation.rewrite())
    return code;
  RunData data;
  if (int code = readData(options, compilation.getModule(), data))
    return code;
  auto reference = mlir::tenon::interpret(*imported, options.entry, data.inputs, data.parameters);
  if (failed(reference))
    return kInputError;
  SmallVector<std::string> names;
  for (const NamedTensor &result : *reference)
    names.push_back(result.name);
  StringMap<HostTensor> results;
  if (int code = runCompiled(options, compilation, options.compile, directory, names, results))
    return code;
  if (options.blocks)
    if (int code = verifyBlocks(options, data, context))
      return code;
  if (mlir::tenon::compareResults(outs(), *reference, results, options.tolerance))
    return kSuccess;
  outs().flush();
  errs() << "tenonc verify: error: an output is farther from the reference than the tolerance; "
            "expected a relative error of at most "
         << options.tolerance << "\n";
  return kNumericalError;
}
