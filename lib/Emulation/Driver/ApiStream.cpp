//===- ApiStream.cpp - Streams, events, graphs ----------------------------===//

#include "Driver.h"

using namespace tenon::emulation;

TENON_CUDA_API cuStreamCreate(CUstream *stream, unsigned flags) {
  TENON_LOCK_DRIVER;
  return driver->createStream(!(flags & CU_STREAM_NON_BLOCKING), *stream);
}

TENON_CUDA_API cuStreamDestroy_v2(CUstream stream) {
  TENON_LOCK_DRIVER;
  return driver->destroyStream(stream);
}

TENON_CUDA_API cuStreamSynchronize(CUstream stream) {
  TENON_LOCK_DRIVER;
  return driver->synchronize(driver->stream(stream));
}

//===----------------------------------------------------------------------===//
// Events
//===----------------------------------------------------------------------===//

TENON_CUDA_API cuEventCreate(CUevent *event, unsigned) {
  TENON_LOCK_DRIVER;
  *event = new CUevent_st;
  return CUDA_SUCCESS;
}

TENON_CUDA_API cuEventDestroy_v2(CUevent event) {
  TENON_LOCK_DRIVER;
  // What is queued may still want to set it.
  CUresult result = driver->synchronizeAll();
  delete event;
  return result;
}

TENON_CUDA_API cuEventRecord(CUevent event, CUstream stream) {
  TENON_LOCK_DRIVER;
  event->time.reset();
  return driver->enqueue(stream, [event] {
    event->time = std::chrono::steady_clock::now();
    return CUDA_SUCCESS;
  });
}

TENON_CUDA_API cuEventSynchronize(CUevent event) {
  TENON_LOCK_DRIVER;
  return event->time ? CUDA_SUCCESS : driver->synchronizeAll();
}

TENON_CUDA_API cuEventElapsedTime(float *milliseconds, CUevent start, CUevent end) {
  TENON_LOCK_DRIVER;
  if (!start->time || !end->time)
    return CUDA_ERROR_NOT_READY;
  *milliseconds = std::chrono::duration<float, std::milli>(*end->time - *start->time).count();
  return CUDA_SUCCESS;
}

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

TENON_CUDA_API cuStreamBeginCapture_v2(CUstream stream, int) {
  TENON_LOCK_DRIVER;
  CUstream_st &target = driver->stream(stream);
  // The default stream cannot be captured.
  if (&target != stream || target.capture)
    return CUDA_ERROR_ILLEGAL_STATE;
  target.capture = std::make_unique<CUgraph_st>();
  return CUDA_SUCCESS;
}

TENON_CUDA_API cuStreamEndCapture(CUstream stream, CUgraph *graph) {
  TENON_LOCK_DRIVER;
  CUstream_st &target = driver->stream(stream);
  if (!target.capture)
    return CUDA_ERROR_ILLEGAL_STATE;
  *graph = target.capture.release();
  return CUDA_SUCCESS;
}

TENON_CUDA_API cuGraphInstantiateWithFlags(CUgraphExec *executable, CUgraph graph,
                                           unsigned long long) {
  TENON_LOCK_DRIVER;
  *executable = new CUgraphExec_st{graph->work};
  return CUDA_SUCCESS;
}

TENON_CUDA_API cuGraphLaunch(CUgraphExec executable, CUstream stream) {
  TENON_LOCK_DRIVER;
  for (const DeviceWork &work : executable->work)
    if (CUresult result = driver->enqueue(stream, work))
      return result;
  return CUDA_SUCCESS;
}

TENON_CUDA_API cuGraphDestroy(CUgraph graph) {
  delete graph;
  return CUDA_SUCCESS;
}

TENON_CUDA_API cuGraphExecDestroy(CUgraphExec executable) {
  delete executable;
  return CUDA_SUCCESS;
}
