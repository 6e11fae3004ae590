/* tenon.h - a compiled model as a library.
 *
 * `tenonc model.tenon --emit=so -o model.so` makes a shared library that needs
 * nothing but libc and libm and exports the functions below. A program is linked
 * with one such library, or loads any number of them with dlopen(..., RTLD_LOCAL):
 *
 *   tenon_context *context;
 *   if (tenon_open("weights.safetensors", 0, &context) != TENON_OK)
 *     return fputs(tenon_last_error(), stderr), 1;
 *   int64_t shape[] = {8, 16};
 *   tenon_tensor x = {"x", TENON_F32, 2, shape, values}, y;
 *   if (tenon_bind(context, "classify", &x, 1, &y, 1) == TENON_OK)
 *     y.data = malloc(tenon_bytes(&y));
 *   tenon_run(context, &y, 1);                // any number of times
 *   tenon_close(context);
 *
 * Contexts share nothing: threads may use different ones at the same time; one
 * context serves one caller at a time. Functions that can fail return one of the
 * codes below and leave the text of the error for tenon_last_error.
 */
#ifndef TENON_H
#define TENON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Results of functions, the same numbers as exit codes of executables. */
typedef enum tenon_status {
  TENON_OK = 0,
  TENON_BAD_INPUT = 1,   /* weights or inputs are not what the model takes */
  TENON_BAD_USE = 2,     /* an unknown entry, a call out of order, a null pointer */
  TENON_ENVIRONMENT = 3, /* file, memory, threads or a CPU that lacks something */
  TENON_INTERNAL = 70    /* a mistake of ours: please report it */
} tenon_status;

/* Element types. A bool is one byte, 0 or 1. */
typedef enum tenon_dtype {
  TENON_F32 = 0,
  TENON_I64 = 1,
  TENON_I32 = 2,
  TENON_BOOL = 3,
  TENON_F64 = 4
} tenon_dtype;

/* A tensor in C order. `name` is the input's or output's. `data` needs no
 * alignment; at a multiple of 64 bytes it is used in place, else copied. */
typedef struct tenon_tensor {
  const char *name;
  int32_t dtype;
  int32_t rank;
  const int64_t *dims;
  void *data;
} tenon_tensor;

/* A loaded model with its threads and memory. */
typedef struct tenon_context tenon_context;

/* The model as JSON: name, sizes, entries with their inputs and outputs,
 * parameters. The text stays valid until the library is unloaded. Null when there
 * is no memory for it. */
const char *tenon_describe(void);

/* Loads weights (a safetensors file; null for a model without parameters or with
 * embedded ones) and starts `threads` threads, the caller included, 1024 at most; 0:
 * as many as the system grants this process. A program with code for GPUs runs on the
 * first one that it suits (CUDA_VISIBLE_DEVICES says which there are), else on the CPU.
 * On failure *context is null. */
int32_t tenon_open(const char *weights, int32_t threads, tenon_context **context);

/* Releases all that a context holds. Null is allowed. */
void tenon_close(tenon_context *context);

/* Checks a call of `entry` (null: the first one) with these inputs, in any order;
 * inputs with a default may be left out. Their `data` is read by tenon_run, their
 * `name` and `dims` are not needed after. `outputs` has one place for each output of
 * the entry; they get name, dtype, rank and dims, which are the context's and stay
 * valid until the next tenon_bind, and their `data` becomes null. Steps of training,
 * which update parameters, are not for calls: an executable's command `train` takes them. */
int32_t tenon_bind(tenon_context *context, const char *entry, const tenon_tensor *inputs,
                   size_t num_inputs, tenon_tensor *outputs, size_t num_outputs);

/* The size of a tensor's data. */
size_t tenon_bytes(const tenon_tensor *tensor);

/* Runs the call of the last successful tenon_bind and writes its outputs, in the
 * order of tenon_bind, to their `data`. After a failure they are undefined. Where
 * all data is at multiples of 64 bytes, a run of sizes seen before allocates
 * nothing. */
int32_t tenon_run(tenon_context *context, const tenon_tensor *outputs, size_t num_outputs);

/* The error of the last function of this library that failed on this thread, lines
 * that each end with a newline; "" when none has. Valid until the next failure on
 * this thread. */
const char *tenon_last_error(void);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* TENON_H */
