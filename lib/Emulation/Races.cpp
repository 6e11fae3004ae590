//===- Races.cpp - Accesses that nothing orders ---------------------------===//

#include "Races.h"

#include <algorithm>

namespace tenon::emulation {

void Races::reset(uint32_t threads, size_t sharedBytes, uint64_t blockSerial,
                  uint64_t firstOfLaunch) {
  clocks.reset(threads);
  cells.assign((sharedBytes + kCellBytes - 1) / kCellBytes, Cell());
  fenced.assign(threads, 0);
  serial = blockSerial;
  firstSerial = firstOfLaunch;
}

std::string Races::nameOf(uint32_t who) const {
  if (clocks.isThread(who))
    return "thread #" + std::to_string(who);
  bool isWarpgroup = who >= clocks.warpgroupAgent(0) && who < clocks.storeAgent();
  return isWarpgroup ? "wgmma" : "a tensor copy";
}

std::string Races::place(size_t cell) const {
  return std::to_string(cell * kCellBytes) + " in shared memory";
}

static const char *nameOf(Races::Kind kind) { return kind == Races::Kind::Read ? "read" : "write"; }

std::string Races::conflict(uint32_t thread, Stamp earlier, Kind before, Kind now,
                            size_t cell) const {
  return std::string("data race: ") + emulation::nameOf(now) + " at " + place(cell) +
         " by thread #" + std::to_string(thread) + ", " + emulation::nameOf(before) + " by " +
         nameOf(earlier.who) + ", with nothing that orders them";
}

void Races::noteRead(Cell &cell, uint32_t thread, Stamp stamp) {
  // Two readers that do not know of each other are kept; more than two are
  // too rare a way to miss a race.
  for (Stamp &read : cell.reads)
    if (read.epoch == 0 || read.who == stamp.who || clocks.happenedBefore(read, thread)) {
      read = stamp;
      return;
    }
  cell.reads[1] = stamp;
}

std::string Races::accessShared(uint32_t thread, size_t offset, size_t bytes, Kind kind) {
  const Stamp now = clocks.now(thread);
  for (size_t i = offset / kCellBytes; i <= (offset + bytes - 1) / kCellBytes; ++i) {
    Cell &cell = cells[i];
    if (cell.copying != 0)
      return std::string("data race: ") + emulation::nameOf(kind) + " at " + place(i) +
             " while a copy by " + nameOf(cell.copying - 1) +
             " that has not been waited for is writing it";
    if (cell.write.epoch != 0 && cell.write.who != thread &&
        !clocks.happenedBefore(cell.write, thread))
      return conflict(thread, cell.write, Kind::Write, kind, i);
    if (kind == Kind::Read) {
      noteRead(cell, thread, now);
      continue;
    }
    for (Stamp read : cell.reads)
      if (read.epoch != 0 && read.who != thread && !clocks.happenedBefore(read, thread))
        return conflict(thread, read, Kind::Read, kind, i);
    cell.write = now;
    cell.byCopy = false;
    cell.reads[0] = cell.reads[1] = Stamp();
  }
  return {};
}

std::string Races::beginCopy(uint32_t thread, uint32_t owner, size_t offset, size_t bytes) {
  std::string wrong = accessShared(thread, offset, bytes, Kind::Write);
  if (!wrong.empty())
    return wrong;
  for (size_t i = offset / kCellBytes; i < (offset + bytes) / kCellBytes; ++i)
    cells[i].copying = static_cast<uint16_t>(owner + 1);
  return {};
}

void Races::endCopy(uint32_t owner, size_t offset, size_t bytes) {
  for (size_t i = offset / kCellBytes; i < (offset + bytes) / kCellBytes; ++i) {
    cells[i].copying = 0;
    cells[i].write = clocks.now(owner);
    // cp.async writes through the generic proxy, tensor copies do not.
    cells[i].byCopy = !clocks.isThread(owner);
  }
}

std::string Races::readByAgent(uint32_t thread, uint32_t agent, size_t offset, size_t bytes) {
  for (size_t i = offset / kCellBytes; i < (offset + bytes) / kCellBytes; ++i) {
    Cell &cell = cells[i];
    if (cell.copying != 0)
      return "data race: " + nameOf(agent) + " reads " + place(i) + " while a copy by " +
             nameOf(cell.copying - 1) + " that has not been waited for is writing it";
    if (cell.write.epoch != 0 && cell.write.who != thread &&
        !clocks.happenedBefore(cell.write, thread))
      return conflict(thread, cell.write, Kind::Write, Kind::Read, i);
    if (cell.write.epoch != 0 && !cell.byCopy && clocks.isThread(cell.write.who) &&
        cell.write.epoch >= fenced[cell.write.who])
      return nameOf(agent) + " reads " + place(i) + ", which thread #" +
             std::to_string(cell.write.who) + " wrote without fence.proxy.async after it";
    noteRead(cell, thread, clocks.now(agent));
  }
  return {};
}

std::string Races::accessGlobal(uint32_t thread, GlobalShadow::Cells shadow, Kind kind) {
  using Access = GlobalShadow::Access;
  const Access now = Access::make(serial, clocks.now(thread));
  auto collides = [&](Access earlier) {
    if (earlier.serial() < firstSerial)
      return false;
    if (earlier.serial() != serial)
      return true;
    Stamp stamp = earlier.stamp();
    return stamp.who != thread && !clocks.happenedBefore(stamp, thread);
  };
  auto describe = [&](Access earlier, Kind before) {
    bool isSame = earlier.serial() == serial;
    std::string who = isSame ? "thread #" + std::to_string(earlier.stamp().who) : "another block";
    return std::string("data race: ") + emulation::nameOf(kind) + " of global memory, " +
           emulation::nameOf(before) + " by " + who + ", with nothing that orders them";
  };
  for (size_t i = 0; i < shadow.count; ++i) {
    GlobalShadow::Cell &cell = shadow.first[i];
    Access write = cell.loadWrite(), read = cell.loadRead();
    if (collides(write))
      return describe(write, Kind::Write);
    if (kind == Kind::Write) {
      if (collides(read))
        return describe(read, Kind::Read);
      cell.storeWrite(now);
      continue;
    }
    // A read by other blocks too is kept as one by a block that is nobody.
    bool alsoOthers = read.serial() >= firstSerial && read.serial() != serial;
    cell.storeRead(alsoOthers ? Access::make(firstSerial, Stamp()) : now);
  }
  return {};
}

} // namespace tenon::emulation
