//===- GemmKernel.cpp - A tensor core product as GPUs since 8.0 do it -----===//

#include "GemmKernel.h"
#include "KernelText.h"

#include <random>

namespace tenon::emulation {

namespace {

using Value = KernelText::Value;

class GemmWriter {
public:
  GemmWriter(uint32_t depth, GemmFault fault)
      : text("ptr addrspace(1) %a, ptr addrspace(1) %b, ptr addrspace(1) %c, i32 %m, i32 %n"),
        depth(depth), fault(fault) {}

  std::string write();

private:
  static constexpr int kRowBytes = 64, kTileBytes = 32 * kRowBytes, kStages = 3;
  template <typename Integer> static Value number(Integer value) {
    return KernelText::number(value);
  }

  void copyTiles(int step);
  void copyChunk(const Value &base, const Value &row, const Value &rows, const Value &column,
                 const Value &columns, int firstChunkRow, int stageOffset);
  void commit();
  void multiply(int step);
  std::vector<Value> loadMatrices(const Value &base, const Value &row, const Value &chunk,
                                  bool transposed);
  void store();
  /// Where chunk `chunk` of 16 bytes of row `row` lies in a tile: no two of
  /// eight rows share banks.
  Value place(const Value &row, const Value &chunk, bool swizzled = true) {
    Value mixed = swizzled && fault != GemmFault::NoSwizzle
                      ? text.bitXor(chunk, text.rem(text.div(row, 2), 4))
                      : chunk;
    return text.add(text.mul(row, number(kRowBytes)), text.mul(mixed, number(16)));
  }

