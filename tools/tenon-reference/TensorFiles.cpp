//===- TensorFiles.cpp - Host tensors from and to files -------------------===//

#include "TensorFiles.h"

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"
#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Io/AtomicFile.h"
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Npy.h"
#include "tenon/Runtime/Io/Safetensors.h"

#include "llvm/Support/FormatVariadic.h"

#include <cstring>

using namespace mlir;
using namespace mlir::tenon;
namespace runtime = ::tenon::runtime;
using runtime::Result;
using runtime::Status;

namespace {

Type elementType(MLIRContext *context, int32_t dtype) {
  Builder builder(context);
  switch (dtype) {
  case TN_F64:
    return builder.getF64Type();
  case TN_I64:
    return builder.getI64Type();
  case TN_I32:
    return builder.getI32Type();
  case TN_BOOL:
    return builder.getI1Type();
  default:
    return builder.getF32Type();
  }
}

/// What is written for an element type: all floats are f64.
int32_t storedType(Type type) {
  if (isa<FloatType>(type))
    return TN_F64;
  if (type.isInteger(1))
    return TN_BOOL;
  return type.isInteger(32) ? TN_I32 : TN_I64;
}

template <class T> T load(const char *from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

/// The element of type `dtype` at `from`.
Scalar loadElement(const char *from, int32_t dtype) {
  switch (dtype) {
  case TN_F32:
    return realScalar(load<float>(from));
  case TN_F64:
    return realScalar(load<double>(from));
  case TN_I32:
    return integerScalar(load<int32_t>(from));
  case TN_BOOL:
    return integerScalar(*from != 0);
  default:
    return integerScalar(load<int64_t>(from));
  }
}

/// Appends an element as type `dtype`.
void storeElement(std::string &to, Scalar value, int32_t dtype) {
  auto append = [&](auto stored) {
    to.append(reinterpret_cast<const char *>(&stored), sizeof(stored));
  };
  if (dtype == TN_F64)
    append(value.real);
  else if (dtype == TN_I32)
    append(static_cast<int32_t>(value.integer));
  else if (dtype == TN_BOOL)
    append(static_cast<char>(value.integer));
  else
    append(value.integer);
}

/// A tensor from its bytes in row-major order.
HostTensor fromBytes(MLIRContext *context, int32_t dtype, ArrayRef<int64_t> shape,
                     const std::string &bytes) {
  HostTensor tensor(elementType(context, dtype), shape);
  int64_t size = runtime::dtypeInfo(dtype).size;
  for (auto [k, value] : llvm::enumerate(tensor.data()))
    value = loadElement(bytes.data() + k * size, dtype);
  return tensor;
}

/// Elements of F16 or BF16 as f32.
std::string widen(const std::string &narrow, runtime::WeightDType dtype) {
  std::vector<uint16_t> from(narrow.size() / 2);
  memcpy(from.data(), narrow.data(), from.size() * 2);
  std::vector<float> to(from.size());
  auto convert = dtype == runtime::WeightDType::F16 ? runtime::convertF16 : runtime::convertBF16;
  convert(from.data(), to.data(), to.size());
  return std::string(reinterpret_cast<const char *>(to.data()), to.size() * 4);
}

} // namespace

Result<HostTensor> mlir::tenon::readNpy(MLIRContext *context, const std::string &path) {
  Result<std::unique_ptr<runtime::ByteSource>> source = runtime::openFile(path);
  if (!source.ok())
    return source.takeStatus();
  Result<runtime::NpyHeader> header = runtime::readNpyHeader(**source);
  if (!header.ok())
    return header.takeStatus();
  std::string bytes(header->bytes, '\0');
  Status status = runtime::readNpyData(**source, *header, bytes.data());
  if (!status.ok())
    return status;
  return fromBytes(context, header->dtype, header->dims, bytes);
}

Status mlir::tenon::writeNpy(const HostTensor &tensor, const std::string &path) {
  int32_t dtype = storedType(tensor.getElementType());
  ArrayRef<int64_t> shape = tensor.getShape();
  std::string bytes = runtime::npyPreamble(dtype, {shape.begin(), shape.end()});
  for (Scalar value : tensor.data())
    storeElement(bytes, value, dtype);
  Result<runtime::AtomicFile> file = runtime::AtomicFile::create(path);
  if (!file.ok())
    return file.takeStatus();
  if (Status status = file->write(bytes.data(), bytes.size()); !status.ok())
    return status;
  if (Status status = file->flush(); !status.ok())
    return status;
  return file->commit();
}

Status mlir::tenon::readParameters(ModuleOp module, const std::string &path,
                                   llvm::StringMap<HostTensor> &parameters) {
  Result<std::unique_ptr<runtime::ByteSource>> source = runtime::openFile(path);
  if (!source.ok())
    return source.takeStatus();
  Result<runtime::SafetensorsFile> file = runtime::SafetensorsFile::open(**source);
  if (!file.ok())
    return file.takeStatus();
  for (auto param : module.getOps<ParamOp>()) {
    std::string name = param.getSymName().str();
    const runtime::WeightTensor *found = file->find(name);
    if (!found)
      continue;
    int32_t dtype = -1;
    Type declared = param.getTensorType().getElementType();
    if (const auto *row = runtime::findSafetensorsDType(runtime::weightDTypeName(found->dtype)))
      dtype = row->dtype;
    bool isNarrow =
        found->dtype == runtime::WeightDType::F16 || found->dtype == runtime::WeightDType::BF16;
    if (isNarrow && declared.isF32())
      dtype = TN_F32;
    if (dtype < 0 || elementType(module.getContext(), dtype) != declared)
      return Status::error(runtime::ExitCode::Input, llvm::formatv("{0}: tensor '{1}'", path, name),
                           llvm::formatv("dtype is {0}, which is not the declared one",
                                         runtime::weightDTypeName(found->dtype)));
    std::string bytes(found->bytes, '\0');
    Status status = (*source)->read(found->offset, bytes.data(), bytes.size());
    if (!status.ok())
      return status;
    if (isNarrow)
      bytes = widen(bytes, found->dtype);
    parameters[name] = fromBytes(module.getContext(), dtype, {found->dims, found->rank}, bytes);
  }
  return Status();
}
