/* Abi.h - what a compiled model and the runtime know of each other.
 *
 * A compiled model is data: one `tn_program`, found under the symbol
 * `tenon_program`, that lists signatures, parameters, buffers and launches.
 * The runtime (libtenon_rt) walks it; kernels never call back. The header is
 * plain C, depends on nothing, and is read by the compiler (which writes these
 * structures into the object file) and by the runtime (which reads them).
 *
 * Layout rule: every structure consists of 8-byte fields, or of 4-byte fields
 * in pairs, so that there is no hidden padding; sizes are asserted below.
 */
#ifndef TENON_RUNTIME_ABI_H
#define TENON_RUNTIME_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes whenever a structure of this file changes. */
#define TN_ABI_VERSION 7u
/* 'TENO' in memory order. */
#define TN_ABI_MAGIC 0x4f4e4554u
/* Dynamic sizes (`dim B, N`) of one program. */
#define TN_MAX_SYMBOLS 8
#define TN_MAX_RANK 16

/* Element types. The value is an index into the runtime's dtype table.
 * TN_BOOL is one byte holding 0 or 1. */
typedef enum tn_dtype {
  TN_F32 = 0,
  TN_I64 = 1,
  TN_I32 = 2,
  TN_BOOL = 3,
  TN_F64 = 4,
} tn_dtype;

/* coefficient * product over s of symbols[s] ^ powers[s]. */
typedef struct tn_term {
  int64_t coefficient;
  uint8_t powers[TN_MAX_SYMBOLS];
} tn_term;

/* A size: the sum of its terms, an integer polynomial in the program's
 * symbols. No terms means 0. Evaluated with checked 64-bit arithmetic. */
typedef struct tn_size {
  const tn_term *terms;
  uint64_t num_terms;
} tn_size;

/* One factor of a grid: ceil(size / divisor). */
typedef struct tn_grid_factor {
  tn_size size;
  int64_t divisor;
} tn_grid_factor;

/* A dynamic size of the program with its inclusive bounds, checked once when a
 * call enters. `max` is INT64_MAX when the program sets no limit. */
typedef struct tn_symbol {
  const char *name;
  int64_t min;
  int64_t max;
} tn_symbol;

typedef enum tn_error_code {
  TN_OK = 0,
  /* An index tensor holds `value`, outside 0..bound-1, at flat position
   * `position` of buffer number `buffer` of the launch. */
  TN_INDEX_OUT_OF_RANGE = 1,
} tn_error_code;

/* Written by a kernel that returns a code other than TN_OK. Kernels visit
 * their tiles in ascending order and stop at the first error of their range;
 * the runtime keeps the error of the smallest position, whatever the threads. */
typedef struct tn_error {
  int64_t position;
  int64_t value;
  int64_t bound;
  int64_t buffer;
} tn_error;

/* The arguments of one launch. `buffers` are in the launch's order; `symbols`
 * in the program's. */
typedef struct tn_args {
  void *const *buffers;
  const int64_t *symbols;
  tn_error *error;
} tn_args;

/* A kernel: does the tiles begin..end-1 of its grid. `scratch` is the calling
 * worker's own memory of at least the launch's scratch size, 64-byte aligned.
 * All buffers are 64-byte aligned. Returns a tn_error_code. */
typedef int32_t (*tn_kernel)(const tn_args *args, int64_t begin, int64_t end, void *scratch);

typedef enum tn_buffer_kind {
  TN_BUFFER_INPUT = 0,     /* index: input number of the entry */
  TN_BUFFER_OUTPUT = 1,    /* index: output number of the entry */
  TN_BUFFER_PARAMETER = 2, /* index: number in tn_program.parameters */
  TN_BUFFER_PACKED = 3,    /* index: number in tn_level.packed */
  TN_BUFFER_TEMPORARY = 4, /* lives in the arena from first to last launch */
} tn_buffer_kind;

/* A buffer of one launch list. `first` and `last` are the launches that first
 * write and last read a temporary; for other kinds they are 0 and the last
 * launch. */
typedef struct tn_buffer {
  int32_t kind;
  int32_t index;
  int32_t first;
  int32_t last;
  tn_size bytes;
} tn_buffer;

/* When a launch may begin. */
typedef enum tn_join {
  /* After all before it have finished. */
  TN_JOIN_NONE = 0,
  /* Each of its tiles after the same tile of the launch before, which has the same grid:
   * it reads nothing else that a launch since the last of TN_JOIN_NONE writes. */
  TN_JOIN_TILES = 1,
  /* Beside the launches since the last of TN_JOIN_NONE: none of them writes what another
   * one reads or writes. */
  TN_JOIN_FREE = 2,
} tn_join;

