/* Uses a compiled mlp (mlp.mlir: x [B, 7] -> y [B, 5]) through tenon.h alone. */
#include "tenon.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(condition)                                                                          \
  if (!(condition)) {                                                                              \
    fprintf(stderr, "line %d: %s; %s\n", __LINE__, #condition, tenon_last_error());                \
    exit(1);                                                                                       \
  }

/* What the library allocates comes through these. */
extern void *__libc_malloc(size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
static long allocations;

void *malloc(size_t bytes) {
  __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
  return __libc_malloc(bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
  *memory = __libc_memalign(alignment, bytes);
  return *memory ? 0 : 12;
}

static const char *weights;

/* Runs a batch of copies of one row in a context of its own. */
static void *run(void *argument) {
  int64_t batch = *(int64_t *)argument, dims[2] = {batch, 7};
  tenon_context *context;
  EXPECT(tenon_open(weights, 2, &context) == TENON_OK);
  float *x = malloc((size_t)batch * 7 * sizeof(float) + 1);
  for (int64_t i = 0; i < batch * 7; ++i)
    x[i] = 0.25f * (float)(i % 7) - 0.5f;
  tenon_tensor input = {"x", TENON_F32, 2, dims, x}, output;
  EXPECT(tenon_bind(context, NULL, &input, 1, &output, 1) == TENON_OK);
  EXPECT(strcmp(output.name, "y") == 0 && output.dtype == TENON_F32 && output.rank == 2);
  EXPECT(output.dims[0] == batch && output.dims[1] == 5);
  EXPECT(tenon_bytes(&output) == (size_t)batch * 5 * sizeof(float));
  /* Memory that is not aligned is as good. */
  char *memory = malloc(tenon_bytes(&output) + 1);
  output.data = memory + 1;
  for (int turn = 0; turn < 3; ++turn) {
    memset(memory, 0, tenon_bytes(&output) + 1);
    EXPECT(tenon_run(context, &output, 1) == TENON_OK);
    float first[5], sum = 0;
    if (batch == 0)
      continue;
    memcpy(first, output.data, sizeof first);
    for (int k = 0; k < 5; ++k)
      sum += first[k];
    EXPECT(fabsf(sum - 1) < 1e-5f);
    for (int64_t row = 1; row < batch; ++row)
      EXPECT(memcmp(memory + 1 + (size_t)row * sizeof first, first, sizeof first) == 0);
  }
  tenon_close(context);
  free(memory);
  free(x);
  return NULL;
}

/* With aligned memory, runs after the first of a size allocate nothing. */
static void run_aligned(void) {
  static _Alignas(64) float x[3 * 7], y[3 * 5];
  int64_t dims[2] = {3, 7};
  tenon_context *context;
  long before = allocations;
  EXPECT(tenon_open(weights, 2, &context) == TENON_OK);
  EXPECT(allocations > before);
  tenon_tensor input = {"x", TENON_F32, 2, dims, x}, output;
  EXPECT(tenon_bind(context, NULL, &input, 1, &output, 1) == TENON_OK);
  output.data = y;
  EXPECT(tenon_run(context, &output, 1) == TENON_OK);
  before = allocations;
  for (int turn = 0; turn < 10; ++turn)
    EXPECT(tenon_run(context, &output, 1) == TENON_OK);
  EXPECT(allocations == before);
  EXPECT(y[0] > 0 && y[14] > 0);
  tenon_close(context);
}

int main(int argc, char **argv) {
  EXPECT(argc == 2);
  weights = argv[1];
  EXPECT(strstr(tenon_describe(), "\"name\": \"forward\""));
  EXPECT(strcmp(tenon_last_error(), "") == 0);

  int64_t batches[3] = {1, 17, 0};
  pthread_t threads[3];
  for (int i = 0; i < 3; ++i)
    EXPECT(pthread_create(&threads[i], NULL, run, &batches[i]) == 0);
  for (int i = 0; i < 3; ++i)
    pthread_join(threads[i], NULL);

  run_aligned();

  tenon_context *context;
  EXPECT(tenon_open("no-such-file", 0, &context) == TENON_ENVIRONMENT && !context);
  fputs(tenon_last_error(), stdout);
  EXPECT(tenon_open(NULL, 0, &context) == TENON_BAD_USE);
  fputs(tenon_last_error(), stdout);
  EXPECT(tenon_open(weights, 0, &context) == TENON_OK);
  tenon_tensor output = {0};
  EXPECT(tenon_run(context, NULL, 1) == TENON_BAD_USE);
  fputs(tenon_last_error(), stdout);
  EXPECT(tenon_run(context, &output, 1) == TENON_BAD_USE);
  fputs(tenon_last_error(), stdout);
  float x[14] = {0};
  int64_t wrong[2] = {2, 6};
  tenon_tensor input = {"x", TENON_F32, 2, wrong, x};
  EXPECT(tenon_bind(context, "forward", &input, 1, &output, 1) == TENON_BAD_INPUT);
  fputs(tenon_last_error(), stdout);
  EXPECT(tenon_bind(context, "backward", &input, 1, &output, 1) == TENON_BAD_USE);
  fputs(tenon_last_error(), stdout);
  EXPECT(tenon_bind(context, NULL, &input, 1, &output, 0) == TENON_BAD_USE);
  fputs(tenon_last_error(), stdout);
  wrong[1] = 7;
  input.data = NULL;
  EXPECT(tenon_bind(context, NULL, &input, 1, &output, 1) == TENON_BAD_USE);
  fputs(tenon_last_error(), stdout);
  input.data = x;
  EXPECT(tenon_bind(context, NULL, &input, 1, &output, 1) == TENON_OK);
  EXPECT(tenon_run(context, &output, 1) == TENON_BAD_USE);
  fputs(tenon_last_error(), stdout);
  tenon_close(context);
  tenon_close(NULL);
  return 0;
}
