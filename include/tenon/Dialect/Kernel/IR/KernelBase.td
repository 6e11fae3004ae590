//===- KernelBase.td - The kernel dialect and its attributes -*- tablegen -*-===//

#ifndef TENON_DIALECT_KERNEL_IR_KERNELBASE_TD
#define TENON_DIALECT_KERNEL_IR_KERNELBASE_TD

include "tenon/Dialect/Tenon/IR/TenonBase.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::mlir::tenon::kernel";
  let summary = "Fused kernels, independent of the machine";
  let description = [{
    What fusion builds. A kernel op has a *domain*: named dimensions, each with a
    role and a size. Every operand is read, and the destination written, at an
    *access*: a flat element offset that is linear in the dimensions, so that
    slices, permutations and repetitions cost nothing. Scalar regions say what
    happens to each element. Destinations are operands (destination-passing on
    tensors); the result is the destination after the write.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mlir::tenon::TenonDialect"];
}

def Kernel_DimRole : I32EnumAttr<"DimRole", "what a dimension means to its kernel", [
  I32EnumAttrCase<"Batch", 0, "batch">,
  I32EnumAttrCase<"Rows", 1, "rows">,
  I32EnumAttrCase<"Cols", 2, "cols">,
  I32EnumAttrCase<"Sum", 3, "sum">,
  I32EnumAttrCase<"Queries", 4, "queries">,
  I32EnumAttrCase<"Keys", 5, "keys">,
  I32EnumAttrCase<"Depth", 6, "depth">,
  I32EnumAttrCase<"Values", 7, "values">,
  I32EnumAttrCase<"Groups", 8, "groups">
]> {
  let cppNamespace = "::mlir::tenon::kernel";
  let genSpecializedAttr = 0;
}

def Kernel_Join : I32EnumAttr<"Join", "when a launch may begin before those ahead of it have finished", [
  I32EnumAttrCase<"Tiles", 1, "tiles">,
  I32EnumAttrCase<"Free", 2, "free">
]> {
  let cppNamespace = "::mlir::tenon::kernel";
  let genSpecializedAttr = 0;
}
def Kernel_JoinAttr : EnumAttr<Kernel_Dialect, Kernel_Join, "join">;

class Kernel_Attr<string name, string attrMnemonic> : AttrDef<Kernel_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Kernel_DimAttr : Kernel_Attr<"Dim", "dim"> {
  let summary = "one dimension of a kernel's domain";
  let description = "`#kernel.dim<rows m : #tenon.size<B*N>>`: role, name, size.";
  let parameters = (ins EnumParameter<Kernel_DimRole>:$role, "::mlir::StringAttr":$name,
                        "::mlir::tenon::SizeAttr":$size);
  let hasCustomAssemblyFormat = 1;
}

def Kernel_AccessAttr : Kernel_Attr<"Access", "access"> {
  let summary = "a flat element offset, linear in the dimensions of a domain";
  let description = [{
    offset + sum over d of coefficients[d] * index[d], in elements. Inside a kernel
    op it is written with the dimensions' names: `%x[384*m + k]`.
  }];
  let parameters = (ins "::mlir::tenon::SizeAttr":$offset,
                        ArrayRefParameter<"::mlir::tenon::SizeAttr">:$coefficients);
  let hasCustomAssemblyFormat = 1;
}

def Kernel_GridAttr : Kernel_Attr<"Grid", "grid"> {
  let summary = "one factor of a launch grid: ceil(size / divisor)";
  let parameters = (ins "::mlir::tenon::SizeAttr":$size, "int64_t":$divisor);
  let assemblyFormat = "`<` $size `,` $divisor `>`";
}

#endif // TENON_DIALECT_KERNEL_IR_KERNELBASE_TD
