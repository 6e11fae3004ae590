//===- OneDnn.cpp - oneDNN as a peer --------------------------------------===//
#include "Peers.h"

#include <cmath>
#include <dlfcn.h>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>

namespace tenon::bench {

using dnnl::memory;
using Arguments = std::unordered_map<int, memory>;
using Dims = memory::dims;
using Tag = memory::format_tag;

static constexpr memory::data_type f32 = memory::data_type::f32;

namespace {

/// A sequence of primitives, their engine and their stream.
class Sequence {
public:
  Sequence() : engine(dnnl::engine::kind::cpu, 0), stream(engine) {}

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

// The two major versions differ in how a primitive is described.
#if DNNL_VERSION_MAJOR >= 3
static dnnl::matmul::primitive_desc describeMatmul(const Sequence &sequence, const memory::desc &x,
                                                   const memory::desc &weight,
                                                   const memory::desc *bias, const memory::desc &y,
                                                   const dnnl::primitive_attr &attributes) {
  if (bias)
    return {sequence.engine, x, weight, *bias, y, attributes};
  return {sequence.engine, x, weight, y, attributes};
}

static dnnl::primitive makeLayerNorm(const Sequence &sequence, const memory::desc &layout) {
  return dnnl::layer_normalization_forward(
      {sequence.engine, dnnl::prop_kind::forward_inference, layout, layout, 1e-5f,
       dnnl::normalization_flags::use_scale | dnnl::normalization_flags::use_shift});
}

static dnnl::primitive makeSoftmax(const Sequence &sequence, const memory::desc &layout, int axis) {
  return dnnl::softmax_forward({sequence.engine, dnnl::prop_kind::forward_inference,
                                dnnl::algorithm::softmax_accurate, layout, layout, axis});
}

static void appendEltwise(dnnl::post_ops &operations, dnnl::algorithm algorithm, float alpha) {
  operations.append_eltwise(algorithm, alpha, 0);
}

static void setScale(dnnl::post_ops &operations, dnnl::primitive_attr &, float scale) {
  operations.append_eltwise(dnnl::algorithm::eltwise_linear, scale, 0);
}
#else
static dnnl::matmul::primitive_desc describeMatmul(const Sequence &sequence, const memory::desc &x,
                                                   const memory::desc &weight,
                                                   const memory::desc *bias, const memory::desc &y,
                                                   const dnnl::primitive_attr &attributes) {
  if (bias)
    return {dnnl::matmul::desc(x, weight, *bias, y), attributes, sequence.engine};
  return {dnnl::matmul::desc(x, weight, y), attributes, sequence.engine};
}

static dnnl::primitive makeLayerNorm(const Sequence &sequence, const memory::desc &layout) {
  return dnnl::layer_normalization_forward(
      {dnnl::layer_normalization_forward::desc(dnnl::prop_kind::forward_inference, layout, 1e-5f,
                                               dnnl::normalization_flags::use_scale |
                                                   dnnl::normalization_flags::use_shift),
       sequence.engine});
}

static dnnl::primitive makeSoftmax(const Sequence &sequence, const memory::desc &layout, int axis) {
  return dnnl::softmax_forward(
      {dnnl::softmax_forward::desc(dnnl::prop_kind::forward_inference, layout, axis),
       sequence.engine});
}

static void appendEltwise(dnnl::post_ops &operations, dnnl::algorithm algorithm, float alpha) {
  operations.append_eltwise(1, algorithm, alpha, 0);
}

static void setScale(dnnl::post_ops &, dnnl::primitive_attr &attributes, float scale) {
  attributes.set_output_scales(0, {scale});
}
#endif

static memory::desc matrix(int64_t rows, int64_t columns) {
  return {{rows, columns}, f32, Tag::ab};
}

/// Adds y = x W^T + bias with post-operations; `bias` may be null. `extra` is the
/// second operand of a binary post-operation.
static void addLinear(Sequence &sequence, const memory &x, const float *weight, const float *bias,
                      const memory &y, const dnnl::post_ops &operations,
                      const memory *extra = nullptr) {
  Dims from = x.get_desc().dims(), to = y.get_desc().dims();
  memory::desc preferred({from[1], to[1]}, f32, Tag::any);
  memory::desc biasLayout({1, to[1]}, f32, Tag::ab);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(operations);
  dnnl::matmul::primitive_desc description = describeMatmul(
      sequence, x.get_desc(), preferred, bias ? &biasLayout : nullptr, y.get_desc(), attributes);
  // W is [outputs, inputs] in memory.
  memory raw = sequence.view({{from[1], to[1]}, f32, Tag::ba}, weight);
  Arguments arguments{{DNNL_ARG_SRC, x},
                      {DNNL_ARG_WEIGHTS, sequence.packed(raw, description.weights_desc())},
                      {DNNL_ARG_DST, y}};
  if (bias)
    arguments.emplace(DNNL_ARG_BIAS, sequence.view(biasLayout, bias));
  if (extra)
    arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, *extra);
  sequence.add(dnnl::matmul(description), std::move(arguments));
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
  sequence.add(
      dnnl::matmul(describeMatmul(sequence, queries, keys, nullptr, scores.get_desc(), attributes)),
      std::move(arguments));
  sequence.add(makeSoftmax(sequence, scores.get_desc(), 3),
               {{DNNL_ARG_SRC, scores}, {DNNL_ARG_DST, scores}});
  sequence.add(
      dnnl::matmul(describeMatmul(sequence, scores.get_desc(), queries, nullptr, result, {})),
      {{DNNL_ARG_SRC, scores},
       {DNNL_ARG_WEIGHTS, sequence.view(queries, qkv + 2 * width)},
       {DNNL_ARG_DST, sequence.view(result, buffers.sets[set].outputData())}});
}

static void addNorm(const Buffers &buffers, const memory &x, const memory &y, Sequence &sequence) {
  memory::desc vector({x.get_desc().dims()[1]}, f32, Tag::a);
  sequence.add(makeLayerNorm(sequence, x.get_desc()),
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
      makeSoftmax(sequence, x.get_desc(), 1),
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

void addOneDnn(const Problem &problem, const Buffers &buffers, int threads,
               std::vector<Candidate> &candidates) {
  Builder build = builderFor(problem);
  if (!build)
    return;
  setThreads(threads);
  auto sequences = std::make_shared<std::vector<Sequence>>(buffers.sets.size());
  for (size_t set = 0; set < buffers.sets.size(); ++set)
    build(problem, buffers, set, (*sequences)[set]);
  Candidate candidate;
  candidate.name = "oneDNN";
  candidate.threads = threads;
  candidate.flops = problem.flops;
  candidate.bytes = problem.bytes;
  candidate.run = [sequences](size_t set) { (*sequences)[set].run(); };
  candidates.push_back(std::move(candidate));
}

} // namespace tenon::bench
