//===- ExplainText.h - The table of kernels and its words -------*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_EXPLAINTEXT_H
#define TENON_TOOLS_TENONC_EXPLAINTEXT_H

#include "KernelReport.h"
#include "RemarkLog.h"
#include "Sizes.h"

namespace tenon::driver {

/// `size` under `values`, as a number that may be rounded.
double evaluate(mlir::tenon::SizeAttr size, const SizeValues &values);
/// `1.18 MB`, in powers of a thousand.
std::string formatBytes(double value);
/// `B=1,N=128`.
std::string formatSizes(const SizeValues &values);
/// `6 x 16`.
std::string formatTile(mlir::tenon::TileShape tile);
/// The factors of a grid: `24 x ceil(B*N/48)`.
std::string formatTasks(const mlir::tenon::KernelRecord &code);
/// The product of the factors under `values`.
double countTasks(const mlir::tenon::KernelRecord &code, const SizeValues &values);

/// Prints the kernels of one entry.
void printKernels(llvm::raw_ostream &os, llvm::ArrayRef<KernelRow> rows, const SizeValues &values);
/// Prints the remarks of one kind under a heading, those that differ in numbers
/// of parts as one; nothing when there are none.
void printRemarks(llvm::raw_ostream &os, llvm::StringRef heading,
                  llvm::ArrayRef<RemarkRecord> records, RemarkKind kind);

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_EXPLAINTEXT_H