/* One kernel launch. Launches run in list order as `join` says; the tiles of one launch may
 * run on any threads in any order. Temporaries of launches that run beside one another are
 * alive for all of them. */
typedef struct tn_launch {
  tn_kernel kernel;
  const char *kernel_name; /* e.g. "contract_3" */
  const char *block;       /* part path, e.g. "encoder.layer.0.attention" */
  const char *location;    /* "model.tenon:24:10" */
  const int32_t *buffers;  /* numbers into the list's buffers */
  uint64_t num_buffers;
  const tn_grid_factor *grid; /* tiles = product of the factors */
  uint64_t num_grid;
  tn_size scratch_bytes; /* per worker */
  tn_size flops;         /* multiply and add count as two */
  tn_size bytes;         /* read and written once each */
  int64_t may_do_less;   /* 1: a mask may leave out a part of flops and bytes */
  int64_t join;          /* a tn_join */
  int64_t threads;       /* of a block, on a GPU; else 0 */
  int64_t shared_bytes;  /* of dynamic shared memory, on a GPU; else 0 */
} tn_launch;

typedef struct tn_launch_list {
  const tn_buffer *buffers;
  uint64_t num_buffers;
  const tn_launch *launches;
  uint64_t num_launches;
} tn_launch_list;

/* An input, output or parameter. `has_default` says that an input may be left
 * out; the default fills the whole tensor (default_value is the integer, or the
 * bits of the double for floating dtypes). Parameters have constant dims. */
typedef struct tn_tensor {
  const char *name;
  const tn_size *dims;
  int32_t rank;
  int32_t dtype;
  int64_t has_default;
  int64_t default_value;
} tn_tensor;

/* How a parameter gets its first value in training. */
typedef enum tn_initial_kind {
  TN_INITIAL_NONE = 0,         /* it must be loaded */
  TN_INITIAL_CONSTANT = 1,     /* a */
  TN_INITIAL_UNIFORM = 2,      /* from a to b */
  TN_INITIAL_NORMAL = 3,       /* mean a, standard deviation b */
  TN_INITIAL_TRUNC_NORMAL = 4, /* the same, within two standard deviations */
  TN_INITIAL_COMPUTED = 5,     /* by the entry of kind TN_ENTRY_INITIALIZE */
  TN_INITIAL_ORTHOGONAL = 6,   /* rows, or columns, at right angles, of length a */
} tn_initial_kind;

typedef struct tn_initial {
  int64_t kind;
  double a;
  double b;
} tn_initial;

typedef enum tn_entry_kind {
  TN_ENTRY_CALL = 0,       /* a command: run, bench */
  TN_ENTRY_INITIALIZE = 1, /* computes first values of parameters */
  TN_ENTRY_TRAIN = 2,      /* one step: loss, metrics, next values of parameters */
  TN_ENTRY_EVALUATE = 3,   /* loss and metrics of held-out data; it updates nothing */
  TN_ENTRY_ACCUMULATE = 4, /* loss, metrics and gradients of a part of a step's samples */
  TN_ENTRY_UPDATE = 5,     /* next values of parameters, by the gradients of all parts */
} tn_entry_kind;

/* What a step takes when the command line says nothing; 0: nothing is said either. */
typedef struct tn_training {
  int64_t batch;
  int64_t steps;
  int64_t seed;
  int64_t drop_last;
  int64_t accumulate;     /* parts of a step; 0: it cannot be taken in parts */
  const char *optimizers; /* names, and a number for which updates what; null but for a step */
} tn_training;

/* A command of the executable, or a part of training. The last inputs of a step, and of an
 * evaluation, are its number, a scalar of f32, and the seed, one of i64; its first output is the
 * loss, and those of an evaluation are the step's that are no next values. A part of a step has
 * two more inputs before them, scalars of f32: its share of the step's samples, and its number;
 * an update has those two alone. `updates`
 * holds, for each output of a part of training, the number of the parameter whose next value it is,
 * or -1; it is null for commands. With a batch the samples along a symbol do not depend on one
 * another: the symbol is the first dimension of every output, and of inputs, and the entry may run
 * on some samples after the other. */
typedef struct tn_entry {
  const char *name;
  const char *documentation;
  const tn_tensor *inputs;
  uint64_t num_inputs;
  const tn_tensor *outputs;
  uint64_t num_outputs;
  uint64_t batch; /* 1 + the symbol's number; 0: no batch */
  int64_t kind;   /* a tn_entry_kind */
  const int32_t *updates;
  tn_training training;
} tn_entry;

