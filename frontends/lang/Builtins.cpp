//===- Builtins.cpp - The table, and arguments of its rows ----------------===//

#include "frontends/lang/Builtins.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>

namespace tenon::lang {

namespace {
/// The table, and what plugins have added to it.
struct BuiltinTable {
  BuiltinTable() {
    add({
#define TENON_BUILTIN(name, signature, handler) {name, signature, handler},
#define TENON_BUILTIN_LATER(name) {name, "", nullptr},
#include "frontends/lang/Builtins.def"
    });
  }

  void add(llvm::ArrayRef<Builtin> added) {
    for (const Builtin &row : added)
      if (index.try_emplace(row.name, rows.size()).second)
        rows.push_back(row);
  }

  std::vector<Builtin> rows;
  llvm::StringMap<size_t> index;
};
} // namespace

static BuiltinTable &getTable() {
  static BuiltinTable table;
  return table;
}

llvm::ArrayRef<Builtin> allBuiltins() { return getTable().rows; }

void registerBuiltins(llvm::ArrayRef<Builtin> rows) { getTable().add(rows); }

const Builtin *findBuiltin(llvm::StringRef name) {
  const BuiltinTable &table = getTable();
  auto found = table.index.find(name);
  return found == table.index.end() ? nullptr : &table.rows[found->second];
}

Value BuiltinCall::notYet(const llvm::Twine &what) {
  error(what + " is not supported yet");
  return {};
}

bool BuiltinCall::bind(llvm::ArrayRef<CallArgument> arguments,
                       const std::vector<std::pair<llvm::StringRef, Value>> &fixed) {
  llvm::SmallVector<llvm::StringRef, 12> words;
  llvm::SplitString(row.signature, words);
  bool takesMore = llvm::is_contained(words, "..."), takesSizes = llvm::is_contained(words, "*");
  // With leading `...` the last positional arguments fill the required parameters.
  bool leading = !words.empty() && words.front() == "...";
  llvm::erase_if(words, [](llvm::StringRef word) { return word == "..." || word == "*"; });
  size_t required =
      llvm::count_if(words, [](llvm::StringRef word) { return !word.ends_with("?"); });
  size_t positional =
      llvm::count_if(arguments, [](const CallArgument &argument) { return argument.name.empty(); });
  size_t next = 0, seen = 0;
  for (const CallArgument &argument : arguments) {
    if (argument.name.empty()) {
      bool isMore = leading ? seen + required < positional : next >= words.size();
      ++seen;
      if (isMore && takesMore) {
        restArguments.push_back(argument);
        continue;
      }
      if (next >= words.size()) {
        error("'" + row.name + "' is given too many arguments")
            .expected("at most " + llvm::Twine(words.size()), llvm::Twine(positional));
        return false;
      }
      bound.emplace_back(words[next++].rtrim('?'), argument);
      continue;
    }
    bool known =
        llvm::any_of(words, [&](llvm::StringRef word) { return word.rtrim('?') == argument.name; });
    if (!known && takesSizes) {
      restArguments.push_back(argument);
      continue;
    }
    if (!known) {
      llvm::SmallVector<llvm::StringRef, 12> names;
      for (llvm::StringRef word : words)
        names.push_back(word.rtrim('?'));
      llvm::StringRef near = nearestName(argument.name, names);
      elaborator.error(frame, argument.range,
                       "'" + row.name + "' has no argument '" + argument.name + "'" +
                           (near.empty() ? "" : "; did you mean '" + near.str() + "'?"));
      return false;
    }
    if (get(argument.name)) {
      elaborator.error(frame, argument.range,
                       "argument '" + argument.name + "' of '" + row.name + "' is given twice");
      return false;
    }
    bound.emplace_back(argument.name, argument);
  }
  for (const auto &[name, value] : fixed)
    if (!get(name))
      bound.emplace_back(name, CallArgument{name, value, range, nullptr});
  for (llvm::StringRef word : words)
    if (!word.ends_with("?") && !get(word)) {
      error("'" + row.name + "' needs its argument '" + word + "'");
      return false;
    }
  return true;
}

const CallArgument *BuiltinCall::get(llvm::StringRef name) const {
  for (const auto &[known, argument] : bound)
    if (known == name)
      return argument.value.is<NoneValue>() ? nullptr : &argument;
  return nullptr;
}

mlir::Location BuiltinCall::location() { return elaborator.location(frame, range, row.name); }

mlir::Value BuiltinCall::tensor(llvm::StringRef name) {
  const CallArgument *argument = get(name);
  SourceRange place = argument->range.isValid() ? argument->range : range;
  mlir::Value tensor = elaborator.asTensor(argument->value, frame, place);
  if (!tensor && !argument->value.isPoison())
    elaborator.error(frame, place, "argument '" + name + "' of '" + row.name + "'")
        .expected("a tensor", argument->value.describe());
  return tensor;
}

mlir::Value BuiltinCall::floatTensor(llvm::StringRef name) {
  mlir::Value value = tensor(name);
  if (!value)
    return {};
  TensorType type = llvm::cast<TensorType>(value.getType());
  if (mlir::isa<mlir::FloatType>(type.getElementType()))
    return value;
  const CallArgument *argument = get(name);
  elaborator.error(frame, argument->range, "argument '" + name + "' of '" + row.name + "'")
      .expected("a tensor of floats", formatType(type));
  return {};
}

template <typename T, typename Read>
static std::optional<T> readArgument(BuiltinCall &call, llvm::StringRef name, T otherwise,
                                     llvm::StringRef wanted, Read read) {
  const CallArgument *argument = call.get(name);
  if (!argument)
    return otherwise;
  std::optional<T> value = read(argument->value);
  if (!value && !argument->value.isPoison())
    call.elaborator
        .error(call.frame, argument->range, "argument '" + name + "' of '" + call.row.name + "'")
        .expected(wanted, argument->value.describe());
  return value;
}

std::optional<int64_t> BuiltinCall::integer(llvm::StringRef name, int64_t otherwise) {
  return readArgument<int64_t>(*this, name, otherwise, "an integer known when compiling",
                               [](const Value &value) { return value.integer(); });
}

std::optional<double> BuiltinCall::number(llvm::StringRef name, double otherwise) {
  return readArgument<double>(*this, name, otherwise, "a finite number", [](const Value &value) {
    std::optional<double> number = value.number();
    return number && std::isfinite(*number) ? number : std::nullopt;
  });
}

std::optional<bool> BuiltinCall::truth(llvm::StringRef name, bool otherwise) {
  return readArgument<bool>(*this, name, otherwise, "true or false", [](const Value &value) {
    return value.is<bool>() ? std::optional<bool>(value.get<bool>()) : std::nullopt;
  });
}

std::optional<int64_t> BuiltinCall::axis(int64_t otherwise, int64_t rank) {
  std::optional<int64_t> axis = integer("axis", otherwise);
  if (!axis)
    return std::nullopt;
  if (rank == 0) {
    error("'" + row.name + "'").expected("a tensor with at least one axis", "a scalar");
    return std::nullopt;
  }
  if (*axis < -rank || *axis >= rank) {
    error("axis of '" + row.name + "'")
        .expected(llvm::Twine(-rank) + " to " + llvm::Twine(rank - 1), llvm::Twine(*axis));
    return std::nullopt;
  }
  return *axis < 0 ? *axis + rank : *axis;
}

std::optional<llvm::SmallVector<int64_t>>
BuiltinCall::perAxis(llvm::StringRef name, int64_t otherwise, size_t count, int64_t least) {
  const CallArgument *argument = get(name);
  llvm::SmallVector<int64_t> values(count, otherwise);
  if (argument && argument->value.is<const ListValue *>()) {
    const std::vector<Value> &items = argument->value.get<const ListValue *>()->items;
    if (items.size() != count) {
      elaborator.error(frame, argument->range, "argument '" + name + "' of '" + row.name + "'")
          .expected(llvm::Twine(count) + " integers", llvm::Twine(items.size()));
      return std::nullopt;
    }
    for (size_t i = 0; i < count; ++i)
      values[i] = items[i].integer().value_or(least - 1);
  } else if (argument) {
    std::optional<int64_t> value = integer(name, otherwise);
    if (!value)
      return std::nullopt;
    values.assign(count, *value);
  }
  for (int64_t value : values)
    if (value < least) {
      elaborator
          .error(frame, argument ? argument->range : range,
                 "argument '" + name + "' of '" + row.name + "'")
          .expected("at least " + llvm::Twine(least), llvm::Twine(value));
      return std::nullopt;
    }
  return values;
}

} // namespace tenon::lang
