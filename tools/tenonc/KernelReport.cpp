//===- KernelReport.cpp - What each kernel of a program is ----------------===//

#include "KernelReport.h"

#include "tenon/Conversion/KernelToVector/KernelEmitterOpInterface.h"
#include "tenon/Dialect/Tenon/IR/Remarks.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace tenon::driver;
using namespace mlir::tenon;
using kernel::KernelOpInterface;

/// The last word of the parameter that `value` is; empty when it is none.
static StringRef getParameterName(mlir::Value value) {
  auto read = value.getDefiningOp<ReadOp>();
  if (!read)
    return {};
  StringRef name = read.getParam();
  return name.substr(name.rfind('.') + 1);
}

/// The launch operand that a region's argument is an element of; null for the
/// kernel's own value and outside the epilogue.
static mlir::Value getOperand(KernelOpInterface op, kernel::LaunchOp launch,
                              mlir::BlockArgument argument) {
  if (argument.getOwner()->getParent() != &op.getEpilogueRegion() ||
      argument.getArgNumber() < op.getNumOwnEpilogueArguments())
    return {};
  unsigned input =
      argument.getArgNumber() - op.getNumOwnEpilogueArguments() + op.getFirstEpilogueInput();
  return launch.getArguments()[input];
}

/// Appends a name per op of the text whose scalar ops stand in `region`: they
/// share its location. Its label, or the scalar ops themselves where it has none
/// or is the kernel's own; then the parameters it reads: `+ bias`.
static void appendSteps(KernelOpInterface op, kernel::LaunchOp launch, mlir::Region &region,
                        SmallVectorImpl<std::string> &steps) {
  mlir::LocationAttr current;
  auto append = [&](StringRef word) {
    if (!word.empty() && !is_contained(split(steps.back(), ' '), word))
      steps.back() += (steps.back().empty() ? "" : " ") + word.str();
  };
  for (mlir::Operation &scalar : region.front().without_terminator()) {
    if (kernel::isFree(&scalar))
      continue;
    bool isOwn = op.getNumOwnEpilogueArguments() > 0 && scalar.getLoc() == op->getLoc();
    StringRef label = isOwn ? StringRef() : getOrigin(scalar.getLoc()).label;
    if (mlir::LocationAttr location = scalar.getLoc(); location != current) {
      current = location;
      steps.push_back(label.str());
    }
    if (label.empty())
      append(scalar.getName().stripDialect());
    for (mlir::Value operand : scalar.getOperands())
      if (auto argument = dyn_cast<mlir::BlockArgument>(operand))
        if (mlir::Value input = getOperand(op, launch, argument))
          append(getParameterName(input));
  }
}

static void describe(KernelRow &row, kernel::LaunchOp launch) {
  SmallVector<std::string> steps;
  mlir::Region &epilogue = row.op.getEpilogueRegion();
  for (mlir::Region &region : row.op->getRegions()) {
    if (&region == &epilogue || region.empty())
      continue;
    appendSteps(row.op, launch, region, steps);
    row.prologueOps += kernel::countScalarOps(region);
  }
  if (row.op.getNumOwnEpilogueArguments() > 0)
    steps.push_back(getDisplayName(row.op).str());
  appendSteps(row.op, launch, epilogue, steps);
  row.epilogueOps = kernel::countScalarOps(epilogue);
  row.steps = steps.empty() ? kCopyStep.str() : join(steps, ", ");
}

std::vector<KernelRow> tenon::driver::readKernelRows(const CompiledLevel &level, size_t entry) {
  std::vector<KernelRow> rows;
  StringMap<size_t> numbers;
  StringMap<size_t> groups; // by kernel and pattern
  mlir::SymbolTable laidOut(level.laidOut), emitted(level.emitted);
  auto function = laidOut.lookup<mlir::func::FuncOp>(level.program.entries[entry].name);
  for (auto launch : function.getOps<kernel::LaunchOp>()) {
    auto [number, isNew] = numbers.try_emplace(launch.getKernel(), rows.size());
    if (isNew) {
      KernelRow &row = rows.emplace_back();
      row.name = launch.getKernel().str();
      laidOut.lookup<mlir::func::FuncOp>(row.name).walk([&](KernelOpInterface op) { row.op = op; });
      row.tile =
          cast<kernel::KernelEmitterOpInterface>(row.op.getOperation()).getTile(level.target);
      row.flops = launch.getFlops();
      row.mayDoLess = launch.getMayDoLess();
      row.bytes = launch.getBytes();
      row.code = &level.getRecord().kernels.at(row.name);
      emitted.lookup<mlir::func::FuncOp>(row.name).walk(
          [&](mlir::vector::GatherOp) { ++row.gathers; });
      describe(row, launch);
    }
    KernelRow &row = rows[number->second];
    ++row.launches;
    Origin origin = getOrigin(launch.getLoc());
    auto [group, isFirst] = groups.try_emplace(row.name + ":" + NamePattern::getKey(origin.block) +
                                                   ":" + formatPlace(origin),
                                               row.groups.size());
    if (isFirst)
      row.groups.emplace_back().place = formatPlace(origin);
    row.groups[group->second].block.add(origin.block);
    ++row.groups[group->second].launches;
  }
  return rows;
}
