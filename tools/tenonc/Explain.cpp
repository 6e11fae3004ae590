//===- Explain.cpp - Kernels, fusion and fallbacks as a report ------------===//

#include "Explain.h"

#include "ExplainText.h"

#include "tenon/Dialect/Tenon/IR/Remarks.h"
#include "tenon/Target/TargetText.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tenon::driver;

static constexpr StringLiteral kCategory = "explain";

/// Fallbacks that only the finished kernels show.
static void remarkKernels(ArrayRef<KernelRow> rows) {
  for (const KernelRow &row : rows) {
    if (row.steps == kCopyStep)
      mlir::tenon::remarkFallback(row.op, kCategory, "Copy",
                                  "kernel " + row.name + " only moves data: it joined no other");
    if (row.gathers > 0)
      mlir::tenon::remarkFallback(row.op, kCategory, "Gathers",
                                  "kernel " + row.name +
                                      " gathers elements that do not lie side "
                                      "by side: vectors run along another dimension");
  }
}

/// One analysis remark per kernel.
static void remarkRow(const KernelRow &row, StringRef entry, const SizeValues &values) {
  using Arg = mlir::remark::detail::Remark::Arg;
  namespace remark = mlir::remark;
  mlir::tenon::Origin origin = mlir::tenon::getOrigin(row.op->getLoc());
  mlir::Location place = origin.place ? mlir::Location(origin.place) : row.op->getLoc();
  auto record = remark::analysis(
      place, remark::RemarkOpts::name("Kernel").category(kCategory).function(entry));
  record << Arg("Kernel", StringRef(row.name)) << Arg("Launches", row.launches)
         << Arg("Fused", StringRef(row.steps));
  for (const LaunchGroup &group : row.groups)
    if (std::string block = group.block.toString(); !block.empty())
      record << Arg(mlir::tenon::kRemarkBlock, block);
  auto number = [](double value) { return formatv("{0:F0}", value).str(); };
  double flops = evaluate(row.flops, values), bytes = evaluate(row.bytes, values);
  record << Arg("PrologueOps", row.prologueOps) << Arg("EpilogueOps", row.epilogueOps)
         << Arg("Tile", formatTile(row.tile)) << Arg("Tasks", formatTasks(*row.code))
         << Arg("Flops", row.flops.toString()) << Arg("Bytes", row.bytes.toString())
         << Arg("Sizes", formatSizes(values))
         << Arg("TasksAtSizes", number(countTasks(*row.code, values)))
         << Arg("FlopsAtSizes", number(flops)) << Arg("BytesAtSizes", number(bytes))
         << Arg("FlopsPerByte", formatv("{0:F2}", bytes > 0 ? flops / bytes : 0.0).str());
}

/// What the table is about: model, level, sizes, and the level's tiles.
static void printHeader(raw_ostream &os, const CompiledLevel &level, const SizeValues &values) {
  const mlir::tenon::CpuTarget &target = level.target;
  os << "model " << level.program.modelName << ", CPU level " << target.cpu;
  if (!values.empty())
    os << ", numbers for " << formatSizes(values);
  os << "\nproducts: " << mlir::tenon::describeProducts(target) << ", sums of "
     << mlir::tenon::kernel::kSumBlock << " terms\n";
  double packed = 0;
  for (mlir::tenon::SizeAttr bytes : level.getRecord().packedBytes)
    packed += evaluate(bytes, values);
  if (size_t count = level.getRecord().prepare.launches.size())
    os << "at load: " << count << (count == 1 ? " parameter" : " parameters")
       << " packed into panels, " << formatBytes(packed) << "\n";
}

int tenon::driver::writeExplanation(const Options &options, const CompiledLevel &level,
                                    const SizeValues &values, RemarkLog &log) {
  std::string text;
  raw_string_ostream os(text);
  printHeader(os, level, values);
  for (size_t entry = 0; entry < level.program.entries.size(); ++entry) {
    const std::string &name = level.program.entries[entry].name;
    std::vector<KernelRow> rows = readKernelRows(level, entry);
    remarkKernels(rows);
    for (const KernelRow &row : rows)
      remarkRow(row, name, values);
    os << "\nentry " << name << "\n";
    printKernels(os, rows, values);
  }
  if (options.explain == Explain::Yaml)
    return writeText(options.output, log.takeYaml());
  printRemarks(os, "rewritten", log.getRecords(), RemarkKind::Rewrite);
  printRemarks(os, "not fused", log.getRecords(), RemarkKind::Missed);
  printRemarks(os, "fallbacks", log.getRecords(), RemarkKind::Fallback);
  return writeText(options.output, text);
}
