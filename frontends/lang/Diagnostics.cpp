//===- Diagnostics.cpp - Errors and warnings about model text -------------===//

#include "frontends/lang/Diagnostics.h"

#include <algorithm>

namespace tenon::lang {

/// Longest line that is printed, in bytes.
static constexpr size_t kMaxLine = 400;

Diagnostic &Diagnostic::expected(const llvm::Twine &wanted, const llvm::Twine &found) {
  message += ("; expected " + wanted + ", got " + found).str();
  return *this;
}

Diagnostic &Diagnostic::note(const llvm::Twine &text) {
  if (notes.size() < 5)
    notes.push_back(text.str());
  return *this;
}

Diagnostic &Diagnostic::hint(const llvm::Twine &text) {
  hintText = text.str();
  return *this;
}

void Diagnostic::copyNotes(const Diagnostic &other) {
  notes = other.notes;
  hintText = other.hintText;
}

static void printCut(llvm::raw_ostream &os, std::string line) {
  if (line.size() > kMaxLine) {
    size_t end = kMaxLine - 3;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80)
      --end;
    line.resize(end);
    line += "...";
  }
  os << line << '\n';
}

/// Prints the source line and the carets under it, cut to a window around the
/// carets when the line is long.
static void printSnippet(llvm::raw_ostream &os, SourceRange range) {
  LineColumn at = range.where();
  llvm::StringRef line = range.file->getLine(at.line);
  uint32_t lineStart = range.file->getLineStart(at.line);

  // One entry per shown character, fit for display.
  llvm::SmallVector<std::string, 128> cells;
  unsigned firstCell = at.column - 1;
  unsigned from = firstCell > 80 ? firstCell - 60 : 0;
  unsigned lastCell = firstCell;
  constexpr unsigned kWindow = 100;
  size_t i = 0;
  for (unsigned cell = 0; i < line.size() && cell < firstCell + kWindow; ++cell) {
    Utf8Char c = decodeUtf8(line.substr(i));
    unsigned length = std::max(1u, c.length);
    if (lineStart + i < range.end)
      lastCell = std::max(lastCell, cell);
    if (cell >= from) {
      bool plain = c.length != 0 && c.codePoint >= 0x20 &&
                   escapeForMessage(line.substr(i, length)) == line.substr(i, length);
      cells.push_back(plain ? line.substr(i, length).str() : c.codePoint == '\t' ? " " : "?");
    }
    i += length;
  }

  std::string number = std::to_string(at.line);
  std::string gutter(std::max<size_t>(number.size(), 5), ' ');
  std::string shown = from > 0 ? "..." : "";
  std::string carets(shown.size(), ' ');
  for (const std::string &cell : cells)
    shown += cell;
  carets.append(firstCell - from, ' ');
  carets.append(lastCell - firstCell + 1, '^');
  printCut(os, gutter.substr(number.size()) + number + " | " + shown);
  printCut(os, gutter + " | " + carets);
}

void Diagnostic::print(llvm::raw_ostream &os) const {
  const char *label = severity == Severity::Error ? "error: " : "warning: ";
  if (!range.isValid()) {
    printCut(os, "tenonc: " + (label + message));
  } else {
    LineColumn at = range.where();
    printCut(os, displayPath(range.file->getName()) + ":" + std::to_string(at.line) + ":" +
                     std::to_string(at.column) + ": " + label + message);
    printSnippet(os, range);
  }
  for (const std::string &note : notes)
    printCut(os, "note: " + note);
  if (!hintText.empty())
    printCut(os, "hint: " + hintText);
}

Diagnostic &DiagnosticsEngine::add(Severity severity, Fault fault, SourceRange range,
                                   const llvm::Twine &message) {
  uint64_t key = (uint64_t(range.begin) << 1) | (severity == Severity::Warning);
  if (range.isValid() && !seen.insert({range.file, key}).second) {
    overflow = Diagnostic(severity, fault, {}, "");
    return overflow;
  }
  if (severity == Severity::Error && errorCount++ == 0)
    firstFault = fault;
  if (severity == Severity::Warning)
    ++warningCount;
  if ((severity == Severity::Error ? errorCount : warningCount) > kMaxShown) {
    overflow = Diagnostic(severity, fault, {}, "");
    return overflow;
  }
  kept.emplace_back(severity, fault, range, message.str());
  return kept.back();
}

Diagnostic &DiagnosticsEngine::error(SourceRange range, const llvm::Twine &message) {
  return add(Severity::Error, Fault::Input, range, message);
}

Diagnostic &DiagnosticsEngine::warning(SourceRange range, const llvm::Twine &message) {
  return add(Severity::Warning, Fault::Input, range, message);
}

Diagnostic &DiagnosticsEngine::error(Fault fault, const llvm::Twine &message) {
  return add(Severity::Error, fault, {}, message);
}

const SourceFile &DiagnosticsEngine::adopt(std::unique_ptr<SourceFile> source) {
  sources.push_back(std::move(source));
  return *sources.back();
}

void DiagnosticsEngine::absorb(const DiagnosticsEngine &other, const llvm::Twine &note) {
  sources.insert(sources.end(), other.sources.begin(), other.sources.end());
  for (const Diagnostic &diagnostic : other.kept) {
    Diagnostic &copy = add(diagnostic.getSeverity(), diagnostic.getFault(), diagnostic.getRange(),
                           diagnostic.getMessage());
    copy.copyNotes(diagnostic);
    copy.note(note);
  }
}

void DiagnosticsEngine::print(llvm::raw_ostream &os) const {
  for (const Diagnostic &diagnostic : kept)
    diagnostic.print(os);
  if (errorCount > kMaxShown)
    os << (errorCount - kMaxShown) << " more errors\n";
  if (warningCount > kMaxShown)
    os << (warningCount - kMaxShown) << " more warnings\n";
}

std::string placeOf(SourceRange range, const SourceFile *from) {
  if (!range.isValid())
    return "built in";
  LineColumn at = range.where();
  std::string place = std::to_string(at.line) + ":" + std::to_string(at.column);
  if (range.file == from)
    return "at " + place;
  return "at " + displayPath(range.file->getName()) + ":" + place;
}

llvm::StringRef nearestName(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> candidates) {
  unsigned best = std::max<unsigned>(1, name.size() / 3) + 1;
  llvm::StringRef found;
  for (llvm::StringRef candidate : candidates) {
    // Every short name is near every other; only its case may be wrong.
    if (name.size() <= 2 && !name.equals_insensitive(candidate))
      continue;
    // A swap of neighbours counts as two edits; one such slip is still near.
    bool swapped = candidate.size() == name.size() && name.size() > 2 &&
                   candidate.front() == name.front() &&
                   std::is_permutation(name.begin(), name.end(), candidate.begin());
    unsigned distance =
        swapped ? 1 : name.edit_distance(candidate, /*AllowReplacements=*/true, best);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

} // namespace tenon::lang
