//===- SafetensorsTest.cpp - rows S of the table of bad inputs ------------===//
#include "TestFiles.h"

#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Io/Checksum.h"
#include "tenon/Runtime/Io/SafetensorsWriter.h"
#include "gtest/gtest.h"

#include <chrono>

using namespace tenon::runtime;
using namespace tenon::runtime::test;

namespace {

/// One entry of the header.
std::string entry(const std::string &name, const std::string &dtype, const std::string &shape,
                  const std::string &offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

/// A file with the one tensor "a" of 4 bytes.
std::string oneTensor(const std::string &dtype, const std::string &shape,
                      const std::string &offsets) {
  return weightFile("{" + entry("a", dtype, shape, offsets) + "}", "1234");
}

std::string twoTensors(const std::string &first, const std::string &second,
                       const std::string &data) {
  return weightFile(
      "{" + entry("a", "U8", "[4]", first) + "," + entry("b", "U8", "[4]", second) + "}", data);
}

std::string withMetadata(const std::string &value) {
  return weightFile("{\"__metadata__\":" + value + "}");
}

std::string bigEndianLength(const std::string &json) {
  std::string file = weightFile(json);
  std::swap(file[0], file[7]);
  std::swap(file[1], file[6]);
  return file;
}

struct BadWeights {
  const char *row;
  std::string bytes;
  const char *message; ///< a part of it
};

void PrintTo(const BadWeights &bad, std::ostream *stream) { *stream << bad.row; }

std::vector<BadWeights> badFiles() {
  std::string good = entry("a", "F32", "[1]", "[0,4]");
  std::string deep(100000, '[');
  std::vector<BadWeights> rows = {
      {"S01", "", "header too small: the file has 0 bytes"},
      {"S01", std::string(7, '\0'), "header too small: the file has 7 bytes"},
      {"S01", std::string(8, '\0'), "header too small: the file has 8 bytes"},
      {"S02", std::string(10, '\0'), "header length at byte 0 is 0"},
      {"S02", weightFile("{}", "x"), "data bytes 0..0 belong to no tensor"},
      {"S03", littleEndian(uint64_t{1} << 63, 8) + "{}",
       "header length at byte 0 is 9223372036854775808; the limit is "
       "100000000"},
      {"S03", littleEndian(UINT64_MAX, 8) + "{}",
       "header length at byte 0 is 18446744073709551615"},
      {"S04", littleEndian(100'000'001, 8) + "{}", "the limit is 100000000"},
      {"S05", littleEndian(99, 8) + "{}",
       "header length at byte 0 is 99; bytes left in the file: 2"},
      {"S06", weightFile(" {}"), "does not start with '{' at byte 8"},
      {"S07", weightFile("{\"\xff\":1}"), "not UTF-8 at byte 10"},
      {"S07", weightFile("{\"\xc0\xaf\":1}"), "not UTF-8 at byte 10"},
      {"S07", weightFile("{\"\\ud800\":1}"), "not valid JSON at byte"},
      {"S08", weightFile("{" + good), "not valid JSON at byte 61"},
      {"S08", weightFile("{" + good + "}{}", "1234"), "not valid JSON"},
      {"S08", weightFile("{/*c*/}"), "not valid JSON at byte"},
      {"S08", weightFile("{" + good + ",}", "1234"), "not valid JSON"},
      {"S08", weightFile(std::string("{}\0{", 4)), "a zero byte at byte 10"},
      {"S09", weightFile("{\"a\":" + deep + "}"), "found an array"},
      {"S09", weightFile("{\"a\":{\"shape\":" + deep + "}}"), "found an array"},
      {"S09", weightFile("{\"a\":{\"b\":{\"c\":{}}}}"), "field 'b' is unknown"},
      {"S10", weightFile("{" + good + "," + entry("a", "F32", "[1]", "[4,8]") + "}", "12345678"),
       "tensor 'a': error: the name occurs twice, first at byte 12"},
      {"S10", weightFile("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}"),
       "field 'dtype' occurs twice"},
      {"S10", weightFile("{\"__metadata__\":{},\"__metadata__\":{}}"),
       "'__metadata__' occurs twice"},
      {"S11", withMetadata("{\"k\":1}"),
       "found the number 1; expected a "
       "string"},
      {"S11", withMetadata("[1]"), "found an array"},
      {"S11", withMetadata("{\"k\":{}}"), "found an object"},
      {"S12", oneTensor("F33", "[1]", "[0,4]"), "dtype 'F33' is unknown"},
      {"S12", oneTensor("f32", "[1]", "[0,4]"), "dtype 'f32' is unknown"},
      {"S12", weightFile("{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", "1234"),
       "field 'dtype' is missing"},
      {"S12", weightFile("{\"a\":{\"color\":1}}"), "field 'color' is unknown"},
      {"S14", oneTensor("F32", "[4294967296,4294967296,2]", "[0,4]"),
       "size of shape [4294967296, 4294967296, 2] overflows"},
      {"S15", oneTensor("U8", "[4]", "[4,0]"), "begins at 4, after its end 0"},
      {"S15", oneTensor("U8", "[4]", "[-1,3]"), "'data_offsets' holds -1"},
      {"S15", oneTensor("U8", "[5]", "[0,5]"), "ends at 5, but there are 4"},
      {"S15", oneTensor("U8", "[4]", "[0]"), "has 1 numbers"},
      {"S15", oneTensor("U8", "[4]", "[0,4,4]"), "more than two"},
      {"S16", twoTensors("[0,4]", "[2,6]", "123456"),
       "tensor 'b': error: 'data_offsets' overlaps that of tensor 'a'"},
      {"S16", twoTensors("[0,4]", "[5,9]", "123456789"),
       "data bytes 4..4 belong to no tensor: they lie between tensors 'a' and "
       "'b'"},
      {"S16", oneTensor("U8", "[3]", "[1,4]"), "before the first tensor 'a'"},
      {"S16", oneTensor("U8", "[3]", "[0,3]"), "after the last tensor 'a'"},
      {"S17", oneTensor("F32", "[2]", "[0,4]"), "spans 4 bytes; expected 8 for shape [2] of F32"},
      {"S19", oneTensor("F4", "[8]", "[0,4]"), "'F4' is not supported"},
      {"S19", oneTensor("F6_E2M3", "[8]", "[0,4]"), "is not supported"},
      {"S29", "PK\x03\x04" + std::string(99, 'x'),
       "this is a zip archive, as "
       "PyTorch writes"},
      {"S29", "\x80\x02}q" + std::string(99, 'x'), "this is a Python pickle"},
      {"S28", "{\"metadata\": {}, \"weight_map\": {\"a\": \"../s-1\"}}",
       "this is JSON text; an index of shards is not read yet"},
      {"O04", "version https://git-lfs.github.com/spec/v1\n", "Git LFS"},
      {"S31", bigEndianLength("{" + good + "}"), "big-endian writer"},
  };
  for (const char *shape :
       {"[-1]", "[1.5]", "[1e3]", "[18446744073709551616]", "[9223372036854775808]", "[1.0]"})
    rows.push_back({"S13", oneTensor("F32", shape, "[0,4]"), "'shape' holds "});
  rows.push_back({"S13", oneTensor("U8", "[9007199254740993]", "[0,4]"),
                  "expected 9007199254740993 for shape [9007199254740993]"});
  rows.push_back({"S13", oneTensor("F32", "[\"3\"]", "[0,4]"), "a string"});
  rows.push_back({"S13", oneTensor("F32", "[null]", "[0,4]"), "found null"});
  rows.push_back({"S13", oneTensor("F32", "[true]", "[0,4]"), "a boolean"});
  rows.push_back({"S13", oneTensor("F32", "3", "[0,4]"), "the number 3"});
  return rows;
}

class SafetensorsBadFile : public testing::TestWithParam<BadWeights> {};

TEST_P(SafetensorsBadFile, isRefused) {
  auto source = sourceOf(GetParam().bytes);
  Result<SafetensorsFile> result = SafetensorsFile::open(*source);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), ExitCode::Input);
  std::string text = textOf(result.status());
  EXPECT_EQ(text.rfind("file: ", 0), 0u) << text;
  EXPECT_NE(text.find(GetParam().message), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(Rows, SafetensorsBadFile, testing::ValuesIn(badFiles()),
                         [](const auto &info) {
                           return std::string(info.param.row) + "_" + std::to_string(info.index);
                         });

TEST(Safetensors, S02_emptyObjectIsAnEmptyFile) {
  std::string bytes = weightFile("{}");
  auto source = sourceOf(bytes);
  Result<SafetensorsFile> file = SafetensorsFile::open(*source);
  ASSERT_TRUE(file.ok()) << textOf(file.status());
  EXPECT_TRUE(file->tensors().empty());
}

TEST(Safetensors, S06_trailingBlanks) {
  std::string bytes = weightFile("{" + entry("a", "U8", "[4]", "[0,4]") + "}    ", "1234");
  auto source = sourceOf(bytes);
  EXPECT_TRUE(SafetensorsFile::open(*source).ok());
}

TEST(Safetensors, S11_metadataOfStrings) {
  std::string bytes = withMetadata("{\"format\":\"pt\",\"x\":\"\"}");
  auto source = sourceOf(bytes);
  EXPECT_TRUE(SafetensorsFile::open(*source).ok());
}

TEST(Safetensors, S18_emptyAndScalarTensors) {
  std::string bytes = weightFile("{" + entry("empty", "F32", "[0,9223372036854775807]", "[4,4]") +
                                     "," + entry("scalar", "F32", "[]", "[0,4]") + "," +
                                     entry("front", "I64", "[3,0]", "[0,0]") + "}",
                                 "1234");
  auto source = sourceOf(bytes);
  Result<SafetensorsFile> file = SafetensorsFile::open(*source);
  ASSERT_TRUE(file.ok()) << textOf(file.status());
  EXPECT_EQ(file->tensors().size(), 3u);
  EXPECT_EQ(file->find("scalar")->rank, 0u);
  EXPECT_EQ(file->find("empty")->bytes, 0u);
  EXPECT_EQ(file->find("absent"), nullptr);
}

TEST(Safetensors, S20_dataAtAnyPosition) {
  for (size_t blanks = 0; blanks < 9; ++blanks) {
    std::string bytes =
        weightFile("{" + entry("a", "U8", "[1]", "[0,1]") + "," +
                       entry("b", "F32", "[1]", "[1,5]") + "}" + std::string(blanks, ' '),
                   std::string("x\0\0\x80\x3f", 5));
    auto source = sourceOf(bytes);
    Result<SafetensorsFile> file = SafetensorsFile::open(*source);
    ASSERT_TRUE(file.ok()) << textOf(file.status());
    float value = 0;
    const WeightTensor *tensor = file->find("b");
    ASSERT_TRUE(source->read(tensor->offset, &value, tensor->bytes).ok());
    EXPECT_EQ(value, 1.0f);
  }
}

TEST(Safetensors, S26_namesAreData) {
  std::string longName(1 << 20, 'n');
  std::string bytes = weightFile("{" + entry(longName, "U8", "[1]", "[0,1]") + "," +
                                     entry("line\\nend", "U8", "[1]", "[1,2]") + "," +
                                     entry("../../x", "U8", "[1]", "[2,3]") + "," +
                                     entry("", "U8", "[1]", "[3,4]") + "}",
                                 "1234");
  auto source = sourceOf(bytes);
  Result<SafetensorsFile> file = SafetensorsFile::open(*source);
  ASSERT_TRUE(file.ok()) << textOf(file.status());
  for (const std::string &name :
       {longName, std::string("line\nend"), std::string("../../x"), std::string()})
    EXPECT_NE(file->find(name), nullptr);
  std::string bad = weightFile("{" + entry(longName + "\\n", "U8", "[2]", "[0,1]") + "}", "1");
  auto badSource = sourceOf(bad);
  std::string text = textOf(SafetensorsFile::open(*badSource).status());
  EXPECT_LT(text.size(), 400u);
}

const std::string sound =
    weightFile("{\"__metadata__\":{\"format\":\"pt\"}," + entry("a", "F32", "[2,1]", "[0,8]") +
                   "," + entry("b", "I64", "[]", "[8,16]") + "}",
               "0123456789abcdef");

TEST(Safetensors, everyCutIsRefused) {
  for (size_t length = 0; length < sound.size(); ++length) {
    std::string part = sound.substr(0, length);
    auto source = sourceOf(part);
    EXPECT_FALSE(SafetensorsFile::open(*source).ok()) << length;
  }
}

TEST(Safetensors, anyByteMayBeWrong) {
  for (size_t position = 0; position < sound.size(); ++position)
    for (int value = 0; value < 256; ++value) {
      std::string changed = sound;
      changed[position] = static_cast<char>(value);
      auto source = sourceOf(changed);
      Result<SafetensorsFile> file = SafetensorsFile::open(*source);
      if (!file.ok())
        continue;
      for (const WeightTensor &tensor : file->tensors())
        EXPECT_LE(tensor.offset + tensor.bytes, changed.size());
    }
}

TEST(Checksum, isXXH64) {
  EXPECT_EQ(xxh64("", 0, 0), 0xef46db3751d8e999u);
  EXPECT_EQ(xxh64("a", 1, 0), 0xd24ec4f1a98c6e5bu);
  EXPECT_EQ(xxh64("abc", 3, 0), 0x44bc2cf5ad770999u);
  EXPECT_EQ(xxh64("Nobody inspects the spammish repetition", 39, 0), 0xfbcea83c8a378bf1u);
}

TEST(Safetensors, E24_flippedBitsAreFound) {
  TemporaryDirectory directory;
  std::string path = directory.path("w");
  // More than a piece, and pieces that are not full.
  std::vector<float> large((Checksum::pieceBytes + 12) / 4, 1.5f), small(3, 2.0f);
  ASSERT_TRUE(writeSafetensors(path,
                               {{"z", TN_F32, {int64_t(large.size())}, large.data()},
                                {"a", TN_F32, {3}, small.data()},
                                {"empty", TN_F32, {0}, nullptr}},
                               {{"note", "a \"b\""}})
                  .ok());
  std::string written = directory.read("w");
  auto verified = [](const std::string &bytes) {
    auto source = sourceOf(bytes);
    Result<SafetensorsFile> file = SafetensorsFile::open(*source);
    return file.ok() ? file->verify() : file.takeStatus();
  };
  EXPECT_TRUE(verified(written).ok());
  size_t data = written.size() - 4 * (large.size() + small.size());
  for (size_t at :
       {data, data + 4000, written.size() - 13, written.size() - 12, written.size() - 1})
    for (int bit : {0, 7}) {
      std::string changed = written;
      changed[at] = static_cast<char>(changed[at] ^ 1 << bit);
      EXPECT_NE(textOf(verified(changed)).find("is damaged"), std::string::npos) << at;
    }
  auto source = sourceOf(written);
  Result<SafetensorsFile> file = SafetensorsFile::open(*source);
  ASSERT_TRUE(file.ok() && file->metadata("note") && file->metadata(checksumKey));
  EXPECT_EQ(*file->metadata("note"), "a \"b\"");
  EXPECT_EQ(file->metadata("other"), nullptr);
  // Files of others have no checksum.
  EXPECT_TRUE(verified(sound).ok());
}

TEST(Safetensors, S30_millionTensorsInSeconds) {
  std::string json = "{";
  constexpr int count = 1'000'000;
  json.reserve(100 << 20);
  for (int i = 0; i < count; ++i) {
    std::string begin = std::to_string(i), range = "[" + begin;
    range.append(",").append(std::to_string(i + 1)).append("]");
    json += i == 0 ? "" : ",";
    json += entry("layer." + begin + ".weight", "U8", "[1]", range);
  }
  json += "}";
  std::string bytes = weightFile(json, std::string(count, 'x'));
  auto source = sourceOf(bytes);
  auto start = std::chrono::steady_clock::now();
  Result<SafetensorsFile> file = SafetensorsFile::open(*source);
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(file.ok()) << textOf(file.status());
  EXPECT_EQ(file->tensors().size(), static_cast<size_t>(count));
  // The bar is 5 s; sanitizers take about ten times as long.
  EXPECT_LT(seconds.count(), 30);
  RecordProperty("seconds", std::to_string(seconds.count()));
}

} // namespace
