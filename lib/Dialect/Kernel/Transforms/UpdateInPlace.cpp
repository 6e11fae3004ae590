//===- UpdateInPlace.cpp - Next values in the memory of the parameters ----===//
//
// A map that computes the next value of a parameter, and after which nothing reads the
// former one, writes where that lies:
//
//   %1 = kernel.launch @rows_0(%gradient, %w, %empty)
//   %1 = kernel.launch @rows_0(%gradient, %w, %w)
//
// So do rows that go into a copy of the parameter, and the copy is not made.
//
// A step that ends early must have changed nothing: such launches are among the last ones,
// maps, packings and rows, which meet no error. From the first of them on the runtime does
// not stop.
//
//===----------------------------------------------------------------------===//

#include "FusionSupport.h"
#include "LaunchMemory.h"
#include "tenon/Dialect/Kernel/Transforms/Passes.h"
#include "tenon/Dialect/Tenon/IR/TrainingAttributes.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELUPDATEINPLACE
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

namespace {

/// The updates of one function.
class Updates {
public:
  Updates(func::FuncOp function, const SymbolTable &symbols)
      : function(function), symbols(symbols) {}

  /// Returns how many write in place.
  unsigned run();

private:
  void findTail();
  /// The op that makes the destination, when the parameter can take its place.
  Operation *findReplaced(LaunchOp writer, StringRef param) const;
  bool canWriteInPlace(LaunchOp writer, StringRef param);
  bool readsElementwise(LaunchOp writer, StringRef param) const;
  bool copies(LaunchOp launch, StringRef param) const;

  func::FuncOp function;
  const SymbolTable &symbols;
  /// The launches after the last one that is neither map nor packing nor put.
  llvm::DenseSet<Operation *> tail;
};

struct UpdateInPlace : public impl::KernelUpdateInPlaceBase<UpdateInPlace> {
  using KernelUpdateInPlaceBase::KernelUpdateInPlaceBase;
  void runOnOperation() override;
};

} // namespace

void Updates::findTail() {
  for (auto launch : function.getOps<LaunchOp>()) {
    Operation *kernel = findKernel(launch, symbols);
    auto rows = dyn_cast_or_null<RowsOp>(kernel);
    if ((rows && isMap(rows)) || isa_and_present<PackOp, PutOp>(kernel))
      tail.insert(launch);
    else
      tail.clear();
  }
}

static bool reads(Value value, StringRef param) {
  auto read = value.getDefiningOp<ReadOp>();
  return read && read.getParam() == param;
}

/// Whether the map reads of the parameter the element that it writes, and no other.
bool Updates::readsElementwise(LaunchOp writer, StringRef param) const {
  KernelOpInterface map = cast<RowsOp>(findKernel(writer, symbols));
  for (auto [number, input] : llvm::enumerate(writer.getArguments().drop_back()))
    if (reads(input, param) && map.getAccess(number) != map.getDestinationAccess())
      return false;
  return true;
}

/// Whether the result is the parameter as it is.
bool Updates::copies(LaunchOp launch, StringRef param) const {
  auto rows = dyn_cast_or_null<RowsOp>(findKernel(launch, symbols));
  if (!rows || !isMap(rows) || rows.getInputs().size() != 1 ||
      !reads(launch.getArguments().front(), param) ||
      launch.getResult().getType() != launch.getArguments().front().getType())
    return false;
  Block &body = rows.getEpilogueRegion().front();
  return body.getTerminator()->getOperand(0) == body.getArgument(0) &&
         readsElementwise(launch, param);
}

Operation *Updates::findReplaced(LaunchOp writer, StringRef param) const {
  Operation *kernel = findKernel(writer, symbols);
  Operation *destination = writer.getArguments().back().getDefiningOp();
  if (!destination || !destination->hasOneUse())
    return nullptr;
  if (auto rows = dyn_cast_or_null<RowsOp>(kernel))
    return isMap(rows) && isa<EmptyOp>(destination) && readsElementwise(writer, param) ? destination
                                                                                       : nullptr;
  auto copy = dyn_cast<LaunchOp>(destination);
  bool readsOnlyOthers = llvm::none_of(writer.getArguments().drop_back(),
                                       [&](Value input) { return reads(input, param); });
  return isa_and_present<PutOp>(kernel) && copy && readsOnlyOthers && copies(copy, param)
             ? destination
             : nullptr;
}

bool Updates::canWriteInPlace(LaunchOp writer, StringRef param) {
  if (!tail.contains(writer) || !findReplaced(writer, param))
    return false;
  unsigned timesReturned = 0;
  for (OpOperand &use : writer->getUses()) {
    auto launch = dyn_cast<LaunchOp>(use.getOwner());
    // A further step of the same value.
    if (launch && use.getOperandNumber() + 1 == launch->getNumOperands())
      return false;
    timesReturned += !launch;
  }
  return timesReturned == 1 && llvm::all_of(function.getOps<LaunchOp>(), [&](LaunchOp launch) {
           return launch == writer || launch->isBeforeInBlock(writer) ||
                  llvm::none_of(launch.getArguments(),
                                [&](Value argument) { return reads(argument, param); });
         });
}

unsigned Updates::run() {
  findTail();
  Operation *terminator = function.getBody().front().getTerminator();
  unsigned count = 0;
  for (auto [number, value] : llvm::enumerate(terminator->getOperands())) {
    auto param = function.getResultAttrOfType<StringAttr>(number, kUpdatesAttr);
    auto writer = value.getDefiningOp<LaunchOp>();
    if (!param || !writer || !canWriteInPlace(writer, param))
      continue;
    Operation *replaced = findReplaced(writer, param.getValue());
    OpBuilder builder(replaced);
    Value place = ReadOp::create(builder, writer.getLoc(), value.getType(), param.getValue());
    writer->setOperand(writer->getNumOperands() - 1, place);
    replaced->erase();
    ++count;
  }
  return count;
}

void UpdateInPlace::runOnOperation() {
  SymbolTable symbols(getOperation());
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (!function.isPrivate() && !function.isExternal() && !function->hasAttr(kPrepareAttr) &&
        !function->hasAttr(kInitializeAttr))
      numUpdates += Updates(function, symbols).run();
}

} // namespace mlir::tenon::kernel
