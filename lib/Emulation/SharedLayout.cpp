//===- SharedLayout.cpp - Places of shared variables ----------------------===//

#include "SharedLayout.h"
#include "Thread.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/ReplaceConstant.h"

#include <cstddef>

using namespace llvm;

namespace tenon::emulation {

static constexpr unsigned kSharedSpace = 3;

Error SharedLayout::compute(Module &module) {
  const DataLayout &dl = module.getDataLayout();
  SmallVector<Constant *> constants;
  for (GlobalVariable &variable : module.globals())
    if (variable.getAddressSpace() == kSharedSpace) {
      variables.push_back(&variable);
      constants.push_back(&variable);
    }
  convertUsersOfConstantsToInstructions(constants);

  // In the order of the module, whatever the order of uses.
  MapVector<Function *, SmallVector<GlobalVariable *>> uses;
  for (GlobalVariable *variable : variables) {
    SetVector<Function *> functions;
    for (User *user : variable->users())
      if (auto *instruction = dyn_cast<Instruction>(user))
        functions.insert(instruction->getFunction());
    for (Function *function : functions)
      uses[function].push_back(variable);
  }
  for (auto &[function, named] : uses) {
    if (function->getCallingConv() != CallingConv::PTX_Kernel)
      return createStringError("'" + function->getName() + "': names shared variable '" +
                               named.front()->getName() + "', but only kernels may");
    Extent extent;
    uint64_t end = 0, dynamicAlignment = 16;
    auto sizeOf = [&](GlobalVariable *variable) {
      return dl.getTypeAllocSize(variable->getValueType()).getFixedValue();
    };
    auto alignmentOf = [&](GlobalVariable *variable) {
      return variable->getAlign().value_or(dl.getABITypeAlign(variable->getValueType())).value();
    };
    for (GlobalVariable *variable : named) {
      if (sizeOf(variable) == 0) {
        dynamicAlignment = std::max(dynamicAlignment, alignmentOf(variable));
        continue;
      }
      end = alignTo(end, alignmentOf(variable));
      places[function][variable] = static_cast<uint32_t>(end);
      end += sizeOf(variable);
    }
    extent.fixedBytes = static_cast<uint32_t>(end);
    extent.dynamicOffset = static_cast<uint32_t>(alignTo(end, dynamicAlignment));
    for (GlobalVariable *variable : named)
      if (sizeOf(variable) == 0)
        places[function][variable] = extent.dynamicOffset;
    extents[function] = extent;
  }
  return Error::success();
}

void SharedLayout::replaceVariables(const MapVector<Function *, Function *> &functions) {
  for (auto &[before, named] : places) {
    Function *function = functions.lookup(before);
    for (auto [variable, offset] : named) {
      BasicBlock &first = function->getEntryBlock();
      IRBuilder<> builder(&first, first.getFirstInsertionPt());
      Type *byte = builder.getInt8Ty();
      LoadInst *base = builder.CreateAlignedLoad(
          builder.getPtrTy(),
          builder.CreateConstInBoundsGEP1_64(byte, function->getArg(0), offsetof(Thread, shared)),
          Align(8));
      base->setMetadata(LLVMContext::MD_invariant_load, MDNode::get(builder.getContext(), {}));
      Value *address = builder.CreateAddrSpaceCast(
          builder.CreateConstInBoundsGEP1_64(byte, base, offset), variable->getType());
      variable->replaceUsesWithIf(address, [&](Use &use) {
        auto *instruction = dyn_cast<Instruction>(use.getUser());
        return instruction && instruction->getFunction() == function;
      });
    }
  }
  for (GlobalVariable *variable : variables)
    variable->eraseFromParent();
}

} // namespace tenon::emulation
