//===- Progress.cpp - Time per stage, and a sign of life ------------------===//

#include "Progress.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tenon::driver;

/// Compilations longer than this talk.
static constexpr double kPatience = 2.0;

double Progress::secondsSince(Clock::time_point time) const {
  return std::chrono::duration<double>(Clock::now() - time).count();
}

void Progress::end() {
  if (!current.empty())
    stages.emplace_back(current, secondsSince(stageStart));
  current = {};
}

void Progress::begin(StringRef stage) {
  end();
  current = stage;
  stageStart = Clock::now();
  if (secondsSince(start) > kPatience)
    errs() << format("tenonc: %.1f s: ", secondsSince(start)) << "stage " << stage << "\n";
}

Progress::~Progress() {
  end();
  double total = secondsSince(start);
  if (!always && total <= kPatience)
    return;
  errs() << "tenonc: stages:";
  for (auto [stage, seconds] : stages)
    errs() << format(" %s %.2f s,", stage.str().c_str(), seconds);
  errs() << format(" total %.2f s\n", total);
}
