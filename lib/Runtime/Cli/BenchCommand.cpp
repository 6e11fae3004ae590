//===- BenchCommand.cpp - how long a run takes, and where -----------------===//
#include "tenon/Runtime/Cli/BenchInputs.h"
#include "tenon/Runtime/Cli/BenchReport.h"
#include "tenon/Runtime/Cli/Commands.h"
#include "tenon/Runtime/Cli/Process.h"

#include "tenon/Runtime/Cpu/Clock.h"
#include "tenon/Runtime/Io/AtomicFile.h"

namespace tenon::runtime {

/// Says before the measurement what would spoil its end.
static Status checkJsonFile(const Arguments &arguments) {
  if (arguments.jsonFile.empty())
    return Status();
  if (Status status = checkNotRead(arguments, arguments.jsonFile, "bench"); !status.ok())
    return status;
  return checkWritable(arguments.jsonFile);
}

static Status writeText(const std::string &path, const std::string &text) {
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file.ok())
    return file.takeStatus();
  if (Status status = file->write(text.data(), text.size()); !status.ok())
    return status;
  if (Status status = file->flush(); !status.ok())
    return status;
  return file->commit();
}

Status benchCommand(const Arguments &arguments, const tn_program &program) {
  Result<size_t> entry = findEntry(program, arguments.entry);
  if (!entry.ok())
    return entry.takeStatus();
  if (Status status = checkJsonFile(arguments); !status.ok())
    return status;
  Result<std::unique_ptr<ByteSource>> weights = openWeights(arguments, program, "bench");
  if (!weights.ok())
    return weights.takeStatus();
  Result<std::unique_ptr<Context>> opened = openContext(arguments, program);
  if (!opened.ok())
    return opened.takeStatus();
  Context &context = **opened;
  Result<PreparedCall> prepared = makeBenchCall(arguments, program, *entry, context);
  if (!prepared.ok())
    return prepared.takeStatus();
  Loading loading;
  double start = nowSeconds();
  Status loaded = loadWeights(context, weights->get(), /*averages=*/false);
  loading.seconds = nowSeconds() - start;
  loading.peakBytes = peakResidentMemory();
  for (const std::string &warning : context.warnings())
    printMessage(warning);
  if (!loaded.ok())
    return loaded;
  Result<Measurement> measurement = measure(arguments, context, *prepared);
  if (!measurement.ok())
    return measurement.takeStatus();
  measurement->loading = loading;
  printReport(arguments, context, prepared->call, *measurement);
  if (arguments.jsonFile.empty())
    return Status();
  return writeText(arguments.jsonFile, benchJson(arguments, context, prepared->call, *measurement));
}

} // namespace tenon::runtime
