//===- NpyTest.cpp - rows N of the table of bad inputs --------------------===//
#include "TestFiles.h"

#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Npy.h"
#include "gtest/gtest.h"

using namespace tenon::runtime;
using namespace tenon::runtime::test;

namespace {

std::string header(const std::string &descr, const std::string &shape,
                   const char *order = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

struct BadNpy {
  const char *row;
  std::string bytes;
  const char *message; ///< a part of it
};

/// Prints the row's id as the test's parameter.
void PrintTo(const BadNpy &bad, std::ostream *stream) { *stream << bad.row; }

std::vector<BadNpy> badFiles() {
  std::string f4 = "'<f4'", six(24, '\1');
  std::string nested(100000, '(');
  return {
      {"N01", "", "is not a NumPy .npy file"},
      {"N01", "\x93NUMPX" + std::string(20, '\0'), "wrong magic at byte 0"},
      {"N01", "PK\x03\x04 and so on", "it is a zip archive"},
      {"N01", npyFile(header(f4, "(6,)"), six, 0), "version 0.0"},
      {"N01", npyFile(header(f4, "(6,)"), six, 4), "version 4.0"},
      {"N01", "\x93NUMPY\x01", "ends at byte 7"},
      {"N03", "\x93NUMPY\x02" + std::string("\0\xff\xff\xff\xff", 5) + std::string(68, ' '),
       "header length at byte 8 is 4294967295, but the file has 80 bytes"},
      {"N04", npyFile("[1, 2]"), "no '{' at its start"},
      {"N04", npyFile("{'descr': '<f4', 'shape': (6,)}", six), "no key 'fortran_order'"},
      {"N04", npyFile("{'descr': '<f4', 'descr': '<f4'}", six), "the key 'descr' twice"},
      {"N04", npyFile("{'descr': '<f4', 'extra': 1}", six), "the unknown key 'extra'"},
      {"N04", npyFile(header(f4, "(6,)") + "{}", six), "goes on after"},
      {"N04", npyFile("{'descr': '<f4' 'shape': (6,)}", six), "no ',' or '}'"},
      {"N05", npyFile(header("__import__('os').system('id')", "(6,)"), six),
       "no string where one is expected"},
      {"N05", npyFile(header(f4, "(2*3,)"), six), "shape holds '2*3'"},
      {"N06", npyFile(header("'|O'", "(6,)"), six), "pickled objects"},
      {"N07", npyFile(header("[('a', '<f4')]", "(6,)"), six), "structured"},
      {"N07", npyFile(header("()", "(6,)"), six), "structured"},
      {"N07", npyFile(header("('<f4',)", "(6,)"), six), "structured"},
      {"N10", npyFile(header(f4, "(-1,)"), six), "shape holds '-1'"},
      {"N10", npyFile(header(f4, "(9223372036854775808,)"), six),
       "shape holds '9223372036854775808'"},
      {"N10", npyFile(header(f4, "(18446744073709551616,)"), six),
       "shape holds '18446744073709551616'"},
      {"N10", npyFile(header(f4, "(1.5,)"), six), "shape holds '1.5'"},
      {"N10", npyFile(header(f4, "(True,)"), six), "shape holds 'True'"},
      {"N10", npyFile(header(f4, "(4294967296, 4294967296)"), six), "overflows 64 bits"},
      {"N11", npyFile(header("'<f8'", "(65536, 65536)")),
       "holds 0 bytes of data from byte 78 on; expected 34359738368"},
      {"N12", npyFile(header(f4, "(6,)"), six.substr(1)), "holds 23 bytes"},
      {"N12", npyFile(header(f4, "(6,)"), six + "x"),
       "holds 25 bytes of data from byte 68 on; expected 24 for shape [6]"},
      {"N13", npyFile(header(f4, "(3)"), six), "expected a tuple"},
      {"N13", npyFile(header(f4, "3"), six), "no '(' before the shape"},
      {"N13", npyFile(header(f4, "(,)"), six), "shape holds ''"},
      {"N13", npyFile(header(f4, "(3 2)"), six), "no ',' or ')'"},
      {"N14", npyFile(header(f4, nested), six, 2), "the limit is 65536"},
      {"N14", npyFile(header(f4, nested.substr(0, 60000)), six, 2), "shape holds '(((("},
      {"N14", npyFile(header(f4, "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)"), six),
       "more than 16 dimensions"},
      {"N15", npyFile(header("'<f2'", "(6,)"), six), "'<f2', which is not"},
      {"N15", npyFile(header("'<c8'", "(6,)"), six), "'<c8', which is not"},
      {"N15", npyFile(header("'<M8[ns]'", "(6,)"), six), "'<M8[ns]'"},
      {"N15", npyFile(header("'|V2'", "(6,)"), six), "'|V2'"},
      {"N15", npyFile(header("'f4'", "(6,)"), six), "no byte order"},
      {"N15", npyFile(header("''", "(6,)"), six), "dtype is ''"},
  };
}

class NpyBadFile : public testing::TestWithParam<BadNpy> {};

TEST_P(NpyBadFile, isRefused) {
  auto source = sourceOf(GetParam().bytes);
  Result<NpyHeader> result = readNpyHeader(*source);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), ExitCode::Input);
  std::string text = textOf(result.status());
  EXPECT_EQ(text.rfind("file: error: ", 0), 0u) << text;
  EXPECT_NE(text.find(GetParam().message), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(Rows, NpyBadFile, testing::ValuesIn(badFiles()), [](const auto &info) {
  return std::string(info.param.row) + "_" + std::to_string(info.index);
});

/// Reads a whole file that must be sound.
template <typename T>
std::vector<T> elements(const std::string &bytes, const std::vector<int64_t> &dims) {
  auto source = sourceOf(bytes);
  Result<NpyHeader> header = readNpyHeader(*source);
  EXPECT_TRUE(header.ok()) << textOf(header.status());
  if (!header.ok())
    return {};
  EXPECT_EQ(header->dims, dims);
  std::vector<T> values(header->bytes / sizeof(T));
  EXPECT_TRUE(readNpyData(*source, *header, values.data()).ok());
  return values;
}

template <typename T> std::string bytesOf(const std::vector<T> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

const std::vector<float> six = {0, 1, 2, 3, 4, 5};

TEST(Npy, N02_versionsOneToThree) {
  for (int major : {1, 2, 3})
    EXPECT_EQ(elements<float>(npyFile(header("'<f4'", "(2, 3)"), bytesOf(six), major), {2, 3}),
              six);
}

TEST(Npy, N08_bigEndianIsConverted) {
  std::string words("\x3f\x80\x00\x00\xc0\x00\x00\x00", 8);
  EXPECT_EQ(elements<float>(npyFile(header("'>f4'", "(2,)"), words), {2}),
            (std::vector<float>{1, -2}));
  std::string wide("\0\0\0\0\0\0\1\2", 8);
  EXPECT_EQ(elements<int64_t>(npyFile(header("'>i8'", "(1,)"), wide), {1}),
            (std::vector<int64_t>{258}));
}

TEST(Npy, N09_fortranOrderIsConverted) {
  // [[0, 1, 2], [3, 4, 5]] by columns.
  std::vector<float> columns = {0, 3, 1, 4, 2, 5};
  EXPECT_EQ(elements<float>(npyFile(header("'<f4'", "(2, 3)", "True"), bytesOf(columns)), {2, 3}),
            six);
  // Element [i, j, k] of shape [2, 3, 2] is 100i + 10j + k.
  std::vector<float> mixed, expected;
  for (int k = 0; k < 2; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i)
        mixed.push_back(static_cast<float>(100 * i + 10 * j + k));
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 2; ++k)
        expected.push_back(static_cast<float>(100 * i + 10 * j + k));
  EXPECT_EQ(
      elements<float>(npyFile(header("'<f4'", "(2, 3, 2)", "True"), bytesOf(mixed)), {2, 3, 2}),
      expected);
}

TEST(Npy, N13_shapesAsNumPyWritesThem) {
  std::string data = bytesOf(six);
  EXPECT_EQ(elements<float>(npyFile(header("'<f4'", "()"), data.substr(0, 4)), {}),
            (std::vector<float>{0}));
  EXPECT_TRUE(elements<float>(npyFile(header("'<f4'", "(0,)")), {0}).empty());
  EXPECT_TRUE(elements<float>(npyFile(header("'<f4'", "(0, 9223372036854775807)")), {0, INT64_MAX})
                  .empty());
  EXPECT_EQ(elements<float>(npyFile(header("'<f4'", "(6,)"), data), {6}), six);
  EXPECT_EQ(elements<float>(npyFile(header("'<f4'", "(2,3,)"), data), {2, 3}), six);
  EXPECT_EQ(elements<float>(npyFile("  { \"shape\" : ( 2 , 3 ) ,\t'descr':'<f4',"
                                    "'fortran_order':False}",
                                    data),
                            {2, 3}),
            six);
  EXPECT_EQ(elements<float>(npyFile(header("'<f4'", "(2L, 3L)"), data), {2, 3}), six);
}

TEST(Npy, N15_booleansBecomeZeroOrOne) {
  std::string data("\x00\x01\x02\xff", 4);
  EXPECT_EQ(elements<uint8_t>(npyFile(header("'|b1'", "(4,)"), data), {4}),
            (std::vector<uint8_t>{0, 1, 1, 1}));
}

TEST(Npy, N16_dataAtAnyPosition) {
  for (int blanks = 0; blanks < 9; ++blanks)
    EXPECT_EQ(elements<float>(
                  npyFile(header("'<f4'", "(6,)") + std::string(blanks, ' '), bytesOf(six)), {6}),
              six);
}

TEST(Npy, everyCutIsRefused) {
  std::string bytes = npyFile(header("'<f4'", "(2, 3)"), bytesOf(six));
  for (size_t length = 0; length < bytes.size(); ++length) {
    std::string part = bytes.substr(0, length);
    auto source = sourceOf(part);
    EXPECT_FALSE(readNpyHeader(*source).ok()) << length;
  }
}

TEST(Npy, anyByteMayBeWrong) {
  std::string bytes = npyFile(header("'<f4'", "(2, 3)"), bytesOf(six));
  for (size_t position = 0; position < bytes.size(); ++position)
    for (int value = 0; value < 256; ++value) {
      std::string changed = bytes;
      changed[position] = static_cast<char>(value);
      auto source = sourceOf(changed);
      Result<NpyHeader> header = readNpyHeader(*source);
      char data[24];
      if (header.ok() && header->bytes <= sizeof(data)) {
        EXPECT_TRUE(readNpyData(*source, *header, data).ok());
      }
    }
}

TEST(Npy, preambleIsReadBack) {
  for (int32_t dtype = 0; dtype < numDTypes; ++dtype) {
    for (const std::vector<int64_t> &dims : {std::vector<int64_t>{}, {5}, {2, 3}, {0, 7, 1}}) {
      std::string bytes = npyPreamble(dtype, dims);
      EXPECT_EQ(bytes.size() % 64, 0u);
      uint64_t count = 1;
      for (int64_t dim : dims)
        count *= static_cast<uint64_t>(dim);
      bytes.append(count * static_cast<uint64_t>(dtypeInfo(dtype).size), '\0');
      auto source = sourceOf(bytes);
      Result<NpyHeader> header = readNpyHeader(*source);
      ASSERT_TRUE(header.ok()) << textOf(header.status());
      EXPECT_EQ(header->dtype, dtype);
      EXPECT_EQ(header->dims, dims);
    }
  }
}

} // namespace
