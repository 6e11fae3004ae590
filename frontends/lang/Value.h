//===- Value.h - What a name can stand for ----------------------*- C++ -*-===//
//
// The values of the elaborator: static ones (numbers, sizes, strings, lists,
// kinds of blocks, functions), parts and parameters, and tensors, which are
// MLIR values. Values are small and copied; what they point to lives as long
// as the import.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_VALUE_H
#define TENON_FRONTENDS_LANG_VALUE_H

#include "frontends/lang/AST.h"
#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

#include <deque>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace tenon::lang {

using Size = mlir::tenon::SizeAttr;
using TensorType = mlir::tenon::TenonTensorType;

struct Builtin;
struct FileUnit;
struct Part;
class Scope;
class Value;

/// The value of something that was already reported; computing with it gives
/// more of it and no message.
struct Poison {};
/// `none`.
struct NoneValue {};

/// A list.
struct ListValue {
  std::vector<Value> items;
  /// Of results: their names, as `f(x).name` takes them; empty otherwise.
  std::vector<llvm::StringRef> names;
  /// Of parts: the index of the first one, `name[s in 1..4]`.
  int64_t first = 0;
};

/// `name[a, b = c]` of a block: some or all of its hyper-parameters given.
struct BlockValue {
  const Declaration *declaration = nullptr;
  const FileUnit *file = nullptr;
  /// One per hyper-parameter of the declaration; null when not given.
  std::vector<const struct GivenHyper *> given;
};

/// `name[lr]` of an optimizer, likewise.
struct OptimizerValue : BlockValue {};

/// A function of the file or of a block, with the names and the part it sees,
/// and the arguments that brackets have fixed.
struct FnValue {
  const Declaration *declaration = nullptr;
  const FileUnit *file = nullptr;
  Scope *closure = nullptr;
  Part *self = nullptr;
  std::vector<std::pair<llvm::StringRef, Value>> fixed;
};

/// A built-in function, with the static arguments that brackets have fixed.
struct BuiltinValue {
  const Builtin *row = nullptr;
  std::vector<std::pair<llvm::StringRef, Value>> fixed;
};

/// How the first value of a parameter is made: `kind` of tenon.initial, empty for none,
/// with its two numbers.
struct InitialValue {
  llvm::StringRef kind;
  double a = 0, b = 0;
  /// Its first axis is that of inputs, not of outputs: [in, out, ...].
  bool isInputFirst = false;
};

/// A parameter of the model.
struct Parameter {
  /// The checkpoint's name.
  std::string name;
  TensorType type;
  /// The dtype that `precision weights = ...` keeps it in, if another one: its values
  /// are rounded to it.
  mlir::FloatType storage;
  mlir::tenon::ParamKind kind = mlir::tenon::ParamKind::Trainable;
  /// Where it was declared, and in which part.
  SourceRange range;
  const Part *owner = nullptr;
  /// Its initial values are drawn (`~`).
  bool drawn = false;
  InitialValue initial;
};

/// A random distribution that initial values are drawn from.
struct Distribution {
  llvm::StringRef name;
  /// Its spread comes from the numbers of inputs and outputs, `[out, in, ...]`.
  bool usesFans = false;
  /// They are in the order [in, out, ...].
  bool isInputFirst = false;
  /// What it was given, or the default.
  double low = 0, high = 1, value = 0, std = 1, gain = 1;
};

struct Schedule;

/// Where a static value was written.
struct Origin {
  SourceRange range;
  /// `-D` or `config NAME` for values that are in no file.
  llvm::StringRef option;
};

class Value {
public:
  using Payload = std::variant<Poison, NoneValue, bool, double, Size, llvm::StringRef,
                               const ListValue *, const BlockValue *, const OptimizerValue *,
                               const FnValue *, const BuiltinValue *, Part *, const Parameter *,
                               const Schedule *, const Distribution *, mlir::Type, mlir::Value>;

  Value() = default;
  template <typename T, typename = std::enable_if_t<std::is_constructible_v<Payload, T>>>
  /*implicit*/ Value(T payload) : payload(payload) {}

  template <typename T> bool is() const { return std::holds_alternative<T>(payload); }
  template <typename T> T get() const { return std::get<T>(payload); }
  /// The value if it is of this kind, else a default-made one.
  template <typename T> T getIf() const { return is<T>() ? get<T>() : T(); }

  bool isPoison() const { return is<Poison>(); }
  bool isTensor() const { return is<mlir::Value>(); }
  bool isNumber() const { return is<Size>() || is<double>(); }
  /// A number, or a scalar that depends on the step.
  bool isSchedule() const {
    return isNumber() || is<const Schedule *>() ||
           (isTensor() && tensorType().getRank() == 0 &&
            mlir::isa<mlir::FloatType>(tensorType().getElementType()));
  }
  TensorType tensorType() const { return llvm::cast<TensorType>(get<mlir::Value>().getType()); }
  /// The integer, if the value is one that does not depend on dynamic sizes.
  std::optional<int64_t> integer() const {
    return is<Size>() ? get<Size>().getConstant() : std::nullopt;
  }
  /// The number as a float, if it is known.
  std::optional<double> number() const;

  /// What the value is, for messages: `192`, `a tensor [B, 3]`, `block linear`.
  std::string describe() const;

  Origin origin;

private:
  Payload payload;
};

/// A hyper-parameter's value and how it was written: `4 * D`.
struct GivenHyper {
  Value value;
  llvm::StringRef text;
  SourceRange range;
};

/// One part: an instance of a block, made once, that owns parameters.
struct Part {
  const BlockValue *block = nullptr;
  /// The hyper-parameters, complete.
  std::vector<GivenHyper> hypers;
  /// The beginning of its parameters' names: `encoder.layer.0`.
  std::string path;
  /// The way to it as the text says: `layer[0].norm1`.
  std::string shown;
  const PartStatement *declaration = nullptr;
  Part *parent = nullptr;
  bool frozen = false;
  bool used = false;
  /// Of a model: what its parameters without a dtype of their own are kept in; null: f32.
  mlir::FloatType weightStorage;
  /// Its parts (Part or list of them) and parameters, by their names.
  std::map<llvm::StringRef, Value> members;
};

/// `[B, 197, 192]`.
std::string formatShape(llvm::ArrayRef<Size> shape);
/// `f32`, `i64`, `bool`.
std::string formatElement(mlir::Type type);
/// `f32[B, 197]`.
std::string formatType(TensorType type);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_VALUE_H
