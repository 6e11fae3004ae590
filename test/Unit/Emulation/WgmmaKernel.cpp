//===- WgmmaKernel.cpp - A product as compute capability 9.0 does it ------===//

#include "WgmmaKernel.h"
#include "KernelText.h"

#include "tenon/Target/PtxFunctions.h"

namespace tenon::emulation {

namespace {

using Value = KernelText::Value;
using mlir::tenon::PtxFunction;

const char *const kMap = "ptr byval([128 x i8]) align 64 \"nvvm.grid_constant\"";

class WgmmaWriter {
public:
  WgmmaWriter(uint32_t steps, bool bMajorMN, bool aInRegisters, WgmmaFault fault)
      : text(std::string(kMap) + " %a, " + kMap + " %b, " + kMap + " %c"), steps(steps),
        bMajorMN(bMajorMN), aInRegisters(aInRegisters), fault(fault) {}

  std::string write();

private:
  static constexpr int kStages = 2, kAccumulators = 32;
  static constexpr int kTileBytes = WgmmaKernel::kTileBytes;

  template <typename Integer> static std::string number(Integer value) {
    return KernelText::number(value);
  }
  Value place(int offset) { return text.shared("@tile", number(offset)); }
  Value full(int stage) { return place(WgmmaKernel::kBarriers + 8 * stage); }
  Value empty(int stage) { return place(WgmmaKernel::kBarriers + 16 + 8 * stage); }
  void call(const std::string &result, const std::string &name, const std::string &types,
            const std::string &arguments) {
    text.declare(result + " " + name + "(" + types + ")");
    text.line("call ", result, " ", name, "(", arguments, ")");
  }
  void shared(const std::string &result, const std::string &name, const Value &address,
              const std::string &extra = "") {
    call(result, "@llvm.nvvm." + name, extra.empty() ? "ptr addrspace(3)" : "ptr addrspace(3), i32",
         "ptr addrspace(3) " + address + extra);
  }
  void wait(const Value &barrier, int parity) {
    call("void", "@tenon.mbarrier.wait.parity", "ptr addrspace(3), i32",
         "ptr addrspace(3) " + barrier + ", i32 " + number(parity));
  }

  void initialize();
  void produce();
  void load(const char *map, const Value &tile, const Value &barrier, const Value &inner,
            const Value &outer);
  void consume();
  void multiply(int stage, bool isFirst);
  Value descriptor(int offset, int leading, int stride);
  std::vector<Value> registersOfA(int stage, int slice);
  void waitForProducts(int inFlight);
  void store();

