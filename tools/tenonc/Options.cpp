//===- Options.cpp - The command line of tenonc ---------------------------===//

#include "Options.h"

#include "tenon/Target/GpuTarget.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace tenon::driver;

namespace {

/// The options as LLVM's parser wants them. Made after the parser was emptied:
/// the code generator registers options of its own, some of the same name.
struct CommandLine {
  cl::OptionCategory category{"tenonc options"};
  cl::opt<std::string> input{cl::Positional, cl::desc("MODEL.tenon | MODULE.mlir"),
                             cl::cat(category)};
  cl::opt<std::string> output{"o",
                              cl::desc("Output file ('-' for standard output; default: text goes "
                                       "there, others are named as the model)"),
                              cl::value_desc("file"), cl::cat(category)};
  cl::opt<Emit> emit{
      "emit", cl::desc("What to write:"), cl::init(Emit::Executable),
      cl::values(
          clEnumValN(Emit::AST, "ast", "syntax tree"),
          clEnumValN(Emit::Tenon, "tenon", "tenon dialect, after stage graph"),
          clEnumValN(Emit::Kernel, "kernel", "kernel dialect, after stage fuse"),
          clEnumValN(Emit::Vector, "vector", "vector code of one CPU level"),
          clEnumValN(Emit::LLVM, "llvm", "LLVM IR of one CPU level, optimized"),
          clEnumValN(Emit::Assembly, "asm", "assembly of one CPU level"),
          clEnumValN(Emit::Object, "obj", "relocatable object, all levels"),
          clEnumValN(Emit::SharedLibrary, "so", "shared library with the functions of tenon.h"),
          clEnumValN(Emit::Executable, "exe", "executable (default)")),
      cl::cat(category)};
  cl::opt<Stage> stopAfter{
      "stop-after", cl::desc("Stop after a stage and print the IR:"), cl::init(Stage::Link),
      cl::values(clEnumValN(Stage::Import, "import", "text to tenon"),
                 clEnumValN(Stage::Graph, "graph", "checks, canonical form, blocks raised"),
                 clEnumValN(Stage::Fuse, "fuse", "fused kernels"),
                 clEnumValN(Stage::Layout, "layout", "packed operands, outlined kernels"),
                 clEnumValN(Stage::EmitCode, "emit", "vector code")),
      cl::cat(category)};
  cl::list<std::string> defines{"D", cl::Prefix, cl::desc("Set a hyper-parameter"),
                                cl::value_desc("name=value"), cl::cat(category)};
  cl::opt<std::string> config{"C", cl::Prefix, cl::desc("Use a config of the model"),
                              cl::value_desc("name"), cl::cat(category)};
  cl::opt<std::string> configFile{
      "config", cl::desc("Take hyper-parameters from a JSON file, or from config.json in a folder"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> precision{
      "precision",
      cl::desc("Keep parameters in f32, bf16 or f16, and take products on GPUs in f32, tf32 or "
               "bf16, whatever the model's 'precision' says"),
      cl::value_desc("weights=dtype,compute=dtype"), cl::cat(category)};
  cl::opt<std::string> mcpu{"mcpu",
                            cl::desc("CPU level: x86-64-v3, x86-64-v4 or native (default: an "
                                     "executable carries v3 and v4)"),
                            cl::value_desc("level"), cl::cat(category)};
  cl::opt<std::string> target{
      "target",
      cl::desc("cpu, or cuda for code for NVIDIA GPUs of compute capability 8.0 and later beside "
               "that for the CPU (default: cpu); with ',sm_80' or ',sm_90a' of that kind alone"),
      cl::init("cpu"), cl::value_desc("cpu|cuda[,KIND]"), cl::cat(category)};
  cl::opt<std::string> ptxas{
      "ptxas",
      cl::desc("With --target=cuda: the CUDA toolkit's assembler, which makes machine code beside "
               "the PTX that drivers compile (default: the one of PATH, $CUDA_HOME or "
               "/usr/local/cuda, if there is one; none: PTX alone)"),
      cl::value_desc("file|none"), cl::cat(category)};
  cl::opt<bool> emulated{"emulated",
                         cl::desc("With --target=cuda: carry the code for the emulated driver, too "
                                  "(docs/Emulation.md)"),
                         cl::cat(category)};
  cl::opt<std::string> embedWeights{"embed-weights",
                                    cl::desc("Put a safetensors file into the executable"),
                                    cl::value_desc("file"), cl::cat(category)};
  cl::list<std::string> plugins{"load-dialect-plugin",
                                cl::desc("Load ops from a shared library (docs/Plugins.md)"),
                                cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> train{"train", cl::ValueOptional,
                             cl::desc("Compile a train section (default: the first)"),
                             cl::value_desc("name"), cl::cat(category)};
  cl::opt<std::string> maxMemory{
      "max-memory",
      cl::desc("Run kernels again rather than keep more than this for intermediate results, at "
               "the sizes of --size; bytes, or with K, M or G for powers of 1024"),
      cl::value_desc("bytes"), cl::cat(category)};
  cl::opt<bool> check{"check", cl::desc("Check the model and its configs; write nothing"),
                      cl::cat(category)};
  cl::opt<bool> names{"names", cl::desc("Print parameter names, dtypes and shapes"),
                      cl::cat(category)};
  cl::opt<Explain> explain{
      "explain",
      cl::ValueOptional,
      cl::init(Explain::None),
      cl::desc("Print each kernel, what it fuses and what stays apart; compile nothing:"),
      cl::values(clEnumValN(Explain::Text, "", "as text"),
                 clEnumValN(Explain::Text, "text", "as text"),
                 clEnumValN(Explain::Yaml, "yaml", "as LLVM optimization remarks")),
      cl::cat(category)};
  cl::list<std::string> sizes{
      "size", cl::CommaSeparated,
      cl::desc("Sizes that --explain gives numbers for (default: smallest), and that "
               "--max-memory holds for"),
      cl::value_desc("name=value"), cl::cat(category)};
  cl::opt<bool> timing{"timing", cl::desc("Print the time of each stage"), cl::cat(category)};
};

} // namespace

static int usageError(const Twine &message) {
  errs() << "tenonc: error: " << message << "\n";
  return kUsageError;
}

/// The levels that `mcpu` asks for: without it all, or to explain this machine's.
static int selectTargets(StringRef mcpu, Options &options) {
  using mlir::tenon::CpuTarget;
  ArrayRef<CpuTarget> all = mlir::tenon::getCpuTargets();
  if (mcpu.empty() && options.explain == Explain::None) {
    for (const CpuTarget &target : all)
      options.targets.push_back(&target);
    return kSuccess;
  }
  if (!mcpu.empty() && mcpu != "native") {
    const CpuTarget *target = mlir::tenon::findCpuTarget(mcpu);
    if (!target)
      return usageError("unknown CPU level '" + mcpu +
                        "'; expected x86-64-v3, x86-64-v4 or native");
    options.targets.push_back(target);
    return kSuccess;
  }
  StringMap<bool> features = sys::getHostCPUFeatures();
  auto hasAll = [&](ArrayRef<StringRef> names) {
    return all_of(names, [&](StringRef name) { return features.lookup(name); });
  };
  if (!hasAll({"avx2", "fma", "f16c", "bmi2"}))
    return usageError("this CPU is below x86-64-v3, the lowest level supported");
  bool isV4 = hasAll({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"});
  options.targets.push_back(mlir::tenon::findCpuTarget(isV4 ? "v4" : "v3"));
  return kSuccess;
}

/// The extension of each kind of output; textual ones go to standard output.
static StringRef getExtension(Emit emit) {
  switch (emit) {
  case Emit::Object:
    return ".o";
  case Emit::SharedLibrary:
    return ".so";
  default:
    return "";
  }
}

static bool isText(const Options &options) {
  return options.emit < Emit::Object || options.stopAfter != Stage::Link || options.checkOnly ||
         options.listNames || options.explain != Explain::None;
}

/// Reads --max-memory.
static int parseMaxMemory(StringRef text, Options &options) {
  StringRef digits = text;
  unsigned shift = 0;
  for (auto [suffix, power] : {std::pair("K", 10), {"M", 20}, {"G", 30}})
    if (digits.consume_back(suffix)) {
      shift = power;
      break;
    }
  int64_t value;
  if (digits.getAsInteger(10, value) || value <= 0 || value > (INT64_MAX >> shift))
    return usageError("--max-memory " + text +
                      ": expected a number of bytes, or one with K, M or G, above 0");
  options.maxMemory = value << shift;
  return kSuccess;
}

/// Reads --explain and --size.
static int parseExplain(const CommandLine &line, Options &options) {
  options.explain = line.explain;
  bool hasOther = line.emit.getNumOccurrences() || line.stopAfter.getNumOccurrences() ||
                  line.embedWeights.getNumOccurrences() || line.check || line.names;
  if (options.explain != Explain::None && hasOther)
    return usageError("--explain excludes --emit, --stop-after, --embed-weights, --check and "
                      "--names");
  if (options.explain == Explain::None && !options.maxMemory && !line.sizes.empty())
    return usageError("--size needs --explain or --max-memory");
  for (const std::string &size : line.sizes) {
    StringRef name, text;
    std::tie(name, text) = StringRef(size).split('=');
    int64_t value;
    if (name.empty() || text.getAsInteger(10, value) || value < 0)
      return usageError("--size " + size + ": expected name=value");
    if (llvm::any_of(options.sizes, [&](const auto &given) { return given.first == name; }))
      return usageError("--size gives '" + name.str() + "' twice");
    options.sizes.emplace_back(name.str(), value);
  }
  return kSuccess;
}

int tenon::driver::parsePrecision(const std::string &text, Options &options) {
  SmallVector<StringRef> parts;
  StringRef(text).split(parts, ',');
  for (StringRef part : parts) {
    auto [role, dtype] = part.split('=');
    bool isCommon = dtype == "f32" || dtype == "bf16";
    if (role == "weights" && (isCommon || dtype == "f16"))
      options.weights = dtype.str();
    else if (role == "compute" && (isCommon || dtype == "tf32"))
      options.compute = dtype.str();
    else
      return usageError("--precision " + part.str() +
                        ": expected weights=f32, weights=bf16 or weights=f16, compute=f32, "
                        "compute=tf32 or compute=bf16");
  }
  return kSuccess;
}

int tenon::driver::parseOptions(int argc, char **argv, Options &options) {
  cl::ResetCommandLineParser();
  CommandLine line;
  cl::SetVersionPrinter(
      [](raw_ostream &os) { os << "tenonc " TENON_VERSION " (LLVM " LLVM_VERSION_STRING ")\n"; });
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "Tenon: compiles a model description into an executable\n\n"
          "  tenonc MODEL.tenon -o EXE [-D k=v] [-C NAME | --config FILE]\n"
          "  tenonc verify MODEL.tenon --weights W --input NAME=FILE...\n"
          "  tenonc fmt [--check] FILE...\n",
          &errs()))
    return kUsageError;
  if (line.input.empty())
    return usageError("no input file; expected MODEL.tenon or MODULE.mlir (see --help)");

  options.input = line.input;
  options.plugins = line.plugins;
  options.emit = line.emit;
  options.stopAfter = line.stopAfter;
  options.config = line.config;
  options.configFile = line.configFile;
  if (!options.config.empty() && !options.configFile.empty())
    return usageError("-C and --config exclude each other");
  if (line.precision.getNumOccurrences())
    if (int code = parsePrecision(line.precision, options))
      return code;
  options.embedWeights = line.embedWeights;
  auto [target, kind] = StringRef(line.target).split(',');
  options.cuda = target == "cuda";
  options.gpuTarget = kind.str();
  bool isKnown = kind.empty() || (options.cuda && mlir::tenon::findGpuTarget(kind));
  if ((target != "cpu" && !options.cuda) || !isKnown || StringRef(line.target).ends_with(","))
    return usageError("--target " + line.target +
                      ": expected cpu, cuda, cuda,sm_80 or cuda,sm_90a");
  options.ptxas = line.ptxas;
  if (line.ptxas.getNumOccurrences() && !options.cuda)
    return usageError("--ptxas needs --target=cuda");
  options.emulated = line.emulated;
  if (options.emulated && !options.cuda)
    return usageError("--emulated needs --target=cuda");
  if (line.train.getNumOccurrences()) {
    if (line.check || line.names || line.emit == Emit::AST)
      return usageError("--train excludes --check, --names and --emit=ast");
    options.train = line.train;
  }
  options.checkOnly = line.check;
  options.listNames = line.names;
  options.printTiming = line.timing;
  for (const std::string &define : line.defines) {
    auto [name, value] = StringRef(define).split('=');
    if (name.empty() || !StringRef(define).contains('='))
      return usageError("-D " + define + ": expected name=value");
    options.defines.emplace_back(name.str(), value.str());
  }
  if (line.maxMemory.getNumOccurrences())
    if (int code = parseMaxMemory(line.maxMemory, options))
      return code;
  if (int code = parseExplain(line, options))
    return code;
  if (int code = selectTargets(line.mcpu, options))
    return code;

  if (options.stopAfter != Stage::Link && line.emit.getNumOccurrences())
    return usageError("--emit and --stop-after exclude each other");
  options.output = line.output;
  if (options.output.empty()) {
    StringRef stem = sys::path::stem(options.input), extension = getExtension(options.emit);
    // A model whose name has no extension must not be overwritten.
    if (extension.empty() && stem == sys::path::filename(options.input))
      extension = ".out";
    options.output = isText(options) ? "-" : (stem + extension).str();
  }
  auto isOutput = [&](StringRef path) {
    return options.output != "-" &&
           (options.output == path || sys::fs::equivalent(options.output, path));
  };
  if (isOutput(options.input))
    return usageError("output '" + options.output + "' is the input file");
  if (!options.embedWeights.empty() && isOutput(options.embedWeights))
    return usageError("output '" + options.output + "' is the weights file");
  if (options.output == "-" && !isText(options))
    return usageError("an object, library or executable is not written to standard output");
  return kSuccess;
}
