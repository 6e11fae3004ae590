//===- Status.cpp - success, or what went wrong and whose fault it is -----===//
#include "tenon/Runtime/Io/Status.h"
#include "tenon/Runtime/Io/Text.h"

namespace tenon::runtime {

constexpr size_t maxErrors = 20;
constexpr size_t maxNotes = 5;
constexpr size_t maxLineBytes = 400;

Status Status::error(ExitCode code, std::string where, std::string text) {
  Status status;
  status.failure = std::make_unique<Failure>();
  status.failure->code = code;
  status.failure->errors.push_back({std::move(where), std::move(text), {}, std::string()});
  return status;
}

Status &&Status::note(std::string text) && {
  failure->errors.back().notes.push_back(std::move(text));
  return std::move(*this);
}

Status &&Status::hint(std::string text) && {
  failure->errors.back().hint = std::move(text);
  return std::move(*this);
}

Status &&Status::relocate(std::string_view from, const std::string &to) && {
  for (size_t i = 0; failure && i < failure->errors.size(); ++i)
    if (failure->errors[i].where == from)
      failure->errors[i].where = to;
  return std::move(*this);
}

void Status::append(Status other) {
  if (!other.failure)
    return;
  if (!failure) {
    failure = std::move(other.failure);
    return;
  }
  for (ErrorLine &line : other.failure->errors)
    failure->errors.push_back(std::move(line));
}

const std::vector<ErrorLine> &Status::errors() const {
  static const std::vector<ErrorLine> none;
  return failure ? failure->errors : none;
}

std::vector<std::string> Status::render() const {
  std::vector<std::string> lines;
  const std::vector<ErrorLine> &all = errors();
  size_t shown = all.size() < maxErrors ? all.size() : maxErrors;
  for (size_t i = 0; i < shown; ++i) {
    const ErrorLine &line = all[i];
    lines.push_back(cutLine(line.where + ": error: " + line.text, maxLineBytes));
    for (size_t n = 0; n < line.notes.size() && n < maxNotes; ++n)
      lines.push_back(cutLine("  note: " + line.notes[n], maxLineBytes));
    if (!line.hint.empty())
      lines.push_back(cutLine("  hint: " + line.hint, maxLineBytes));
  }
  if (all.size() > shown)
    lines.push_back(std::to_string(all.size() - shown) + " more errors");
  return lines;
}

} // namespace tenon::runtime
