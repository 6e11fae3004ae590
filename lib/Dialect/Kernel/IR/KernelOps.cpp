//===- KernelOps.cpp - The kernel ops -------------------------------------===//

#include "KernelChecks.h"
#include "KernelSyntax.h"

#include "tenon/Dialect/Kernel/IR/FactorOrder.h"

#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#define GET_OP_CLASSES
#include "tenon/Dialect/Kernel/IR/KernelOps.cpp.inc"

// Inside the namespace `ContractOp` and `ReduceOp` are this dialect's.
namespace mlir::tenon::kernel {

static bool everyDim(DimAttr) { return true; }

static SizeAttr contractionFlops(KernelOpInterface op) {
  SizeAttr results = SizeAttr::get(op.getContext(), 1);
  for (unsigned dim = 0; dim < op.getNumDims(); ++dim)
    if (op.isResultDim(dim))
      results = results.mul(op.getDim(dim).getSize());
  // Of the groups a row or a term meets one.
  return getDomainProduct(op, [](DimAttr dim) { return dim.getRole() != DimRole::Groups; })
      .mul(2)
      .add(results.mul(countScalarOps(op.getEpilogueRegion())));
}

/// Checks that `kernel.contract` and `kernel.window` share.
static LogicalResult verifyContraction(KernelOpInterface op, std::optional<uint64_t> panel) {
  if (op.getInputs().size() < 2)
    return op->emitOpError("C2: expected lhs and rhs");
  if (failed(verifyKernel(op)))
    return failure();
  unsigned destination = op->getNumOperands() - 1;
  if (failed(verifyFactors(op, {0, 1})) || failed(verifyStored(op)) ||
      failed(verifyInvariant(op, 0, DimRole::Cols)) ||
      failed(verifyInvariant(op, 1, DimRole::Rows)))
    return failure();
  // Behind the operands that are multiplied, and made of more inputs with a prologue.
  for (unsigned operand = op.getFirstEpilogueInput(); operand <= destination; ++operand)
    if (failed(verifyInvariant(op, operand, DimRole::Sum)))
      return failure();
  if (!panel)
    return success();
  if (int64_t(*panel) <= 0)
    return op->emitOpError() << "C4: panel of " << int64_t(*panel)
                             << " columns; expected 1 or more";
  return success(succeeded(verifyInvariant(op, 1, DimRole::Cols, "C4")) &&
                 succeeded(verifyInvariant(op, 1, DimRole::Sum, "C4")));
}

//===----------------------------------------------------------------------===//
// ContractOp
//===----------------------------------------------------------------------===//

/// The number of the first input that is neither lhs, rhs nor rows of groups.
static unsigned getNumFixedInputs(KernelOpInterface op) {
  return op.getDims(DimRole::Groups).empty() ? 2 : 3;
}

SmallVector<unsigned> ContractOp::getLhsInputs() {
  SmallVector<unsigned> inputs = {0};
  unsigned first = getNumFixedInputs(*this);
  if (!getPrologue().empty())
    for (unsigned i = 1; i < getPrologue().getNumArguments(); ++i)
      inputs.push_back(first + i - 1);
  return inputs;
}

unsigned ContractOp::getFirstEpilogueInput() {
  return getNumFixedInputs(*this) + getLhsInputs().size() - 1;
}
Region &ContractOp::getEpilogueRegion() { return getEpilogue(); }
unsigned ContractOp::getNumOwnEpilogueArguments() { return 1; }
bool ContractOp::isResultDim(unsigned dim) {
  DimRole role = cast<DimAttr>(getDomain()[dim]).getRole();
  return role == DimRole::Groups ? getGroupsOfSums().has_value() : role != DimRole::Sum;
}
std::optional<unsigned> ContractOp::getGroupsOfSums() {
  KernelOpInterface kernel = *this;
  SmallVector<unsigned> groups = kernel.getDims(DimRole::Groups);
  if (groups.empty() || kernel.getDestinationAccess().getCoefficients()[groups.front()].isZero())
    return std::nullopt;
  return groups.front();
}
SizeAttr ContractOp::getFlops() {
  SizeAttr flops = contractionFlops(*this);
  // All parts together are one sum.
  if (getParts())
    return flops.divideExactly(cast<DimAttr>(getDomain()[0]).getSize());
  if (getPrologue().empty())
    return flops;
  KernelOpInterface kernel = *this;
  unsigned terms = kernel.getDims(DimRole::Sum)[1];
  SizeAttr elements = getDomainProduct(*this, [&](DimAttr dim) {
    return dim.getRole() != DimRole::Cols && dim != kernel.getDim(terms);
  });
  return flops.add(elements.mul(countScalarOps(getPrologue())));
}
bool ContractOp::canStore(Type elementType, AccessAttr) {
  return elementType.isF32() || elementType.isBF16();
}

/// Lhs and rhs, where both lie in pieces.
static SmallVector<unsigned> getFactorsInPieces(KernelOpInterface op, int64_t piece) {
  for (unsigned factor : {0, 1})
    if (!FactorOrder(op, factor).isInPieces(piece))
      return {};
  return {0, 1};
}

SmallVector<unsigned> ContractOp::getFactors(int64_t piece) {
  if (!getPrologue().empty() || getPanel())
    return {};
  return getFactorsInPieces(*this, piece);
}

bool ContractOp::mayDoLess() {
  KernelOpInterface kernel = *this;
  SmallVector<unsigned> groups = kernel.getDims(DimRole::Groups);
  // The list of rows begins behind the starts of all groups and the end.
  return !groups.empty() && !getGroupsOfSums() &&
         kernel.getAccess(2).getOffset() != kernel.getDim(groups.front()).getSize().add(1);
}

static LogicalResult verifyGroups(ContractOp op) {
  KernelOpInterface kernel = op;
  if (kernel.getDims(DimRole::Groups).empty())
    return success();
  if (!kernel.getDim(kernel.getDims(DimRole::Groups).front()).getSize().isConstant())
    return op.emitOpError("C5: the size of 'groups' must be constant");
  if (!isa<IntegerType>(cast<TenonTensorType>(op.getInputs()[2].getType()).getElementType()))
    return op.emitOpError() << "C5: third input of type " << op.getInputs()[2].getType()
                            << "; expected integers";
  bool hasSums = op.getGroupsOfSums().has_value();
  if (hasSums && !op.getPrologue().empty())
    return op.emitOpError("C5: with a prologue the destination must not vary with 'groups'");
  for (DimRole role : {DimRole::Cols, DimRole::Batch, DimRole::Sum, DimRole::Rows})
    if ((role != DimRole::Rows || hasSums) && failed(verifyInvariant(op, 2, role, "C5")))
      return failure();
  // A grouped sum's epilogue has a group's own inputs.
  for (unsigned operand = 0; operand < op.getNumOperands(); ++operand) {
    bool mayVary = hasSums ? operand >= op.getFirstEpilogueInput() : operand == 1;
    if (!mayVary && failed(verifyInvariant(op, operand, DimRole::Groups, "C5")))
      return failure();
  }
  return success();
}

/// C6.
static LogicalResult verifyPrologue(ContractOp op) {
  KernelOpInterface kernel = op;
  Region &region = op.getPrologue();
  SmallVector<unsigned> sums = kernel.getDims(DimRole::Sum);
  SmallVector<int64_t> sizes;
  for (unsigned dim : sums)
    if (std::optional<int64_t> size = kernel.getDim(dim).getSize().getConstant())
      sizes.push_back(*size);
  if (sums.size() != 3 || sizes.size() != 3)
    return op.emitOpError("C6: expected three 'sum' dimensions of constant sizes: chunks, terms, "
                          "elements");
  auto yield = dyn_cast<YieldOp>(region.front().getTerminator());
  if (!yield || yield.getValues().empty() || int64_t(yield.getValues().size()) != sizes[1])
    return op.emitOpError() << "C6: the prologue must yield " << sizes[1] << " values";
  if (sizes[1] * sizes[2] > kSumBlock)
    return op.emitOpError() << "C6: chunks of " << sizes[1] * sizes[2]
                            << " terms; expected at most " << kSumBlock;
  auto isF32 = [](Type type) { return type.isF32(); };
  if (region.getNumArguments() == 0 || !llvm::all_of(region.getArgumentTypes(), isF32) ||
      !llvm::all_of(yield.getValues().getTypes(), isF32))
    return op.emitOpError("C6: the prologue takes and yields f32");
  for (unsigned input : op.getLhsInputs()) {
    if (failed(verifyF32(op, input)) || failed(verifyInvariant(op, input, DimRole::Cols, "C6")))
      return failure();
    if (!kernel.getAccess(input).getCoefficients()[sums[1]].isZero())
      return op.emitOpError() << "C6: input " << input << " varies with the terms";
  }
  return verifyScalarRegion(op, region, "C6");
}

static LogicalResult verifyParts(ContractOp op) {
  KernelOpInterface form = op;
  if (op.getPanel() || !op.getPrologue().empty() || !form.getDims(DimRole::Groups).empty())
    return op.emitOpError("C7: parts of sums go without panel, groups and prologue");
  if (form.getDim(0).getRole() != DimRole::Batch || !form.getDim(0).getSize().isConstant())
    return op.emitOpError(
        "C7: the first dimension counts parts; expected a batch of constant size");
  for (unsigned input = 0; input < op.getInputs().size(); ++input)
    if (!form.getAccess(input).getCoefficients()[0].isZero())
      return op.emitOpError() << "C7: operand " << input << " varies with the part of the sum";
  return success();
}

LogicalResult ContractOp::verify() {
  KernelOpInterface op = *this;
  if (!op.getDims(DimRole::Groups).empty() && op.getInputs().size() < 3)
    return emitOpError("C5: expected lhs, rhs and the rows of each group");
  bool hasPrologue = !getPrologue().empty();
  if (hasPrologue && op.getInputs().size() < getFirstEpilogueInput())
    return emitOpError() << "C6: expected " << getPrologue().getNumArguments()
                         << " inputs that the lhs is made of";
  if (failed(verifyContraction(*this, getPanel())) ||
      failed(verifyRoles(*this, {{DimRole::Batch, 0, kAny},
                                 {DimRole::Groups, 0, 1},
                                 {DimRole::Rows, 1, kAny},
                                 {DimRole::Cols, 1, 1},
                                 {DimRole::Sum, 1, hasPrologue ? kAny : 1}})) ||
      failed(verifyGroups(*this)) || (getParts() && failed(verifyParts(*this))))
    return failure();
  return hasPrologue ? verifyPrologue(*this) : verifyContiguous(*this, "C3", 0, DimRole::Sum);
}

//===----------------------------------------------------------------------===//
// WindowOp
//===----------------------------------------------------------------------===//

unsigned WindowOp::getFirstEpilogueInput() { return 2; }
Region &WindowOp::getEpilogueRegion() { return getEpilogue(); }
unsigned WindowOp::getNumOwnEpilogueArguments() { return 1; }
bool WindowOp::isResultDim(unsigned dim) {
  return cast<DimAttr>(getDomain()[dim]).getRole() != DimRole::Sum;
}
SizeAttr WindowOp::getFlops() { return contractionFlops(*this); }
bool WindowOp::canStore(Type elementType, AccessAttr) {
  return elementType.isF32() || elementType.isBF16();
}

SmallVector<unsigned> WindowOp::getFactors(int64_t piece) {
  return getPanel() ? SmallVector<unsigned>() : getFactorsInPieces(*this, piece);
}

LogicalResult WindowOp::verify() {
  if (failed(verifyContraction(*this, getPanel())) ||
      failed(verifyRoles(*this, {{DimRole::Batch, 0, kAny},
                                 {DimRole::Rows, 1, kAny},
                                 {DimRole::Cols, 1, 1},
                                 {DimRole::Sum, 1, kAny}})))
    return failure();
  if (getBounds().size() % 6 != 0)
    return emitOpError() << "C3: " << getBounds().size() << " bounds; expected six per axis";
  auto hasRole = [&](int64_t dim, DimRole role) {
    return dim >= 0 && dim < int64_t(getDomain().size()) &&
           cast<DimAttr>(getDomain()[dim]).getRole() == role;
  };
  for (size_t i = 0; i < getBounds().size(); i += 6) {
    ArrayRef<int64_t> bound = getBounds().slice(i, 6);
    if (!hasRole(bound[0], DimRole::Rows) || !hasRole(bound[1], DimRole::Sum))
      return emitOpError() << "C3: bounds " << i / 6
                           << " must name a dimension of rows and one of sum";
    if (bound[2] < 1 || bound[3] < 1 || bound[4] < 0 || bound[5] < 0)
      return emitOpError() << "C3: bounds " << i / 6
                           << ": stride and dilation are 1 or more, pad and extent 0 or more";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// RowsOp
//===----------------------------------------------------------------------===//

unsigned RowsOp::getFirstEpilogueInput() { return 0; }
Region &RowsOp::getEpilogueRegion() { return getBody(); }
unsigned RowsOp::getNumOwnEpilogueArguments() { return 0; }
bool RowsOp::isResultDim(unsigned dim) {
  KernelOpInterface op = *this;
  // A dimension of size 1 indexes the result whether or not it has a coefficient.
  return op.getDim(dim).getRole() == DimRole::Rows ||
         !op.getDestinationAccess().getCoefficients()[dim].isZero();
}
SizeAttr RowsOp::getFlops() {
  return getDomainProduct(*this, everyDim).mul(countScalarOps(getBody()));
}

/// True when `value` depends on an element, other than through `kernel.reduce`.
static bool dependsOnElement(RowsOp op, Value value, ArrayRef<unsigned> sumDims,
                             llvm::SmallPtrSetImpl<void *> &visited) {
  if (!visited.insert(value.getAsOpaquePointer()).second)
    return false;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    AccessAttr access = cast<AccessAttr>(op.getAccesses()[argument.getArgNumber()]);
    return llvm::any_of(sumDims,
                        [&](unsigned dim) { return !access.getCoefficients()[dim].isZero(); });
  }
  Operation *producer = value.getDefiningOp();
  if (isa<ReduceOp>(producer))
    return false;
  if (auto position = dyn_cast<PositionOp>(producer))
    return llvm::is_contained(sumDims, position.getDim());
  return llvm::any_of(producer->getOperands(), [&](Value operand) {
    return dependsOnElement(op, operand, sumDims, visited);
  });
}

LogicalResult RowsOp::verify() {
  if (failed(verifyKernel(*this)) ||
      failed(verifyRoles(*this, {{DimRole::Rows, 0, kAny}, {DimRole::Sum, 0, kAny}})))
    return failure();
  KernelOpInterface op = *this;
  // Along a dimension of size 1 an element is its row.
  SmallVector<unsigned> sumDims = op.getDims(DimRole::Sum);
  llvm::erase_if(sumDims, [&](unsigned dim) { return op.getDim(dim).getSize().isOne(); });
  bool isPerRow = llvm::all_of(sumDims, [&](unsigned dim) {
    return op.getDestinationAccess().getCoefficients()[dim].isZero();
  });
  llvm::SmallPtrSet<void *, 16> visited;
  if (!sumDims.empty() && isPerRow &&
      dependsOnElement(*this, getBody().front().getTerminator()->getOperand(0), sumDims, visited))
    return emitOpError() << "C2: one value per row is stored, but it depends on elements";
  return success();
}

//===----------------------------------------------------------------------===//
// SumsOp
//===----------------------------------------------------------------------===//

unsigned SumsOp::getFirstEpilogueInput() { return 0; }
Region &SumsOp::getEpilogueRegion() { return getBody(); }
unsigned SumsOp::getNumOwnEpilogueArguments() { return 0; }
bool SumsOp::isResultDim(unsigned) { return false; }
SizeAttr SumsOp::getFlops() {
  return getDomainProduct(*this, everyDim).mul(countScalarOps(getBody()) + getNumSums());
}

/// What holds of sums, whole or in parts.
static LogicalResult verifySums(KernelOpInterface op) {
  if (failed(verifyKernel(op)) ||
      failed(verifyRoles(op, {{DimRole::Rows, 0, kAny}, {DimRole::Sum, 1, kAny}})))
    return failure();
  unsigned destination = op->getNumOperands() - 1;
  return success(succeeded(verifyF32(op, destination)) &&
                 succeeded(verifyInvariant(op, destination, DimRole::Sum)));
}

LogicalResult SumsOp::verify() { return verifySums(*this); }

//===----------------------------------------------------------------------===//
// PartSumsOp
//===----------------------------------------------------------------------===//

unsigned PartSumsOp::getFirstEpilogueInput() { return 0; }
Region &PartSumsOp::getEpilogueRegion() { return getBody(); }
unsigned PartSumsOp::getNumOwnEpilogueArguments() { return 0; }
bool PartSumsOp::isResultDim(unsigned) { return false; }
SizeAttr PartSumsOp::getFlops() {
  return getDomainProduct(*this, everyDim).mul(countScalarOps(getBody()) + getNumSums());
}

LogicalResult PartSumsOp::verify() {
  if (failed(verifySums(*this)))
    return failure();
  if (getParts() < 1)
    return emitOpError() << "C3: " << getParts() << " parts; expected 1 or more";
  return success();
}

//===----------------------------------------------------------------------===//
// IndexOp
//===----------------------------------------------------------------------===//

unsigned IndexOp::getFirstEpilogueInput() { return 2; }
Region &IndexOp::getEpilogueRegion() { return getEpilogue(); }
unsigned IndexOp::getNumOwnEpilogueArguments() { return 1; }
bool IndexOp::isResultDim(unsigned) { return true; }
SizeAttr IndexOp::getFlops() {
  return getDomainProduct(*this, everyDim).mul(countScalarOps(getEpilogue()));
}

bool IndexOp::canStore(Type, AccessAttr access) {
  KernelOpInterface kernel = *this;
  return llvm::all_of(kernel.getDims(DimRole::Cols), [&](unsigned dim) {
    return kernel.getDim(dim).getSize().isOne() ||
           !kernel.getDestinationAccess().getCoefficients()[dim].isOne() ||
           access.getCoefficients()[dim].isOne();
  });
}

LogicalResult IndexOp::verify() {
  if (getInputs().size() < 2)
    return emitOpError("C2: expected table and ids");
  if (failed(verifyKernel(*this)) ||
      failed(verifyRoles(*this, {{DimRole::Rows, 0, kAny}, {DimRole::Cols, 0, kAny}})))
    return failure();
  Type ids = cast<TenonTensorType>(getInputs()[1].getType()).getElementType();
  if (!ids.isSignlessInteger(32) && !ids.isSignlessInteger(64))
    return emitOpError() << "C2: ids of " << ids << "; expected i32 or i64";
  return verifyInvariant(*this, 1, DimRole::Cols);
}

//===----------------------------------------------------------------------===//
// ScatterOp
//===----------------------------------------------------------------------===//

unsigned ScatterOp::getFirstEpilogueInput() { return 2; }
Region &ScatterOp::getEpilogueRegion() { return getEpilogue(); }
unsigned ScatterOp::getNumOwnEpilogueArguments() { return 1; }
bool ScatterOp::isResultDim(unsigned) { return false; }
bool ScatterOp::canStore(Type, AccessAttr) { return false; }
SizeAttr ScatterOp::getFlops() { return getDomainProduct(*this, everyDim); }

LogicalResult ScatterOp::verify() {
  if (getInputs().size() != 2)
    return emitOpError("C2: expected updates and ids");
  if (failed(verifyKernel(*this)) ||
      failed(verifyRoles(
          *this, {{DimRole::Rows, 0, kAny}, {DimRole::Sum, 1, kAny}, {DimRole::Cols, 0, kAny}})))
    return failure();
  Type ids = cast<TenonTensorType>(getInputs()[1].getType()).getElementType();
  if (!ids.isSignlessInteger(32) && !ids.isSignlessInteger(64))
    return emitOpError() << "C2: ids of " << ids << "; expected i32 or i64";
  if (failed(verifyF32(*this, 0)) || failed(verifyF32(*this, 2)) ||
      failed(verifyInvariant(*this, 1, DimRole::Cols)) ||
      failed(verifyInvariant(*this, 2, DimRole::Sum, "C3")))
    return failure();
  KernelOpInterface op = *this;
  SmallVector<unsigned> cols = op.getDims(DimRole::Cols);
  if (!cols.empty() && !op.getDestinationAccess().getCoefficients()[cols.back()].isOne() &&
      !op.getDim(cols.back()).getSize().isOne())
    return emitOpError("C3: the destination's last columns are no neighbours");
  return success();
}

//===----------------------------------------------------------------------===//
// PutOp
//===----------------------------------------------------------------------===//

unsigned PutOp::getFirstEpilogueInput() { return 1; }
Region &PutOp::getEpilogueRegion() { return getEpilogue(); }
unsigned PutOp::getNumOwnEpilogueArguments() { return 0; }
bool PutOp::isResultDim(unsigned) { return false; }
bool PutOp::canStore(Type, AccessAttr) { return false; }
SizeAttr PutOp::getFlops() {
  return getDomainProduct(*this, everyDim).mul(countScalarOps(getEpilogue()));
}

LogicalResult PutOp::verify() {
  if (getInputs().empty())
    return emitOpError("C2: expected ids");
  if (failed(verifyKernel(*this)) ||
      failed(verifyRoles(*this, {{DimRole::Rows, 0, kAny}, {DimRole::Cols, 0, kAny}})))
    return failure();
  Type ids = cast<TenonTensorType>(getInputs()[0].getType()).getElementType();
  if (!ids.isSignlessInteger(32) && !ids.isSignlessInteger(64))
    return emitOpError() << "C2: ids of " << ids << "; expected i32 or i64";
  return success(succeeded(verifyInvariant(*this, 0, DimRole::Cols)) &&
                 succeeded(verifyInvariant(*this, getNumOperands() - 1, DimRole::Rows, "C3")));
}

//===----------------------------------------------------------------------===//
// PartitionOp
//===----------------------------------------------------------------------===//

unsigned PartitionOp::getFirstEpilogueInput() { return 1; }
Region &PartitionOp::getEpilogueRegion() { return getEpilogue(); }
unsigned PartitionOp::getNumOwnEpilogueArguments() { return 1; }
bool PartitionOp::isResultDim(unsigned) { return false; }
SizeAttr PartitionOp::getFlops() { return SizeAttr::get(getContext(), 0); }

LogicalResult PartitionOp::verify() {
  if (getInputs().size() != 1 || int64_t(getGroups()) <= 0)
    return emitOpError("C2: expected one input and a positive number of groups");
  if (failed(verifyKernel(*this)) || failed(verifyRoles(*this, {{DimRole::Rows, 1, kAny}})))
    return failure();
  Type ids = cast<TenonTensorType>(getInputs()[0].getType()).getElementType();
  if (!ids.isSignlessInteger(32) && !ids.isSignlessInteger(64))
    return emitOpError() << "C2: ids of " << ids << "; expected i32 or i64";
  return verifyInvariant(*this, 1, DimRole::Rows, "C3");
}

//===----------------------------------------------------------------------===//
// ScanOp, ArgsortOp
//===----------------------------------------------------------------------===//

unsigned ScanOp::getFirstEpilogueInput() { return 1; }
Region &ScanOp::getEpilogueRegion() { return getEpilogue(); }
unsigned ScanOp::getNumOwnEpilogueArguments() { return 1; }
bool ScanOp::isResultDim(unsigned) { return true; }
SizeAttr ScanOp::getFlops() {
  return getDomainProduct(*this, everyDim).mul(1 + countScalarOps(getEpilogue()));
}

/// Checks of kernels that walk along lines of one input.
static LogicalResult verifyLines(KernelOpInterface op) {
  if (op.getInputs().empty())
    return op->emitOpError("C2: expected an input");
  if (failed(verifyKernel(op)) ||
      failed(verifyRoles(op, {{DimRole::Batch, 0, kAny}, {DimRole::Sum, 1, 1}})))
    return failure();
  Type type = cast<TenonTensorType>(op.getInputs()[0].getType()).getElementType();
  if (!type.isF32() && !type.isSignlessInteger(32) && !type.isSignlessInteger(64))
    return op->emitOpError() << "C2: elements of " << type << "; expected f32, i32 or i64";
  return success();
}

LogicalResult ScanOp::verify() { return verifyLines(*this); }

unsigned ArgsortOp::getFirstEpilogueInput() { return 1; }
Region &ArgsortOp::getEpilogueRegion() { return getEpilogue(); }
unsigned ArgsortOp::getNumOwnEpilogueArguments() { return 1; }
bool ArgsortOp::isResultDim(unsigned) { return true; }
SizeAttr ArgsortOp::getFlops() {
  return getDomainProduct(*this, everyDim).mul(countScalarOps(getEpilogue()));
}

LogicalResult ArgsortOp::verify() { return verifyLines(*this); }

//===----------------------------------------------------------------------===//
// PackOp
//===----------------------------------------------------------------------===//

unsigned PackOp::getFirstEpilogueInput() { return 0; }
Region &PackOp::getEpilogueRegion() { return getEpilogue(); }
unsigned PackOp::getNumOwnEpilogueArguments() { return 0; }
bool PackOp::isResultDim(unsigned) { return false; }
SizeAttr PackOp::getFlops() {
  return getDomainProduct(*this, [](DimAttr) { return true; }).mul(countScalarOps(getEpilogue()));
}

std::optional<int64_t> getTask(Operation *op) {
  auto task = op->getAttrOfType<IntegerAttr>(kTaskAttr);
  return task ? std::optional(task.getInt()) : std::nullopt;
}

std::optional<unsigned> getMatrixRows(PackOp op) {
  KernelOpInterface pack = op;
  if (op.getInputs().size() != 1 || !pack.getDims(DimRole::Batch).empty())
    return std::nullopt;
  AccessAttr source = pack.getAccess(0);
  unsigned column = pack.getDims(DimRole::Cols).front(), term = pack.getDims(DimRole::Sum).front();
  for (auto [row, inner] : {std::pair(column, term), std::pair(term, column)})
    if (source.getOffset().isZero() && source.getCoefficients()[inner].isOne() &&
        source.getCoefficients()[row] == pack.getDim(inner).getSize())
      return row;
  return std::nullopt;
}

bool fitsTasks(PackOp op, int64_t task, int64_t lanes) {
  std::optional<unsigned> rowDim = getMatrixRows(op);
  if (!rowDim || task <= 0)
    return false;
  DimAttr rows = KernelOpInterface(op).getDim(*rowDim);
  int64_t panel = op.getPanel();
  if (rows.getRole() == DimRole::Sum || task % panel == 0)
    return true;
  std::optional<int64_t> cols = rows.getSize().getConstant();
  return task % lanes == 0 && panel % task == 0 && cols && *cols % panel == 0;
}

LogicalResult PackOp::verify() {
  if (int64_t(getPanel()) <= 0)
    return emitOpError("C1: expected a positive panel");
  if (failed(verifyKernel(*this)) ||
      failed(verifyRoles(*this,
                         {{DimRole::Batch, 0, kAny}, {DimRole::Cols, 1, 1}, {DimRole::Sum, 1, 1}})))
    return failure();
  unsigned destination = getInputs().size();
  return success(succeeded(verifyInvariant(*this, destination, DimRole::Cols)) &&
                 succeeded(verifyInvariant(*this, destination, DimRole::Sum)));
}

//===----------------------------------------------------------------------===//
// StoredOp, LaunchOp
//===----------------------------------------------------------------------===//

LogicalResult StoredOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto storage = symbols.lookupNearestSymbolFrom<StorageOp>(*this, getStorageAttr());
  if (!storage)
    return emitOpError() << "C1: no storage is named '" << getStorage() << "'";
  if (storage.getType() != getResult().getType())
    return emitOpError() << "C1: storage '" << getStorage() << "'; expected " << storage.getType()
                         << ", got " << getResult().getType();
  return success();
}

void LaunchOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  Value memory = getArguments().empty() ? Value() : getArguments().back();
  while (auto launch = memory ? memory.getDefiningOp<LaunchOp>() : LaunchOp())
    memory = launch.getArguments().back();
  if (memory && isa_and_present<StoredOp, ReadOp>(memory.getDefiningOp()))
    effects.emplace_back(MemoryEffects::Write::get());
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto function = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(*this, getKernelAttr());
  if (!function)
    return emitOpError() << "C1: no function is named '" << getKernel() << "'";
  // An emitted function takes memory, not tensors.
  if (function->hasAttr(kGridAttr))
    return success();
  Type type = FunctionType::get(getContext(), getOperandTypes(), (*this)->getResultTypes());
  if (function.getFunctionType() != type)
    return emitOpError() << "C1: function '" << getKernel() << "'; expected " << type << ", got "
                         << function.getFunctionType();
  return success();
}

