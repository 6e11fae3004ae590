//===- Orthogonal.cpp - matrices whose rows are at right angles -----------===//
#include "tenon/Runtime/Cpu/Orthogonal.h"

#include <algorithm>
#include <cmath>

namespace tenon::runtime {

/// In eight sums, so that they need not wait for one another.
static double dot(const double *a, const double *b, size_t count) {
  constexpr size_t lanes = 8;
  double sums[lanes] = {};
  size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (size_t k = 0; k < lanes; ++k)
      sums[k] += a[i + k] * b[i + k];
  for (; i < count; ++i)
    sums[0] += a[i] * b[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

std::vector<double> orthogonalMatrix(size_t rows, size_t columns, const RandomStream &numbers) {
  // Vectors lie in memory one after the other: the columns of the standing matrix.
  size_t length = std::max(rows, columns), count = std::min(rows, columns);
  std::vector<double> vectors(length * count);
  for (size_t i = 0; i < length; ++i)
    for (size_t k = 0; k < count; ++k)
      vectors[k * length + i] = numbers.normal(i * count + k);
  // Gram and Schmidt; the second time makes up for what the first has rounded away.
  for (size_t k = 0; k < count; ++k) {
    double *own = &vectors[k * length];
    for (int time = 0; time < 2; ++time) {
      for (size_t j = 0; j < k; ++j) {
        const double *other = &vectors[j * length];
        double along = dot(own, other, length);
        for (size_t i = 0; i < length; ++i)
          own[i] -= along * other[i];
      }
      double scale = 1 / std::sqrt(dot(own, own, length));
      for (size_t i = 0; i < length; ++i)
        own[i] *= scale;
    }
  }
  if (rows < columns)
    return vectors;
  std::vector<double> matrix(rows * columns);
  for (size_t i = 0; i < rows; ++i)
    for (size_t k = 0; k < columns; ++k)
      matrix[i * columns + k] = vectors[k * length + i];
  return matrix;
}

} // namespace tenon::runtime
