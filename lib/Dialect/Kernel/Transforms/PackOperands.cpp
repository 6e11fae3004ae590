//===- PackOperands.cpp - Right-hand sides in panels ----------------------===//

#include "FusionSupport.h"
#include "PackingParts.h"
#include "Prepare.h"
#include "tenon/Dialect/Kernel/Transforms/Passes.h"
#include "tenon/Dialect/Tenon/IR/Remarks.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELPACKOPERANDS
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

namespace {

struct PackOperands : public impl::KernelPackOperandsBase<PackOperands> {
  using KernelPackOperandsBase::KernelPackOperandsBase;
  void runOnOperation() override;
};

/// The layout of one right-hand side: how the source is read, how the panels lie.
struct Packing {
  ArrayAttr domain;       // batch (groups are batches here), cols, sum
  AccessAttr source;      // over `domain`
  AccessAttr destination; // over `domain`: batch coefficients only
  TenonTensorType type;
};

} // namespace

/// The packing of operand 1 of a contraction; `packed` becomes its access over
/// the contraction's own dimensions.
static Packing getPacking(KernelOpInterface contraction, int64_t panel, AccessAttr &packed) {
  MLIRContext *context = contraction.getContext();
  AccessAttr access = contraction.getAccess(1);
  unsigned column = contraction.getDims(DimRole::Cols).front();
  SmallVector<unsigned> sums = contraction.getDims(DimRole::Sum);
  SizeAttr sumSize = SizeAttr::get(context, 1);
  for (unsigned dim : sums)
    sumSize = sumSize.mul(contraction.getDim(dim).getSize());

  SizeAttr zero = SizeAttr::get(context, 0);
  SizeAttr stride = getPackedElements(contraction.getDim(column).getSize(), sumSize, panel);
  SmallVector<Attribute> domain;
  SmallVector<SizeAttr> source, destination, own(contraction.getNumDims(), zero);
  // Only batches that the operand varies with are packed apart.
  SmallVector<unsigned> batches = contraction.getDims(DimRole::Batch);
  llvm::append_range(batches, contraction.getDims(DimRole::Groups));
  for (unsigned dim : llvm::reverse(batches)) {
    if (access.getCoefficients()[dim].isZero())
      continue;
    DimAttr attribute = contraction.getDim(dim);
    domain.insert(domain.begin(),
                  DimAttr::get(context, DimRole::Batch, attribute.getName(), attribute.getSize()));
    source.insert(source.begin(), access.getCoefficients()[dim]);
    destination.insert(destination.begin(), stride);
    own[dim] = stride;
    stride = stride.mul(contraction.getDim(dim).getSize());
  }
  domain.push_back(contraction.getDim(column));
  source.push_back(access.getCoefficients()[column]);
  // Several sums are one: the lowering made the right-hand side even along them.
  unsigned innermost = sums.back();
  for (unsigned dim : sums)
    if (!contraction.getDim(dim).getSize().isOne())
      innermost = dim;
  domain.push_back(
      DimAttr::get(context, DimRole::Sum, contraction.getDim(innermost).getName(), sumSize));
  source.push_back(access.getCoefficients()[innermost]);
  destination.append({zero, zero});
  packed = AccessAttr::get(context, zero, own);
  return {ArrayAttr::get(context, domain), AccessAttr::get(context, access.getOffset(), source),
          AccessAttr::get(context, zero, destination),
          TenonTensorType::get({stride}, Float32Type::get(context))};
}

/// A map that makes nothing but the source joins the packing.
static void joinMap(PackOp pack, KernelOpInterface contraction) {
  KernelOpInterface packing = pack;
  auto map = pack.getInputs()[0].getDefiningOp<KernelOpInterface>();
  if (!map || !isMap(map))
    return;
  std::optional<Refusal> refusal = refuseSharedResult(map, pack);
  std::optional<DimMap> dims;
  if (!refusal) {
    dims = matchDims(map, map.getDestinationAccess(), packing, packing.getAccess(0),
                     [](unsigned) { return true; });
    if (!dims)
      refusal = Refusal{"DimensionsDiffer", "the packing for " + describe(contraction) +
                                                " walks over other dimensions"};
  }
  if (refusal) {
    remarkMissed(map, "kernel-pack-operands", refusal->name, "joins no kernel: " + refusal->reason);
    return;
  }
  remarkPassed(map, "kernel-pack-operands", "JoinedPacking",
               "joins the packing for " + describe(contraction) + ": " +
                   getBytesSaved(map).toString() + " bytes less to move");
  joinReader(map, packing, SharedInput{0, *dims});
}

static PackOp createPack(OpBuilder &builder, Location loc, Value source, Value destination,
                         const Packing &packing, int64_t panel) {
  auto pack =
      PackOp::create(builder, loc, packing.type, ValueRange{source}, destination, packing.domain,
                     builder.getArrayAttr({packing.source, packing.destination}), panel);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&pack.getEpilogue());
  YieldOp::create(builder, loc, ValueRange{block->addArgument(builder.getF32Type(), loc)});
  return pack;
}

