//===- Scope.cpp - Names and what they stand for --------------------------===//

#include "frontends/lang/Scope.h"

namespace tenon::lang {

llvm::StringRef wordFor(BindingKind kind) {
  switch (kind) {
  case BindingKind::Block:
    return "block";
  case BindingKind::Fn:
    return "function";
  case BindingKind::Constant:
    return "constant";
  case BindingKind::Hyper:
    return "hyper-parameter";
  case BindingKind::Input:
    return "input";
  case BindingKind::Name:
    return "name";
  case BindingKind::Size:
    return "size";
  case BindingKind::Dim:
    return "dim";
  case BindingKind::Part:
    return "part";
  case BindingKind::Param:
    return "parameter";
  case BindingKind::LoopIndex:
    return "loop index";
  case BindingKind::Entry:
    return "entry";
  case BindingKind::Train:
    return "train section";
  case BindingKind::Optimizer:
    return "optimizer";
  case BindingKind::Model:
    return "model";
  }
  return "";
}

Binding *Scope::lookup(llvm::StringRef name) {
  for (Scope *scope = this; scope; scope = scope->parent) {
    auto found = scope->names.find(name);
    if (found != scope->names.end())
      return &found->second;
  }
  return nullptr;
}

Binding *Scope::lookupOwn(llvm::StringRef name) {
  for (Scope *scope = this; scope && scope->kind != Kind::Library; scope = scope->parent) {
    auto found = scope->names.find(name);
    if (found != scope->names.end())
      return &found->second;
  }
  return nullptr;
}

void Scope::collect(llvm::SmallVectorImpl<llvm::StringRef> &out) const {
  for (const Scope *scope = this; scope; scope = scope->parent)
    for (const auto &entry : scope->names)
      out.push_back(entry.getKey());
  // The order of a hash table must not decide which name is offered.
  llvm::sort(out);
}

} // namespace tenon::lang