  KernelText text;
  uint32_t steps;
  bool bMajorMN, aInRegisters;
  WgmmaFault fault;
  Value thread, inGroup;
  std::vector<Value> sums = std::vector<Value>(kAccumulators, "0.0");
};

std::string structOf(int floats) {
  std::string type = "{float";
  for (int i = 1; i < floats; ++i)
    type += ", float";
  return type + "}";
}

void WgmmaWriter::initialize() {
  text.when(text.value("icmp eq i32 ", thread, ", 0"), [&] {
    for (int stage = 0; stage < kStages; ++stage) {
      if (fault != WgmmaFault::NotInitialized)
        shared("void", "mbarrier.init.shared", full(stage), ", i32 1");
      shared("void", "mbarrier.init.shared", empty(stage), ", i32 1");
    }
    if (fault != WgmmaFault::NoInitFence)
      call("void", "@llvm.nvvm.fence.mbarrier_init.release.cluster", "", "");
  });
  if (fault != WgmmaFault::NoBarrierAfterInit)
    text.barrier();
}

void WgmmaWriter::load(const char *map, const Value &tile, const Value &barrier, const Value &inner,
                       const Value &outer) {
  call("void", "@llvm.nvvm.cp.async.bulk.tensor.g2s.cta.tile.2d",
       "ptr addrspace(3), ptr addrspace(3), ptr, i32, i32, i64, i1",
       "ptr addrspace(3) " + tile + ", ptr addrspace(3) " + barrier + ", ptr " + map + ", i32 " +
           inner + ", i32 " + outer + ", i64 0, i1 false");
}

void WgmmaWriter::produce() {
  text.when(text.value("icmp eq i32 ", inGroup, ", 0"), [&] {
    Value firstRow = text.mul(text.special("ctaid.y"), "64");
    Value firstColumn = text.mul(text.special("ctaid.x"), "64");
    for (uint32_t step = 0; step < steps; ++step) {
      int stage = static_cast<int>(step % kStages), round = static_cast<int>(step / kStages);
      // A fresh barrier's phase of parity 1 counts as ended.
      if (fault != WgmmaFault::NoWaitForEmpty)
        wait(empty(stage), (round & 1) ^ 1);
      int bytes = fault == WgmmaFault::ExpectsHalf ? kTileBytes : 2 * kTileBytes;
      shared("i64", "mbarrier.arrive.expect.tx.scope.cta.space.cta", full(stage),
             ", i32 " + number(bytes));
      if (fault == WgmmaFault::TooManyArrivals && step == 1)
        shared("i64", "mbarrier.arrive.shared", full(stage));
      int misplaced = fault == WgmmaFault::MisalignedTile ? 128 : 0;
      Value k = number(64 * step);
      load("%a", place(stage * 2 * kTileBytes + misplaced), full(stage), k, firstRow);
      Value tileB = place((stage * 2 + 1) * kTileBytes);
      if (bMajorMN)
        load("%b", tileB, full(stage), firstColumn, k);
      else
        load("%b", tileB, full(stage), k, firstColumn);
    }
  });
}

/// A swizzle of 128 bytes.
Value WgmmaWriter::descriptor(int offset, int leading, int stride) {
  Value base = text.value("ptrtoint ptr addrspace(3) @tile to i32");
  Value address = text.add(base, number(offset));
  Value field = text.value("and i32 ", text.value("lshr i32 ", address, ", 4"), ", 16383");
  Value wide = text.value("zext i32 ", field, " to i64");
  int64_t rest = int64_t{1} << 62 | int64_t{stride >> 4} << 32 | int64_t{leading >> 4} << 16;
  return text.value("or i64 ", wide, ", ", rest);
}

/// The fragment of A of one slice of 16 k, from swizzled shared memory.
std::vector<Value> WgmmaWriter::registersOfA(int stage, int slice) {
  Value lane = text.rem(thread, 32), warp = text.div(inGroup, 32);
  std::vector<Value> registers;
  for (int i = 0; i < 4; ++i) {
    Value row = text.add(text.mul(warp, "16"), text.add(text.div(lane, 4), number(8 * (i & 1))));
    Value chunk = text.bitXor(text.rem(row, 8), number(2 * slice + (i >> 1)));
    Value offset = text.add(text.mul(row, "128"),
                            text.add(text.mul(chunk, "16"), text.mul(text.rem(lane, 4), "4")));
    Value address = text.shared("@tile", text.add(offset, number(stage * 2 * kTileBytes)));
    registers.push_back(text.value("load i32, ptr addrspace(3) ", address));
  }
  return registers;
}

void WgmmaWriter::multiply(int stage, bool isFirst) {
  PtxFunction product;
  product.kind = PtxFunction::Kind::Wgmma;
  product.accumulators = kAccumulators;
  product.aInRegisters = aInRegisters;
  product.bMajorMN = bMajorMN;
  std::vector<std::vector<Value>> fragments;
  if (aInRegisters)
    for (int slice = 0; slice < 4; ++slice)
      fragments.push_back(registersOfA(stage, slice));
  if (fault != WgmmaFault::NoWgmmaFence)
    call("void", "@llvm.nvvm.wgmma.fence.sync.aligned", "", "");
  for (int slice = 0; slice < 4; ++slice) {
    int advance = fault == WgmmaFault::WrongSlice ? 64 : 32;
    int stride = fault == WgmmaFault::WrongStride ? 512 : 1024;
    // 16 k are 32 bytes of each row, or two groups of eight rows of N.
    int tileB = (stage * 2 + 1) * kTileBytes;
    Value b = bMajorMN ? descriptor(tileB + slice * 2048, 0, stride)
                       : descriptor(tileB + slice * advance, 16, stride);
    std::string types, arguments;
    for (const Value &sum : sums) {
      types += "float, ";
      arguments.append("float ").append(sum).append(", ");
    }
    if (aInRegisters) {
      for (const Value &word : fragments[slice]) {
        types += "i32, ";
        arguments += "i32 " + word + ", ";
      }
    } else {
      Value a = descriptor(stage * 2 * kTileBytes + slice * advance, 16, 1024);
      if (fault == WgmmaFault::DescriptorDiffers)
        a = text.value("add i64 ", a, ", ", text.value("zext i32 ", inGroup, " to i64"));
      types += "i64, ";
      arguments += "i64 " + a + ", ";
    }
    types += "i64, i32";
    arguments.append("i64 ").append(b).append(isFirst && slice == 0 ? ", i32 0" : ", i32 1");
    std::string type = structOf(kAccumulators), name = "@" + product.name();
    text.declare(type + " " + name + "(" + types + ")");
    Value all = text.value("call ", type, " ", name, "(", arguments, ")");
    for (int i = 0; i < kAccumulators; ++i)
      sums[i] = text.value("extractvalue ", type, " ", all, ", ", i);
  }
  call("void", "@llvm.nvvm.wgmma.commit_group.sync.aligned", "", "");
}

void WgmmaWriter::waitForProducts(int inFlight) {
  PtxFunction wait;
  wait.kind = PtxFunction::Kind::WgmmaWait;
  wait.accumulators = kAccumulators;
  wait.inFlight = static_cast<unsigned>(inFlight);
  std::string types, arguments;
  for (const Value &sum : sums) {
    types += types.empty() ? "float" : ", float";
    arguments += (arguments.empty() ? "float " : ", float ") + sum;
  }
  std::string type = structOf(kAccumulators), name = "@" + wait.name();
  text.declare(type + " " + name + "(" + types + ")");
  Value all = text.value("call ", type, " ", name, "(", arguments, ")");
  for (int i = 0; i < kAccumulators; ++i)
    sums[i] = text.value("extractvalue ", type, " ", all, ", ", i);
}

void WgmmaWriter::consume() {
  auto release = [&](uint32_t step) {
    if (fault == WgmmaFault::NoArriveAtEmpty)
      return;
    text.when(text.value("icmp eq i32 ", inGroup, ", 0"), [&] {
      shared("i64", "mbarrier.arrive.shared", empty(static_cast<int>(step % kStages)));
    });
  };
  for (uint32_t step = 0; step < steps; ++step) {
    int stage = static_cast<int>(step % kStages), round = static_cast<int>(step / kStages);
    if (fault != WgmmaFault::NoWaitForFull)
      wait(full(stage), round & 1);
    multiply(stage, step == 0);
    if (fault == WgmmaFault::ReleasesTooEarly) {
      release(step);
      continue;
    }
    // Registers of A may change once the product is over; else the product of
    // this step runs on while the stage before is given back.
    if (aInRegisters) {
      waitForProducts(0);
      // All have read their fragments before one gives the stage back.
      call("void", "@llvm.nvvm.barrier.cta.sync.aligned.count", "i32, i32", "i32 1, i32 128");
      release(step);
      continue;
    }
    waitForProducts(1);
    if (step > 0)
      release(step - 1);
  }
  if (fault != WgmmaFault::ReadsBeforeWait)
    waitForProducts(0);
}

/// Through swizzled shared memory.
void WgmmaWriter::store() {
  Value lane = text.rem(thread, 32), warp = text.div(inGroup, 32);
  for (int i = 0; i < kAccumulators; ++i) {
    Value row =
        text.add(text.mul(warp, "16"), text.add(text.div(lane, 4), number(8 * (i >> 1 & 1))));
    Value chunk = text.bitXor(text.rem(row, 8), number(i / 4));
    Value within = text.add(text.mul(text.rem(lane, 4), "4"), number(2 * (i & 1)));
    Value offset = text.add(text.mul(row, "128"), text.add(text.mul(chunk, "16"), within));
    Value narrow = text.value("fptrunc float ", sums[i], " to bfloat");
    text.line("store bfloat ", narrow, ", ptr addrspace(3) ",
              text.shared("@tile", text.add(offset, number(4 * kTileBytes))));
  }
  if (fault != WgmmaFault::NoProxyFenceBeforeStore)
    call("void", "@llvm.nvvm.fence.proxy.async.shared_cta", "", "");
  call("void", "@llvm.nvvm.barrier.cta.sync.aligned.count", "i32, i32", "i32 1, i32 128");
  text.when(text.value("icmp eq i32 ", inGroup, ", 0"), [&] {
    Value column = text.mul(text.special("ctaid.x"), "64");
    Value row = text.mul(text.special("ctaid.y"), "64");
    call("void", "@llvm.nvvm.cp.async.bulk.tensor.s2g.tile.2d",
         "ptr addrspace(3), ptr, i32, i32, i64, i1",
         "ptr addrspace(3) " + place(4 * kTileBytes) + ", ptr %c, i32 " + column + ", i32 " + row +
             ", i64 0, i1 false");
    call("void", "@llvm.nvvm.cp.async.bulk.commit.group", "", "");
    if (fault != WgmmaFault::NoWaitForStore)
      call("void", "@llvm.nvvm.cp.async.bulk.wait.group.read", "i32", "i32 0");
  });
}

std::string WgmmaWriter::write() {
  text.global("@tile = external addrspace(3) global [0 x i8], align 1024");
  thread = text.special("tid.x");
  inGroup = text.rem(thread, 128);
  initialize();
  std::string producer = text.freshLabel(), consumer = text.freshLabel(), end = text.freshLabel();
  Value isProducer = text.value("icmp ult i32 ", thread, ", 128");
  text.line("br i1 ", isProducer, ", label %", producer, ", label %", consumer);
  text.label(producer);
  call("void", "@llvm.nvvm.setmaxnreg.dec.sync.aligned.u32", "i32", "i32 40");
  produce();
  text.line("br label %", end);
  text.label(consumer);
  call("void", "@llvm.nvvm.setmaxnreg.inc.sync.aligned.u32", "i32", "i32 232");
  consume();
  store();
  text.line("br label %", end);
  text.label(end);
  return text.module("gemm", WgmmaKernel::kThreads);
}

} // namespace

std::string WgmmaKernel::text(uint32_t steps, bool bMajorMN, bool aInRegisters, WgmmaFault fault) {
  return WgmmaWriter(steps, bMajorMN, aInRegisters, fault).write();
}

} // namespace tenon::emulation