/// Fewer rows than this do not pay for packing what is computed: it would be written
/// and read once more, and is multiplied this often.
constexpr int64_t kPackedRows = 5;

/// True when a product of few rows may read its rhs where it lies: whole panels of
/// columns that are contiguous.
static bool readsInPlace(KernelOpInterface kernel, int64_t panel) {
  auto contract = dyn_cast<ContractOp>(kernel.getOperation());
  if (!contract || !contract.getPrologue().empty() || !kernel.getDims(DimRole::Groups).empty())
    return false;
  unsigned column = kernel.getDims(DimRole::Cols).front();
  std::optional<int64_t> cols = kernel.getDim(column).getSize().getConstant(), rows = 1;
  for (unsigned dim : kernel.getDims(DimRole::Rows)) {
    std::optional<int64_t> size = kernel.getDim(dim).getSize().getConstant();
    rows = rows && size ? std::optional(*rows * *size) : std::nullopt;
  }
  return cols && *cols % panel == 0 && rows && *rows < kPackedRows &&
         kernel.getAccess(1).getCoefficients()[column].isOne();
}

/// Columns of a panel: `panel`, or as few vectors of `vector` columns as hold all.
static int64_t choosePanel(KernelOpInterface kernel, int64_t panel, int64_t vector) {
  std::optional<int64_t> cols =
      kernel.getDim(kernel.getDims(DimRole::Cols).front()).getSize().getConstant();
  if (vector == 0 || !cols || *cols >= panel)
    return panel;
  return int64_t(llvm::alignTo(std::max<int64_t>(*cols, 1), vector));
}

void PackOperands::runOnOperation() {
  ModuleOp module = getOperation();
  OpBuilder builder(module.getContext());
  if (!level.empty())
    module->setAttr(kLevelAttr, builder.getStringAttr(level));
  PrepareFunction prepare(module);
  ParameterWork work;
  llvm::DenseMap<Attribute, StorageOp> storages;

  // One storage per parameter and packing, filled in the prepare function.
  auto getStorage = [&](ReadOp read, const Packing &packing, int64_t panel) {
    Attribute key = builder.getArrayAttr(
        {read.getParamAttr(), packing.domain, packing.source, packing.destination});
    StorageOp &storage = storages[key];
    if (storage)
      return storage;
    storage = prepare.addStorage(read.getLoc(), packing.type);
    OpBuilder inside = prepare.getBuilder();
    Value source =
        ReadOp::create(inside, read.getLoc(), read.getResult().getType(), read.getParamAttr());
    Value stored = StoredOp::create(inside, read.getLoc(), packing.type, storage.getSymName());
    prepare.addResult(
        createPack(inside, read.getLoc(), source, stored, packing, panel).getResult());
    return storage;
  };

  module.walk([&](KernelOpInterface kernel) {
    if (!isPacked(kernel, 1) || kernel->hasAttr("panel"))
      return;
    Value source = kernel->getOperand(1), packed;
    bool isParameter = source.getDefiningOp<ReadOp>() || work.contains(source);
    if (!isParameter && readsInPlace(kernel, panel)) {
      remarkPassed(kernel, "kernel-pack-operands", "ReadInPlace",
                   "its right-hand side is computed and has few rows to meet: read where it lies");
      return;
    }
    int64_t own = choosePanel(kernel, panel, vector);
    AccessAttr access;
    Packing packing = getPacking(kernel, own, access);
    PackOp pack;
    if (auto read = source.getDefiningOp<ReadOp>()) {
      StorageOp storage = getStorage(read, packing, own);
      builder.setInsertionPoint(kernel);
      packed = StoredOp::create(builder, kernel.getLoc(), packing.type, storage.getSymName());
    } else {
      SizeAttr moved = packing.type.getNumElements().mul(2 * packing.type.getElementBytes());
      if (!isParameter)
        remarkFallback(kernel, "kernel-pack-operands", "PackedInEveryRun",
                       "its right-hand side is computed, not a parameter: packing it moves " +
                           moved.toString() + " bytes in every run");
      builder.setInsertionPoint(kernel);
      Value destination = EmptyOp::create(builder, kernel.getLoc(), packing.type);
      pack = createPack(builder, kernel.getLoc(), source, destination, packing, own);
      packed = pack.getResult();
    }
    kernel->setOperand(1, packed);
    SmallVector<Attribute> accesses(kernel.getAccesses().getValue());
    accesses[1] = access;
    kernel.setAccessesAttr(builder.getArrayAttr(accesses));
    kernel->setAttr("panel", builder.getI64IntegerAttr(own));
    if (pack) {
      joinMap(pack, kernel);
      if (!isParameter)
        separateParts(pack);
    }
  });
}

} // namespace mlir::tenon::kernel
