//===- TextTest.cpp - names, numbers and errors as text -------------------===//
#include "TestFiles.h"

#include "tenon/Runtime/Io/Text.h"
#include "gtest/gtest.h"

using namespace tenon::runtime;
using namespace tenon::runtime::test;

namespace {

TEST(Text, escapesWhatATerminalWouldObey) {
  EXPECT_EQ(quoteName("plain.name"), "'plain.name'");
  EXPECT_EQ(quoteName("a\nb\tc\x1b[31m"), "'a\\nb\\tc\\x1B[31m'");
  EXPECT_EQ(quoteName("\xff\xc0\xaf"), "'\\xFF\\xC0\\xAF'");
  EXPECT_EQ(quoteName("\xe2\x80\xae"), "'\\u202E'");
  EXPECT_EQ(quoteName("it's"), "'it\\'s'");
  EXPECT_EQ(quoteName("\xc3\xa4"), "'\xc3\xa4'");
  EXPECT_EQ(quoteName(std::string(1000, 'x')), "'" + std::string(80, 'x') + "...'");
}

TEST(Text, readsIntegersExactly) {
  int64_t value = 0;
  EXPECT_TRUE(parseInteger("9223372036854775807", value));
  EXPECT_EQ(value, INT64_MAX);
  EXPECT_TRUE(parseInteger("-9223372036854775808", value));
  EXPECT_EQ(value, INT64_MIN);
  for (const char *text :
       {"", "-", "9223372036854775808", " 4", "4x", "+4", "0x4", "4.0", "-9223372036854775809"})
    EXPECT_FALSE(parseInteger(text, value)) << text;
}

TEST(Text, checksProducts) {
  int64_t product = 0;
  int64_t large[] = {int64_t{1} << 32, int64_t{1} << 31};
  EXPECT_FALSE(checkedProduct(large, 2, 1, product));
  int64_t zero[] = {int64_t{1} << 62, int64_t{1} << 62, 0};
  EXPECT_TRUE(checkedProduct(zero, 3, 4, product));
  EXPECT_EQ(product, 0);
  int64_t negative[] = {-1, 0};
  EXPECT_FALSE(checkedProduct(negative, 2, 1, product));
}

TEST(Text, findsNearestNames) {
  std::vector<std::string_view> names = {"--threads", "--weights", "--output"};
  EXPECT_EQ(nearest("--thread", names), "--threads");
  EXPECT_EQ(nearest("--wieghts", names), "--weights");
  EXPECT_EQ(nearest("--nothing-like-it", names), "");
}

TEST(Status, rendersTheContract) {
  Status status;
  for (int i = 0; i < 25; ++i)
    status.append(Status::error(ExitCode::Input, "f", std::string(1000, 'x') + std::to_string(i))
                      .note("n")
                      .hint("h"));
  std::vector<std::string> lines = status.render();
  EXPECT_EQ(lines.size(), 61u);
  EXPECT_EQ(lines.back(), "5 more errors");
  EXPECT_EQ(lines[1], "  note: n");
  EXPECT_EQ(lines[2], "  hint: h");
  for (const std::string &line : lines)
    EXPECT_LE(line.size(), 400u);
  EXPECT_EQ(status.code(), ExitCode::Input);
  EXPECT_TRUE(Status().ok());
}

} // namespace
