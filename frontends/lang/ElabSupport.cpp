//===- ElabSupport.cpp - Messages, locations, constants, bounds -----------===//

#include "frontends/lang/Elaborator.h"

#include "tenon/Dialect/Tenon/IR/Remarks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/CheckedArithmetic.h"

#include <cmath>

namespace tenon::lang {

namespace dialect = mlir::tenon;

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

std::string Elaborator::whereAmI(const Frame &frame) const {
  const Part *part = frame.self;
  if (!part || !part->declaration)
    return "";
  const SourceFile *from = frame.site.isValid() ? frame.site.file
                           : frame.file         ? frame.file->source
                                                : nullptr;
  return "in " + part->shown + ", made " + placeOf(part->declaration->range, from);
}

Diagnostic &Elaborator::error(const Frame &frame, SourceRange range, const llvm::Twine &message) {
  if (defineSources.count(range.file))
    return diagnostics.error(Fault::CommandLine, escapeForMessage(range.file->getName()) + "=" +
                                                     escapeForMessage(range.file->getText()) +
                                                     ": " + message);
  bool inLibrary = frame.site.isValid();
  Diagnostic &diagnostic = diagnostics.error(inLibrary ? frame.site : range, message);
  if (inLibrary && range.isValid())
    diagnostic.note("in the standard library " + placeOf(range, nullptr));
  std::string where = whereAmI(frame);
  if (!where.empty())
    diagnostic.note(where);
  return diagnostic;
}

std::string Elaborator::explain(llvm::StringRef name, const Value &value) const {
  std::string text = name.str() + " = " + value.describe();
  if (!value.origin.option.empty())
    return text + " from " + value.origin.option.str();
  if (value.origin.range.isValid())
    return text + " from " +
           llvm::StringRef(placeOf(value.origin.range, nullptr)).drop_front(3).str();
  return text;
}

/// Collects the names that an arithmetic expression is made of.
static void collectNames(const Expr *expr, llvm::SmallVectorImpl<llvm::StringRef> &names) {
  if (const auto *name = llvm::dyn_cast<NameExpr>(expr)) {
    if (!llvm::is_contained(names, name->name))
      names.push_back(name->name);
  } else if (const auto *chain = llvm::dyn_cast<ChainExpr>(expr)) {
    collectNames(chain->first, names);
    for (const ChainLink &link : chain->links)
      collectNames(link.operand, names);
  } else if (const auto *negation = llvm::dyn_cast<NegateExpr>(expr)) {
    collectNames(negation->operand, names);
  }
}

void Elaborator::explainNames(Diagnostic &diagnostic, const Expr *expr, const Frame &frame) {
  llvm::SmallVector<llvm::StringRef, 4> names;
  collectNames(expr, names);
  std::string text;
  for (llvm::StringRef name : names)
    if (Binding *binding = frame.scope->lookup(name); binding && binding->value.isNumber())
      text += (text.empty() ? "" : "; ") + explain(name, binding->value);
  if (!text.empty())
    diagnostic.note(text);
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

mlir::Location Elaborator::location(const Frame &frame, SourceRange range, llvm::StringRef label) {
  SourceRange place = frame.site.isValid() ? frame.site : range;
  if (!place.isValid())
    return builder.getUnknownLoc();
  LineColumn at = place.where();
  mlir::Location loc =
      mlir::FileLineColLoc::get(getContext(), place.file->getName(), at.line, at.column);
  llvm::StringRef path = frame.self ? llvm::StringRef(frame.self->path) : "";
  if (!path.empty())
    loc = mlir::NameLoc::get(builder.getStringAttr(path), loc);
  return label.empty() ? loc : mlir::tenon::withLabel(loc, label);
}

mlir::Value Elaborator::asTensor(const Value &value, const Frame &frame, SourceRange range) {
  if (value.isTensor())
    return value.get<mlir::Value>();
  if (!value.is<const Parameter *>() || !insideEntry())
    return {};
  const Parameter *parameter = value.get<const Parameter *>();
  // A state that another use of its part has written in this step.
  if (isBuildingStep())
    if (auto written = section->states.find(parameter); written != section->states.end())
      return written->second;
  mlir::Value &read = reads[parameter];
  if (read)
    return read;
  mlir::Location loc = location(frame, range);
  read = dialect::ReadOp::create(builder, loc, parameter->type, parameter->name);
  if (parameter->storage)
    read = dialect::MapOp::create(
        builder, loc, parameter->type, read,
        [&](mlir::OpBuilder &b, mlir::Location at, mlir::ValueRange arguments) -> mlir::Value {
          mlir::Value stored =
              mlir::arith::TruncFOp::create(b, at, parameter->storage, arguments[0]);
          return mlir::arith::ExtFOp::create(b, at, b.getF32Type(), stored);
        });
  return read;
}

mlir::TypedAttr Elaborator::literal(const Value &value, mlir::Type element, const Frame &frame,
                                    SourceRange range) {
  auto refuse = [&](const llvm::Twine &why) {
    error(frame, range, value.describe() + " as " + formatElement(element) + ": " + why);
    return mlir::TypedAttr();
  };
  if (element.isSignlessInteger(1)) {
    if (!value.is<bool>())
      return refuse("a bool is needed");
    return builder.getBoolAttr(value.get<bool>());
  }
  if (value.is<bool>())
    return refuse("a number is needed");
  if (mlir::isa<mlir::FloatType>(element)) {
    std::optional<double> number = value.number();
    if (!number)
      return refuse("a number is needed");
    if (element.isF32() && std::isfinite(*number) && !std::isfinite(float(*number)))
      return refuse("out of range");
    if (std::optional<int64_t> whole = value.integer(); element.isF32() && whole)
      if (double rounded = float(*whole); rounded >= 0x1p63 || int64_t(rounded) != *whole)
        diagnostics.warning(range,
                            value.describe() + " as f32 is rounded to " + formatNumber(rounded));
    return builder.getFloatAttr(element, *number);
  }
  std::optional<int64_t> whole = value.integer();
  if (!whole)
    return refuse(value.is<double>() ? "a fraction never meets an integer tensor"
                                     : "an integer is needed");
  if (!llvm::isIntN(element.getIntOrFloatBitWidth(), *whole))
    return refuse("out of range");
  return builder.getIntegerAttr(element, *whole);
}

mlir::Value Elaborator::splat(const Value &value, TensorType type, const Frame &frame,
                              SourceRange range) {
  mlir::TypedAttr attribute = literal(value, type.getElementType(), frame, range);
  if (!attribute)
    return {};
  return dialect::ConstantOp::create(builder, location(frame, range), type, attribute);
}

const Value *Elaborator::makeList(ListValue list) {
  lists.push_back(std::move(list));
  listValues.push_back(Value(static_cast<const ListValue *>(&lists.back())));
  return &listValues.back();
}

mlir::func::FuncOp Elaborator::addFunction(mlir::Location loc, llvm::StringRef name) {
  mlir::OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module->getBody());
  auto added = mlir::func::FuncOp::create(builder, loc, name, builder.getFunctionType({}, {}));
  added.addEntryBlock();
  return added;
}

void Elaborator::inFunction(mlir::func::FuncOp inner, llvm::function_ref<void()> evaluate) {
  mlir::OpBuilder::InsertionGuard guard(builder);
  mlir::func::FuncOp outer = function;
  auto outerReads = std::move(reads);
  auto outerMadeBy = std::move(madeBy);
  function = inner;
  builder.setInsertionPointToEnd(&function.front());
  reads.clear();
  madeBy.clear();
  evaluate();
  function = outer;
  reads = std::move(outerReads);
  madeBy = std::move(outerMadeBy);
}

void Elaborator::inScratchFunction(mlir::Location loc, llvm::function_ref<void()> evaluate) {
  mlir::func::FuncOp scratch = addFunction(loc, "scratch");
  inFunction(scratch, evaluate);
  scratch.erase();
}

Value Elaborator::distribution(const Distribution &distribution) {
  distributions.push_back(distribution);
  return static_cast<const Distribution *>(&distributions.back());
}

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

/// The sum over the terms of `size`, each with its symbols at the end of their
/// bounds that makes the sum smallest (largest).
static std::optional<int64_t> bound(Size size, bool largest,
                                    const std::map<std::string, DimBounds> &dims) {
  llvm::ArrayRef<mlir::StringAttr> symbols = size.getSymbols();
  llvm::ArrayRef<int64_t> terms = size.getTerms();
  int64_t sum = 0;
  for (size_t i = 0; i < terms.size(); i += 1 + symbols.size()) {
    std::optional<int64_t> term = terms[i];
    bool takeMax = (terms[i] > 0) == largest;
    for (auto [symbol, exponent] : llvm::zip(symbols, terms.slice(i + 1, symbols.size()))) {
      auto dim = dims.find(symbol.str());
      if (exponent == 0)
        continue;
      if (dim == dims.end())
        return std::nullopt;
      const DimBounds &bounds = dim->second;
      if (takeMax && !bounds.max)
        return std::nullopt;
      int64_t factor = takeMax ? *bounds.max : bounds.min;
      for (int64_t power = 0; power < exponent && term; ++power)
        term = llvm::checkedMul(*term, factor);
    }
    std::optional<int64_t> next = term ? llvm::checkedAdd(sum, *term) : std::nullopt;
    if (!next)
      return std::nullopt;
    sum = *next;
  }
  return sum;
}

std::optional<int64_t> Elaborator::lowerBound(Size size) const {
  return bound(size, /*largest=*/false, dims);
}
std::optional<int64_t> Elaborator::upperBound(Size size) const {
  return bound(size, /*largest=*/true, dims);
}

bool Elaborator::checkBytes(const Value &value, const Frame &frame, SourceRange range) {
  if (const ListValue *list = value.getIf<const ListValue *>())
    return llvm::all_of(list->items, [&](const Value &item) {
      return !item.isTensor() || checkBytes(item, frame, range);
    });
  if (!value.isTensor())
    return true;
  Size elements = value.tensorType().getNumElements();
  if (elements && elements.mul(8))
    return true;
  error(frame, range, value.describe() + ": its size overflows 64 bits");
  return false;
}

bool Elaborator::provenAtMost(Size a, Size b) const {
  Size difference = b.sub(a);
  std::optional<int64_t> least = difference ? lowerBound(difference) : std::nullopt;
  return least && *least >= 0;
}

} // namespace tenon::lang
