//===- RemarkLog.cpp - The remarks of one compilation ---------------------===//

#include "RemarkLog.h"

#include "tenon/Dialect/Tenon/IR/Remarks.h"

#include "mlir/IR/Location.h"
#include "mlir/Remark/RemarkStreamer.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace tenon::driver;
namespace remark = mlir::remark;

static constexpr StringLiteral kFileName = "remarks.yaml";

namespace {
/// Keeps all but what was fused.
class Collector : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit Collector(SmallVectorImpl<RemarkRecord> &records) : records(records) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    auto type = remark.getRemarkType();
    bool isRewrite = any_of(remark.getArgs(), [](const remark::detail::Remark::Arg &arg) {
      return arg.key == mlir::tenon::kRemarkRewrite;
    });
    if (type != remarks::Type::Missed && type != remarks::Type::Failure && !isRewrite)
      return;
    RemarkRecord &record = records.emplace_back();
    record.kind = isRewrite                        ? RemarkKind::Rewrite
                  : type == remarks::Type::Failure ? RemarkKind::Fallback
                                                   : RemarkKind::Missed;
    record.place = mlir::tenon::formatPlace(mlir::tenon::getOrigin(remark.getLocation()));
    for (const remark::detail::Remark::Arg &arg : remark.getArgs()) {
      if (arg.key == mlir::tenon::kRemarkBlock)
        record.block = arg.val;
      else if (arg.key == mlir::tenon::kRemarkSubject)
        record.subject = arg.val;
      else if (arg.key == mlir::tenon::kRemarkReason)
        record.reason = arg.val;
    }
  }

private:
  SmallVectorImpl<RemarkRecord> &records;
};
} // namespace

RemarkLog::RemarkLog(Explain format, mlir::MLIRContext &context) : context(context) {
  // Entries are functions, and passes on functions run side by side: one thread
  // keeps the remarks in program order.
  context.disableMultithreading();
  // Each kind is off unless it has a filter of its own.
  remark::RemarkCategories everything{".*", ".*", ".*", ".*", ".*"};
  auto policy = std::make_unique<remark::RemarkEmittingPolicyAll>();
  if (format == Explain::Text) {
    isListening = succeeded(remark::enableOptimizationRemarks(
        context, std::make_unique<Collector>(records), std::move(policy), everything));
    return;
  }
  directory = std::make_unique<TemporaryDirectory>();
  isListening = directory->isValid() && succeeded(remark::enableOptimizationRemarksWithLLVMStreamer(
                                            context, directory->file(kFileName),
                                            remarks::Format::YAML, std::move(policy), everything));
}

RemarkLog::~RemarkLog() { context.setRemarkEngine(nullptr); }

std::string RemarkLog::takeYaml() {
  context.setRemarkEngine(nullptr);
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(directory->file(kFileName));
  return buffer ? (*buffer)->getBuffer().str() : std::string();
}
