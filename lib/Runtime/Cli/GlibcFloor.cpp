//===- GlibcFloor.cpp - the oldest glibc this program starts on -----------===//
#include "tenon/Runtime/Cli/Commands.h"

#include <cstdlib>
#include <cstring>
#include <link.h>
#include <tuple>

namespace tenon::runtime {

namespace {

/// The parts of the dynamic section that name needed symbol versions.
struct VersionNeeds {
  const char *strings = nullptr;
  const char *needs = nullptr;
  size_t count = 0;
};

/// "2.34" in numbers.
struct Version {
  long major = 0;
  long minor = 0;
};

} // namespace

/// The address that an entry of the dynamic section holds. glibc relocates some
/// of them in place, others stay relative to `base`.
static const char *addressIn(const ElfW(Dyn) & entry, ElfW(Addr) base) {
  ElfW(Addr) value = entry.d_un.d_ptr;
  if (value < base)
    value += base;
  const char *address = nullptr;
  memcpy(static_cast<void *>(&address), &value, sizeof(address));
  return address;
}

/// Whether the object is the executable or shared library that this code is in.
static bool isOwn(const dl_phdr_info &info) {
  for (size_t i = 0; i < info.dlpi_phnum; ++i)
    if (info.dlpi_phdr[i].p_type == PT_DYNAMIC)
      return info.dlpi_addr + info.dlpi_phdr[i].p_vaddr == reinterpret_cast<uintptr_t>(_DYNAMIC);
  return false;
}

static int readOwnObject(dl_phdr_info *info, size_t, void *result) {
  if (!isOwn(*info))
    return 0;
  VersionNeeds &found = *static_cast<VersionNeeds *>(result);
  for (const ElfW(Dyn) *entry = _DYNAMIC; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_STRTAB)
      found.strings = addressIn(*entry, info->dlpi_addr);
    else if (entry->d_tag == DT_VERNEED)
      found.needs = addressIn(*entry, info->dlpi_addr);
    else if (entry->d_tag == DT_VERNEEDNUM)
      found.count = entry->d_un.d_val;
  }
  return 1;
}

/// Reads "GLIBC_2.34"; 0.0 for names of another form.
static Version parseVersion(const char *name) {
  constexpr char prefix[] = "GLIBC_";
  constexpr size_t length = sizeof(prefix) - 1;
  Version version;
  if (strncmp(name, prefix, length) != 0)
    return version;
  char *end = nullptr;
  version.major = strtol(name + length, &end, 10);
  if (*end == '.')
    version.minor = strtol(end + 1, nullptr, 10);
  return version;
}

std::string glibcFloor() {
  VersionNeeds found;
  dl_iterate_phdr(readOwnObject, &found);
  if (!found.strings || !found.needs)
    return std::string();
  Version best;
  const char *at = found.needs;
  for (size_t i = 0; i < found.count; ++i) {
    auto *need = reinterpret_cast<const ElfW(Verneed) *>(at);
    const char *auxAt = at + need->vn_aux;
    for (int a = 0; a < need->vn_cnt; ++a) {
      auto *aux = reinterpret_cast<const ElfW(Vernaux) *>(auxAt);
      Version version = parseVersion(found.strings + aux->vna_name);
      if (std::tie(best.major, best.minor) < std::tie(version.major, version.minor))
        best = version;
      auxAt += aux->vna_next;
    }
    at += need->vn_next;
  }
  if (best.major == 0)
    return std::string();
  return std::to_string(best.major) + "." + std::to_string(best.minor);
}

} // namespace tenon::runtime
