//===- Main.cpp - one row of the kernel benchmark -------------------------===//
#include "Buffers.h"
#include "CompiledKernel.h"
#include "Loops.h"
#include "Peers.h"
#include "Reference.h"
#include "Report.h"
#include "RoundRobin.h"
#include "tenon/Runtime/Cpu/CpuLevel.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

using namespace tenon::bench;
using tenon::runtime::ExitCode;
using tenon::runtime::Result;
using tenon::runtime::Status;
using tenon::runtime::ThreadPool;

namespace {

struct NamedModel {
  std::string name;
  std::string path;
};

struct Options {
  std::string kind;
  std::vector<int64_t> sizes;
  std::vector<NamedModel> models;
  int threads = 1;
  int64_t cpuLevel = 0;
  bool isJson = false;
  bool withPeers = true;
  RoundRobinOptions timing;
};

} // namespace

/// f32 results of sums of a few thousand terms agree to this.
static constexpr double largestError = 2e-5;

static constexpr const char *usage =
    "usage: tenon-kernel-bench KIND SIZE... --model [NAME=]FILE.so [OPTION...]\n"
    "  --model [NAME=]FILE  a library made by tenonc --emit=so; may be repeated\n"
    "  --threads N          1 by default; with more, one thread is measured as well\n"
    "  --seconds S          time per candidate, 2 by default\n"
    "  --level v3|v4        the code to run; by default the best that the CPU has\n"
    "  --cold               each window begins with what the others left in the caches\n"
    "  --cpu-time           the CPU time of the thread, for one thread on a machine that others "
    "use\n"
    "  --no-peers           without oneDNN and libxsmm\n"
    "  --json               one JSON object instead of a table\n"
    "kinds:\n";

static Status usageError(const std::string &text) {
  return Status::error(ExitCode::Usage, "command line", text);
}

static Status parseLevel(const std::string &text, int64_t &level) {
  if (text != "v3" && text != "v4")
    return usageError("--level takes v3 or v4");
  level = text == "v3" ? TN_X86_64_V3 : TN_X86_64_V4;
  return Status();
}

static NamedModel parseModel(const std::string &text) {
  size_t equals = text.find('=');
  NamedModel model{"Tenon", text};
  if (equals != std::string::npos)
    model = {text.substr(0, equals), text.substr(equals + 1)};
  // Without a slash the loader would search the system's libraries.
  if (model.path.find('/') == std::string::npos)
    model.path = "./" + model.path;
  return model;
}

/// An option with a value.
static Status parseOption(const std::string &name, const std::string &value, Options &options) {
  int64_t number = 0;
  if (name == "--model") {
    options.models.push_back(parseModel(value));
    return Status();
  }
  if (name == "--level")
    return parseLevel(value, options.cpuLevel);
  if (name == "--threads") {
    if (!tenon::runtime::parseInteger(value, number) || number < 1 || number > 1024)
      return usageError("--threads takes a number from 1 to 1024");
    options.threads = static_cast<int>(number);
    return Status();
  }
  if (name == "--seconds") {
    char *end = nullptr;
    options.timing.seconds = strtod(value.c_str(), &end);
    if (*end != 0 || !(options.timing.seconds > 0))
      return usageError("--seconds takes a positive number");
    return Status();
  }
  return usageError("'" + name + "' is unknown");
}

static Status parseOptions(int count, char **words, Options &options) {
  for (int i = 1; i < count; ++i) {
    std::string word = words[i];
    int64_t size = 0;
    if (word == "--json") {
      options.isJson = true;
    } else if (word == "--cold") {
      options.timing.isCold = true;
    } else if (word == "--cpu-time") {
      options.timing.usesCpuTime = true;
    } else if (word == "--no-peers") {
      options.withPeers = false;
    } else if (word.rfind("--", 0) == 0) {
      if (i + 1 == count)
        return usageError(word + " takes a value");
      if (Status status = parseOption(word, words[++i], options); !status.ok())
        return status;
    } else if (options.kind.empty()) {
      options.kind = word;
    } else if (tenon::runtime::parseInteger(word, size) && size > 0) {
      options.sizes.push_back(size);
    } else {
      return usageError("'" + word + "' is not a size");
    }
  }
  if (options.timing.usesCpuTime && options.threads > 1)
    return usageError("--cpu-time sees one thread only");
  return Status();
}

