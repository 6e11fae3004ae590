//===- Npy.h - NumPy array files ------------------------------------------===//
//
// Versions 1.0, 2.0 and 3.0 of the format. The header has a grammar of its own
// here and is never evaluated:
//
//   header := '{' [pair (',' pair)* [',']] '}'      pair := key ':' value
//   key    := 'descr' | 'fortran_order' | 'shape'   each exactly once
//   descr  := string     fortran_order := True | False
//   shape  := '(' ')' | '(' int ',' ')' | '(' int (',' int)+ [','] ')'
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_IO_NPY_H
#define TENON_RUNTIME_IO_NPY_H

#include "tenon/Runtime/Io/ByteSource.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tenon::runtime {

/// The longest header that is read, in bytes.
constexpr uint32_t maxNpyHeader = 65536;

/// What the header of a .npy file says; consistent with the file's size.
struct NpyHeader {
  int32_t dtype = 0; ///< a tn_dtype
  bool fortranOrder = false;
  bool bigEndian = false;
  std::vector<int64_t> dims;
  uint64_t dataOffset = 0;
  uint64_t bytes = 0; ///< of the elements
};

/// Reads and checks the header, and compares the size of the file with it.
/// Nothing is allocated for the elements.
Result<NpyHeader> readNpyHeader(const ByteSource &source);

/// Reads the elements in C order and native byte order to `to`, which has room
/// for header.bytes. Bytes of booleans other than 0 become 1.
Status readNpyData(const ByteSource &source, const NpyHeader &header, void *to);

/// Everything of a version 1.0 file that stands before its elements.
std::string npyPreamble(int32_t dtype, const std::vector<int64_t> &dims);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_IO_NPY_H
