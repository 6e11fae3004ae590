//===- Reference.cpp - what every candidate must compute ------------------===//
#include "Reference.h"
#include "Rational.h"

#include <algorithm>
#include <cmath>

namespace tenon::bench {

using Matrix = std::vector<double>; // rows in order

/// y = x W^T + bias, x of `rows` rows; `bias` may be null.
static Matrix linear(const Matrix &x, size_t rows, const float *weight, size_t outputs,
                     size_t inputs, const float *bias) {
  Matrix transposed(inputs * outputs), y(rows * outputs);
  for (size_t o = 0; o < outputs; ++o)
    for (size_t i = 0; i < inputs; ++i)
      transposed[i * outputs + o] = static_cast<double>(weight[o * inputs + i]);
  for (size_t r = 0; r < rows; ++r) {
    double *row = &y[r * outputs];
    if (bias)
      std::copy_n(bias, outputs, row);
    for (size_t i = 0; i < inputs; ++i) {
      double value = x[r * inputs + i];
      for (size_t o = 0; o < outputs; ++o)
        row[o] += value * transposed[i * outputs + o];
    }
  }
  return y;
}

static double rational(double x) {
  double numerator = 0, denominator = 0, power = 1;
  for (double coefficient : rationalNumerator) {
    numerator += coefficient * power;
    power *= x;
  }
  power = x;
  for (double coefficient : rationalDenominator) {
    denominator += coefficient * power;
    power *= x;
  }
  return numerator / (1 + std::fabs(denominator));
}

static double activate(Activation activation, double x) {
  switch (activation) {
  case Activation::GeluErf:
    return 0.5 * x * (1 + std::erf(x * std::sqrt(0.5)));
  case Activation::GeluTanh:
    return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  case Activation::GatedSilu:
    return x / (1 + std::exp(-x));
  case Activation::Rational:
    return rational(x);
  }
  return x;
}

static Matrix inputOf(const Problem &problem, const Buffers &buffers, size_t number) {
  const float *values = buffers.sets[0].input(number);
  return Matrix(values, values + problem.inputs[number].elements());
}

static size_t sizeOf(const Problem &problem, size_t number) {
  return static_cast<size_t>(problem.sizes[number]);
}

static Matrix ffn(const Problem &problem, const Buffers &buffers) {
  size_t m = sizeOf(problem, 0), d = sizeOf(problem, 1), h = sizeOf(problem, 2);
  bool isGated = problem.activation == Activation::GatedSilu;
  Matrix x = inputOf(problem, buffers, 0);
  Matrix hidden =
      linear(x, m, buffers.parameter(0), h, d, isGated ? nullptr : buffers.parameter(1));
  for (double &value : hidden)
    value = activate(problem.activation, value);
  if (!isGated)
    return linear(hidden, m, buffers.parameter(2), d, h, buffers.parameter(3));
  Matrix up = linear(x, m, buffers.parameter(1), h, d, nullptr);
  for (size_t i = 0; i < hidden.size(); ++i)
    hidden[i] *= up[i];
  return linear(hidden, m, buffers.parameter(2), d, h, nullptr);
}

static void softmaxRow(double *row, size_t size) {
  double largest = *std::max_element(row, row + size), sum = 0;
  for (size_t i = 0; i < size; ++i)
    sum += row[i] = std::exp(row[i] - largest);
  for (size_t i = 0; i < size; ++i)
    row[i] /= sum;
}

static Matrix attention(const Problem &problem, const Buffers &buffers) {
  size_t n = sizeOf(problem, 0), heads = sizeOf(problem, 1), d = sizeOf(problem, 2);
  size_t width = heads * d, stride = 3 * width;
  Matrix qkv = inputOf(problem, buffers, 0), y(n * width), scores(n);
  for (size_t head = 0; head < heads; ++head)
    for (size_t i = 0; i < n; ++i) {
      const double *query = &qkv[i * stride + head * d];
      size_t keys = problem.isCausal ? i + 1 : n;
      for (size_t j = 0; j < keys; ++j) {
        const double *key = &qkv[j * stride + width + head * d];
        double sum = 0;
        for (size_t e = 0; e < d; ++e)
          sum += query[e] * key[e];
        scores[j] = sum / std::sqrt(static_cast<double>(d));
      }
      softmaxRow(scores.data(), keys);
      double *result = &y[i * width + head * d];
      for (size_t j = 0; j < keys; ++j) {
        const double *value = &qkv[j * stride + 2 * width + head * d];
        for (size_t e = 0; e < d; ++e)
          result[e] += scores[j] * value[e];
      }
    }
  return y;
}

static Matrix learnedAttention(const Problem &problem, const Buffers &buffers) {
  size_t n = sizeOf(problem, 0), heads = sizeOf(problem, 1), multiples = sizeOf(problem, 2);
  size_t count = learnedSums, terms = 2 * multiples;
  Matrix scores = inputOf(problem, buffers, 0), y(scores.size());
  const float *weights = buffers.parameter(0), *coefficients = buffers.parameter(1);
  for (size_t row = 0; row < heads * n; ++row) {
    size_t head = row / n;
    std::vector<double> sums(count);
    for (size_t q = 0; q < n; ++q)
      for (size_t k = 0; k < multiples; ++k) {
        double angle = static_cast<double>(k + 1) * scores[row * n + q];
        for (size_t p = 0; p < count; ++p) {
          const float *c = coefficients + ((head * count + p) * n + q) * terms;
          sums[p] += static_cast<double>(c[k]) * std::cos(angle) +
                     static_cast<double>(c[multiples + k]) * std::sin(angle);
        }
      }
    for (size_t q = 0; q < n; ++q)
      for (size_t p = 0; p < count; ++p)
        y[row * n + q] += static_cast<double>(weights[(head * n + q) * count + p]) * sums[p];
  }
  return y;
}

static void normalizeRow(double *row, size_t size, const float *gain, const float *bias) {
  double mean = 0, variance = 0;
  for (size_t i = 0; i < size; ++i)
    mean += row[i];
  mean /= static_cast<double>(size);
  for (size_t i = 0; i < size; ++i)
    variance += (row[i] - mean) * (row[i] - mean);
  variance /= static_cast<double>(size);
  for (size_t i = 0; i < size; ++i)
    row[i] = (row[i] - mean) / std::sqrt(variance + 1e-5) * static_cast<double>(gain[i]) +
             static_cast<double>(bias[i]);
}

static Matrix rows(const Problem &problem, const Buffers &buffers) {
  size_t numRows = sizeOf(problem, 0), columns = sizeOf(problem, 1);
  Matrix y = inputOf(problem, buffers, 0);
  if (problem.kind == ProblemKind::ResidualNorm) {
    Matrix other = inputOf(problem, buffers, 1);
    for (size_t i = 0; i < y.size(); ++i)
      y[i] += other[i];
  }
  for (size_t r = 0; r < numRows; ++r) {
    double *row = &y[r * columns];
    if (problem.kind == ProblemKind::Softmax)
      softmaxRow(row, columns);
    else if (problem.kind == ProblemKind::Rational)
      std::transform(row, row + columns, row, rational);
    else
      normalizeRow(row, columns, buffers.parameter(0), buffers.parameter(1));
  }
  return y;
}

std::vector<double> computeReference(const Problem &problem, const Buffers &buffers) {
  switch (problem.kind) {
  case ProblemKind::Gemm:
    return linear(inputOf(problem, buffers, 0), sizeOf(problem, 0), buffers.parameter(0),
                  sizeOf(problem, 1), sizeOf(problem, 2), nullptr);
  case ProblemKind::Ffn:
    return ffn(problem, buffers);
  case ProblemKind::Attention:
    return attention(problem, buffers);
  case ProblemKind::LearnedAttention:
    return learnedAttention(problem, buffers);
  case ProblemKind::LayerNorm:
  case ProblemKind::ResidualNorm:
  case ProblemKind::Rational:
  case ProblemKind::Softmax:
    return rows(problem, buffers);
  }
  return {};
}

double relativeError(const float *output, const std::vector<double> &reference) {
  double largestError = 0, largest = 0;
  for (size_t i = 0; i < reference.size(); ++i) {
    double error = std::fabs(static_cast<double>(output[i]) - reference[i]);
    if (std::isnan(error))
      return INFINITY;
    largestError = std::max(largestError, error);
    largest = std::max(largest, std::fabs(reference[i]));
  }
  return largestError / largest;
}

} // namespace tenon::bench
