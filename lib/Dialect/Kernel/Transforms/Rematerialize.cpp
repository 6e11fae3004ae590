//===- Rematerialize.cpp - Kernels that run again to save memory ----------===//
//
// Where most memory is alive, each temporary that is neither written nor read just
// there could be dropped and computed again before its next reader:
//
//   launch 3 -> t       launch 3 -> t
//   launch 4 (t)        launch 4 (t)
//   ... the peak ...    ... the peak, without t ...
//   launch 9 (t)        launch 3 -> t'
//                       launch 9 (t')
//
// What launch 3 reads must be there, too: temporaries that are dead by then are computed
// again before it, and so on. The change that frees most bytes per cost is made as long
// as it lowers the peak. Results stay equal bit by bit: the same kernels run on the same
// values.
//
//===----------------------------------------------------------------------===//

#include "LaunchMemory.h"
#include "tenon/Dialect/Kernel/Transforms/Passes.h"
#include "tenon/Dialect/Tenon/IR/Remarks.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELREMATERIALIZE
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

/// How many operations take as long as moving a byte, on one thread of the CPUs at hand.
constexpr double kFlopsPerByte = 5;

namespace {

/// A temporary to be dropped over the peak: the launches to run again, in order, before
/// its next reader.
struct Candidate {
  LaunchOp reader;
  Value value;
  llvm::SmallVector<LaunchOp> launches;
  /// Copies that stand for what a launch among them reads.
  llvm::DenseMap<Value, Value> copies;
  double bytesFreed = 0, cost = 0;

  double getWorth() const { return bytesFreed / cost; }
};

/// One function of launches on its way below a limit.
class Rematerialization {
public:
  Rematerialization(func::FuncOp function, SymbolValues values, bool refuses)
      : function(function), values(values), refuses(refuses) {}

  /// Returns how many launches run again.
  FailureOr<unsigned> run(int64_t limit);

private:
  std::optional<Candidate> getCandidate(Value memory, const Buffer &buffer, int peak) const;
  bool addLaunch(LaunchOp launch, int peak, Candidate &candidate) const;
  bool isOverwritten(Value value, int reader) const;
  Value findCopy(Value value, int reader) const;
  /// Makes the change; undoes it, returning false, when the peak stays as it is.
  FailureOr<bool> tryCandidate(const Candidate &candidate);
  void eraseUnread();
  LaunchOp getOrigin(LaunchOp launch) const {
    LaunchOp origin = origins.lookup(launch);
    return origin ? origin : launch;
  }

  func::FuncOp function;
  SymbolValues values;
  bool refuses;
  LaunchMemory memory;
  /// What copies are copies of, and the copies of each.
  llvm::DenseMap<Operation *, LaunchOp> origins;
  llvm::DenseMap<Operation *, llvm::SmallVector<LaunchOp>> copies;
};

struct Rematerialize : public impl::KernelRematerializeBase<Rematerialize> {
  using KernelRematerializeBase::KernelRematerializeBase;
  void runOnOperation() override;
};

} // namespace

/// An equal value that lives up to the launch `reader`; null without one.
Value Rematerialization::findCopy(Value value, int reader) const {
  auto launch = value.getDefiningOp<LaunchOp>();
  auto isThere = [&](LaunchOp equal) {
    return memory.getNumber(equal) < reader && memory.find(equal)->last >= reader;
  };
  LaunchOp origin = getOrigin(launch);
  if (isThere(origin))
    return origin;
  auto found = copies.find(origin);
  if (found != copies.end())
    for (LaunchOp copy : found->second)
      if (isThere(copy))
        return copy;
  return {};
}

/// Whether `value` is a storage or a parameter that a launch before `reader` writes.
bool Rematerialization::isOverwritten(Value value, int reader) const {
  return isa_and_present<StoredOp, ReadOp>(value.getDefiningOp()) &&
         llvm::any_of(memory.getLaunches().take_front(reader), [&](LaunchOp launch) {
           return getPlace(launch.getResult()) == getPlace(value);
         });
}

/// Adds `launch`, and before it what computes its operands. False when that takes too many.
bool Rematerialization::addLaunch(LaunchOp launch, int peak, Candidate &candidate) const {
  constexpr size_t kMostLaunches = 64;
  int reader = memory.getNumber(candidate.reader);
  for (Value operand : launch.getArguments().drop_back()) {
    if (isOverwritten(operand, reader))
      return false;
    const Buffer *buffer = memory.find(operand);
    if (!buffer || candidate.copies.contains(operand) ||
        llvm::is_contained(candidate.launches, operand.getDefiningOp<LaunchOp>()))
      continue;
    if (buffer->writers > 1) {
      // Its steps are not repeated; it lives on.
      candidate.bytesFreed -= buffer->isAlive(peak) ? 0 : buffer->bytes;
      continue;
    }
    if (Value copy = findCopy(operand, reader)) {
      candidate.copies[operand] = copy;
      continue;
    }
    // Past the peak it may live on.
    if (buffer->last >= peak)
      continue;
    if (!addLaunch(operand.getDefiningOp<LaunchOp>(), peak, candidate))
      return false;
  }
  if (candidate.launches.size() == kMostLaunches)
    return false;
  candidate.launches.push_back(launch);
  auto getNumber = [&](SizeAttr size) { return double(size.evaluate(values).value_or(0)); };
  candidate.cost +=
      std::max(getNumber(launch.getFlops()) / kFlopsPerByte, getNumber(launch.getBytes())) + 1;
  return true;
}

