//===- Remarks.cpp - Where ops come from, and remarks on them -------------===//

#include "tenon/Dialect/Tenon/IR/Remarks.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::tenon;

Origin mlir::tenon::getOrigin(Location location) {
  Origin origin;
  location->walk([&](Location part) {
    if (auto fused = dyn_cast<FusedLoc>(part); fused && origin.label.empty())
      if (auto label = dyn_cast_or_null<StringAttr>(fused.getMetadata()))
        origin.label = label;
    if (auto name = dyn_cast<NameLoc>(part); name && origin.block.empty())
      origin.block = name.getName();
    if (auto place = dyn_cast<FileLineColLoc>(part); place && !origin.place)
      origin.place = place;
    return WalkResult::advance();
  });
  return origin;
}

Location mlir::tenon::withLabel(Location location, StringRef label) {
  MLIRContext *context = location.getContext();
  return FusedLoc::get(context, {location}, StringAttr::get(context, label));
}

std::string mlir::tenon::formatPlace(const Origin &origin) {
  if (!origin.place)
    return "";
  return (llvm::sys::path::filename(origin.place.getFilename()) + ":" +
          llvm::Twine(origin.place.getLine()) + ":" + llvm::Twine(origin.place.getColumn()))
      .str();
}

StringRef mlir::tenon::getDisplayName(Operation *op) {
  StringRef label = getOrigin(op->getLoc()).label;
  return label.empty() ? op->getName().stripDialect() : label;
}

/// Adds the arguments; the engine's streamers want a plain file location.
static void emit(Operation *op, llvm::StringLiteral pass, llvm::StringLiteral name,
                 const llvm::Twine &reason,
                 remark::detail::InFlightRemark (*create)(Location, remark::RemarkOpts),
                 bool isRewrite = false) {
  if (!op->getContext()->getRemarkEngine())
    return;
  Origin origin = getOrigin(op->getLoc());
  auto function = op->getParentOfType<FunctionOpInterface>();
  remark::RemarkOpts opts = remark::RemarkOpts::name(name).category(pass).function(
      function ? function.getName() : StringRef());
  Location place = origin.place ? Location(origin.place) : op->getLoc();
  remark::detail::InFlightRemark remark = create(place, opts);
  if (!remark)
    return;
  using Arg = remark::detail::Remark::Arg;
  if (!origin.block.empty())
    remark << Arg(kRemarkBlock, origin.block);
  remark << Arg(kRemarkSubject, getDisplayName(op)) << Arg(kRemarkReason, reason.str());
  if (isRewrite)
    remark << Arg(kRemarkRewrite, StringRef("yes"));
}

void mlir::tenon::remarkPassed(Operation *op, llvm::StringLiteral pass, llvm::StringLiteral name,
                               const llvm::Twine &reason) {
  emit(op, pass, name, reason, remark::passed);
}

void mlir::tenon::remarkRewritten(Operation *op, llvm::StringLiteral pass, llvm::StringLiteral name,
                                  const llvm::Twine &reason) {
  emit(op, pass, name, reason, remark::passed, /*isRewrite=*/true);
}

void mlir::tenon::remarkMissed(Operation *op, llvm::StringLiteral pass, llvm::StringLiteral name,
                               const llvm::Twine &reason) {
  emit(op, pass, name, reason, remark::missed);
}

void mlir::tenon::remarkFallback(Operation *op, llvm::StringLiteral pass, llvm::StringLiteral name,
                                 const llvm::Twine &reason) {
  emit(op, pass, name, reason, remark::failed);
}
