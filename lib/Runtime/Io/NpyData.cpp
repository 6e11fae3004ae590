//===- NpyData.cpp - the elements of a NumPy array file -------------------===//
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Memory.h"
#include "tenon/Runtime/Io/Npy.h"

#include <cstring>

namespace tenon::runtime {

static void swapBytes(char *data, uint64_t bytes, int64_t size) {
  if (size == 4) {
    for (uint64_t i = 0; i < bytes; i += 4) {
      uint32_t word;
      memcpy(&word, data + i, 4);
      word = __builtin_bswap32(word);
      memcpy(data + i, &word, 4);
    }
  } else if (size == 8) {
    for (uint64_t i = 0; i < bytes; i += 8) {
      uint64_t word;
      memcpy(&word, data + i, 8);
      word = __builtin_bswap64(word);
      memcpy(data + i, &word, 8);
    }
  }
}

/// Copies elements whose first index runs fastest to C order, where the last
/// one does: to[i0, i1, ...] = from[i0 + i1*d0 + i2*d0*d1 + ...].
static void copyFromFortran(const char *from, char *to, const std::vector<int64_t> &dims,
                            int64_t size) {
  size_t rank = dims.size();
  std::vector<int64_t> strides(rank), index(rank, 0);
  int64_t count = 1;
  for (size_t i = 0; i < rank; ++i) {
    strides[i] = count * size;
    count *= dims[i];
  }
  int64_t offset = 0;
  for (int64_t element = 0; element < count; ++element) {
    memcpy(to + element * size, from + offset, static_cast<size_t>(size));
    for (size_t i = rank; i-- > 0;) {
      offset += strides[i];
      if (++index[i] < dims[i])
        break;
      offset -= strides[i] * dims[i];
      index[i] = 0;
    }
  }
}

Status readNpyData(const ByteSource &source, const NpyHeader &header, void *to) {
  char *data = static_cast<char *>(to);
  int64_t size = dtypeInfo(header.dtype).size;
  if (header.bytes == 0)
    return Status();
  if (header.fortranOrder && header.dims.size() > 1) {
    Result<AlignedBuffer> copy = AlignedBuffer::allocate(header.bytes, source.name().c_str());
    if (!copy.ok())
      return copy.takeStatus();
    if (Status status = source.read(header.dataOffset, copy->data(), header.bytes); !status.ok())
      return status;
    copyFromFortran(static_cast<char *>(copy->data()), data, header.dims, size);
  } else if (Status status = source.read(header.dataOffset, data, header.bytes); !status.ok()) {
    return status;
  }
  if (header.bigEndian)
    swapBytes(data, header.bytes, size);
  if (header.dtype == TN_BOOL)
    for (uint64_t i = 0; i < header.bytes; ++i)
      data[i] = data[i] != 0 ? 1 : 0;
  return Status();
}

std::string npyPreamble(int32_t dtype, const std::vector<int64_t> &dims) {
  const DTypeInfo &info = dtypeInfo(dtype);
  std::string shape = "(";
  for (size_t i = 0; i < dims.size(); ++i)
    shape += (i == 0 ? "" : " ") + std::to_string(dims[i]) +
             (i + 1 < dims.size() || dims.size() == 1 ? "," : "");
  std::string text = std::string("{'descr': '") + (info.size == 1 ? "|" : "<") + info.npy +
                     "', 'fortran_order': False, 'shape': " + shape + "), }";
  // The elements start at a multiple of 64 bytes; a line end closes the header.
  constexpr size_t prefixBytes = 10;
  size_t total = alignUp(prefixBytes + text.size() + 1);
  text.append(total - prefixBytes - text.size() - 1, ' ');
  text += '\n';
  std::string preamble("\x93NUMPY\x01\x00", 8);
  preamble += static_cast<char>(text.size() & 0xFF);
  preamble += static_cast<char>(text.size() >> 8);
  return preamble + text;
}

} // namespace tenon::runtime
