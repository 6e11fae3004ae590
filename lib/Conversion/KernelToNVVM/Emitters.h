//===- Emitters.h - The GPU emitters of the kernel ops ----------*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_EMITTERS_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_EMITTERS_H

#include "tenon/Conversion/KernelToNVVM/GpuEmitterOpInterface.h"

namespace mlir::tenon::kernel {

void attachGpuArgsortEmitter(MLIRContext *context);
void attachGpuAttendEmitter(MLIRContext *context);
void attachGpuAttendGradientEmitter(MLIRContext *context);
void attachGpuAttendStatisticsEmitter(MLIRContext *context);
void attachGpuContractEmitter(MLIRContext *context);
void attachGpuIndexEmitter(MLIRContext *context);
void attachGpuPartSumsEmitter(MLIRContext *context);
void attachGpuPartitionEmitter(MLIRContext *context);
void attachGpuPutEmitter(MLIRContext *context);
void attachGpuRowsEmitter(MLIRContext *context);
void attachGpuScanEmitter(MLIRContext *context);
void attachGpuScatterEmitter(MLIRContext *context);
void attachGpuSumsEmitter(MLIRContext *context);
void attachGpuWindowEmitter(MLIRContext *context);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_EMITTERS_H
