//===- Diagnostics.h - Errors and warnings about model text -----*- C++ -*-===//
//
// One message has a place, one sentence, notes, and at most one hint. The
// engine collects them, drops repetitions, and prints the first twenty.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_DIAGNOSTICS_H
#define TENON_FRONTENDS_LANG_DIAGNOSTICS_H

#include "frontends/lang/SourceFile.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

#include <deque>
#include <memory>
#include <vector>

namespace tenon::lang {

enum class Severity { Error, Warning };

/// What is at fault: decides the exit code (1, 2 or 3).
enum class Fault { Input, CommandLine, Environment };

/// One message, built by chaining: `error(at, "...").expected(x, y).note(...)`.
class Diagnostic {
public:
  Diagnostic(Severity severity, Fault fault, SourceRange range, std::string message)
      : severity(severity), fault(fault), range(range), message(std::move(message)) {}

  /// Appends "; expected WANTED, got FOUND" to the sentence.
  Diagnostic &expected(const llvm::Twine &wanted, const llvm::Twine &found);
  /// Appends a note; those beyond the fifth are dropped.
  Diagnostic &note(const llvm::Twine &text);
  /// Takes the notes and the hint of `other`.
  void copyNotes(const Diagnostic &other);
  /// Sets the hint.
  Diagnostic &hint(const llvm::Twine &text);

  Severity getSeverity() const { return severity; }
  Fault getFault() const { return fault; }
  SourceRange getRange() const { return range; }
  llvm::StringRef getMessage() const { return message; }

  /// Writes `FILE:LINE:COL: error: ...`, the line with carets, notes, hint. No
  /// line is longer than 400 characters.
  void print(llvm::raw_ostream &os) const;

private:
  Severity severity;
  Fault fault;
  SourceRange range;
  std::string message;
  llvm::SmallVector<std::string, 2> notes;
  std::string hintText;
};

/// Collects the messages of one run.
class DiagnosticsEngine {
public:
  /// Reports an error at `range`. A second error at the same place is dropped,
  /// so a block used twelve times is not reported twelve times. The reference
  /// is valid until the engine dies.
  Diagnostic &error(SourceRange range, const llvm::Twine &message);
  Diagnostic &warning(SourceRange range, const llvm::Twine &message);
  /// An error without a place: a wrong option, an unreadable file.
  Diagnostic &error(Fault fault, const llvm::Twine &message);

  /// Keeps a file that messages may point into for as long as the messages.
  const SourceFile &adopt(std::unique_ptr<SourceFile> source);

  /// Takes over the messages of `other`, each with the note `note`, except
  /// those at places already reported.
  void absorb(const DiagnosticsEngine &other, const llvm::Twine &note);

  bool hasErrors() const { return errorCount != 0; }
  unsigned getErrorCount() const { return errorCount; }
  /// True when further errors are counted alone: what they would say is not needed.
  bool isFull() const { return errorCount >= kMaxShown; }
  /// What the first error blames.
  Fault getFault() const { return firstFault; }
  const std::deque<Diagnostic> &getDiagnostics() const { return kept; }

  /// Prints everything kept, then "N more errors" if some were not.
  void print(llvm::raw_ostream &os) const;

private:
  static constexpr unsigned kMaxShown = 20;

  Diagnostic &add(Severity severity, Fault fault, SourceRange range, const llvm::Twine &message);

  std::deque<Diagnostic> kept;
  std::vector<std::shared_ptr<const SourceFile>> sources;
  /// Takes what is reported beyond the limit.
  Diagnostic overflow{Severity::Error, Fault::Input, {}, ""};
  llvm::DenseSet<std::pair<const void *, uint64_t>> seen;
  unsigned errorCount = 0;
  unsigned warningCount = 0;
  Fault firstFault = Fault::Input;
};

/// `at LINE:COL`, with the file in front when it is not `from`.
std::string placeOf(SourceRange range, const SourceFile *from);

/// The name in `candidates` that is nearest to `name`, or an empty string when
/// none is near (edit distance at most a third of the length, at least 1).
llvm::StringRef nearestName(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> candidates);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_DIAGNOSTICS_H
