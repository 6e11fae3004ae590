//===- ParametersTest.cpp - large parameters, read in pieces --------------===//
#include "TestFiles.h"

#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Io/Memory.h"
#include "tenon/Runtime/Io/Text.h"
#include "gtest/gtest.h"

using namespace tenon::runtime;
using namespace tenon::runtime::test;

namespace {

/// More than one piece, and no multiple of one.
constexpr int64_t count = 150'001;

/// Value `i` is small and exact in every format.
float valueAt(int64_t i) { return static_cast<float>(i % 1000) - 500; }

/// The elements as `Element`, each made from the float by `convert`.
template <typename Element, typename Convert> std::string bytesOf(Convert convert) {
  std::vector<Element> values(count);
  for (int64_t i = 0; i < count; ++i)
    values[static_cast<size_t>(i)] = convert(valueAt(i));
  return std::string(reinterpret_cast<const char *>(values.data()), count * sizeof(Element));
}

/// Reads "a" of this dtype and compares it with valueAt.
void check(const char *dtype, const std::string &data, int threads) {
  tn_term term = {count, {}};
  tn_size dims = {&term, 1};
  tn_tensor parameter = {"a", &dims, 1, TN_F32, 0, 0};
  tn_program program = {};
  program.parameters = &parameter;
  program.num_parameters = 1;
  std::string bytes = weightFile(format("{\"a\":{\"dtype\":\"%s\",\"shape\":[150001],"
                                        "\"data_offsets\":[0,%zu]}}",
                                        dtype, data.size()),
                                 data);
  auto source = sourceOf(bytes);
  auto file = SafetensorsFile::open(*source);
  ASSERT_TRUE(file.ok()) << textOf(file.status());
  std::vector<std::string> warnings;
  ASSERT_TRUE(checkParameters(program, *file, true, warnings).ok());
  ASSERT_EQ(parameterBytes(parameter), static_cast<uint64_t>(count) * sizeof(float));
  auto memory = AlignedBuffer::allocate(parameterBytes(parameter), "test");
  ThreadPool pool(threads);
  ASSERT_TRUE(readParameters(program, *file, pool, {{0, memory->data()}}).ok());
  const float *values = static_cast<const float *>(memory->data());
  for (int64_t i = 0; i < count; ++i)
    ASSERT_EQ(values[i], valueAt(i)) << dtype << " at " << i;
}

TEST(Parameters, piecesJoin) {
  for (int threads : {1, 3}) {
    check("F32", bytesOf<float>([](float value) { return value; }), threads);
    check("F64", bytesOf<double>([](float value) { return static_cast<double>(value); }), threads);
    check("F16", bytesOf<_Float16>([](float value) { return static_cast<_Float16>(value); }),
          threads);
  }
}

TEST(Parameters, aFileCutShortIsNoticed) {
  TemporaryDirectory directory;
  std::string data = bytesOf<float>([](float value) { return value; });
  std::string path = directory.write(
      "w", weightFile(R"({"a":{"dtype":"F32","shape":[150001],"data_offsets":[0,600004]}})", data));
  auto source = openFile(path);
  ASSERT_TRUE(source.ok());
  auto file = SafetensorsFile::open(**source);
  ASSERT_TRUE(file.ok());
  std::filesystem::resize_file(path, 300'000);
  tn_tensor parameter = {"a", nullptr, 0, TN_F32, 0, 0};
  tn_program program = {};
  program.parameters = &parameter;
  program.num_parameters = 1;
  auto memory = AlignedBuffer::allocate(data.size(), "test");
  ThreadPool pool(2);
  Status status = readParameters(program, *file, pool, {{0, memory->data()}});
  EXPECT_EQ(status.code(), ExitCode::Environment);
  EXPECT_NE(textOf(status).find("became shorter"), std::string::npos);
}

TEST(EmbeddedSource, readsAgainWhatWasReleased) {
  // Constant data of this program, many pages of them.
  static constexpr size_t size = 64 * 4096;
  static const struct Data {
    char bytes[size];
  } data = {{"weights"}};
  auto source = openEmbedded("embedded", &data, size);
  source->release(0, size);
  source->release(1, 10);
  std::string read(size, 'x');
  ASSERT_TRUE(source->read(0, read.data(), size).ok());
  EXPECT_EQ(read.substr(0, 8), std::string("weights\0", 8));
  EXPECT_EQ(read[size - 1], '\0');
}

} // namespace
