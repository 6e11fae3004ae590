//===- Placement.cpp - buffers that share one arena -----------------------===//
#include "tenon/Runtime/Cpu/Placement.h"
#include "tenon/Runtime/Io/Memory.h"

#include <algorithm>
#include <numeric>

namespace tenon::runtime {

constexpr uint64_t largestArena = uint64_t{1} << 62;

namespace {

/// A placed request.
struct Range {
  uint64_t begin, end;
  int32_t first, last;
};

/// Whether one request is placed before another; ties go by number.
using Precedes = bool (*)(const ArenaRequest &, const ArenaRequest &);

} // namespace

static int64_t lifetime(const ArenaRequest &request) {
  return int64_t{request.last} - request.first;
}

/// No order is best for every model. By size is good where sizes differ much;
/// by lifetime keeps what lives long out of the way of what comes and goes; by
/// start is best for chains of equal buffers.
static constexpr Precedes orders[] = {
    [](const ArenaRequest &a, const ArenaRequest &b) { return a.bytes > b.bytes; },
    [](const ArenaRequest &a, const ArenaRequest &b) {
      return a.bytes != b.bytes ? a.bytes > b.bytes : lifetime(a) > lifetime(b);
    },
    [](const ArenaRequest &a, const ArenaRequest &b) {
      return lifetime(a) != lifetime(b) ? lifetime(a) > lifetime(b) : a.bytes > b.bytes;
    },
    [](const ArenaRequest &a, const ArenaRequest &b) {
      return a.first != b.first ? a.first < b.first : a.bytes > b.bytes;
    },
    [](const ArenaRequest &a, const ArenaRequest &b) {
      return a.last != b.last ? a.last > b.last : a.bytes > b.bytes;
    },
};

/// The lowest offset with `bytes` free bytes over the request's lifetime.
/// `placed` is ordered by begin.
static uint64_t lowestFree(const std::vector<Range> &placed, const ArenaRequest &request,
                           uint64_t bytes) {
  uint64_t offset = 0;
  for (const Range &range : placed) {
    bool isAlive = range.first <= request.last && request.first <= range.last;
    if (!isAlive)
      continue;
    if (range.begin >= offset + bytes)
      break;
    offset = std::max(offset, range.end);
  }
  return offset;
}

/// Places the requests with these numbers in this order; returns the size, or
/// UINT64_MAX if that is too large.
static uint64_t placeInOrder(const std::vector<ArenaRequest> &requests,
                             const std::vector<size_t> &order, std::vector<uint64_t> &offsets) {
  std::vector<Range> placed;
  placed.reserve(order.size());
  uint64_t total = 0;
  for (size_t number : order) {
    const ArenaRequest &request = requests[number];
    if (request.bytes > largestArena)
      return UINT64_MAX;
    uint64_t bytes = alignUp(request.bytes), offset = lowestFree(placed, request, bytes);
    if (offset > largestArena)
      return UINT64_MAX;
    offsets[number] = offset;
    Range range{offset, offset + bytes, request.first, request.last};
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), range,
                         [](const Range &a, const Range &b) { return a.begin < b.begin; }),
        range);
    total = std::max(total, range.end);
  }
  return total;
}

uint64_t placeBuffers(const std::vector<ArenaRequest> &requests, std::vector<uint64_t> &offsets,
                      bool &fits) {
  std::vector<size_t> order;
  for (size_t i = 0; i < requests.size(); ++i)
    if (requests[i].bytes > 0)
      order.push_back(i);
  const std::vector<size_t> byNumber = order;
  std::vector<uint64_t> trial(requests.size(), 0);
  uint64_t best = UINT64_MAX, bound = mostBytesAlive(requests);
  offsets = trial;
  for (Precedes precedes : orders) {
    order = byNumber;
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      if (precedes(requests[a], requests[b]))
        return true;
      return !precedes(requests[b], requests[a]) && a < b;
    });
    uint64_t total = placeInOrder(requests, order, trial);
    if (total < best) {
      best = total;
      offsets = trial;
    }
    if (best <= bound)
      break;
  }
  fits = best != UINT64_MAX;
  return fits ? best : 0;
}

uint64_t mostBytesAlive(const std::vector<ArenaRequest> &requests) {
  // A maximum begins where some request begins.
  std::vector<const ArenaRequest *> byStart, byEnd;
  for (const ArenaRequest &request : requests) {
    byStart.push_back(&request);
    byEnd.push_back(&request);
  }
  std::sort(byStart.begin(), byStart.end(),
            [](const ArenaRequest *a, const ArenaRequest *b) { return a->first < b->first; });
  std::sort(byEnd.begin(), byEnd.end(),
            [](const ArenaRequest *a, const ArenaRequest *b) { return a->last < b->last; });
  uint64_t alive = 0, most = 0;
  size_t ended = 0;
  for (const ArenaRequest *request : byStart) {
    for (; byEnd[ended]->last < request->first; ++ended)
      alive -= alignUp(byEnd[ended]->bytes);
    if (request->bytes > largestArena ||
        __builtin_add_overflow(alive, alignUp(request->bytes), &alive))
      return UINT64_MAX;
    most = std::max(most, alive);
  }
  return most;
}

} // namespace tenon::runtime