std::optional<Candidate> Rematerialization::getCandidate(Value memoryValue, const Buffer &buffer,
                                                         int peak) const {
  if (buffer.writers != 1 || !buffer.isAlive(peak) || buffer.first == peak)
    return std::nullopt;
  Candidate candidate;
  auto writer = cast<LaunchOp>(*memoryValue.user_begin());
  candidate.value = writer.getResult();
  int next = INT_MAX;
  for (Operation *user : writer->getUsers()) {
    int number = memory.getNumber(cast<LaunchOp>(user));
    if (number == peak)
      return std::nullopt;
    if (number > peak && number < next) {
      next = number;
      candidate.reader = cast<LaunchOp>(user);
    }
  }
  candidate.bytesFreed = double(buffer.bytes);
  if (!addLaunch(writer, peak, candidate) || candidate.bytesFreed <= 0)
    return std::nullopt;
  return candidate;
}

FailureOr<bool> Rematerialization::tryCandidate(const Candidate &candidate) {
  OpBuilder builder(candidate.reader);
  IRMapping mapping;
  for (auto [value, copy] : candidate.copies)
    mapping.map(value, copy);
  llvm::SmallVector<Operation *> added;
  for (LaunchOp launch : candidate.launches) {
    Operation *empty = builder.clone(*launch.getArguments().back().getDefiningOp(), mapping);
    added.append({empty, builder.clone(*launch, mapping)});
  }
  int reader = memory.getNumber(candidate.reader);
  llvm::SmallVector<OpOperand *> moved;
  Value value = candidate.value, copy = mapping.lookup(value);
  for (OpOperand &use : llvm::make_early_inc_range(value.getUses())) {
    auto user = dyn_cast<LaunchOp>(use.getOwner());
    if (!user || llvm::is_contained(added, user) || memory.getNumber(user) < reader)
      continue;
    moved.push_back(&use);
    use.set(copy);
  }
  FailureOr<LaunchMemory> after = LaunchMemory::read(function, values);
  if (failed(after))
    return failure();
  if (std::pair(after->getMost(), after->countPeaks()) >=
      std::pair(memory.getMost(), memory.countPeaks())) {
    for (OpOperand *use : moved)
      use->set(value);
    for (Operation *op : llvm::reverse(added))
      op->erase();
    return false;
  }
  for (LaunchOp launch : candidate.launches) {
    auto clone = mapping.lookup(launch.getResult()).getDefiningOp<LaunchOp>();
    LaunchOp origin = getOrigin(launch);
    origins[clone] = origin;
    copies[origin].push_back(clone);
    remarkFallback(clone, "kernel-rematerialize", "RunsAgain",
                   "runs again, since its result is not kept in memory");
  }
  memory = std::move(*after);
  return true;
}

FailureOr<unsigned> Rematerialization::run(int64_t limit) {
  FailureOr<LaunchMemory> before = LaunchMemory::read(function, values);
  if (failed(before))
    return failure();
  memory = std::move(*before);
  unsigned count = 0;
  while (memory.getMost() > limit) {
    int peak = memory.getPeak();
    llvm::SmallVector<Candidate> candidates;
    for (const auto &[value, buffer] : memory.getBuffers())
      if (std::optional<Candidate> candidate = getCandidate(value, buffer, peak))
        candidates.push_back(std::move(*candidate));
    llvm::sort(candidates, [&](const Candidate &a, const Candidate &b) {
      if (a.getWorth() != b.getWorth())
        return a.getWorth() > b.getWorth();
      return memory.getNumber(a.launches.back()) < memory.getNumber(b.launches.back());
    });
    bool isLower = false;
    for (const Candidate &candidate : candidates) {
      FailureOr<bool> done = tryCandidate(candidate);
      if (failed(done))
        return failure();
      if ((isLower = *done)) {
        count += candidate.launches.size();
        break;
      }
    }
    if (!isLower && !refuses)
      break;
    if (!isLower)
      return function.emitError()
             << "entry '" << function.getSymName() << "' needs at least " << memory.getMost()
             << " bytes for intermediate results, whatever runs again: more than is allowed";
  }
  eraseUnread();
  return count;
}

/// What no one reads any more: all its readers got copies.
void Rematerialization::eraseUnread() {
  for (LaunchOp launch : llvm::reverse(memory.getLaunches())) {
    if (!isOpTriviallyDead(launch))
      continue;
    Operation *destination = launch.getArguments().back().getDefiningOp();
    launch->erase();
    if (isa_and_present<EmptyOp>(destination) && destination->use_empty())
      destination->erase();
  }
}

void Rematerialize::runOnOperation() {
  if (maxMemory <= 0)
    return;
  llvm::StringMap<int64_t> assigned;
  for (const std::string &size : sizes) {
    auto [name, text] = StringRef(size).split('=');
    int64_t value;
    if (name.empty() || text.getAsInteger(10, value) || value < 0) {
      getOperation().emitError() << "'" << size << "' is no size; expected name=value";
      return signalPassFailure();
    }
    assigned[name] = value;
  }
  auto values = [&](StringRef symbol) -> std::optional<int64_t> {
    auto found = assigned.find(symbol);
    return found == assigned.end() ? std::nullopt : std::optional(found->second);
  };
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    if (function.isPrivate() || function->hasAttr(kPrepareAttr))
      continue;
    FailureOr<unsigned> count =
        Rematerialization(function, values, !asFarAsPossible).run(maxMemory);
    if (failed(count))
      return signalPassFailure();
    numLaunches += *count;
  }
}

} // namespace mlir::tenon::kernel
