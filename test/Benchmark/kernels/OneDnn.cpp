//===- OneDnn.cpp - oneDNN as a peer --------------------------------------===//
#include "OneDnnApi.h"
#include "Peers.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <dlfcn.h>
#include <memory>

namespace tenon::bench {

using dnnl::memory;
using Dims = memory::dims;
using Arguments = std::unordered_map<int, memory>;
using Tag = memory::format_tag;

static constexpr memory::data_type f32 = memory::data_type::f32;

namespace {

/// oneDNN has two primitives for a linear map, each with kernels that the other
/// lacks.
enum class LinearForm { Matmul, InnerProduct };

/// A sequence of primitives, their engine and their stream.
class Sequence {
public:
  explicit Sequence(LinearForm form)
      : engine(dnnl::engine::kind::cpu, 0), form(form), stream(engine) {}

  void add(dnnl::primitive primitive, Arguments arguments) {
    steps.push_back({std::move(primitive), std::move(arguments)});
  }
  void run() {
    for (Step &step : steps)
      step.primitive.execute(stream, step.arguments);
    stream.wait();
  }
  /// A view of existing memory.
  memory view(const memory::desc &layout, const float *data) const {
    return memory(layout, engine, const_cast<float *>(data));
  }
  /// The same tensor in the layout that a primitive prefers.
  memory packed(const memory &from, const memory::desc &layout) {
    memory to(layout, engine);
    dnnl::reorder(from, to).execute(stream, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
    stream.wait();
    return to;
  }

  dnnl::engine engine;
  LinearForm form;

private:
  struct Step {
    dnnl::primitive primitive;
    Arguments arguments;
  };

  dnnl::stream stream;
  std::vector<Step> steps;
};

/// The primitives for one buffer set.
using Builder = void (*)(const Problem &, const Buffers &, size_t set, Sequence &);

} // namespace

/// Sets the threads of the OpenMP library that oneDNN brought along.
static void setThreads(int threads) {
  if (auto *set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads")))
    set(threads);
}

static memory::desc matrix(int64_t rows, int64_t columns) {
  return {{rows, columns}, f32, Tag::ab};
}

/// A linear map as oneDNN describes it: the primitive and the layouts it takes.
struct Linear {
  dnnl::primitive primitive;
  memory::desc raw, packed, bias;
};

/// y = x W^T; W is [outputs, inputs] in memory.
static Linear describeLinear(const Sequence &sequence, const memory::desc &x, const memory::desc &y,
                             int64_t inputs, int64_t outputs, bool hasBias,
                             const dnnl::primitive_attr &attributes) {
  if (sequence.form == LinearForm::Matmul) {
    memory::desc weight({inputs, outputs}, f32, Tag::any), bias({1, outputs}, f32, Tag::ab);
    auto description =
        describeMatmul(sequence.engine, x, weight, hasBias ? &bias : nullptr, y, attributes);
    return {dnnl::matmul(description),
            {{inputs, outputs}, f32, Tag::ba},
            description.weights_desc(),
            bias};
  }
  memory::desc weight({outputs, inputs}, f32, Tag::any), bias({outputs}, f32, Tag::a);
  auto description =
      describeInnerProduct(sequence.engine, x, weight, hasBias ? &bias : nullptr, y, attributes);
  return {dnnl::inner_product_forward(description),
          {{outputs, inputs}, f32, Tag::ab},
          description.weights_desc(),
          bias};
}

/// Adds y = x W^T + bias with post-operations; `bias` may be null. `extra` is the
/// second operand of a binary post-operation.
static void addLinear(Sequence &sequence, const memory &x, const float *weight, const float *bias,
                      const memory &y, const dnnl::post_ops &operations,
                      const memory *extra = nullptr) {
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(operations);
  Linear linear = describeLinear(sequence, x.get_desc(), y.get_desc(), dimsOf(x)[1], dimsOf(y)[1],
                                 bias != nullptr, attributes);
  memory packed = sequence.packed(sequence.view(linear.raw, weight), linear.packed);
  Arguments arguments{{DNNL_ARG_SRC, x}, {DNNL_ARG_WEIGHTS, packed}, {DNNL_ARG_DST, y}};
  if (bias)
    arguments.emplace(DNNL_ARG_BIAS, sequence.view(linear.bias, bias));
  if (extra)
    arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, *extra);
  sequence.add(std::move(linear.primitive), std::move(arguments));
}

static memory inputView(const Sequence &sequence, const Problem &problem, const BufferSet &set,
                        size_t number) {
  const std::vector<int64_t> &dims = problem.inputs[number].dims;
  return sequence.view(matrix(dims[0], dims[1]), set.input(number));
}

static memory outputView(const Sequence &sequence, const Problem &problem, const BufferSet &set) {
  const std::vector<int64_t> &dims = problem.output.dims;
  return sequence.view(matrix(dims[0], dims[1]), set.outputData());
}

static void buildGemm(const Problem &problem, const Buffers &buffers, size_t set,
                      Sequence &sequence) {
  addLinear(sequence, inputView(sequence, problem, buffers.sets[set], 0), buffers.parameter(0),
            nullptr, outputView(sequence, problem, buffers.sets[set]), {});
}

static void buildFfn(const Problem &problem, const Buffers &buffers, size_t set,
                     Sequence &sequence) {
  memory x = inputView(sequence, problem, buffers.sets[set], 0);
  memory y = outputView(sequence, problem, buffers.sets[set]);
  memory hidden(matrix(problem.sizes[0], problem.sizes[2]), sequence.engine);
  dnnl::post_ops activation;
  if (problem.activation != Activation::GatedSilu) {
    bool isErf = problem.activation == Activation::GeluErf;
    appendEltwise(activation,
                  isErf ? dnnl::algorithm::eltwise_gelu_erf : dnnl::algorithm::eltwise_gelu_tanh,
                  0);
    addLinear(sequence, x, buffers.parameter(0), buffers.parameter(1), hidden, activation);
    addLinear(sequence, hidden, buffers.parameter(2), buffers.parameter(3), y, {});
    return;
  }
  memory gate(hidden.get_desc(), sequence.engine);
  dnnl::post_ops product;
  appendEltwise(activation, dnnl::algorithm::eltwise_swish, 1);
  product.append_binary(dnnl::algorithm::binary_mul, gate.get_desc());
  addLinear(sequence, x, buffers.parameter(0), nullptr, gate, activation);
  addLinear(sequence, x, buffers.parameter(1), nullptr, hidden, product, &gate);
  addLinear(sequence, hidden, buffers.parameter(2), nullptr, y, {});
}

/// Scores of all heads by one batched product, softmax, a second product.
static void buildAttention(const Problem &problem, const Buffers &buffers, size_t set,
                           Sequence &sequence) {
  int64_t n = problem.sizes[0], heads = problem.sizes[1], d = problem.sizes[2], width = heads * d;
  const float *qkv = buffers.sets[set].input(0);
  Dims rows{3 * width * n, d, 3 * width, 1}, columns{3 * width * n, d, 1, 3 * width};
  memory::desc queries({1, heads, n, d}, f32, rows), keys({1, heads, d, n}, f32, columns);
  memory::desc result({1, heads, n, d}, f32, Dims{width * n, d, width, 1});
  memory scores({{1, heads, n, n}, f32, Tag::abcd}, sequence.engine);
  dnnl::primitive_attr attributes;
  dnnl::post_ops operations;
  setScale(operations, attributes, 1 / std::sqrt(static_cast<float>(d)));
  Arguments arguments{{DNNL_ARG_SRC, sequence.view(queries, qkv)},
                      {DNNL_ARG_WEIGHTS, sequence.view(keys, qkv + width)},
                      {DNNL_ARG_DST, scores}};
  if (problem.isCausal) {
    memory mask({{1, 1, n, n}, f32, Tag::abcd}, sequence.engine);
    float *values = static_cast<float *>(mask.get_data_handle());
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j)
        values[i * n + j] = j <= i ? 0 : -INFINITY;
    arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(operations.len()) | DNNL_ARG_SRC_1, mask);
    operations.append_binary(dnnl::algorithm::binary_add, mask.get_desc());
  }
  attributes.set_post_ops(operations);
  sequence.add(dnnl::matmul(describeMatmul(sequence.engine, queries, keys, nullptr,
                                           scores.get_desc(), attributes)),
               std::move(arguments));
  sequence.add(makeSoftmax(sequence.engine, scores.get_desc(), 3),
               {{DNNL_ARG_SRC, scores}, {DNNL_ARG_DST, scores}});
  sequence.add(dnnl::matmul(describeMatmul(sequence.engine, scores.get_desc(), queries, nullptr,
                                           result, {})),
               {{DNNL_ARG_SRC, scores},
                {DNNL_ARG_WEIGHTS, sequence.view(queries, qkv + 2 * width)},
                {DNNL_ARG_DST, sequence.view(result, buffers.sets[set].outputData())}});
}

