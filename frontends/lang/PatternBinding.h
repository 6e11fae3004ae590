//===- PatternBinding.h - Patterns meet tensors -----------------*- C++ -*-===//
//
// Gives every name of a pattern its size, by the one rule: a size in scope is
// checked, a new name is bound (and the one unknown of a product is found by
// exact division).
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_PATTERNBINDING_H
#define TENON_FRONTENDS_LANG_PATTERNBINDING_H

#include "frontends/lang/Builtins.h"
#include "frontends/lang/Pattern.h"

namespace tenon::lang {

/// A factor of an axis: the same key on both sides is the same factor. Axes
/// that `..` covers and numbers have keys that no name can have.
struct Factor {
  std::string key;
  Size size;
};

/// One axis of a tensor as a product of factors; none for an axis written 1.
struct BoundAxis {
  llvm::SmallVector<Factor, 2> factors;
  bool marked = false;
};
using BoundSide = llvm::SmallVector<BoundAxis, 6>;

/// The sizes of a side, axis by axis.
llvm::SmallVector<Size> shapeOf(const BoundSide &side, mlir::MLIRContext *context);
/// True when some axis of the side is the factor `key`.
bool hasKey(const BoundSide &side, llvm::StringRef key);

/// The pattern argument of a built-in while it is matched.
class PatternBinding {
public:
  explicit PatternBinding(BuiltinCall &call) : call(call) {}

  /// Reads the argument `pattern` and takes the sizes given by name. It must
  /// have `inputs` sides before `->` (any number if 0), or alone when not
  /// `hasOutput`. False after an error.
  bool read(size_t inputs, bool hasOutput = true);
  size_t inputCount() const { return pattern.inputs.size(); }

  /// Matches input side `index` with a tensor's shape.
  std::optional<BoundSide> bindInput(size_t index, TensorType type);
  /// Gives the output side its sizes. Names that no input has are an error
  /// unless `mayAppear`.
  std::optional<BoundSide> bindOutput(bool mayAppear);
  /// Reports that `key` is on the left and not on the right. False.
  bool refuseVanished(llvm::StringRef key);
  Diagnostic &error(const llvm::Twine &message) {
    return call.elaborator.error(call.frame, range(0, text.size()), message);
  }

private:
  SourceRange range(uint32_t begin, uint32_t end) const;
  std::string keyOf(const PatternItem &item);
  /// The size that `item` must have, if it is known.
  std::optional<Size> sizeOf(const PatternItem &item, llvm::StringRef key);
  bool bindItem(const PatternItem &item, llvm::StringRef key, Size size);
  bool bindProduct(const PatternAxis &axis, Size size, BoundAxis &bound);

  BuiltinCall &call;
  llvm::StringRef text;
  SourceRange literal;
  Pattern pattern;
  std::map<std::string, Size> sizes;
  std::map<int64_t, unsigned> numbersSeen;
  std::optional<llvm::SmallVector<Size>> ellipsis;
};

/// The first factor of `from` that `to` lacks, or null.
const Factor *firstMissing(const BoundSide &from, const BoundSide &to);

/// The tensor with its factors moved from `from` to `to`, which hold the same
/// ones; the tensor itself when nothing moves.
mlir::Value moveFactors(BuiltinCall &call, mlir::Value tensor, const BoundSide &from,
                        const BoundSide &to);
/// The tensor with one factor per axis, `side` changed to match. Axes written 1
/// are dropped when something else moves, or when `dropUnits`.
mlir::Value splitFactors(BuiltinCall &call, mlir::Value tensor, BoundSide &side, bool dropUnits);

/// A tensor with one factor per axis, and which axes a pattern removes.
struct Lines {
  mlir::Value x;
  /// The left side as it is written, and with one factor per axis.
  BoundSide from, side;
  /// The axes of x that the right side lacks.
  llvm::SmallVector<int64_t> axes;
  /// `side` without them, and with 1 in their places.
  BoundSide rest, kept;
  BoundSide to;
};

/// Matches the pattern, of one tensor, with x. Nothing after an error.
std::optional<Lines> readLines(BuiltinCall &call, PatternBinding &binding, mlir::Value x);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_PATTERNBINDING_H
