//===- Scope.h - Names and what they stand for ------------------*- C++ -*-===//

#ifndef TENON_FRONTENDS_LANG_SCOPE_H
#define TENON_FRONTENDS_LANG_SCOPE_H

#include "frontends/lang/Diagnostics.h"
#include "frontends/lang/Value.h"

#include "llvm/ADT/StringMap.h"

namespace tenon::lang {

/// What kind of thing a name stands for; decides whether it is a size.
enum class BindingKind : uint8_t {
  Block,
  Fn,
  Constant,
  Hyper,
  Input,
  Name,
  Size,
  Dim,
  Part,
  Param,
  LoopIndex,
  Entry,
  Train,
  Optimizer,
  Model,
};
llvm::StringRef wordFor(BindingKind kind);

struct Binding {
  BindingKind kind = BindingKind::Name;
  Value value;
  /// Where the name was defined.
  SourceRange range;
  /// How its value was written where it was given, or empty.
  llvm::StringRef text;
  /// The type that every new value of the name must have; null when any may.
  TensorType kept = {};

  /// True for names that patterns and types check: everything static and whole
  /// but loop indices.
  bool isSize() const { return kind != BindingKind::LoopIndex && value.is<Size>(); }
};

/// A set of names inside another one. Scopes of the standard library may be
/// hidden by those inside them, others may not.
class Scope {
public:
  enum class Kind : uint8_t { Library, File, Body, Loop };

  Scope(Kind kind, Scope *parent) : kind(kind), parent(parent) {}

  Kind getKind() const { return kind; }
  Scope *getParent() const { return parent; }

  /// The binding of `name` here or outside, or null.
  Binding *lookup(llvm::StringRef name);
  /// As lookup, but without the standard library: what may not be hidden.
  Binding *lookupOwn(llvm::StringRef name);
  /// Defines `name` here, whatever it was.
  Binding &bind(llvm::StringRef name, const Binding &binding) { return names[name] = binding; }
  /// The names defined here.
  llvm::StringMap<Binding> &getNames() { return names; }
  /// Every name that can be seen from here.
  void collect(llvm::SmallVectorImpl<llvm::StringRef> &out) const;

private:
  Kind kind;
  Scope *parent;
  llvm::StringMap<Binding> names;
};

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_SCOPE_H