typedef enum tn_cpu_level {
  TN_X86_64_V3 = 3,
  TN_X86_64_V4 = 4,
} tn_cpu_level;

/* The whole program for one CPU level. `prepare` turns raw parameters into
 * packed ones (it touches no inputs and outputs); it runs at load, and after a
 * step for those that the step has updated and not packed itself: entries of
 * training may write PACKED. `entries[i]` belongs to tn_program.entries[i]. */
typedef struct tn_level {
  int64_t cpu_level;
  const char *name;      /* "x86-64-v4" */
  const tn_size *packed; /* bytes of each packed parameter (constant sizes) */
  uint64_t num_packed;
  tn_launch_list prepare;
  const tn_launch_list *entries;
} tn_level;

typedef enum tn_image_kind {
  TN_IMAGE_PTX = 0,     /* text that ends with a 0 byte */
  TN_IMAGE_CUBIN = 1,   /* machine code */
  TN_IMAGE_BITCODE = 2, /* LLVM bitcode, for the emulated driver of the tests */
} tn_image_kind;

/* All kernels of a GPU program in one form. It runs on devices of compute capability
 * capability / 10 and later or, with `is_exact`, on those alone. */
typedef struct tn_image {
  int64_t kind;
  int64_t capability;
  int64_t is_exact;
  int64_t level; /* the number of the level in tn_gpu whose kernels it holds */
  const uint8_t *bytes;
  uint64_t size;
} tn_image;

/* The whole program for NVIDIA GPUs, in a form for each of several kinds of them. A level's
 * `cpu_level` is 0, the kernels of its launches are null: `kernel_name` names a function of the
 * image. A launch has as many blocks as its grid has tiles, along x. Its parameters are: the
 * address of each buffer, in the launch's order; the value of each symbol of the program, i64; the
 * number of the launch in its list, i64; the address of a tn_device_error. All in device memory.
 * Kernels need no scratch memory. */
typedef struct tn_gpu {
  const tn_level *levels;
  uint64_t num_levels;
  const tn_image *images; /* best first */
  uint64_t num_images;
} tn_gpu;

/* What kernels on a device report: the first launch that meets an error writes it, where
 * `code` is still TN_OK. */
typedef struct tn_device_error {
  int64_t code; /* a tn_error_code */
  int64_t launch;
  tn_error error;
} tn_device_error;

typedef struct tn_program {
  uint32_t magic;
  uint32_t abi_version;
  const char *model_name;
  const char *compiler_version;
  const tn_symbol *symbols;
  uint64_t num_symbols;
  const tn_tensor *parameters;
  uint64_t num_parameters;
  const tn_entry *entries;
  uint64_t num_entries;
  const tn_level *const *levels; /* best first */
  uint64_t num_levels;
  /* Raw safetensors file embedded by --embed-weights, or null and 0. */
  const uint8_t *embedded_weights;
  uint64_t embedded_size;
  const tn_initial *initials; /* by parameter; null where nothing trains */
  const tn_gpu *gpu;          /* null without code for GPUs */
} tn_program;

/* Defined by every compiled model; the runtime's only way in. */
extern const tn_program tenon_program;

#ifdef __cplusplus
} /* extern "C" */

static_assert(sizeof(tn_term) == 16, "tn_term has no padding");
static_assert(sizeof(tn_size) == 16, "tn_size has no padding");
static_assert(sizeof(tn_grid_factor) == 24, "tn_grid_factor has no padding");
static_assert(sizeof(tn_symbol) == 24, "tn_symbol has no padding");
static_assert(sizeof(tn_error) == 32, "tn_error has no padding");
static_assert(sizeof(tn_buffer) == 32, "tn_buffer has no padding");
static_assert(sizeof(tn_launch) == 144, "tn_launch has no padding");
static_assert(sizeof(tn_launch_list) == 32, "tn_launch_list has no padding");
static_assert(sizeof(tn_tensor) == 40, "tn_tensor has no padding");
static_assert(sizeof(tn_initial) == 24, "tn_initial has no padding");
static_assert(sizeof(tn_training) == 48, "tn_training has no padding");
static_assert(sizeof(tn_entry) == 120, "tn_entry has no padding");
static_assert(sizeof(tn_level) == 72, "tn_level has no padding");
static_assert(sizeof(tn_image) == 48, "tn_image has no padding");
static_assert(sizeof(tn_gpu) == 32, "tn_gpu has no padding");
static_assert(sizeof(tn_device_error) == 48, "tn_device_error has no padding");
static_assert(sizeof(tn_program) == 120, "tn_program has no padding");
#endif

#endif /* TENON_RUNTIME_ABI_H */
