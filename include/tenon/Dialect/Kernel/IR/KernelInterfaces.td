//===- KernelInterfaces.td - What all kernel ops answer -*- tablegen -*-===//

#ifndef TENON_DIALECT_KERNEL_IR_KERNELINTERFACES_TD
#define TENON_DIALECT_KERNEL_IR_KERNELINTERFACES_TD

include "mlir/IR/OpBase.td"

def Kernel_KernelOpInterface : OpInterface<"KernelOpInterface"> {
  let cppNamespace = "::mlir::tenon::kernel";
  let description = [{
    The form shared by all kernel ops: operands are the inputs, then the
    destination; `domain` holds the dimensions; `accesses` has one entry per
    operand. Fusion, layout, outlining and cost ask here and name no op.
  }];
  let methods = [
    InterfaceMethod<"The dimensions, `DimAttr`s.", "::mlir::ArrayAttr", "getDomain">,
    InterfaceMethod<"Replaces the dimensions.", "void", "setDomainAttr", (ins "::mlir::ArrayAttr":$domain)>,
    InterfaceMethod<"One `AccessAttr` per operand.", "::mlir::ArrayAttr", "getAccesses">,
    InterfaceMethod<"Replaces the accesses.", "void", "setAccessesAttr", (ins "::mlir::ArrayAttr":$accesses)>,
    InterfaceMethod<"The input operands.", "::mlir::OperandRange", "getInputs">,
    InterfaceMethod<"The input operands, to be changed.", "::mlir::MutableOperandRange", "getInputsMutable">,
    InterfaceMethod<"The destination operand.", "::mlir::Value", "getDestinationOperand", (ins), [{
      return $_op.getDestination();
    }]>,
    InterfaceMethod<[{
      Inputs below this number are the op's own (matrices, query, table); those
      from it on are elements of the epilogue region, in the order of its
      trailing arguments.
    }], "unsigned", "getFirstEpilogueInput">,
    InterfaceMethod<[{
      The region applied to each element before it is stored: arguments are the
      op's own value (none for `kernel.rows`), then the epilogue inputs.
    }], "::mlir::Region &", "getEpilogueRegion">,
    InterfaceMethod<"Values the epilogue region takes before its inputs: 0 or 1.", "unsigned",
      "getNumOwnEpilogueArguments">,
    InterfaceMethod<[{
      True for the dimensions that index the result: a consumer that iterates
      over these alone can join the epilogue.
    }], "bool", "isResultDim", (ins "unsigned":$dim)>,
    InterfaceMethod<[{
      True when the op can store elements of a type at an access over its domain:
      what an epilogue that ends with another type or order needs.
    }], "bool", "canStore", (ins "::mlir::Type":$elementType, "::mlir::tenon::kernel::AccessAttr":$access),
      "", "return true;">,
    InterfaceMethod<[{
      The numbers of the inputs that are multiplied and nothing else, which may be bf16 all
      together: none where elements of one do not lie in pieces of `piece` that begin at
      multiples of it.
    }], "::llvm::SmallVector<unsigned>", "getFactors", (ins "int64_t":$piece), "", "return {};">,
    InterfaceMethod<"Floating operations of one run, multiply and add counting as two.",
      "::mlir::tenon::SizeAttr", "getFlops">,
    InterfaceMethod<"True when a mask may leave out a part of these operations, and of the bytes.",
      "bool", "mayDoLess", (ins), "", "return false;">,
    InterfaceMethod<"The role that names outlined functions: `contract`, `rows`, ...", "::llvm::StringRef",
      "getKernelName", (ins), [{ return $_op.getOperationName().drop_front(sizeof("kernel.") - 1); }]>
  ];
  let extraSharedClassDeclaration = [{
    ::mlir::tenon::kernel::DimAttr getDim(unsigned index) {
      return ::llvm::cast<::mlir::tenon::kernel::DimAttr>($_op.getDomain()[index]);
    }
    unsigned getNumDims() { return $_op.getDomain().size(); }
    /// The access of operand `index`; the destination's is the last.
    ::mlir::tenon::kernel::AccessAttr getAccess(unsigned index) {
      return ::llvm::cast<::mlir::tenon::kernel::AccessAttr>($_op.getAccesses()[index]);
    }
    ::mlir::tenon::kernel::AccessAttr getDestinationAccess() {
      return getAccess($_op.getAccesses().size() - 1);
    }
    /// The dimensions of one role, in order.
    ::llvm::SmallVector<unsigned> getDims(::mlir::tenon::kernel::DimRole role) {
      ::llvm::SmallVector<unsigned> dims;
      for (unsigned i = 0; i < getNumDims(); ++i)
        if (getDim(i).getRole() == role)
          dims.push_back(i);
      return dims;
    }
  }];
}

#endif // TENON_DIALECT_KERNEL_IR_KERNELINTERFACES_TD
