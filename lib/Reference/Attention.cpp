//===- Attention.cpp - Attention and softmax ------------------------------===//

#include "Models.h"

#include <cmath>
#include <limits>
#include <optional>

using namespace mlir;
using namespace mlir::tenon;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

SoftmaxLine::SoftmaxLine(ArrayRef<double> x) : maximum(-kInfinity), sum(0) {
  for (double value : x)
    maximum = std::isnan(value) || value > maximum ? value : maximum;
  for (double value : x) {
    exponentials.push_back(std::exp(value - maximum));
    sum += exponentials.back();
  }
}

namespace {

struct SoftmaxModel : ReferenceOpInterface::ExternalModel<SoftmaxModel, SoftmaxOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results, EvalContext &) const {
    const HostTensor &x = *operands[0];
    int64_t axis = cast<SoftmaxOp>(op).getAxis();
    int64_t count = x.getShape()[axis], stride = x.getStrides()[axis];
    SmallVector<int64_t> lines(x.getShape());
    lines[axis] = count == 0 ? 0 : 1;
    return forEachIndex(lines, x.getStrides(), [&](ArrayRef<int64_t> at) {
      SmallVector<double> line;
      for (int64_t k = 0; k < count; ++k)
        line.push_back(x.real(at[0] + k * stride));
      SoftmaxLine softmax(line);
      for (int64_t k = 0; k < count; ++k)
        results[0][at[0] + k * stride] = realScalar(softmax.exponentials[k] / softmax.sum);
      return success();
    });
  }
};

/// One run of `tenon.attention`, or of its derivatives, with the names of its formula.
template <class Op> struct Attention {
  Op op;
  const HostTensor &q, &k, &v;
  const HostTensor *keyMask = nullptr;
  Operands captures;
  std::optional<ScalarRegion> score;
  // Sizes: batch (flat), heads, groups of heads, queries, keys, widths.
  int64_t B = 1, H, G, N, M, D, E;
  /// How captures repeat to [.., H, N, M], and the leading axes.
  SmallVector<SmallVector<int64_t>> captureStrides;
  SmallVector<int64_t> leading;

  Attention(Op op, Operands operands)
      : op(op), q(*operands[0]), k(*operands[1]), v(*operands[2]),
        captures(operands.drop_front(3)) {
    if (op.getKeyMask()) {
      keyMask = captures.front();
      captures = captures.drop_front();
    }
    captures = captures.take_front(op.getCaptures().size());
    ArrayRef<int64_t> shape = q.getShape();
    leading.assign(shape.begin(), shape.end() - 3);
    for (int64_t size : leading)
      B *= size;
    H = shape[shape.size() - 3];
    N = shape[shape.size() - 2];
    D = shape.back();
    G = k.getShape()[shape.size() - 3];
    M = k.getShape()[shape.size() - 2];
    E = v.getShape().back();
    SmallVector<int64_t> scores(shape);
    scores.back() = M;
    for (const HostTensor *capture : captures)
      captureStrides.push_back(broadcastStrides(capture->getShape(), scores));
  }

  bool isVisible(int64_t b, int64_t i, int64_t j) {
    return (!keyMask || keyMask->integer(b * M + j)) && (!op.getCausal() || j <= i + M - N);
  }

  /// The element of a capture at batch b, head h, query i, key j.
  Scalar captured(size_t number, int64_t b, int64_t h, int64_t i, int64_t j) const {
    ArrayRef<int64_t> strides = captureStrides[number];
    int64_t offset = 0;
    for (size_t axis = leading.size(); axis-- > 0; b /= leading[axis])
      offset += b % leading[axis] * strides[axis];
    strides = strides.drop_front(leading.size());
    offset += h * strides[0] + i * strides[1] + j * strides[2];
    return (*captures[number])[offset];
  }

  /// score(scale * sum_d q[b,h,i,d] * k[b,g,j,d], b, h, i, j, captures)
  FailureOr<double> scoreOf(int64_t b, int64_t h, int64_t i, int64_t j) {
    int64_t g = h / (H / G);
    double product = dot({&q, ((b * H + h) * N + i) * D, 1}, {&k, ((b * G + g) * M + j) * D, 1}, D);
    product *= op.getScale().convertToDouble();
    if (!score)
      return product;
    SmallVector<Scalar> arguments = {realScalar(product), integerScalar(b), integerScalar(h),
                                     integerScalar(i), integerScalar(j)};
    for (size_t number = 0; number < captures.size(); ++number)
      arguments.push_back(captured(number, b, h, i, j));
    FailureOr<Scalar> value = score->evaluate(arguments);
    if (failed(value))
      return failure();
    return value->real;
  }

  /// The weights of a query: the keys it sees, and p of each.
  struct Weights {
    SmallVector<int64_t> keys;
    SmallVector<double> p;
  };
  FailureOr<Weights> weightsOf(int64_t b, int64_t h, int64_t i) {
    Weights weights;
    SmallVector<double> scores;
    for (int64_t j = 0; j < M; ++j) {
      if (!isVisible(b, i, j))
        continue;
      FailureOr<double> value = scoreOf(b, h, i, j);
      if (failed(value))
        return failure();
      weights.keys.push_back(j);
      scores.push_back(*value);
    }
    SoftmaxLine softmax(scores);
    // Nothing to attend to.
    if (softmax.maximum == -kInfinity && !op.getStrict())
      return Weights();
    for (double exponential : softmax.exponentials)
      weights.p.push_back(exponential / softmax.sum);
    return weights;
  }

  /// Visits all queries with their weights.
  LogicalResult
  forQueries(EvalContext &context,
             function_ref<void(int64_t b, int64_t h, int64_t g, int64_t i, const Weights &)> body) {
    if (!op.getScore().empty()) {
      FailureOr<ScalarRegion> region = ScalarRegion::build(op.getScore(), context);
      if (failed(region))
        return failure();
      score = std::move(*region);
    }
    for (int64_t b = 0; b < B; ++b)
      for (int64_t h = 0; h < H; ++h)
        for (int64_t i = 0; i < N; ++i) {
          FailureOr<Weights> weights = weightsOf(b, h, i);
          if (failed(weights))
            return failure();
          body(b, h, h / (H / G), i, *weights);
        }
    return success();
  }
};

