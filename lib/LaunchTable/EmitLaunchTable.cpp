//===- EmitLaunchTable.cpp - Abi.h structures as LLVM constants -----------===//
//
// Field order and types follow Abi.h; the structures have no hidden padding, so
// natural alignment gives the C layout.
//
//===----------------------------------------------------------------------===//

#include "tenon/LaunchTable/LaunchTable.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/Module.h"

using namespace mlir;
using namespace mlir::tenon;

#ifndef TENON_VERSION
#error "the build defines TENON_VERSION"
#endif

namespace {

/// Builds private constant globals and pointers to them. Equal ones are shared.
class TableBuilder {
public:
  TableBuilder(llvm::Module &module, const ProgramRecord &program)
      : module(module), program(program), context(module.getContext()),
        pointer(llvm::PointerType::get(context, 0)), i64(llvm::Type::getInt64Ty(context)),
        i32(llvm::Type::getInt32Ty(context)), i8(llvm::Type::getInt8Ty(context)) {}

  void emitProgram();

private:
  using Constants = std::vector<llvm::Constant *>;

  llvm::Constant *integer(int64_t value) { return llvm::ConstantInt::getSigned(i64, value); }
  llvm::Constant *integer32(int32_t value) { return llvm::ConstantInt::getSigned(i32, value); }
  llvm::Constant *null() { return llvm::ConstantPointerNull::get(pointer); }
  llvm::Constant *record(const Constants &fields) { return llvm::ConstantStruct::getAnon(fields); }

  llvm::GlobalVariable *global(llvm::Constant *value, uint64_t alignment = 8);
  llvm::Constant *string(llvm::StringRef text);
  /// A pointer to the elements; null for none.
  llvm::Constant *array(const Constants &elements);

  llvm::Constant *size(SizeAttr size);
  llvm::Constant *updates(const EntryRecord &entry);
  llvm::Constant *initials();
  llvm::Constant *gpu();
  llvm::Constant *tensors(const std::vector<TensorRecord> &records);
  llvm::Constant *launch(const LaunchRecord &record, const LevelRecord &level);
  llvm::Constant *launchList(const LaunchListRecord &list, const LevelRecord &level);
  llvm::Constant *levelValue(const LevelRecord &level);
  llvm::Constant *level(const LevelRecord &level);

  llvm::Module &module;
  const ProgramRecord &program;
  llvm::LLVMContext &context;
  llvm::PointerType *pointer;
  llvm::IntegerType *i64, *i32, *i8;
  llvm::DenseMap<llvm::Constant *, llvm::GlobalVariable *> globals;
};

} // namespace

llvm::GlobalVariable *TableBuilder::global(llvm::Constant *value, uint64_t alignment) {
  llvm::GlobalVariable *&variable = globals[value];
  if (!variable) {
    variable = new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                        llvm::GlobalValue::PrivateLinkage, value, "tn_data");
    variable->setAlignment(llvm::Align(alignment));
  }
  return variable;
}

llvm::Constant *TableBuilder::string(llvm::StringRef text) {
  return global(llvm::ConstantDataArray::getString(context, text), 1);
}

llvm::Constant *TableBuilder::array(const Constants &elements) {
  if (elements.empty())
    return null();
  auto *type = llvm::ArrayType::get(elements.front()->getType(), elements.size());
  return global(llvm::ConstantArray::get(type, elements));
}

llvm::Constant *TableBuilder::size(SizeAttr size) {
  Constants terms;
  size_t stride = 1 + size.getSymbols().size();
  for (size_t i = 0; i < size.getTerms().size(); i += stride) {
    uint8_t powers[TN_MAX_SYMBOLS] = {};
    for (auto [symbol, exponent] :
         llvm::zip(size.getSymbols(), size.getTerms().slice(i + 1, stride - 1)))
      for (size_t s = 0; s < program.symbols.size(); ++s)
        if (program.symbols[s].name == symbol.getValue())
          powers[s] = uint8_t(exponent);
    terms.push_back(record({integer(size.getTerms()[i]),
                            llvm::ConstantDataArray::get(context, llvm::ArrayRef(powers))}));
  }
  return record({array(terms), integer(terms.size())});
}