//===----------------------------------------------------------------------===//
// Text forms
//===----------------------------------------------------------------------===//

/// The form with one region.
#define TENON_ONE_REGION_SYNTAX(OP)                                                                \
  ParseResult OP::parse(OpAsmParser &parser, OperationState &state) {                              \
    return failure(parseKernel(parser, state) || parser.parseRegion(*state.addRegion()));          \
  }                                                                                                \
  void OP::print(OpAsmPrinter &printer) {                                                          \
    printKernel(printer, *this);                                                                   \
    printer << " ";                                                                                \
    printer.printRegion((*this)->getRegion(0));                                                    \
  }

TENON_ONE_REGION_SYNTAX(WindowOp)
TENON_ONE_REGION_SYNTAX(RowsOp)
TENON_ONE_REGION_SYNTAX(SumsOp)
TENON_ONE_REGION_SYNTAX(PartSumsOp)
TENON_ONE_REGION_SYNTAX(IndexOp)
TENON_ONE_REGION_SYNTAX(ScatterOp)
TENON_ONE_REGION_SYNTAX(PutOp)
TENON_ONE_REGION_SYNTAX(PartitionOp)
TENON_ONE_REGION_SYNTAX(PackOp)
TENON_ONE_REGION_SYNTAX(ScanOp)
TENON_ONE_REGION_SYNTAX(ArgsortOp)
#undef TENON_ONE_REGION_SYNTAX

