//===- KernelText.h - Writes kernels as LLVM IR text ------------*- C++ -*-===//

#ifndef TENON_TEST_UNIT_EMULATION_KERNELTEXT_H
#define TENON_TEST_UNIT_EMULATION_KERNELTEXT_H

#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace tenon::emulation {

/// The body of one kernel, written operation by operation. Values are names;
/// integers are i32.
class KernelText {
public:
  using Value = std::string;

  explicit KernelText(std::string parameters) : parameters(std::move(parameters)) {}

  /// `text` as an operation with a result.
  template <typename... Parts> Value value(const Parts &...parts) {
    Value name = "%v" + std::to_string(++names);
    body << "  " << name << " = ";
    (body << ... << parts) << "\n";
    return name;
  }
  template <typename... Parts> void line(const Parts &...parts) {
    body << "  ";
    (body << ... << parts) << "\n";
  }
  void label(const std::string &name) { body << name << ":\n"; }
  std::string freshLabel() { return "l" + std::to_string(++labels); }
  /// What a called function is: once per name.
  void declare(const std::string &text) { declarations.insert("declare " + text + "\n"); }
  void global(const std::string &text) { globals += text + "\n"; }

  template <typename Integer> static Value number(Integer value) { return std::to_string(value); }
  Value add(const Value &a, const Value &b) { return value("add i32 ", a, ", ", b); }
  Value mul(const Value &a, const Value &b) { return value("mul i32 ", a, ", ", b); }
  Value div(const Value &a, int b) { return value("udiv i32 ", a, ", ", b); }
  Value rem(const Value &a, int b) { return value("urem i32 ", a, ", ", b); }
  Value bitXor(const Value &a, const Value &b) { return value("xor i32 ", a, ", ", b); }
  Value special(const std::string &name) {
    declare("i32 @llvm.nvvm.read.ptx.sreg." + name + "()");
    return value("call i32 @llvm.nvvm.read.ptx.sreg.", name, "()");
  }
  /// `base` plus `offset` bytes in shared memory.
  Value shared(const Value &base, const Value &offset) {
    return value("getelementptr i8, ptr addrspace(3) ", base, ", i32 ", offset);
  }
  Value global(const Value &base, const Value &offset) {
    return value("getelementptr i8, ptr addrspace(1) ", base, ", i32 ", offset);
  }
  void barrier() {
    declare("void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)");
    line("call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)");
  }
  /// Runs `then` where `condition`, an i1, holds.
  template <typename Then> void when(const Value &condition, Then then) {
    std::string inside = freshLabel(), after = freshLabel();
    line("br i1 ", condition, ", label %", inside, ", label %", after);
    label(inside);
    then();
    line("br label %", after);
    label(after);
  }

  std::string module(const std::string &name, uint32_t threads) const {
    std::string text = globals + "define ptx_kernel void @" + name + "(" + parameters + ") #0 {\n" +
                       body.str() + "  ret void\n}\n";
    for (const std::string &declaration : declarations)
      text += declaration;
    return text + "attributes #0 = { \"nvvm.minctasm\"=\"1\" \"nvvm.maxntid\"=\"" +
           std::to_string(threads) + ",1,1\" }\n";
  }

private:
  std::string parameters, globals;
  std::ostringstream body;
  std::set<std::string> declarations;
  int names = 0, labels = 0;
};

} // namespace tenon::emulation

#endif // TENON_TEST_UNIT_EMULATION_KERNELTEXT_H
