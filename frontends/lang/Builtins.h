//===- Builtins.h - The functions that are built in -------------*- C++ -*-===//
//
// A built-in function is a row of a table: its name, its parameters, and a
// handler that checks the arguments and builds operations.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_BUILTINS_H
#define TENON_FRONTENDS_LANG_BUILTINS_H

#include "frontends/lang/Elaborator.h"

namespace tenon::lang {

/// A call of a built-in function while it is handled.
class BuiltinCall {
public:
  BuiltinCall(Elaborator &elaborator, const Builtin &row, SourceRange range, Frame &frame)
      : elaborator(elaborator), row(row), range(range), frame(frame) {}

  /// Assigns the arguments to the parameters of the row's signature. Returns
  /// false after an error.
  bool bind(llvm::ArrayRef<CallArgument> arguments,
            const std::vector<std::pair<llvm::StringRef, Value>> &fixed);

  /// The argument of this name, or null when it was not given or is `none`.
  const CallArgument *get(llvm::StringRef name) const;
  /// Arguments beyond the named parameters: positional ones of `...`, sizes of
  /// `*`.
  llvm::ArrayRef<CallArgument> rest() const { return restArguments; }

  /// The argument as a tensor. Null after an error, or silently when poison.
  mlir::Value tensor(llvm::StringRef name);
  /// As tensor, but of floating elements.
  mlir::Value floatTensor(llvm::StringRef name);
  /// The argument as an integer, a number, a truth or a string, or the default
  /// when it was not given; nothing after an error.
  std::optional<int64_t> integer(llvm::StringRef name, int64_t otherwise);
  std::optional<double> number(llvm::StringRef name, double otherwise);
  std::optional<bool> truth(llvm::StringRef name, bool otherwise);
  /// The axis argument, counted from the end when negative, checked against
  /// `rank`.
  std::optional<int64_t> axis(int64_t otherwise, int64_t rank);
  /// One positive or (if allowed) zero integer per spatial axis, from an
  /// integer or a list.
  std::optional<llvm::SmallVector<int64_t>> perAxis(llvm::StringRef name, int64_t otherwise,
                                                    size_t count, int64_t least);

  Diagnostic &error(const llvm::Twine &message) { return elaborator.error(frame, range, message); }
  /// Says that what `what` names cannot be compiled yet, and returns poison.
  Value notYet(const llvm::Twine &what);
  /// Of the ops made for this call, labelled with the function's name.
  mlir::Location location();

  Elaborator &elaborator;
  const Builtin &row;
  SourceRange range;
  Frame &frame;

private:
  llvm::SmallVector<std::pair<llvm::StringRef, CallArgument>, 8> bound;
  llvm::SmallVector<CallArgument, 4> restArguments;
};

/// One row of the table.
struct Builtin {
  llvm::StringRef name;
  /// Parameter names separated by spaces; `?` after a name makes it optional,
  /// `...` takes any number of positional arguments before the others, `*` any
  /// named integers.
  llvm::StringRef signature;
  /// Null when the function is known but cannot be compiled yet.
  Value (*handler)(BuiltinCall &);
};

/// The row called `name`, or null.
const Builtin *findBuiltin(llvm::StringRef name);
/// All rows, in the order of the table; those of plugins last.
llvm::ArrayRef<Builtin> allBuiltins();
/// Adds the functions of a plugin, which calls this once, when it is loaded. A name
/// that is taken keeps its meaning.
void registerBuiltins(llvm::ArrayRef<Builtin> rows);

/// A tensor [n, ...] of the numbers in a list, or in lists of equal lengths. Null after an
/// error.
mlir::Value tensorOfNumbers(BuiltinCall &call, const Value &value, mlir::Type element,
                            SourceRange range);

// Handlers, declared from the table.
#define TENON_BUILTIN(name, signature, handler) Value handler(BuiltinCall &call);
#include "frontends/lang/Builtins.def"

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_BUILTINS_H
