//===- ChecksTest.cpp - Mistakes in small kernels -------------------------===//

#include "EmulatedDevice.h"
#include "KernelText.h"

using namespace tenon::emulation;

namespace {

using Value = KernelText::Value;

constexpr Instrumentation kChecked{/*checksAccesses=*/true};

/// Runs the kernel that `write` writes, checked, on blocks of 64 threads with
/// a buffer of 64 words, and joins the diagnoses of all schedules that differ.
template <typename Write> std::string diagnose(Write write, uint32_t blocks = 1) {
  KernelText text("ptr addrspace(1) %p");
  text.global("@s = internal addrspace(3) global [64 x i32] poison, align 16");
  Value thread = text.special("tid.x");
  write(text, thread, text.mul(thread, "4"));
  EmulatedDevice device(text.module("k", 64), kChecked);
  std::string first;
  for (unsigned seed = 0; seed < Schedule::kCount; ++seed) {
    uint32_t *p = device.upload(std::vector<uint32_t>(64));
    std::string diagnosis = device.launch(shapeOf(blocks, 64), Schedule(seed), p);
    if (seed == 0)
      first = diagnosis;
    // Schedules may notice it at another thread, but not overlook it.
    EXPECT_EQ(first.empty(), diagnosis.empty()) << first << diagnosis;
  }
  return first;
}

void store(KernelText &text, const Value &value, const Value &address, const char *space) {
  text.line("store i32 ", value, ", ptr addrspace(", space, ") ", address);
}
Value load(KernelText &text, const Value &address, const char *space) {
  return text.value("load i32, ptr addrspace(", space, ") ", address);
}

testing::AssertionResult mentions(const std::string &diagnosis, const char *part) {
  if (diagnosis.find(part) != std::string::npos)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << diagnosis << "' does not mention '" << part << "'";
}

} // namespace

TEST(Checks, SharedMemoryHasBounds) {
  EXPECT_TRUE(mentions(diagnose([](KernelText &text, const Value &thread, const Value &offset) {
                         store(text, thread, text.shared("@s", text.add(offset, "4")), "3");
                       }),
                       "kernel 'k', block (0,0,0), thread (63,0,0): write of 4 bytes at 256 in "
                       "shared memory, which has 256 bytes"));
}

TEST(Checks, GlobalMemoryHasBounds) {
  EXPECT_TRUE(mentions(diagnose([](KernelText &text, const Value &thread, const Value &offset) {
                         store(text, thread, text.global("%p", text.add(offset, "4")), "1");
                       }),
                       "0 bytes after the end of allocation #1 of 256 bytes"));
  EXPECT_TRUE(mentions(diagnose([](KernelText &text, const Value &, const Value &offset) {
                         load(text, text.global("%p", text.add(offset, "-8")), "1");
                       }),
                       "bytes before allocation #1"));
}

TEST(Checks, VectorsAreAligned) {
  EXPECT_TRUE(mentions(diagnose([](KernelText &text, const Value &thread, const Value &) {
                         Value address = text.global("%p", text.add(text.mul(thread, "2"), "4"));
                         text.value("load <2 x i32>, ptr addrspace(1) ", address, ", align 8");
                       }),
                       "is not a multiple of 8"));
}

TEST(Checks, NeighboursNeedABarrier) {
  auto exchange = [](bool withBarrier) {
    return diagnose([&](KernelText &text, const Value &thread, const Value &offset) {
      store(text, thread, text.shared("@s", offset), "3");
      if (withBarrier)
        text.barrier();
      Value other = text.mul(text.bitXor(thread, "1"), "4");
      store(text, load(text, text.shared("@s", other), "3"), text.global("%p", offset), "1");
    });
  };
  EXPECT_EQ(exchange(true), "");
  EXPECT_TRUE(mentions(exchange(false), "data race"));
}