/// The tn_dtype of an element type.
static tn_dtype getDtype(Type type) {
  if (type.isF32())
    return TN_F32;
  if (type.isF64())
    return TN_F64;
  return type.isInteger(1) ? TN_BOOL : type.isInteger(32) ? TN_I32 : TN_I64;
}

/// The default of an input as tn_tensor holds it.
static int64_t getDefaultBits(Attribute value) {
  if (auto number = dyn_cast<FloatAttr>(value)) {
    double wide = number.getValueAsDouble();
    int64_t bits;
    static_assert(sizeof(bits) == sizeof(wide));
    std::memcpy(&bits, &wide, sizeof(bits));
    return bits;
  }
  if (auto flag = dyn_cast<BoolAttr>(value))
    return flag.getValue();
  return cast<IntegerAttr>(value).getInt();
}

llvm::Constant *TableBuilder::tensors(const std::vector<TensorRecord> &records) {
  Constants elements;
  for (const TensorRecord &tensor : records) {
    Constants dims;
    for (SizeAttr dim : tensor.type.getShape())
      dims.push_back(size(dim));
    elements.push_back(record(
        {string(tensor.name), array(dims), integer32(int32_t(tensor.type.getRank())),
         integer32(getDtype(tensor.type.getElementType())), integer(tensor.defaultValue ? 1 : 0),
         integer(tensor.defaultValue ? getDefaultBits(tensor.defaultValue) : 0)}));
  }
  return array(elements);
}

/// Per output the number of the parameter that it updates, or -1.
llvm::Constant *TableBuilder::updates(const EntryRecord &entry) {
  if (entry.kind == TN_ENTRY_CALL)
    return null();
  Constants numbers;
  for (const std::string &name : entry.updates) {
    int32_t number = -1;
    for (size_t i = 0; i < program.parameters.size(); ++i)
      if (program.parameters[i].name == name)
        number = int32_t(i);
    numbers.push_back(integer32(number));
  }
  return array(numbers);
}

llvm::Constant *TableBuilder::gpu() {
  if (!program.gpu)
    return null();
  Constants levels, images;
  for (const LevelRecord &level : program.gpu->levels)
    levels.push_back(levelValue(level));
  for (const ImageRecord &image : program.gpu->images) {
    llvm::Constant *bytes = global(
        llvm::ConstantDataArray::getString(context, image.bytes, image.kind == TN_IMAGE_PTX), 64);
    images.push_back(record({integer(image.kind), integer(image.capability), integer(image.isExact),
                             integer(image.level), bytes, integer(image.bytes.size())}));
  }
  return global(
      record({array(levels), integer(levels.size()), array(images), integer(images.size())}));
}

llvm::Constant *TableBuilder::initials() {
  auto real = [&](double value) {
    return llvm::ConstantFP::get(llvm::Type::getDoubleTy(context), value);
  };
  Constants records;
  for (const tn_initial &initial : program.initials)
    records.push_back(record({integer(initial.kind), real(initial.a), real(initial.b)}));
  return array(records);
}

llvm::Constant *TableBuilder::launch(const LaunchRecord &launch, const LevelRecord &level) {
  const KernelRecord &kernel = level.kernels.at(launch.kernel);
  // A kernel for a GPU has a name in the image alone.
  llvm::Constant *function = null();
  if (!kernel.symbol.empty()) {
    auto *type = llvm::FunctionType::get(i32, {pointer, i64, i64, pointer}, /*isVarArg=*/false);
    auto *declared =
        cast<llvm::Function>(module.getOrInsertFunction(kernel.symbol, type).getCallee());
    declared->setVisibility(llvm::GlobalValue::HiddenVisibility);
    function = declared;
  }
  Constants buffers, grid;
  for (int32_t buffer : launch.buffers)
    buffers.push_back(integer32(buffer));
  for (const auto &[factor, divisor] : kernel.grid)
    grid.push_back(record({size(factor), integer(divisor)}));
  return record({function, string(launch.kernel), string(launch.block), string(launch.location),
                 array(buffers), integer(buffers.size()), array(grid), integer(grid.size()),
                 size(kernel.scratchBytes), size(launch.flops), size(launch.bytes),
                 integer(launch.mayDoLess), integer(launch.join), integer(kernel.threads),
                 integer(kernel.sharedBytes)});
}

