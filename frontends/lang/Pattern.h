//===- Pattern.h - "B N (heads d) -> B heads N d" ---------------*- C++ -*-===//
//
// The small language inside pattern strings: sides separated by `,` and `->`,
// axes separated by spaces, `( )` a product of axes, `[ ]` the axes an
// operation works on, numbers, and `..` for the remaining axes.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_PATTERN_H
#define TENON_FRONTENDS_LANG_PATTERN_H

#include "frontends/lang/Diagnostics.h"

#include "llvm/ADT/SmallVector.h"

namespace tenon::lang {

enum class PatternItemKind : uint8_t { Name, Number, Ellipsis };

/// A name, a number, or `..`, and the bytes of the string where it stands.
struct PatternItem {
  PatternItemKind kind = PatternItemKind::Name;
  llvm::StringRef name;
  int64_t number = 0;
  uint32_t begin = 0;
  uint32_t end = 0;

  /// An axis of size 1 that was written as a number: it carries nothing.
  bool isUnit() const { return kind == PatternItemKind::Number && number == 1; }
};

/// One axis of a tensor: an item alone, or the product of several.
struct PatternAxis {
  llvm::SmallVector<PatternItem, 2> items;
  bool product = false;
  bool marked = false;
  uint32_t begin = 0;
  uint32_t end = 0;

  /// `..` outside of a product: any number of axes.
  bool isEllipsis() const {
    return !product && items.size() == 1 && items[0].kind == PatternItemKind::Ellipsis;
  }
};

using PatternSide = llvm::SmallVector<PatternAxis, 4>;

/// A whole pattern. `hasOutput` is false when there is no `->`.
struct Pattern {
  llvm::SmallVector<PatternSide, 2> inputs;
  PatternSide output;
  bool hasOutput = false;
};

/// Reads a pattern. On failure returns false and says what is wrong in `error`
/// and between which bytes of `text` in `begin`, `end`.
bool parsePattern(llvm::StringRef text, Pattern &pattern, std::string &error, uint32_t &begin,
                  uint32_t &end);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_PATTERN_H
