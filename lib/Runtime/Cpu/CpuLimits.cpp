//===- CpuLimits.cpp - how many threads the system grants -----------------===//
#include "tenon/Runtime/Cpu/CpuLimits.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <sched.h>
#include <string>
#include <unistd.h>

namespace tenon::runtime {

int parseCpuQuota(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.remove_suffix(1);
  size_t space = text.find(' ');
  int64_t quota = 0, period = 0;
  if (space == std::string_view::npos || !parseInteger(text.substr(0, space), quota) ||
      !parseInteger(text.substr(space + 1), period) || quota <= 0 || period <= 0)
    return 0;
  int64_t cpus = quota / period + (quota % period != 0);
  return static_cast<int>(std::min<int64_t>(cpus, maxThreads));
}

/// The text of a small file, or an empty one.
static std::string readSmallFile(const std::string &path) {
  FILE *file = fopen(path.c_str(), "re");
  if (!file)
    return std::string();
  char text[4096];
  size_t length = fread(text, 1, sizeof(text), file);
  fclose(file);
  return std::string(text, length);
}

/// The path of the process in the unified hierarchy, "/" if it is not known.
static std::string controlGroupPath() {
  std::string text = readSmallFile("/proc/self/cgroup");
  size_t line = text.compare(0, 3, "0::") == 0 ? 0 : text.find("\n0::");
  if (line == std::string::npos)
    return "/";
  size_t begin = text.find("::", line) + 2;
  return text.substr(begin, text.find('\n', begin) - begin);
}

/// The smallest quota on the way from the process's group to the root.
static int quotaThreadCount() {
  int smallest = 0;
  auto take = [&](int cpus) {
    if (cpus > 0 && (smallest == 0 || cpus < smallest))
      smallest = cpus;
  };
  std::string path = controlGroupPath();
  for (;;) {
    take(parseCpuQuota(readSmallFile("/sys/fs/cgroup" + path + "/cpu.max")));
    size_t slash = path.rfind('/');
    if (path.size() <= 1 || slash == std::string::npos)
      break;
    path.resize(std::max<size_t>(slash, 1));
  }
  const std::string old = "/sys/fs/cgroup/cpu/cpu.cfs_";
  std::string quota = readSmallFile(old + "quota_us");
  if (!quota.empty()) {
    quota.resize(quota.find_last_not_of('\n') + 1);
    take(parseCpuQuota(quota + " " + readSmallFile(old + "period_us")));
  }
  return smallest;
}

int affinityThreadCount() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cpus = sched_getaffinity(0, sizeof(set), &set) == 0
                 ? CPU_COUNT(&set)
                 : static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  return std::clamp(cpus, 1, maxThreads);
}

int defaultThreadCount() {
  int cpus = affinityThreadCount();
  int quota = quotaThreadCount();
  return quota > 0 ? std::min(cpus, quota) : cpus;
}

} // namespace tenon::runtime
