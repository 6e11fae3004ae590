//===- Prepare.h - What is computed when parameters are loaded --*- C++ -*-===//
//
// The prepare function reads parameters and fills storages, which entries read.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_DIALECT_KERNEL_TRANSFORMS_PREPARE_H
#define TENON_LIB_DIALECT_KERNEL_TRANSFORMS_PREPARE_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::tenon::kernel {

/// The module's prepare function, made when it is first needed.
class PrepareFunction {
public:
  explicit PrepareFunction(ModuleOp module);

  /// The end of its body, before the return.
  OpBuilder getBuilder();
  /// A new storage of `type`.
  StorageOp addStorage(Location loc, TenonTensorType type);
  /// A kernel's result that fills a storage.
  void addResult(Value value);

private:
  void create();

  ModuleOp module;
  SymbolTable symbols;
  func::FuncOp function;
  unsigned numStorages = 0;
};

/// The values that kernels compute from parameters and constants, of sizes that are
/// known: they are the same in every run.
class ParameterWork {
public:
  bool contains(Value value);

private:
  bool isSame(Operation *op);

  llvm::DenseMap<Value, bool> known;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_DIALECT_KERNEL_TRANSFORMS_PREPARE_H
