//===- NamePattern.h - Texts that differ in numbers of parts ----*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_NAMEPATTERN_H
#define TENON_TOOLS_TENONC_NAMEPATTERN_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <set>
#include <string>

namespace tenon::driver {

/// `layer.0.norm` and `layer.1.norm` as `layer.0-1.norm`. A number of a part is
/// a whole component of a path: digits after a point, up to the next or the end
/// of the path.
class NamePattern {
public:
  /// The text with `*` for each number; texts with equal keys are one pattern.
  static std::string getKey(llvm::StringRef text);

  /// Adds a text of this pattern's key.
  void add(llvm::StringRef text);

  /// The text with the numbers that were added: `3`, `0-5`, or `{0,2}`.
  std::string toString() const;

private:
  /// Parts between the numbers, one more than there are numbers.
  llvm::SmallVector<std::string> parts;
  llvm::SmallVector<std::set<uint64_t>> numbers;
};

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_NAMEPATTERN_H
