//===- TenonBase.td - The tenon dialect, its sizes and tensors -*- tablegen -*-===//
//
// What every op family of the dialect includes: the dialect itself, symbolic
// sizes, the tensor type, and the base class of its operations.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TENON_IR_TENONBASE_TD
#define TENON_DIALECT_TENON_IR_TENONBASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tenon_Dialect : Dialect {
  let name = "tenon";
  let cppNamespace = "::mlir::tenon";
  let summary = "Dataflow graphs of neural-network blocks";
  let description = [{
    Tensors in, tensors out: no memory, no device, no tiles. Blocks whose meaning
    fusion needs (attention, feed-forward, normalization, convolution) are ops;
    between them stands a closed set of tensor ops. Functions that a block is
    given (activations, score functions) are regions of scalar `arith` and
    `math` ops. Every size is a polynomial in named symbols, so two sizes are
    equal exactly when they are the same attribute.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

class Tenon_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Tenon_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Tenon_SizeAttr : Tenon_Attr<"Size", "size"> {
  let summary = "An integer polynomial in named sizes";
  let description = [{
    A sum of terms `c * s1 * s1 * s2 ...` with 64-bit integer coefficients over
    symbols declared by `tenon.size`. The stored form is normal (symbols sorted
    and all used, terms sorted, no zero coefficient), so equality of sizes is
    equality of attributes.

    Example: `#tenon.size<B*N + B>`, `#tenon.size<384>`.
  }];
  let parameters = (ins
    ArrayRefParameter<"::mlir::StringAttr", "symbols, sorted by name">:$symbols,
    ArrayRefParameter<"int64_t", "per term: coefficient, then one exponent per symbol">:$terms
  );
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    /// The size `value`.
    static SizeAttr get(::mlir::MLIRContext *context, int64_t value);
    /// The size that the symbol `name` stands for.
    static SizeAttr getSymbol(::mlir::MLIRContext *context, ::llvm::StringRef name);

    bool isConstant() const { return getSymbols().empty(); }
    /// The value of a constant size; nothing for a symbolic one.
    std::optional<int64_t> getConstant() const;
    bool isZero() const { return getTerms().empty(); }
    bool isOne() const { return getConstant() == std::optional<int64_t>(1); }

    /// Sum, difference and product. Null when a coefficient leaves 64 bits.
    SizeAttr add(SizeAttr other) const;
    SizeAttr sub(SizeAttr other) const;
    SizeAttr mul(SizeAttr other) const;
    SizeAttr add(int64_t other) const { return add(get(getContext(), other)); }
    SizeAttr mul(int64_t other) const { return mul(get(getContext(), other)); }
    /// The quotient when `other` divides this polynomial exactly, else null.
    SizeAttr divideExactly(SizeAttr other) const;

    /// The value under an assignment of the symbols; nothing when a symbol is
    /// unassigned or the value leaves 64 bits.
    std::optional<int64_t>
    evaluate(::llvm::function_ref<std::optional<int64_t>(::llvm::StringRef)> value) const;

    /// As it is written: `B*N + 1`.
    std::string toString() const;
  }];
}

def Tenon_SizeArrayAttr : TypedArrayAttrBase<Tenon_SizeAttr, "array of sizes">;

def Tenon_TensorType : TypeDef<Tenon_Dialect, "TenonTensor"> {
  let mnemonic = "tensor";
  let summary = "A tensor whose sizes are polynomials in named symbols";
  let description = [{
    `!tenon.tensor<[B, N, 384] f32>`: row-major, of rank 0 to 16, elements
    f64, f32, i64, i32 or i1. There is no unknown size: whatever is known only
    at run time has a name.
  }];
  let parameters = (ins
    ArrayRefParameter<"::mlir::tenon::SizeAttr", "sizes, outermost first">:$shape,
    "::mlir::Type":$elementType
  );
  let builders = [
    TypeBuilderWithInferredContext<(ins "::llvm::ArrayRef<::mlir::tenon::SizeAttr>":$shape,
                                        "::mlir::Type":$elementType), [{
      return $_get(elementType.getContext(), shape, elementType);
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getRank() const { return getShape().size(); }
    SizeAttr getDim(int64_t axis) const { return getShape()[axis]; }
    /// The number of elements; null when its coefficients leave 64 bits.
    SizeAttr getNumElements() const;
    /// Bytes per element in memory (1 for i1).
    int64_t getElementBytes() const;
    /// This type with another shape or element type.
    TenonTensorType withShape(::llvm::ArrayRef<SizeAttr> shape) const {
      return get(shape, getElementType());
    }
    TenonTensorType withElementType(::mlir::Type type) const { return get(getShape(), type); }
  }];
}

/// Any `!tenon.tensor`.
def Tenon_Tensor : Type<CPred<"::llvm::isa<::mlir::tenon::TenonTensorType>($_self)">,
                        "tenon tensor", "::mlir::tenon::TenonTensorType">;

class Tenon_ElementTensor<string predicate, string what>
    : Type<And<[Tenon_Tensor.predicate,
                CPred<"::llvm::cast<::mlir::tenon::TenonTensorType>($_self).getElementType()." # predicate>]>,
           what, "::mlir::tenon::TenonTensorType">;
def Tenon_FloatTensor : Tenon_ElementTensor<"isF32()", "tensor of f32">;
def Tenon_IntTensor : Tenon_ElementTensor<"isSignlessInteger()", "tensor of integers">;
def Tenon_BoolTensor : Tenon_ElementTensor<"isSignlessInteger(1)", "tensor of i1">;

class Tenon_Op<string opMnemonic, list<Trait> traits = []>
    : Op<Tenon_Dialect, opMnemonic, traits>;

/// An op that only computes its result.
class Tenon_PureOp<string opMnemonic, list<Trait> traits = []>
    : Tenon_Op<opMnemonic, !listconcat([Pure], traits)> {
  let hasVerifier = 1;
}

#endif // TENON_DIALECT_TENON_IR_TENONBASE_TD