static void addNorm(const Buffers &buffers, const memory &x, const memory &y, Sequence &sequence) {
  memory::desc vector({dimsOf(x)[1]}, f32, Tag::a);
  sequence.add(makeLayerNorm(sequence.engine, x.get_desc()),
               {{DNNL_ARG_SRC, x},
                {DNNL_ARG_SCALE, sequence.view(vector, buffers.parameter(0))},
                {DNNL_ARG_SHIFT, sequence.view(vector, buffers.parameter(1))},
                {DNNL_ARG_DST, y}});
}

static void buildLayerNorm(const Problem &problem, const Buffers &buffers, size_t set,
                           Sequence &sequence) {
  addNorm(buffers, inputView(sequence, problem, buffers.sets[set], 0),
          outputView(sequence, problem, buffers.sets[set]), sequence);
}

static void buildSoftmax(const Problem &problem, const Buffers &buffers, size_t set,
                         Sequence &sequence) {
  memory x = inputView(sequence, problem, buffers.sets[set], 0);
  sequence.add(
      makeSoftmax(sequence.engine, x.get_desc(), 1),
      {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, outputView(sequence, problem, buffers.sets[set])}});
}

/// What computes the problem, or null.
static Builder builderFor(const Problem &problem) {
  switch (problem.kind) {
  case ProblemKind::Gemm:
    return buildGemm;
  case ProblemKind::Ffn:
    return problem.activation == Activation::Rational ? nullptr : buildFfn;
  case ProblemKind::Attention:
    return buildAttention;
  case ProblemKind::LayerNorm:
    return buildLayerNorm;
  case ProblemKind::Softmax:
    return buildSoftmax;
  case ProblemKind::ResidualNorm: // two passes over memory
  case ProblemKind::Rational:
    return nullptr;
  }
  return nullptr;
}