/// The form with a second region before it, which may be missing.
#define TENON_TWO_REGIONS_SYNTAX(OP, KEYWORD)                                                      \
  ParseResult OP::parse(OpAsmParser &parser, OperationState &state) {                              \
    if (parseKernel(parser, state))                                                                \
      return failure();                                                                            \
    Region *first = state.addRegion();                                                             \
    if (succeeded(parser.parseOptionalKeyword(KEYWORD)) && parser.parseRegion(*first))             \
      return failure();                                                                            \
    return parser.parseRegion(*state.addRegion());                                                 \
  }                                                                                                \
  void OP::print(OpAsmPrinter &printer) {                                                          \
    printKernel(printer, *this);                                                                   \
    if (Region &first = (*this)->getRegion(0); !first.empty()) {                                   \
      printer << " " KEYWORD " ";                                                                  \
      printer.printRegion(first);                                                                  \
    }                                                                                              \
    printer << " ";                                                                                \
    printer.printRegion((*this)->getRegion(1));                                                    \
  }

TENON_TWO_REGIONS_SYNTAX(ContractOp, "prologue")
TENON_TWO_REGIONS_SYNTAX(AttendOp, "score")
TENON_TWO_REGIONS_SYNTAX(AttendGradientOp, "score")
TENON_TWO_REGIONS_SYNTAX(AttendStatisticsOp, "score")
#undef TENON_TWO_REGIONS_SYNTAX

} // namespace mlir::tenon::kernel
