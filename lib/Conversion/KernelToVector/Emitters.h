//===- Emitters.h - Attaching the emitters of single ops --------*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_EMITTERS_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_EMITTERS_H

#include "tenon/Conversion/KernelToVector/KernelEmitterOpInterface.h"

namespace mlir::tenon::kernel {

void attachArgsortEmitter(MLIRContext *context);
void attachAttendEmitter(MLIRContext *context);
void attachAttendGradientEmitter(MLIRContext *context);
void attachContractEmitter(MLIRContext *context);
void attachIndexEmitter(MLIRContext *context);
void attachPackEmitter(MLIRContext *context);
void attachPartitionEmitter(MLIRContext *context);
void attachPutEmitter(MLIRContext *context);
void attachRowsEmitter(MLIRContext *context);
void attachScanEmitter(MLIRContext *context);
void attachScatterEmitter(MLIRContext *context);
void attachSumsEmitter(MLIRContext *context);
void attachWindowEmitter(MLIRContext *context);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_EMITTERS_H
