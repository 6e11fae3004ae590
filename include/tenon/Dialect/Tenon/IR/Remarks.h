//===- Remarks.h - Where ops come from, and remarks on them -----*- C++ -*-===//
//
// Passes report what they fused, what they left apart and what fell back to a
// slower form through MLIR's remark engine. Without an engine nothing is built.
// `tenonc --explain` and the remark options of tenon-opt show them.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TENON_IR_REMARKS_H
#define TENON_DIALECT_TENON_IR_REMARKS_H

#include "mlir/IR/Location.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/Remarks.h"

namespace mlir::tenon {

/// Keys of a remark's arguments, in their order.
inline constexpr llvm::StringLiteral kRemarkBlock = "Block";
inline constexpr llvm::StringLiteral kRemarkSubject = "Subject";
inline constexpr llvm::StringLiteral kRemarkReason = "Reason";
/// A last one, of passed remarks on what is computed in another way than it is written.
inline constexpr llvm::StringLiteral kRemarkRewrite = "Rewrite";

/// Where an op was written: a location fused<"gelu">[NameLoc("layer.0.mlp",
/// FileLineCol)] and everything that lacks some of it.
struct Origin {
  /// The path of the part, as parameters are named; empty outside parts.
  StringRef block;
  /// What the text calls the op: the function's name; empty when unnamed.
  StringRef label;
  /// Null without one.
  FileLineColLoc place;
};

/// The outermost of each in `location`.
Origin getOrigin(Location location);

/// `location` of an op that the text calls `label`.
Location withLabel(Location location, StringRef label);

/// `model.tenon:17:36`, the file by its name alone: where it lies must not
/// change what is printed. Empty without a place.
std::string formatPlace(const Origin &origin);

/// What to call an op: its label, else its own name without the dialect.
StringRef getDisplayName(Operation *op);

/// A remark of `pass` about `op`, named `name`, with block, subject and
/// `reason`. Both names must be literals. Passed: it was fused. Rewritten (passed, too):
/// less is computed than is written. Missed: it could be but was not. Fallback (a failure
/// in LLVM's terms): it takes a slower form than others of its kind.
void remarkPassed(Operation *op, llvm::StringLiteral pass, llvm::StringLiteral name,
                  const llvm::Twine &reason);
void remarkRewritten(Operation *op, llvm::StringLiteral pass, llvm::StringLiteral name,
                     const llvm::Twine &reason);
void remarkMissed(Operation *op, llvm::StringLiteral pass, llvm::StringLiteral name,
                  const llvm::Twine &reason);
void remarkFallback(Operation *op, llvm::StringLiteral pass, llvm::StringLiteral name,
                    const llvm::Twine &reason);

} // namespace mlir::tenon

#endif // TENON_DIALECT_TENON_IR_REMARKS_H
