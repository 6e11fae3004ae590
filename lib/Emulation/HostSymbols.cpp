//===- HostSymbols.cpp - What compiled kernels are linked with ------------===//

#include "HostSymbols.h"
#include "RuntimeFunctions.h"

#include <cmath>
#include <cstring>

using namespace llvm;

namespace tenon::emulation {

namespace {

struct Symbol {
  const char *name;
  void *address;
};

template <typename Result, typename... Parameters>
Symbol symbol(const char *name, Result (*function)(Parameters...)) {
  return {name, reinterpret_cast<void *>(function)};
}

} // namespace

orc::SymbolMap hostSymbols(orc::LLJIT &jit) {
  using Unary = float(float);
  using Binary = float(float, float);
  const Symbol symbols[] = {
      symbol("exp2f", static_cast<Unary *>(std::exp2)),
      symbol("expf", static_cast<Unary *>(std::exp)),
      symbol("log2f", static_cast<Unary *>(std::log2)),
      symbol("logf", static_cast<Unary *>(std::log)),
      symbol("sinf", static_cast<Unary *>(std::sin)),
      symbol("cosf", static_cast<Unary *>(std::cos)),
      symbol("tanhf", static_cast<Unary *>(std::tanh)),
      symbol("sqrtf", static_cast<Unary *>(std::sqrt)),
      symbol("floorf", static_cast<Unary *>(std::floor)),
      symbol("ceilf", static_cast<Unary *>(std::ceil)),
      symbol("truncf", static_cast<Unary *>(std::trunc)),
      symbol("rintf", static_cast<Unary *>(std::rint)),
      symbol("roundf", static_cast<Unary *>(std::round)),
      symbol("powf", static_cast<Binary *>(std::pow)),
      symbol("fmodf", static_cast<Binary *>(std::fmod)),
      symbol("fmaxf", static_cast<Binary *>(std::fmax)),
      symbol("fminf", static_cast<Binary *>(std::fmin)),
      symbol("fmaf", static_cast<float (*)(float, float, float)>(std::fma)),
      symbol("fma", static_cast<double (*)(double, double, double)>(std::fma)),
      symbol("memcpy", &std::memcpy),
      symbol("memmove", &std::memmove),
      symbol("memset", &std::memset),
  };
  orc::SymbolMap map;
  auto define = [&](const char *name, void *address) {
    map[jit.mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(address),
                                      JITSymbolFlags::Exported | JITSymbolFlags::Callable};
  };
  for (const Symbol &entry : symbols)
    define(entry.name, entry.address);
  for (const RuntimeFunction &function : runtimeFunctions())
    define(function.name, function.address);
  return map;
}

} // namespace tenon::emulation
