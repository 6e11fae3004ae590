//===- Statistics.cpp - What launches of a kernel did ---------------------===//

#include "tenon/Emulation/Statistics.h"

#include <iterator>

namespace tenon::emulation {

namespace {

struct Field {
  const char *name;
  uint64_t Statistics::*member;
};

constexpr Field kFields[] = {
    {"launches", &Statistics::launches},
    {"blocks", &Statistics::blocks},
    {"threads", &Statistics::threads},
    {"switches", &Statistics::switches},
    {"mma", &Statistics::mma},
    {"wgmma", &Statistics::wgmma},
    {"ldmatrix", &Statistics::ldmatrix},
    {"stmatrix", &Statistics::stmatrix},
    {"shuffle", &Statistics::shuffle},
    {"warp_sync", &Statistics::warpSync},
    {"barrier", &Statistics::barrier},
    {"cp_async", &Statistics::cpAsync},
    {"tensor_load", &Statistics::tensorLoad},
    {"tensor_store", &Statistics::tensorStore},
    {"mbarrier_arrive", &Statistics::mbarrierArrive},
    {"mbarrier_wait", &Statistics::mbarrierWait},
    {"shared_wavefronts", &Statistics::sharedWavefronts},
    {"shared_wavefronts_ideal", &Statistics::sharedWavefrontsIdeal},
    {"global_sectors", &Statistics::globalSectors},
    {"global_sectors_ideal", &Statistics::globalSectorsIdeal},
};
static_assert(sizeof(Statistics) == std::size(kFields) * sizeof(uint64_t));

} // namespace

Statistics &Statistics::operator+=(const Statistics &other) {
  for (const Field &field : kFields)
    this->*field.member += other.*field.member;
  return *this;
}

std::string Statistics::format() const {
  std::string text;
  for (const Field &field : kFields) {
    if (!text.empty())
      text += ' ';
    text += field.name;
    text += ' ';
    text += std::to_string(this->*field.member);
  }
  return text;
}

} // namespace tenon::emulation