llvm::Constant *TableBuilder::launchList(const LaunchListRecord &list, const LevelRecord &level) {
  Constants buffers, launches;
  for (const BufferRecord &buffer : list.buffers)
    buffers.push_back(
        record({integer32(buffer.kind), integer32(buffer.index), integer32(buffer.first),
                integer32(buffer.last), size(buffer.bytes)}));
  for (const LaunchRecord &record : list.launches)
    launches.push_back(launch(record, level));
  return record(
      {array(buffers), integer(buffers.size()), array(launches), integer(launches.size())});
}

llvm::Constant *TableBuilder::level(const LevelRecord &level) { return global(levelValue(level)); }

llvm::Constant *TableBuilder::levelValue(const LevelRecord &level) {
  Constants packed, entries;
  for (SizeAttr bytes : level.packedBytes)
    packed.push_back(size(bytes));
  for (const LaunchListRecord &list : level.entries)
    entries.push_back(launchList(list, level));
  return record({integer(level.level), string(level.name), array(packed), integer(packed.size()),
                 launchList(level.prepare, level), array(entries)});
}

void TableBuilder::emitProgram() {
  Constants symbols, entries, levels;
  for (const SymbolRecord &symbol : program.symbols)
    symbols.push_back(record({string(symbol.name), integer(symbol.min), integer(symbol.max)}));
  for (const EntryRecord &entry : program.entries) {
    int64_t batch = 0;
    for (size_t i = 0; i < program.symbols.size(); ++i)
      if (program.symbols[i].name == entry.batch)
        batch = int64_t(i) + 1;
    entries.push_back(
        record({string(entry.name), string(entry.documentation), tensors(entry.inputs),
                integer(entry.inputs.size()), tensors(entry.outputs), integer(entry.outputs.size()),
                integer(batch), integer(entry.kind), updates(entry),
                record({integer(entry.training.batch), integer(entry.training.steps),
                        integer(entry.training.seed), integer(entry.training.drop_last),
                        integer(entry.training.accumulate),
                        entry.optimizers.empty() ? null() : string(entry.optimizers)})}));
  }
  for (const LevelRecord &record : program.levels)
    levels.push_back(level(record));
  llvm::Constant *weights = null();
  if (!program.embeddedWeights.empty())
    weights = global(llvm::ConstantDataArray::getString(context, program.embeddedWeights,
                                                        /*AddNull=*/false),
                     64);
  llvm::Constant *value = record(
      {integer32(int32_t(TN_ABI_MAGIC)), integer32(TN_ABI_VERSION), string(program.modelName),
       string(TENON_VERSION), array(symbols), integer(symbols.size()), tensors(program.parameters),
       integer(program.parameters.size()), array(entries), integer(entries.size()), array(levels),
       integer(levels.size()), weights, integer(program.embeddedWeights.size()), initials(),
       gpu()});
  auto *variable =
      new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                               llvm::GlobalValue::ExternalLinkage, value, "tenon_program");
  variable->setAlignment(llvm::Align(8));
}

std::unique_ptr<llvm::Module> mlir::tenon::emitLaunchTable(const ProgramRecord &program,
                                                           llvm::LLVMContext &context) {
  auto module = std::make_unique<llvm::Module>("tenon_program", context);
  TableBuilder(*module, program).emitProgram();
  return module;
}
