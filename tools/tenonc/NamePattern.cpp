//===- NamePattern.cpp - Texts that differ in numbers of parts ------------===//

#include "NamePattern.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace tenon::driver;

/// Splits `text` at its numbers.
static void split(StringRef text, SmallVectorImpl<std::string> &parts,
                  SmallVectorImpl<uint64_t> &numbers) {
  parts.emplace_back();
  for (size_t i = 0; i < text.size();) {
    StringRef digits = text.substr(i).take_while(isDigit);
    StringRef after = text.substr(i + digits.size());
    bool endsComponent =
        after.empty() || after[0] == '.' || (!isAlnum(after[0]) && after[0] != '_');
    uint64_t number;
    if (i > 0 && text[i - 1] == '.' && endsComponent && !digits.getAsInteger(10, number)) {
      numbers.push_back(number);
      parts.emplace_back();
      i += digits.size();
    } else {
      parts.back() += text[i++];
    }
  }
}

std::string NamePattern::getKey(StringRef text) {
  SmallVector<std::string> parts;
  SmallVector<uint64_t> numbers;
  split(text, parts, numbers);
  return join(parts, "*");
}

void NamePattern::add(StringRef text) {
  SmallVector<uint64_t> found;
  parts.clear();
  split(text, parts, found);
  numbers.resize(found.size());
  for (auto [set, number] : zip(numbers, found))
    set.insert(number);
}

std::string NamePattern::toString() const {
  std::string text = parts.empty() ? "" : parts.front();
  for (auto [set, part] : zip(numbers, ArrayRef(parts).drop_front())) {
    bool isRange = *set.rbegin() - *set.begin() + 1 == set.size();
    if (set.size() == 1)
      text += utostr(*set.begin());
    else if (isRange)
      text += utostr(*set.begin()) + "-" + utostr(*set.rbegin());
    else
      text += "{" + join(map_range(set, [](uint64_t n) { return utostr(n); }), ",") + "}";
    text += part;
  }
  return text;
}
