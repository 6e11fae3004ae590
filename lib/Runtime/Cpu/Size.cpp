//===- Size.cpp - size polynomials of a compiled program ------------------===//
#include "tenon/Runtime/Cpu/Size.h"

#include <cstring>

namespace tenon::runtime {

static bool evaluateTerm(const tn_term &term, const int64_t *symbols, int64_t &value) {
  value = term.coefficient;
  // A zero factor decides, whatever the others would overflow to.
  for (int s = 0; s < TN_MAX_SYMBOLS; ++s)
    if (term.powers[s] != 0 && symbols[s] == 0)
      value = 0;
  if (value == 0)
    return true;
  for (int s = 0; s < TN_MAX_SYMBOLS; ++s)
    for (int power = term.powers[s]; power > 0; --power)
      if (__builtin_mul_overflow(value, symbols[s], &value))
        return false;
  return true;
}

bool evaluateSize(const tn_size &size, const int64_t *symbols, int64_t &value) {
  value = 0;
  for (uint64_t i = 0; i < size.num_terms; ++i) {
    int64_t term = 0;
    if (!evaluateTerm(size.terms[i], symbols, term) || __builtin_add_overflow(value, term, &value))
      return false;
  }
  return true;
}

bool evaluateGrid(const tn_launch &launch, const int64_t *symbols, int64_t &tiles) {
  tiles = 1;
  bool isEmpty = false, fits = true;
  for (uint64_t i = 0; i < launch.num_grid; ++i) {
    const tn_grid_factor &factor = launch.grid[i];
    int64_t size = 0;
    if (!evaluateSize(factor.size, symbols, size))
      return false;
    isEmpty |= size <= 0;
    int64_t count = size / factor.divisor + (size % factor.divisor > 0);
    fits &= !__builtin_mul_overflow(tiles, count, &tiles);
  }
  if (isEmpty)
    tiles = 0;
  return fits || isEmpty;
}

uint32_t symbolsOf(const tn_size &size) {
  uint32_t mask = 0;
  for (uint64_t i = 0; i < size.num_terms; ++i)
    for (int s = 0; s < TN_MAX_SYMBOLS; ++s)
      if (size.terms[i].powers[s] != 0)
        mask |= 1u << s;
  return mask;
}

int bareSymbol(const tn_size &size) {
  if (size.num_terms != 1 || size.terms[0].coefficient != 1)
    return -1;
  int found = -1;
  for (int s = 0; s < TN_MAX_SYMBOLS; ++s) {
    if (size.terms[0].powers[s] == 0)
      continue;
    if (found >= 0 || size.terms[0].powers[s] != 1)
      return -1;
    found = s;
  }
  return found;
}

/// "2*B*N^2" for a positive coefficient.
static std::string termText(uint64_t coefficient, const tn_term &term, const tn_program &program) {
  std::string text;
  for (uint64_t s = 0; s < TN_MAX_SYMBOLS; ++s) {
    if (term.powers[s] == 0)
      continue;
    text += text.empty() ? "" : "*";
    text += s < program.num_symbols ? program.symbols[s].name : "?";
    if (term.powers[s] > 1)
      text += "^" + std::to_string(term.powers[s]);
  }
  if (text.empty())
    return std::to_string(coefficient);
  return coefficient == 1 ? text : std::to_string(coefficient) + "*" + text;
}

std::string sizeText(const tn_size &size, const tn_program &program) {
  std::string text;
  for (uint64_t i = 0; i < size.num_terms; ++i) {
    const tn_term &term = size.terms[i];
    bool negative = term.coefficient < 0;
    uint64_t magnitude = negative ? 0 - static_cast<uint64_t>(term.coefficient)
                                  : static_cast<uint64_t>(term.coefficient);
    if (text.empty())
      text = negative ? "-" : "";
    else
      text += negative ? " - " : " + ";
    text += termText(magnitude, term, program);
  }
  return text.empty() ? "0" : text;
}

std::string dimsText(const tn_tensor &tensor, const tn_program &program) {
  std::string text = "[";
  for (int32_t i = 0; i < tensor.rank; ++i)
    text += (i == 0 ? "" : ", ") + sizeText(tensor.dims[i], program);
  return text + "]";
}

void SizeSum::add(const tn_size &size) {
  for (uint64_t i = 0; i < size.num_terms; ++i) {
    const tn_term &term = size.terms[i];
    bool isMerged = false;
    for (tn_term &mine : terms) {
      if (memcmp(mine.powers, term.powers, sizeof(term.powers)) != 0)
        continue;
      if (__builtin_add_overflow(mine.coefficient, term.coefficient, &mine.coefficient))
        mine.coefficient = INT64_MAX;
      isMerged = true;
      break;
    }
    if (!isMerged)
      terms.push_back(term);
  }
}

} // namespace tenon::runtime