static Status addCandidates(const Options &options, const Problem &problem, const Buffers &buffers,
                            ThreadPool &pool, std::vector<Candidate> &candidates) {
  for (const NamedModel &model : options.models)
    if (Status status = addCompiledKernel(model.name, model.path, problem, buffers,
                                          options.cpuLevel, pool, candidates);
        !status.ok())
      return status;
  int64_t level = options.cpuLevel ? options.cpuLevel : tenon::runtime::detectCpuLevel();
  return addLoops(problem, buffers, level, pool, candidates);
}

static void addPeers(const Problem &problem, const Buffers &buffers, ThreadPool &pool,
                     std::vector<Candidate> &candidates) {
  (void)problem, (void)buffers, (void)pool, (void)candidates;
#ifdef TENON_BENCH_ONEDNN
  addOneDnn(problem, buffers, pool.size(), candidates);
#endif
#ifdef TENON_BENCH_LIBXSMM
  addLibxsmm(problem, buffers, pool, candidates);
#endif
}

/// Nothing is timed that does not compute what it should.
static Status checkOutputs(const Problem &problem, const Buffers &buffers,
                           std::vector<Candidate> &candidates) {
  std::vector<double> reference = computeReference(problem, buffers);
  float *output = buffers.sets[0].outputData();
  for (Candidate &candidate : candidates) {
    if (candidate.role != Role::Model && candidate.role != Role::Peer)
      continue;
    std::fill_n(output, reference.size(), -1.0f);
    candidate.run(0);
    candidate.error = relativeError(output, reference);
    if (!(candidate.error <= largestError))
      return Status::error(ExitCode::Numeric, candidate.name,
                           tenon::runtime::format("differs from the reference by %.3g of its "
                                                  "largest value; allowed are %.3g",
                                                  candidate.error, largestError));
  }
  return Status();
}

static Status runRow(Options &options) {
  Result<Problem> problem = makeProblem(options.kind, options.sizes);
  if (!problem.ok())
    return problem.takeStatus();
  Result<Buffers> buffers = makeBuffers(*problem);
  if (!buffers.ok())
    return buffers.takeStatus();
  ThreadPool pool(options.threads), single(1);
  std::vector<Candidate> candidates;
  if (Status status = addCandidates(options, *problem, *buffers, pool, candidates); !status.ok())
    return status;
  if (options.withPeers)
    addPeers(*problem, *buffers, pool, candidates);
  if (options.threads > 1)
    if (Status status = addCandidates(options, *problem, *buffers, single, candidates);
        !status.ok())
      return status;
  if (Status status = checkOutputs(*problem, *buffers, candidates); !status.ok())
    return status;
  options.timing.numSets = buffers->sets.size();
  options.timing.pausesBetween = options.threads > 1;
  measureRoundRobin(candidates, options.timing);
  std::string text =
      options.isJson ? renderJson(*problem, candidates) : renderText(*problem, candidates);
  fputs(text.c_str(), stdout);
  return Status();
}

int main(int count, char **words) {
  if (count < 2) {
    fprintf(stderr, "%s%s", usage, problemKinds().c_str());
    return static_cast<int>(ExitCode::Usage);
  }
  Options options;
  Status status = parseOptions(count, words, options);
  if (status.ok())
    status = runRow(options);
  for (const std::string &line : status.render())
    fprintf(stderr, "%s\n", line.c_str());
  return static_cast<int>(status.code());
}
