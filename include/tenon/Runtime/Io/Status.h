//===- Status.h - success, or what went wrong and whose fault it is -------===//
//
// The runtime neither throws nor aborts: a function that can fail returns a
// Status, or a Result that holds a value or a Status. A Status carries the exit
// code of the process that meets it, so the class of a failure is decided where
// the failure is seen.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_IO_STATUS_H
#define TENON_RUNTIME_IO_STATUS_H

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tenon::runtime {

/// What a process that meets a failure returns to its caller.
enum class ExitCode : int {
  Success = 0,
  Input = 1,       ///< the model, weights or data are wrong
  Usage = 2,       ///< the command line is wrong
  Environment = 3, ///< file, disk, memory, thread or CPU feature
  Numeric = 4,     ///< a numerical check the user asked for fired
  Internal = 70,   ///< our own mistake
  Hangup = 129,    ///< this and those below: stopped by a signal
  Interrupted = 130,
  Terminated = 143,
};

/// One error: a place, a sentence, up to 5 notes and one hint.
struct ErrorLine {
  std::string where; ///< "w.safetensors: tensor 'a'", "run"
  std::string text;  ///< "dtype is f64; expected f32"
  std::vector<std::string> notes;
  std::string hint;
};

/// Success, or one or more errors with one exit code.
class [[nodiscard]] Status {
public:
  /// Success.
  Status() = default;

  /// A failure at the place `where`.
  static Status error(ExitCode code, std::string where, std::string text);

  bool ok() const { return !failure; }
  ExitCode code() const { return failure ? failure->code : ExitCode::Success; }

  /// Adds a note to the last error. The status must be a failure.
  Status &&note(std::string text) &&;
  /// Sets the hint of the last error. The status must be a failure.
  Status &&hint(std::string text) &&;
  /// Errors at the place `from` are now at `to`.
  Status &&relocate(std::string_view from, const std::string &to) &&;
  /// Adds the errors of `other`; the exit code of the first failure stays.
  void append(Status other);

  /// The errors in the order they were added; empty for success.
  const std::vector<ErrorLine> &errors() const;

  /// The lines to print: at most 20 errors and then "N more errors", at most
  /// 5 notes per error, each line at most 400 bytes long.
  std::vector<std::string> render() const;

private:
  struct Failure {
    ExitCode code;
    std::vector<ErrorLine> errors;
  };
  std::unique_ptr<Failure> failure;
};

/// A value, or the Status that tells why there is none. The value may be used
/// only after ok() said so.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : storage(std::in_place_index<0>, std::move(value)) {}
  /// `status` must be a failure.
  Result(Status status) : storage(std::in_place_index<1>, std::move(status)) {}

  bool ok() const { return storage.index() == 0; }
  T &operator*() { return *std::get_if<0>(&storage); }
  const T &operator*() const { return *std::get_if<0>(&storage); }
  T *operator->() { return std::get_if<0>(&storage); }
  const T *operator->() const { return std::get_if<0>(&storage); }
  /// The failure; call only if !ok().
  Status takeStatus() { return std::move(*std::get_if<1>(&storage)); }
  const Status &status() const { return *std::get_if<1>(&storage); }

private:
  std::variant<T, Status> storage;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_IO_STATUS_H