/// A shuffle makes lanes meet but does not order their memory accesses.
TEST(Checks, ShufflesOrderNothing) {
  auto exchange = [](const char *call, const char *declaration) {
    return diagnose([&](KernelText &text, const Value &thread, const Value &offset) {
      store(text, thread, text.shared("@s", offset), "3");
      text.declare(declaration);
      text.line("call ", call);
      Value other = text.mul(text.bitXor(thread, "1"), "4");
      store(text, load(text, text.shared("@s", other), "3"), text.global("%p", offset), "1");
    });
  };
  EXPECT_EQ(exchange("void @llvm.nvvm.bar.warp.sync(i32 -1)", "void @llvm.nvvm.bar.warp.sync(i32)"),
            "");
  EXPECT_TRUE(mentions(exchange("i32 @llvm.nvvm.shfl.sync.idx.i32(i32 -1, i32 0, i32 0, i32 31)",
                                "i32 @llvm.nvvm.shfl.sync.idx.i32(i32, i32, i32, i32)"),
                       "data race"));
}

TEST(Checks, OverwritingNeedsABarrier) {
  EXPECT_TRUE(mentions(diagnose([](KernelText &text, const Value &thread, const Value &offset) {
                         store(text, thread, text.shared("@s", offset), "3");
                         text.barrier();
                         Value other = text.mul(text.bitXor(thread, "32"), "4");
                         load(text, text.shared("@s", other), "3");
                         store(text, thread, text.shared("@s", offset), "3");
                       }),
                       "data race"));
}

TEST(Checks, BlocksDoNotShareWords) {
  auto write = [](KernelText &text, const Value &thread, const Value &offset) {
    store(text, thread, text.global("%p", offset), "1");
  };
  EXPECT_EQ(diagnose(write, /*blocks=*/1), "");
  EXPECT_TRUE(mentions(diagnose(write, /*blocks=*/2), "written by another block") ||
              mentions(diagnose(write, /*blocks=*/2), "write by another block"));
  // Reading the same word is no race.
  EXPECT_EQ(diagnose([](KernelText &text, const Value &,
                        const Value &offset) { load(text, text.global("%p", offset), "1"); },
                     /*blocks=*/3),
            "");
}

TEST(Checks, ShufflesTakeAllThatAreNamed) {
  std::string diagnosis = diagnose([](KernelText &text, const Value &thread, const Value &) {
    text.declare("i32 @llvm.nvvm.shfl.sync.bfly.i32(i32, i32, i32, i32)");
    text.when(text.value("icmp ne i32 ", thread, ", 7"), [&] {
      text.line("call i32 @llvm.nvvm.shfl.sync.bfly.i32(i32 -1, i32 0, i32 1, i32 31)");
    });
  });
  EXPECT_TRUE(mentions(diagnosis, "divergent collective"));
  EXPECT_TRUE(mentions(diagnosis, "for lane 7, which has returned"));
}

TEST(Checks, AllLanesAreAtTheSameCall) {
  std::string diagnosis = diagnose([](KernelText &text, const Value &thread, const Value &) {
    text.declare("i32 @llvm.nvvm.shfl.sync.bfly.i32(i32, i32, i32, i32)");
    text.declare("i1 @llvm.nvvm.vote.any.sync(i32, i1)");
    std::string low = text.freshLabel(), high = text.freshLabel(), end = text.freshLabel();
    Value isLow = text.value("icmp ult i32 ", thread, ", 16");
    text.line("br i1 ", isLow, ", label %", low, ", label %", high);
    text.label(low);
    text.line("call i32 @llvm.nvvm.shfl.sync.bfly.i32(i32 -1, i32 0, i32 1, i32 31)");
    text.line("br label %", end);
    text.label(high);
    text.line("call i1 @llvm.nvvm.vote.any.sync(i32 -1, i1 true)");
    text.line("br label %", end);
    text.label(end);
  });
  EXPECT_TRUE(mentions(diagnosis, "divergent collective"));
}

TEST(Checks, WarpsComeToABarrierAsAWhole) {
  std::string diagnosis = diagnose([](KernelText &text, const Value &thread, const Value &) {
    std::string low = text.freshLabel(), high = text.freshLabel(), end = text.freshLabel();
    Value isLow = text.value("icmp ult i32 ", thread, ", 16");
    text.line("br i1 ", isLow, ", label %", low, ", label %", high);
    for (const std::string &side : {low, high}) {
      text.label(side);
      text.barrier();
      text.line("br label %", end);
    }
    text.label(end);
  });
  EXPECT_TRUE(mentions(diagnosis, "divergent barrier 0"));
}

