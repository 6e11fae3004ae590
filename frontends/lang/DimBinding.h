//===- DimBinding.h - The dims of a model during a call ---------*- C++ -*-===//

#ifndef TENON_FRONTENDS_LANG_DIMBINDING_H
#define TENON_FRONTENDS_LANG_DIMBINDING_H

#include "frontends/lang/Elaborator.h"

namespace tenon::lang {

/// The call of an entry: its inputs bind the dims of its model afresh. While it lives,
/// everything that the model's suite computed from them has the sizes of this call.
class DimBinding {
public:
  DimBinding(Elaborator &elaborator, Scope &model);
  DimBinding(const DimBinding &) = delete;
  ~DimBinding();

  /// Takes over the dims that were bound in the scope of the entry, and checks them
  /// against their bounds. False after an error.
  bool update(Scope &entry, SourceRange range, const Frame &caller);

private:
  void apply();
  void restore();
  bool checkBounds(const Binding &dim, Size size, SourceRange range, const Frame &caller);
  Value substitute(const Value &value);
  /// The size with the dims replaced; null when a coefficient leaves 64 bits.
  Size inCall(Size size) const;

  Elaborator &elaborator;
  Scope &model;
  /// The call around this one that binds the same dims, or null.
  DimBinding *outer;
  llvm::DenseMap<mlir::StringAttr, Size> sizes;
  /// What the names of the model stood for before, and the hyper-parameters of parts.
  std::vector<std::pair<Binding *, Value>> names;
  std::vector<std::pair<GivenHyper *, Value>> hypers;
};

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_DIMBINDING_H