/// y[b,h,i,:] = sum over visible j of p[j] * v[b,g,j,:]
struct AttentionModel : ReferenceOpInterface::ExternalModel<AttentionModel, AttentionOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results,
                         EvalContext &context) const {
    Attention<AttentionOp> a(cast<AttentionOp>(op), operands);
    return a.forQueries(context, [&](int64_t b, int64_t h, int64_t g, int64_t i, auto &weights) {
      for (auto [j, p] : llvm::zip(weights.keys, weights.p))
        for (int64_t e = 0; e < a.E; ++e)
          results[0][((b * a.H + h) * a.N + i) * a.E + e].real +=
              p * a.v.real(((b * a.G + g) * a.M + j) * a.E + e);
    });
  }
};

struct AttentionGradientModel
    : ReferenceOpInterface::ExternalModel<AttentionGradientModel, AttentionGradientOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results,
                         EvalContext &context) const {
    Attention<AttentionGradientOp> a(cast<AttentionGradientOp>(op), operands);
    const HostTensor &dy = *operands.back();
    double scale = a.op.getScale().convertToDouble();
    return a.forQueries(context, [&](int64_t b, int64_t h, int64_t g, int64_t i, auto &weights) {
      int64_t query = (b * a.H + h) * a.N + i, firstKey = (b * a.G + g) * a.M;
      SmallVector<double> dp;
      double mean = 0;
      for (auto [j, p] : llvm::zip(weights.keys, weights.p)) {
        dp.push_back(dot({&dy, query * a.E, 1}, {&a.v, (firstKey + j) * a.E, 1}, a.E));
        mean += p * dp.back();
      }
      for (auto [j, p, slope] : llvm::zip(weights.keys, weights.p, dp)) {
        double ds = scale * p * (slope - mean);
        for (int64_t d = 0; d < a.D; ++d) {
          results[0][query * a.D + d].real += ds * a.k.real((firstKey + j) * a.D + d);
          results[1][(firstKey + j) * a.D + d].real += ds * a.q.real(query * a.D + d);
        }
        for (int64_t e = 0; e < a.E; ++e)
          results[2][(firstKey + j) * a.E + e].real += p * dy.real(query * a.E + e);
      }
    });
  }
};

} // namespace

void mlir::tenon::attachAttentionModels(MLIRContext &context) {
  AttentionOp::attachInterface<AttentionModel>(context);
  AttentionGradientOp::attachInterface<AttentionGradientModel>(context);
  SoftmaxOp::attachInterface<SoftmaxModel>(context);
}