/// The least time of a few runs.
static double leastSeconds(Sequence &sequence) {
  using Clock = std::chrono::steady_clock;
  double least = 1e9;
  for (int run = 0; run < 5; ++run) {
    Clock::time_point start = Clock::now();
    sequence.run();
    least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return least;
}

void addOneDnn(const Problem &problem, const Buffers &buffers, int threads,
               std::vector<Candidate> &candidates) {
  Builder build = builderFor(problem);
  if (!build)
    return;
  setThreads(threads);
  Sequence matmul(LinearForm::Matmul), innerProduct(LinearForm::InnerProduct);
  build(problem, buffers, 0, matmul);
  build(problem, buffers, 0, innerProduct);
  LinearForm form = leastSeconds(matmul) <= leastSeconds(innerProduct) ? LinearForm::Matmul
                                                                       : LinearForm::InnerProduct;
  auto sequences = std::make_shared<std::vector<Sequence>>();
  for (size_t set = 0; set < buffers.sets.size(); ++set) {
    sequences->emplace_back(form);
    build(problem, buffers, set, sequences->back());
  }
  Candidate candidate;
  candidate.name = "oneDNN";
  const dnnl_version_t &version = *dnnl_version();
  candidate.version = runtime::format("%d.%d.%d", version.major, version.minor, version.patch);
  candidate.threads = threads;
  candidate.flops = problem.flops;
  candidate.bytes = problem.bytes;
  candidate.run = [sequences](size_t set) { (*sequences)[set].run(); };
  candidates.push_back(std::move(candidate));
}

} // namespace tenon::bench
