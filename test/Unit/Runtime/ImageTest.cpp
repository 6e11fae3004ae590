//===- ImageTest.cpp - what images of code for GPUs say of themselves -----===//
#include "tenon/Runtime/Cuda/Image.h"
#include "tenon/Runtime/Cuda/Driver.h"
#include "gtest/gtest.h"

using namespace tenon::runtime::cuda;

namespace {

tn_image ptx(const char *text, int64_t capability = 80, int64_t isExact = 0) {
  return {TN_IMAGE_PTX,
          capability,
          isExact,
          0,
          reinterpret_cast<const uint8_t *>(text),
          std::char_traits<char>::length(text) + 1};
}

TEST(Image, E10_knowsTheDriverThatPtxNeeds) {
  struct {
    const char *text;
    int needed;
  } rows[] = {{".version 8.0\n.target sm_80\n", 12000},
              {"// made by hand\n//\n.version 8.4\n", 12040},
              {".version 8.5\n", 12050},
              {".version 8.6\n", 12070},
              {".version 8.8\n", 12090},
              {".version 9.0\n", 13000},
              {".version 7.8\n", 0},
              {"", 0}};
  for (const auto &row : rows)
    EXPECT_EQ(neededVersion(ptx(row.text)), row.needed) << row.text;
  tn_image cubin = ptx(".version 9.0\n");
  cubin.kind = TN_IMAGE_CUBIN;
  EXPECT_EQ(neededVersion(cubin), 0);
  EXPECT_EQ(cudaVersionText(12070), "12.7");
}

TEST(Image, E11_knowsItsDevices) {
  EXPECT_TRUE(runsOn(ptx("", 80), 80));
  EXPECT_TRUE(runsOn(ptx("", 80), 120));
  EXPECT_FALSE(runsOn(ptx("", 80), 75));
  EXPECT_TRUE(runsOn(ptx("", 90, 1), 90));
  EXPECT_FALSE(runsOn(ptx("", 90, 1), 100));
  tn_image images[] = {ptx("", 90, 1), ptx("", 80), ptx("", 80)};
  tn_gpu gpu = {nullptr, 0, images, 3};
  EXPECT_EQ(programDevices(gpu), "compute capability 9.0 alone, 8.0 and later");
}

} // namespace
