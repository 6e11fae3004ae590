//===- RemarkLog.h - The remarks of one compilation -------------*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_REMARKLOG_H
#define TENON_TOOLS_TENONC_REMARKLOG_H

#include "Options.h"
#include "Output.h"

#include "mlir/IR/MLIRContext.h"

#include <memory>

namespace tenon::driver {

/// What a remark says: less is computed than is written, it was not fused, or it takes
/// a slower form.
enum class RemarkKind { Rewrite, Missed, Fallback };

/// One remark, as text.
struct RemarkRecord {
  RemarkKind kind;
  std::string subject;
  std::string block;
  std::string place;
  std::string reason;
};

/// Listens to the remarks of passes from its making on: keeps those of the kinds
/// above, or writes all of them as YAML.
class RemarkLog {
public:
  RemarkLog(Explain format, mlir::MLIRContext &context);
  ~RemarkLog();
  RemarkLog(const RemarkLog &) = delete;

  /// False, after a message, when there is no place for the YAML.
  bool isValid() const { return isListening; }
  llvm::ArrayRef<RemarkRecord> getRecords() const { return records; }
  /// Ends listening; returns the YAML text.
  std::string takeYaml();

private:
  mlir::MLIRContext &context;
  bool isListening = false;
  llvm::SmallVector<RemarkRecord, 0> records;
  /// Where MLIR's streamer, which wants a path, writes.
  std::unique_ptr<TemporaryDirectory> directory;
};

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_REMARKLOG_H