  KernelText text;
  uint32_t depth;
  GemmFault fault;
  Value thread, lane, warp, firstRow, firstColumn;
  Value accumulators[4][4];
};

/// Copies 16 bytes at (row, column) of a matrix of 2-byte elements, as far as
/// the matrix goes, and zeros beyond.
void GemmWriter::copyChunk(const Value &base, const Value &row, const Value &rows,
                           const Value &column, const Value &columns, int firstChunkRow,
                           int stageOffset) {
  Value tileRow = text.add(text.div(thread, 4), number(firstChunkRow));
  Value place = this->place(tileRow, text.rem(thread, 4), fault != GemmFault::StoresWithoutSwizzle);
  Value to = text.shared("@tile", text.add(place, number(stageOffset)));
  Value inRows = text.value("icmp ult i32 ", row, ", ", rows);
  Value inColumns = text.value("icmp ult i32 ", column, ", ", columns);
  Value inside = text.value("and i1 ", inRows, ", ", inColumns);
  if (fault == GemmFault::CopyOutsideOfGlobal)
    inside = "true";
  Value bytes = text.value("select i1 ", inside, ", i32 16, i32 0");
  Value index = text.add(text.mul(row, columns), column);
  Value from = text.global(base, text.mul(index, number(2)));
  text.declare("void @llvm.nvvm.cp.async.cg.shared.global.16.s(ptr addrspace(3), "
               "ptr addrspace(1), i32)");
  text.line("call void @llvm.nvvm.cp.async.cg.shared.global.16.s(ptr addrspace(3) ", to,
            ", ptr addrspace(1) ", from, ", i32 ", bytes, ")");
}

void GemmWriter::copyTiles(int step) {
  int stage = step % kStages * 2 * kTileBytes, firstK = step * 32;
  Value depthValue = number(depth);
  for (int half = 0; half < 32; half += 16) {
    Value row = text.add(text.div(thread, 4), number(half));
    Value chunk = text.mul(text.rem(thread, 4), number(8));
    copyChunk("%a", text.add(firstRow, row), "%m", text.add(chunk, number(firstK)), depthValue,
              half, stage);
    copyChunk("%b", text.add(row, number(firstK)), depthValue, text.add(firstColumn, chunk), "%n",
              half, stage + kTileBytes);
  }
}

void GemmWriter::commit() {
  text.declare("void @llvm.nvvm.cp.async.commit.group()");
  text.line("call void @llvm.nvvm.cp.async.commit.group()");
}

/// Four 8x8 matrices: rows `row` + lane % 16, chunks `chunk` + lane / 16.
std::vector<Value> GemmWriter::loadMatrices(const Value &base, const Value &row, const Value &chunk,
                                            bool transposed) {
  std::string name = std::string("@llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4") +
                     (transposed ? ".trans" : "") + ".b16.p3";
  text.declare("{i32, i32, i32, i32} " + name + "(ptr addrspace(3))");
  Value at = place(text.add(row, text.rem(lane, 16)), text.add(chunk, text.div(lane, 16)));
  if (fault == GemmFault::MisalignedRow)
    at = text.add(at, number(8));
  if (fault == GemmFault::RowOutsideOfShared)
    at = text.add(at, number(kStages * 2 * kTileBytes));
  Value all = text.value("call {i32, i32, i32, i32} ", name, "(ptr addrspace(3) ",
                         text.shared(base, at), ")");
  std::vector<Value> matrices;
  matrices.reserve(4);
  for (int i = 0; i < 4; ++i)
    matrices.push_back(text.value("extractvalue {i32, i32, i32, i32} ", all, ", ", i));
  return matrices;
}

void GemmWriter::multiply(int step) {
  int stage = step % kStages * 2 * kTileBytes;
  Value tileA = text.shared("@tile", number(stage));
  Value tileB = text.shared("@tile", number(stage + kTileBytes));
  std::string mma = "@llvm.nvvm.mma.m16n8k16.row.col.bf16";
  text.declare("{float, float, float, float} " + mma +
               "(i32, i32, i32, i32, i32, i32, float, float, float, float)");
  for (int k = 0; k < 2; ++k) {
    std::vector<Value> a =
        loadMatrices(tileA, text.mul(warp, number(16)), number(2 * k), /*transposed=*/false);
    for (int pair = 0; pair < 2; ++pair) {
      std::vector<Value> b =
          loadMatrices(tileB, number(16 * k), number(2 * pair), fault != GemmFault::NotTransposed);
      for (int half = 0; half < 2; ++half) {
        Value *sums = accumulators[2 * pair + half];
        std::string operands;
        for (const Value &value : a)
          operands += "i32 " + value + ", ";
        operands += "i32 " + b[half * size_t{2}] + ", i32 " + b[2 * half + 1];
        for (int i = 0; i < 4; ++i)
          operands += ", float " + sums[i];
        Value all = text.value("call {float, float, float, float} ", mma, "(", operands, ")");
        for (int i = 0; i < 4; ++i)
          sums[i] = text.value("extractvalue {float, float, float, float} ", all, ", ", i);
      }
    }
  }
}

void GemmWriter::store() {
  for (int tile = 0; tile < 4; ++tile)
    for (int i = 0; i < 4; ++i) {
      Value row = text.add(text.add(firstRow, text.mul(warp, number(16))),
                           text.add(text.div(lane, 4), number(8 * (i / 2))));
      Value column = text.add(text.add(firstColumn, number(8 * tile)),
                              text.add(text.mul(text.rem(lane, 4), number(2)), number(i % 2)));
      Value inRows = text.value("icmp ult i32 ", row, ", %m");
      Value inColumns = text.value("icmp ult i32 ", column, ", %n");
      Value inside = text.value("and i1 ", inRows, ", ", inColumns);
      if (fault == GemmFault::StoreOutsideOfGlobal)
        inside = inColumns;
      text.when(inside, [&] {
        Value index = text.add(text.mul(row, "%n"), column);
        Value narrow = text.value("fptrunc float ", accumulators[tile][i], " to bfloat");
        text.line("store bfloat ", narrow, ", ptr addrspace(1) ",
                  text.global("%c", text.mul(index, number(2))));
      });
    }
}

std::string GemmWriter::write() {
  text.global("@tile = external addrspace(3) global [0 x i8], align 128");
  thread = text.special("tid.x");
  lane = text.rem(thread, 32);
  warp = text.div(thread, 32);
  firstRow = text.mul(text.special("ctaid.y"), number(32));
  firstColumn = text.mul(text.special("ctaid.x"), number(32));
  for (auto &tile : accumulators)
    for (Value &value : tile)
      value = "0.0";
  int steps = static_cast<int>((depth + 31) / 32);
  for (int step = 0; step < 2; ++step) {
    if (step < steps)
      copyTiles(step);
    commit();
  }
  int inFlight = fault == GemmFault::WaitOneGroupLess ? 2 : 1;
  for (int step = 0; step < steps; ++step) {
    if (fault != GemmFault::NoWait) {
      text.declare("void @llvm.nvvm.cp.async.wait.group(i32)");
      text.line("call void @llvm.nvvm.cp.async.wait.group(i32 ", inFlight, ")");
    }
    if (fault == GemmFault::DivergentBarrier && step == 1)
      text.when(text.value("icmp ult i32 ", lane, ", 16"), [&] { text.barrier(); });
    else if (fault != GemmFault::NoBarrierBeforeRead)
      text.barrier();
    // The stage filled here was read a step ago, before the barrier.
    if (step + 2 < steps)
      copyTiles(fault == GemmFault::CopiesOverStageInUse ? step + 3 : step + 2);
    commit();
    multiply(step);
  }
  store();
  return text.module("gemm", GemmKernel::kThreads);
}

} // namespace

std::string GemmKernel::text(uint32_t depth, GemmFault fault) {
  return GemmWriter(depth, fault).write();
}

std::vector<uint16_t> randomBF16(size_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<uint16_t> values(count);
  for (uint16_t &value : values)
    value = toBF16(uniform(generator));
  return values;
}

} // namespace tenon::emulation
