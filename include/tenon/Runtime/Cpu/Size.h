//===- Size.h - size polynomials of a compiled program --------------------===//
#ifndef TENON_RUNTIME_CPU_SIZE_H
#define TENON_RUNTIME_CPU_SIZE_H

#include "tenon/Runtime/Abi.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tenon::runtime {

/// The value of `size` in checked 64-bit arithmetic; false on overflow.
bool evaluateSize(const tn_size &size, const int64_t *symbols, int64_t &value);

/// The number of tiles of a launch: the product of ceil(size / divisor), 0 if a
/// factor is 0 or negative. False on overflow.
bool evaluateGrid(const tn_launch &launch, const int64_t *symbols, int64_t &tiles);

/// Bit s is set if symbol s occurs in `size`.
uint32_t symbolsOf(const tn_size &size);

/// The number of the symbol that `size` is, or -1 if it is not a bare symbol.
int bareSymbol(const tn_size &size);

/// "2*B*N^2 + 7" with the program's symbol names.
std::string sizeText(const tn_size &size, const tn_program &program);

/// "[B, N, 384]" for the dims of `tensor`.
std::string dimsText(const tn_tensor &tensor, const tn_program &program);

/// A sum of polynomials, for totals over launches. Coefficients that overflow
/// stop at INT64_MAX.
class SizeSum {
public:
  void add(const tn_size &size);
  /// Valid until the next add.
  tn_size size() const { return {terms.data(), terms.size()}; }

private:
  std::vector<tn_term> terms;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_SIZE_H