/// Named barriers: one warp waits for another, which only arrives.
TEST(Checks, ArrivingIsEnoughToOrder) {
  auto handOver = [](bool arrives) {
    return diagnose([&](KernelText &text, const Value &thread, const Value &offset) {
      std::string producer = text.freshLabel(), consumer = text.freshLabel();
      std::string end = text.freshLabel();
      text.declare("void @llvm.nvvm.barrier.cta.sync.aligned.count(i32, i32)");
      text.declare("void @llvm.nvvm.barrier.cta.arrive.aligned.count(i32, i32)");
      Value isProducer = text.value("icmp ult i32 ", thread, ", 32");
      text.line("br i1 ", isProducer, ", label %", producer, ", label %", consumer);
      text.label(producer);
      store(text, thread, text.shared("@s", offset), "3");
      if (arrives)
        text.line("call void @llvm.nvvm.barrier.cta.arrive.aligned.count(i32 3, i32 64)");
      text.line("br label %", end);
      text.label(consumer);
      if (arrives)
        text.line("call void @llvm.nvvm.barrier.cta.sync.aligned.count(i32 3, i32 64)");
      load(text, text.shared("@s", text.add(offset, "-128")), "3");
      text.line("br label %", end);
      text.label(end);
    });
  };
  EXPECT_EQ(handOver(true), "");
  EXPECT_TRUE(mentions(handOver(false), "data race"));
}

TEST(Checks, DeadlocksComeWithACensus) {
  std::string diagnosis = diagnose([](KernelText &text, const Value &thread, const Value &) {
    text.when(text.value("icmp ult i32 ", thread, ", 40"), [&] { text.barrier(); });
  });
  EXPECT_TRUE(mentions(diagnosis, "deadlock: 40 threads at barrier 0 (first: (0,0,0)); 24 threads "
                                  "returned (first: (40,0,0))"));
}

/// Without checks the pages around allocations still stop what is far outside.
TEST(Checks, WildAddressesAreReportedWithoutChecks) {
  KernelText text("ptr addrspace(1) %p");
  Value thread = text.special("tid.x");
  store(text, thread, text.global("%p", text.add(text.mul(thread, "4"), "65536")), "1");
  EmulatedDevice device(text.module("k", 64));
  uint32_t *p = device.upload(std::vector<uint32_t>(64));
  std::string diagnosis = device.launch(shapeOf(1, 64), Schedule(0), p);
  EXPECT_TRUE(mentions(diagnosis, "kernel 'k', block (0,0,0), thread ("));
  EXPECT_TRUE(mentions(diagnosis, "bytes after the end of allocation #1 of 256 bytes"));
}

/// What is written close behind an allocation is found after the launch.
TEST(Checks, OverrunsAreReportedWithoutChecks) {
  KernelText text("ptr addrspace(1) %p");
  Value thread = text.special("tid.x");
  store(text, thread, text.global("%p", text.mul(thread, "4")), "1");
  EmulatedDevice device(text.module("k", 64));
  uint32_t *p = device.upload(std::vector<uint32_t>(60));
  std::string diagnosis = device.launch(shapeOf(1, 64), Schedule(0), p);
  EXPECT_EQ(diagnosis, "kernel 'k': somebody wrote outside of every allocation: 0 bytes after the "
                       "end of allocation #1 of 240 bytes");
}

TEST(Retarget, NamesWhatItCannotDo) {
  auto errorOf = [](const std::string &body, const std::string &declarations) {
    return EmulatedDevice("define ptx_kernel void @k(ptr addrspace(1) %p) {\n" + body +
                          "\n  ret void\n}\n" + declarations)
        .error;
  };
  EXPECT_EQ(errorOf("  call void @llvm.nvvm.pmevent.mask(i32 1)",
                    "declare void @llvm.nvvm.pmevent.mask(i32)"),
            "'k': llvm.nvvm.pmevent.mask has no emulation");
  EXPECT_EQ(errorOf("  call void @unknown()", "declare void @unknown()"),
            "'k': unknown has no emulation");
  EXPECT_EQ(errorOf("  call void asm sideeffect \"exit;\", \"\"()", ""),
            "'k': inline assembly has no emulation: exit;");
  EXPECT_EQ(errorOf("  %x = atomicrmw fadd ptr addrspace(1) %p, float 1.0 monotonic", ""),
            "'k': an atomic operation: results must not depend on the order of threads");
}
