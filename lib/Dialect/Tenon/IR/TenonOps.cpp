//===- TenonOps.cpp - Generated definitions of the ops --------------------===//

#include "OpSupport.h"

#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace mlir::tenon;

#define GET_OP_CLASSES
#include "tenon/Dialect/Tenon/IR/TenonOps.cpp.inc"
