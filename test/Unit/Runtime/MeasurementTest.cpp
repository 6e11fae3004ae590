//===- MeasurementTest.cpp - statistics of runs, figures beyond belief ----===//
#include "tenon/Runtime/Cli/Measurement.h"
#include "gtest/gtest.h"

#include <numeric>

using namespace tenon::runtime;

namespace {

TEST(Timings, summarizeManyRuns) {
  // 200, 199, ..., 1 seconds: the fastest 2 % are 1 to 4.
  std::vector<double> seconds(200);
  std::iota(seconds.rbegin(), seconds.rend(), 1.0);
  Timings timings = summarize(seconds);
  EXPECT_EQ(timings.min, 1);
  EXPECT_EQ(timings.fastest, 2.5);
  EXPECT_EQ(timings.median, 101);
  EXPECT_EQ(timings.p99, 199);
}

TEST(Timings, ofFewRunsTheFastestIsOne) {
  Timings timings = summarize({3, 2});
  EXPECT_EQ(timings.min, 2);
  EXPECT_EQ(timings.fastest, 2);
  EXPECT_EQ(timings.p99, 3);
  EXPECT_EQ(summarize({7}).median, 7);
}

/// One kernel that takes a second at this share of a peak that can be believed.
Measurement atShare(double share) {
  Measurement measurement;
  measurement.peak.flops = 1e11;
  measurement.peak.fmasPerCycle = 2;
  KernelMeasurement kernel;
  kernel.name = "contract_0";
  kernel.flops = share * measurement.peak.flops;
  kernel.seconds = {1, 1, 2, 2};
  measurement.kernels = {kernel};
  return measurement;
}

TEST(Measurement, namesKernelsAboveThePeak) {
  EXPECT_TRUE(measuringErrors(atShare(0.99)).empty());
  EXPECT_TRUE(measuringErrors(atShare(1.004)).empty());
  std::vector<std::string> errors = measuringErrors(atShare(1.2));
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0], "contract_0 shows 120.0 % of the multiply-add peak, which cannot be: its "
                       "time or the peak is wrong");
}

TEST(Measurement, namesAnImplausiblePeak) {
  Measurement measurement = atShare(0.5);
  measurement.peak.fmasPerCycle = 1.6;
  std::vector<std::string> errors = measuringErrors(measurement);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_NE(errors[0].find("1.60 vector multiply-adds per cycle"), std::string::npos);
}

TEST(Measurement, namesThreadsThatShareACore) {
  Measurement measurement = atShare(0.5);
  measurement.peak.fmasPerCycle = 1; // half of 2, and a whole number
  measurement.peak.scaling = 0.5;
  EXPECT_TRUE(measurement.peak.isPlausible());
  std::vector<std::string> errors = measuringErrors(measurement);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_NE(errors[0].find("did 50 % of the multiply-adds"), std::string::npos);
}

} // namespace
