//===- Basis.h - Tensors of terms as a scalar function ----------*- C++ -*-===//
//
// The terms of a basis are written as tensors [.., I, K]: maps, stacks, repetitions
// along K, products with the numbers 1, 2, ... Here they become one region that takes
// elements of tensors [.., I] and yields K scalars.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_DIALECT_TENON_TRANSFORMS_BASIS_H
#define TENON_LIB_DIALECT_TENON_TRANSFORMS_BASIS_H

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

#include "llvm/ADT/SetVector.h"

namespace mlir::tenon {

/// A tensor as a basis sees it: which axis of [.., I, K] each of its own is, or
/// `kUnit` for one of size 1, and the index along K where it has one.
struct TermView {
  static constexpr int64_t kUnit = -1;
  Value value;
  SmallVector<int64_t> axes;
  int64_t term = 0;
};

class Basis {
public:
  /// For tensors of which `elements` are the sizes of [.., I]. Ops that nothing but
  /// `readers` needs are computed in the region, the others' results are inputs.
  Basis(Location loc, ArrayRef<SizeAttr> elements, ArrayRef<Operation *> readers);

  /// Adds a term; fails, and says why in `getRefusal`, when it is not a function of
  /// elements.
  LogicalResult addTerm(const TermView &view);
  size_t getNumTerms() const { return terms.size(); }
  /// False for terms that are all constant.
  bool hasInputs() const { return !inputs.empty(); }
  StringRef getRefusal() const { return refusal; }

  /// The layer: c is [O, I, K]. Built at `builder`, before which all operands stand.
  KanOp build(OpBuilder &builder, TenonTensorType type, Value coefficients);
  /// Erases what the layer has made superfluous.
  void eraseDead();

private:
  int64_t getTermAxis() const { return elements.size(); }
  bool varies(const TermView &view) const;
  bool isStatic(const TermView &view) const;
  bool isInside(const TermView &view) const;
  FailureOr<Value> get(const TermView &view);
  FailureOr<Value> compute(const TermView &view);
  FailureOr<Value> computeMap(MapOp map, const TermView &view);
  FailureOr<Value> computeProduct(ContractOp product, const TermView &view);
  FailureOr<TermView> stepInto(Operation *op, const TermView &view);
  FailureOr<Value> addInput(const TermView &view);
  LogicalResult refuse(const Twine &reason);

  Location loc;
  SmallVector<SizeAttr> elements;
  llvm::SetVector<Operation *> inside;
  /// Where the region grows.
  std::unique_ptr<Region> region;
  OpBuilder builder;
  SmallVector<Value> terms;
  /// Tensors whose elements the region takes.
  struct Input {
    TermView view;
    Value argument;
  };
  SmallVector<Input> inputs;
  /// What is known of a tensor, per index along K; -1 where it does not vary with it.
  llvm::DenseMap<std::pair<Value, int64_t>, std::pair<SmallVector<int64_t>, Value>> known;
  std::string refusal;
};

} // namespace mlir::tenon

#endif // TENON_LIB_DIALECT_TENON_TRANSFORMS_BASIS_H
