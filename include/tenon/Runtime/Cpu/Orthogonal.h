//===- Orthogonal.h - matrices whose rows are at right angles ---*- C++ -*-===//
#ifndef TENON_RUNTIME_CPU_ORTHOGONAL_H
#define TENON_RUNTIME_CPU_ORTHOGONAL_H

#include "tenon/Runtime/Cpu/Random.h"

#include <cstddef>
#include <vector>

namespace tenon::runtime {

/// A matrix, row by row, with rows of length 1 at right angles to one another, or, where it
/// has more rows than columns, such columns; of all of them each is as likely (Saxe et al.
/// 2014). It is Q of the QR decomposition, with a positive diagonal of R, of the normally
/// distributed numbers of the stream: those of the matrix in row-major order, whose longer
/// side stands first.
std::vector<double> orthogonalMatrix(size_t rows, size_t columns, const RandomStream &numbers);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_ORTHOGONAL_H
