//===- Walsh.h - The dialect walsh ------------------------------*- C++ -*-===//

#ifndef WALSH_H
#define WALSH_H

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

#include "WalshDialect.h.inc"

#define GET_OP_CLASSES
#include "WalshOps.h.inc"

#endif // WALSH_H
