//===- ExplainText.cpp - The table of kernels and its words ---------------===//

#include "ExplainText.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace llvm;
using namespace tenon::driver;
using mlir::tenon::SizeAttr;

static constexpr size_t kWidth = 120;

double tenon::driver::evaluate(SizeAttr size, const SizeValues &values) {
  // Term by term in double: a product may leave 64 bits.
  double sum = 0;
  size_t stride = 1 + size.getSymbols().size();
  for (size_t i = 0; i < size.getTerms().size(); i += stride) {
    double product = double(size.getTerms()[i]);
    for (auto [symbol, exponent] : zip(size.getSymbols(), size.getTerms().slice(i + 1, stride - 1)))
      product *= std::pow(double(values.find(symbol.getValue())->second), double(exponent));
    sum += product;
  }
  return sum;
}

std::string tenon::driver::formatSizes(const SizeValues &values) {
  return join(
      map_range(values, [](const auto &pair) { return pair.first + "=" + itostr(pair.second); }),
      ",");
}

std::string tenon::driver::formatTile(mlir::tenon::TileShape tile) {
  return itostr(tile.rows) + " x " + itostr(tile.columns);
}

std::string tenon::driver::formatTasks(const mlir::tenon::KernelRecord &code) {
  SmallVector<std::string> factors;
  for (const auto &[size, divisor] : code.grid) {
    if (std::optional<int64_t> constant = size.getConstant()) {
      if (int64_t count = (*constant + divisor - 1) / divisor; count != 1)
        factors.push_back(itostr(count));
      continue;
    }
    std::string text = size.toString();
    if (StringRef(text).contains(' '))
      text = "(" + text + ")";
    factors.push_back(divisor == 1 ? text : "ceil(" + text + "/" + itostr(divisor) + ")");
  }
  return factors.empty() ? "1" : join(factors, " x ");
}

double tenon::driver::countTasks(const mlir::tenon::KernelRecord &code, const SizeValues &values) {
  double product = 1;
  for (const auto &[size, divisor] : code.grid)
    product *= std::ceil(evaluate(size, values) / double(divisor));
  return product;
}

/// Three digits and a letter for thousands, millions, ...: `37.7 M`.
static std::string formatScaled(double value, StringRef unit = "") {
  static constexpr char letters[] = " kMGTP";
  size_t power = 0;
  while (value >= 999.5 && power + 2 < sizeof(letters)) {
    value /= 1000;
    ++power;
  }
  std::string text;
  raw_string_ostream os(text);
  int digits = power == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  os << format("%.*f", digits, value);
  if (power > 0 || !unit.empty())
    os << " ";
  if (power > 0)
    os << letters[power];
  os << unit;
  return text;
}

std::string tenon::driver::formatBytes(double value) { return formatScaled(value, "B"); }

/// Prints `text` in lines of at most kWidth characters, broken at spaces.
static void printWrapped(raw_ostream &os, size_t indent, StringRef text) {
  while (!text.empty()) {
    size_t end = text.size();
    if (indent + end > kWidth) {
      size_t space = text.rfind(' ', kWidth - indent + 1);
      end = space == StringRef::npos ? text.find(' ') : space;
    }
    os.indent(indent) << text.take_front(end) << "\n";
    text = text.substr(std::min(end, text.size())).ltrim();
  }
}

static void printLine(raw_ostream &os, StringRef name, StringRef launches, StringRef flops,
                      StringRef bytes, StringRef intensity, StringRef share, StringRef tile,
                      StringRef tasks, StringRef ops) {
  std::string line = formatv("{0,-14}{1,8}{2,11}{3,11}{4,11}{5,8}  {6,-9}{7,7}{8,10}", name,
                             launches, flops, bytes, intensity, share, tile, tasks, ops)
                         .str();
  os << StringRef(line).rtrim() << "\n";
}

static std::string formatFixed(double value, int digits, StringRef unit = "") {
  std::string text;
  raw_string_ostream(text) << format("%.*f", digits, value) << unit;
  return text;
}

void tenon::driver::printKernels(raw_ostream &os, ArrayRef<KernelRow> rows,
                                 const SizeValues &values) {
  double allFlops = 0, allBytes = 0;
  size_t allLaunches = 0;
  for (const KernelRow &row : rows) {
    allFlops += evaluate(row.flops, values) * double(row.launches);
    allBytes += evaluate(row.bytes, values) * double(row.launches);
    allLaunches += row.launches;
  }
  auto ratio = [](double flops, double bytes) {
    return bytes > 0 ? formatFixed(flops / bytes, 1) : std::string("-");
  };
  printLine(os, "kernel", "launches", "FLOPs", "bytes", "FLOP/byte", "share", "tile", "tasks",
            "ops");
  for (const KernelRow &row : rows) {
    double flops = evaluate(row.flops, values), bytes = evaluate(row.bytes, values);
    double share = allFlops > 0 ? 100 * flops * double(row.launches) / allFlops : 0;
    printLine(os, row.name, utostr(row.launches), formatScaled(flops), formatBytes(bytes),
              ratio(flops, bytes), formatFixed(share, 1, "%"), formatTile(row.tile),
              formatScaled(countTasks(*row.code, values)),
              itostr(row.prologueOps) + " + " + itostr(row.epilogueOps));
    printWrapped(os, 4, row.steps);
    printWrapped(os, 4,
                 row.flops.toString() + " FLOPs, " + row.bytes.toString() + " bytes, " +
                     formatTasks(*row.code) + (formatTasks(*row.code) == "1" ? " task" : " tasks") +
                     (row.mayDoLess ? "; what the mask hides is left out" : ""));
    for (const LaunchGroup &group : row.groups) {
      std::string block = group.block.toString();
      printWrapped(os, 4,
                   utostr(group.launches) + " x " + (block.empty() ? "(the entry)" : block) +
                       (group.place.empty() ? "" : " (" + group.place + ")"));
    }
  }
  printLine(os, "total", utostr(allLaunches), formatScaled(allFlops), formatBytes(allBytes),
            ratio(allFlops, allBytes), "", "", "", "");
}

void tenon::driver::printRemarks(raw_ostream &os, StringRef heading, ArrayRef<RemarkRecord> records,
                                 RemarkKind kind) {
  struct Group {
    const RemarkRecord *first = nullptr;
    NamePattern block, reason;
    size_t count = 0;
  };
  SmallVector<Group, 0> groups;
  StringMap<size_t> numbers;
  for (const RemarkRecord &record : records) {
    if (record.kind != kind)
      continue;
    std::string key =
        join_items("\n", record.subject, record.place, NamePattern::getKey(record.block),
                   NamePattern::getKey(record.reason));
    auto [number, isNew] = numbers.try_emplace(key, groups.size());
    if (isNew)
      groups.emplace_back().first = &record;
    Group &group = groups[number->second];
    group.block.add(record.block);
    group.reason.add(record.reason);
    ++group.count;
  }
  if (groups.empty())
    return;
  os << "\n" << heading << "\n";
  for (const Group &group : groups) {
    std::string block = group.block.toString(), line = group.first->subject;
    if (!block.empty())
      line += " of " + block;
    if (!group.first->place.empty())
      line += " (" + group.first->place + ")";
    if (group.count > 1)
      line += ", " + utostr(group.count) + " times";
    printWrapped(os, 2, line);
    printWrapped(os, 6, group.reason.toString());
  }
}
