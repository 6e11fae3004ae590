//===- SizeTest.cpp - size polynomials ------------------------------------===//
#include "tenon/Runtime/Cpu/Size.h"
#include "gtest/gtest.h"

using namespace tenon::runtime;

namespace {

const tn_symbol symbols[] = {{"B", 0, 10}, {"N", 0, 10}};

tn_program program() {
  tn_program result = {};
  result.symbols = symbols;
  result.num_symbols = 2;
  return result;
}

TEST(Size, evaluatesPolynomials) {
  tn_term terms[] = {{3, {2, 1}}, {-4, {0, 1}}, {7, {}}};
  tn_size size = {terms, 3};
  int64_t values[TN_MAX_SYMBOLS] = {5, 2}, value = 0;
  EXPECT_TRUE(evaluateSize(size, values, value));
  EXPECT_EQ(value, 3 * 25 * 2 - 4 * 2 + 7);
  EXPECT_TRUE(evaluateSize({nullptr, 0}, values, value));
  EXPECT_EQ(value, 0);
}

TEST(Size, noticesOverflow) {
  tn_term square[] = {{1, {2}}}, sum[] = {{INT64_MAX, {}}, {1, {1}}}, zeroed[] = {{1, {9, 1}}};
  int64_t values[TN_MAX_SYMBOLS] = {int64_t{1} << 32, 0}, value = 0;
  EXPECT_FALSE(evaluateSize({square, 1}, values, value));
  EXPECT_FALSE(evaluateSize({sum, 2}, values, value));
  EXPECT_TRUE(evaluateSize({zeroed, 1}, values, value));
  EXPECT_EQ(value, 0);
}

TEST(Size, roundsGridFactorsUp) {
  tn_term b[] = {{1, {1}}}, n[] = {{1, {0, 1}}};
  tn_grid_factor grid[] = {{{b, 1}, 8}, {{n, 1}, 3}};
  tn_launch launch = {};
  launch.grid = grid;
  launch.num_grid = 2;
  int64_t tiles = 0;
  auto count = [&](int64_t first, int64_t second) {
    int64_t values[TN_MAX_SYMBOLS] = {first, second};
    EXPECT_TRUE(evaluateGrid(launch, values, tiles));
    return tiles;
  };
  EXPECT_EQ(count(8, 3), 1);
  EXPECT_EQ(count(9, 4), 4);
  EXPECT_EQ(count(0, 4), 0);
  EXPECT_EQ(count(INT64_MAX, 0), 0);
  int64_t values[TN_MAX_SYMBOLS] = {INT64_MAX, INT64_MAX};
  EXPECT_FALSE(evaluateGrid(launch, values, tiles));
  launch.num_grid = 0;
  EXPECT_EQ(count(1, 1), 1);
}

TEST(Size, readsAsFormulas) {
  tn_term terms[] = {{-1, {1, 2}}, {2, {1}}, {-7, {}}};
  EXPECT_EQ(sizeText({terms, 3}, program()), "-B*N^2 + 2*B - 7");
  EXPECT_EQ(sizeText({nullptr, 0}, program()), "0");
  EXPECT_EQ(bareSymbol({terms, 1}), -1);
  tn_term bare[] = {{1, {0, 1}}};
  EXPECT_EQ(bareSymbol({bare, 1}), 1);
  EXPECT_EQ(symbolsOf({terms, 3}), 3u);
}

TEST(SizeSum, mergesEqualPowers) {
  tn_term first[] = {{2, {1}}, {1, {}}}, second[] = {{3, {1}}, {4, {0, 1}}};
  SizeSum sum;
  sum.add({first, 2});
  sum.add({second, 2});
  EXPECT_EQ(sizeText(sum.size(), program()), "5*B + 1 + 4*N");
}

} // namespace
