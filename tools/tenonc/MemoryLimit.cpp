//===- MemoryLimit.cpp - Programs held to a limit of memory -------------===//

#include "Compilation.h"

#include "tenon/LaunchTable/LaunchTable.h"
#include "tenon/Pipelines/Pipelines.h"
#include "tenon/Runtime/Cpu/Placement.h"

#include "llvm/Support/raw_ostream.h"

#include <limits>

using namespace llvm;
using namespace tenon::driver;
using mlir::ModuleOp;
using mlir::OwningOpRef;

namespace {
/// What the runtime will need for the temporaries of an entry.
struct Need {
  int64_t bytes = 0;
  size_t entry = 0;
};
} // namespace

/// The need of the entry that has the most; fails on overflow.
static mlir::FailureOr<Need> getLargestNeed(ModuleOp module, const SizeValues &sizes) {
  mlir::tenon::LevelRecord level;
  if (failed(mlir::tenon::readLaunchLists(module, level)))
    return mlir::failure();
  auto getValue = [&](StringRef name) { return std::optional(sizes.find(name)->second); };
  Need most;
  for (size_t entry = 0; entry < level.entries.size(); ++entry) {
    std::vector<tenon::runtime::ArenaRequest> requests;
    for (const mlir::tenon::BufferRecord &buffer : level.entries[entry].buffers)
      if (buffer.kind == TN_BUFFER_TEMPORARY)
        requests.push_back({uint64_t(*buffer.bytes.evaluate(getValue)), buffer.first, buffer.last});
    std::vector<uint64_t> offsets;
    bool fits;
    int64_t bytes = int64_t(tenon::runtime::placeBuffers(requests, offsets, fits));
    if (!fits)
      return mlir::failure();
    if (bytes > most.bytes)
      most = {bytes, entry};
  }
  return most;
}

int Compilation::limitMemory(const SizeValues &sizes, const mlir::tenon::ProgramRecord &program,
                             bool mayJoin, OwningOpRef<ModuleOp> &laidOut) {
  mlir::tenon::MemoryLimit limit{options.maxMemory, {}};
  for (const auto &[name, value] : sizes)
    limit.sizes.push_back(name + "=" + std::to_string(value));
  // What is alive at once may lie with gaps between, and longer where launches join: then
  // none joins, or less must be alive.
  Need best = {std::numeric_limits<int64_t>::max(), 0};
  while (true) {
    Need before = best;
    int64_t over = 0;
    for (bool joins : {true, false}) {
      if (joins && !mayJoin)
        continue;
      OwningOpRef<ModuleOp> limited = cast<ModuleOp>((*laidOut)->clone());
      if (int code = runPasses(Stage::Layout, /*isOurs=*/false, *limited,
                               [&](mlir::OpPassManager &manager) {
                                 mlir::tenon::buildMemoryPipeline(manager, limit, joins);
                               }))
        return code;
      mlir::FailureOr<Need> need = getLargestNeed(*limited, sizes);
      if (failed(need))
        return kInternalError;
      if (need->bytes <= options.maxMemory) {
        laidOut = std::move(limited);
        return kSuccess;
      }
      over = need->bytes - options.maxMemory;
      if (need->bytes < best.bytes)
        best = *need;
    }
    if (limit.bytes == 1) {
      errs() << options.input << ": error: entry '" << program.entries[best.entry].name
             << "' needs at least " << best.bytes
             << " bytes for intermediate results, whatever runs again; --max-memory allows "
             << options.maxMemory << "\n";
      return kInputError;
    }
    // Where a little less gains nothing, all that can be gained.
    bool isBetter = best.bytes < before.bytes;
    limit.bytes = isBetter ? std::max<int64_t>(limit.bytes - over, 1) : 1;
  }
}
