//===- BuiltinsPool.cpp - max_pool, avg_pool ------------------------------===//
//
// A window is combined along one axis after the other. Windows side by side make
// an axis of their own, which a reduction removes; others are slices of the
// padded axis, one per place in the window, which one map combines.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/Scalars.h"
#include "frontends/lang/TensorMoves.h"

#include "llvm/Support/CheckedArithmetic.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

static TensorType typeOf(mlir::Value value) { return llvm::cast<TensorType>(value.getType()); }

namespace {

/// How the windows lie along one axis.
struct Windows {
  int64_t axis, size, stride, pad;
  Size count;

  /// Each begins where the one before ends.
  bool areTiles() const { return stride == size; }
};

} // namespace

/// The places in a window that one map may combine.
static constexpr int64_t kMaxPlaces = 64;

/// Counts the windows: (extent + 2 pad - size) / stride + 1, rounded down.
static bool countWindows(BuiltinCall &call, Size extent, Windows &windows) {
  Elaborator &elaborator = call.elaborator;
  std::optional<int64_t> pads = llvm::checkedMul(windows.pad, int64_t(2));
  Size padded = pads ? extent.add(*pads) : Size();
  std::string shape = "'" + call.row.name.str() + "' along a size of " + extent.toString();
  if (!padded) {
    call.error(shape + ": the padded input overflows 64 bits");
    return false;
  }
  if (*pads > windows.size) {
    call.error(shape).expected("a pad of at most half the window, " + llvm::Twine(windows.size),
                               llvm::Twine(windows.pad));
    return false;
  }
  Size window = elaborator.size(windows.size);
  if (!elaborator.provenAtMost(window, padded)) {
    Diagnostic &diagnostic = call.error(shape).expected("a window of at most " + padded.toString(),
                                                        llvm::Twine(windows.size));
    if (!extent.isConstant())
      diagnostic.hint("'require " + extent.toString() +
                      " >= ...' after 'dim' sets a smallest size");
    return false;
  }
  if (!windows.areTiles() && windows.size > kMaxPlaces) {
    call.notYet("'" + call.row.name + "' with windows of more than " + llvm::Twine(kMaxPlaces) +
                " and another stride");
    return false;
  }
  Size steps = padded.sub(window);
  steps = divideDown(steps, windows.stride);
  if (!steps) {
    call.notYet("'" + call.row.name + "' with a stride that does not divide the dynamic size " +
                extent.toString());
    return false;
  }
  windows.count = steps.add(1);
  return true;
}

/// The tensor with `axis` cut into windows: they stand at `axis`, the places in
/// them at `axis` + 1.
static mlir::Value cutIntoWindows(BuiltinCall &call, mlir::Value x, const Windows &windows) {
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  Size window = call.elaborator.size(windows.size);
  int64_t rank = typeOf(x).getRank();
  llvm::SmallVector<Size> shape(typeOf(x).getShape());
  shape[windows.axis] = windows.count;
  shape.insert(shape.begin() + windows.axis + 1, window);
  llvm::SmallVector<mlir::Attribute> factors(shape.begin(), shape.end());
  llvm::SmallVector<int64_t> from(rank, 1), to(rank + 1, 1), order;
  from[windows.axis] = 2;
  for (int64_t i = 0; i <= rank; ++i)
    order.push_back(i);
  return dialect::RearrangeOp::create(builder, call.location(), typeOf(x).withShape(shape), x,
                                      builder.getArrayAttr(factors), from, order, to);
}

/// Combines the places of each window along one axis of the padded x.
static mlir::Value combine(BuiltinCall &call, mlir::Value x, const Windows &windows,
                           dialect::ReduceKind kind) {
  Elaborator &elaborator = call.elaborator;
  mlir::OpBuilder &builder = elaborator.getBuilder();
  TensorType type = resized(typeOf(x), windows.axis, windows.count);
  if (windows.areTiles()) {
    Size used = windows.count.mul(windows.size);
    if (used != typeOf(x).getDim(windows.axis))
      x = sliceTensor(call, x, windows.axis, elaborator.size(0), used);
    return dialect::ReduceOp::create(builder, call.location(), type, kind,
                                     cutIntoWindows(call, x, windows),
                                     llvm::ArrayRef<int64_t>(windows.axis + 1));
  }
  llvm::SmallVector<mlir::Value> places;
  for (int64_t place = 0; place < windows.size; ++place)
    places.push_back(
        sliceTensor(call, x, windows.axis, elaborator.size(place), windows.count, windows.stride));
  return dialect::MapOp::create(
      builder, call.location(), type, places,
      [&](mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange values) -> mlir::Value {
        ScalarBuilder s(b, loc);
        mlir::Value result = values[0];
        for (mlir::Value value : values.drop_front())
          result = kind == dialect::ReduceKind::Max ? s.maximum(result, value)
                                                    : s.binary(TokenKind::Plus, result, value);
        if (kind == dialect::ReduceKind::Max)
          return result;
        return s.binary(TokenKind::Slash, result,
                        s.constant(double(windows.size), result.getType()));
      });
}

/// Channels first, 1 to 3 sizes. What pads is `padding`.
static Value pool(BuiltinCall &call, dialect::ReduceKind kind, double padding) {
  mlir::Value x = call.floatTensor("x");
  if (!x)
    return {};
  llvm::ArrayRef<Size> shape = typeOf(x).getShape();
  if (shape.size() < 3 || shape.size() > 5) {
    call.elaborator
        .error(call.frame, call.get("x")->range, "argument 'x' of '" + call.row.name + "'")
        .expected("[B, C, sizes] with 1 to 3 sizes", formatShape(shape));
    return {};
  }
  size_t spatial = shape.size() - 2;
  auto sizes = call.perAxis("size", 1, spatial, 1);
  auto pads = call.perAxis("pad", 0, spatial, 0);
  auto strides = sizes;
  if (call.get("stride"))
    strides = call.perAxis("stride", 1, spatial, 1);
  if (!sizes || !pads || !strides)
    return {};
  llvm::SmallVector<Windows> all;
  for (size_t i = 0; i < spatial; ++i) {
    Windows windows{int64_t(i + 2), (*sizes)[i], (*strides)[i], (*pads)[i], {}};
    if (!countWindows(call, shape[i + 2], windows))
      return {};
    all.push_back(windows);
  }
  for (const Windows &windows : all) {
    Size pad = call.elaborator.size(windows.pad);
    Value padded = padTensor(call, x, windows.axis, pad, pad, padding);
    if (!padded.isTensor())
      return {};
    x = combine(call, padded.get<mlir::Value>(), windows, kind);
  }
  return x;
}

/// The largest element of each window; padding never is.
Value buildMaxPool(BuiltinCall &call) {
  return pool(call, dialect::ReduceKind::Max, -std::numeric_limits<double>::infinity());
}

/// The mean of each window, in which padding counts as zeros.
Value buildAvgPool(BuiltinCall &call) { return pool(call, dialect::ReduceKind::Mean, 0); }

} // namespace tenon::lang
