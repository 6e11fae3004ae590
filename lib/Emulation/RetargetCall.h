//===- RetargetCall.h - Calls of GPU instructions ---------------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_RETARGETCALL_H
#define TENON_LIB_EMULATION_RETARGETCALL_H

#include "Operation.h"

#include "llvm/IR/IRBuilder.h"

#include <optional>

namespace tenon::emulation {

/// A call of a function of the runtime, with `thread` before `arguments`.
llvm::Value *callRuntime(llvm::IRBuilder<> &builder, llvm::Value *thread, llvm::StringRef name,
                         llvm::ArrayRef<llvm::Value *> arguments);

/// The place of one call that is replaced: builds what stands in its stead.
class CallSite {
public:
  CallSite(llvm::CallInst &call, llvm::Value *thread, uint32_t site)
      : call(call), thread(thread), site(site), builder(&call) {}

  llvm::Value *argument(unsigned index) const { return call.getArgOperand(index); }
  unsigned argumentCount() const { return call.arg_size(); }
  llvm::Type *resultType() const { return call.getType(); }
  llvm::Value *word(uint32_t value) { return builder.getInt32(value); }

  llvm::Value *runtime(llvm::StringRef name, llvm::ArrayRef<llvm::Value *> arguments) {
    return callRuntime(builder, thread, name, arguments);
  }
  /// A 32-bit member of the running thread.
  llvm::Value *threadWord(size_t offset);

  /// Puts `operands` into the mail from word `first` on, meets the lanes of
  /// `mask`, and reads the call's results from word 0 on.
  llvm::Value *collective(Operation operation, llvm::Value *mask,
                          llvm::ArrayRef<llvm::Value *> operands);
  /// As collective, with all lanes of the warp and all arguments of the call.
  llvm::Value *alignedCollective(Operation operation);
  /// The value of the call's type that lies in the mail.
  llvm::Value *readMail();

  llvm::CallInst &call;
  llvm::Value *thread;
  /// Which of its function's calls it is.
  uint32_t site;
  llvm::IRBuilder<> builder;

private:
  llvm::Value *mailAddress(uint32_t word);
  void writeMail(uint32_t &word, llvm::Value *value);
  llvm::Value *readMail(uint32_t &word, llvm::Type *type);
};

/// The value that replaces a call of llvm.nvvm.`name`; null, with nothing
/// built, when it has no emulation. A call without a result gives any value.
llvm::Value *emulateIntrinsic(CallSite &at, llvm::StringRef name);

/// Parts of it, by what stands before `name`: mbarrier., cp.async.bulk., wgmma.
llvm::Value *emulateMBarrier(CallSite &at, llvm::StringRef name);
llvm::Value *emulateBulkCopy(CallSite &at, llvm::StringRef name);
llvm::Value *emulateWgmma(CallSite &at, llvm::StringRef name);

/// The same for a call of a device function of Target/PtxFunctions.h.
llvm::Value *emulateFunction(CallSite &at, llvm::StringRef name);

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_RETARGETCALL_H
