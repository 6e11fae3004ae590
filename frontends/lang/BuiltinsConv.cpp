//===- BuiltinsConv.cpp - conv, conv_transpose ----------------------------===//
//
// Along an axis of fixed size a convolution pads as it reads. A dynamic axis is
// padded before, and cut to what the windows read.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/TensorMoves.h"

#include "llvm/Support/CheckedArithmetic.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

static TensorType typeOf(mlir::Value value) { return llvm::cast<TensorType>(value.getType()); }

namespace {

/// The windows along one axis.
struct Windows {
  int64_t taps, stride, pad, dilation;
  /// Elements from the first to the last that a window reads.
  int64_t reach = 0;
  Size count{};
};

/// One call of conv while it is built.
class Conv {
public:
  Conv(BuiltinCall &call, mlir::Value x, mlir::Value weight)
      : call(call), x(x), weight(weight),
        shapes("'" + call.row.name.str() + "' of " + formatShape(typeOf(x).getShape()) + " and " +
               formatShape(typeOf(weight).getShape())) {}

  Value build();

private:
  bool checkChannels(int64_t groups);
  bool placeWindows(size_t axis, Windows &windows);
  bool placeOnDynamicAxis(Size extent, Windows &windows);
  bool padDynamicAxis(size_t axis, Windows &windows);

  BuiltinCall &call;
  mlir::Value x, weight;
  std::string shapes;
};

} // namespace

/// An error when a filter's numbers of channels depend on dynamic sizes.
static bool checkFixedChannels(BuiltinCall &call, llvm::StringRef shapes,
                               llvm::ArrayRef<Size> filter) {
  if (filter[0].isConstant() && filter[1].isConstant())
    return true;
  call.error(shapes).expected("filters with fixed numbers of channels",
                              filter[0].toString() + " and " + filter[1].toString());
  return false;
}

bool Conv::checkChannels(int64_t groups) {
  llvm::ArrayRef<Size> input = typeOf(x).getShape(), filter = typeOf(weight).getShape();
  if (!checkFixedChannels(call, shapes, filter))
    return false;
  if (groups >= 1 && filter[1].mul(groups) == input[1] &&
      filter[0].divideExactly(call.elaborator.size(groups)))
    return true;
  call.error(shapes).expected(
      "groups that divide the channels, and " + filter[1].toString() + " * groups channels",
      llvm::Twine(groups) + " groups, " + input[1].toString() + " channels");
  return false;
}

bool Conv::placeOnDynamicAxis(Size extent, Windows &windows) {
  Elaborator &elaborator = call.elaborator;
  Size steps = extent.add(2 * windows.pad);
  steps = steps ? steps.add(-windows.reach) : Size();
  Size down = steps ? divideDown(steps, windows.stride) : Size();
  if (!down) {
    call.notYet("'" + call.row.name + "' with a stride that does not divide the dynamic size " +
                extent.toString());
    return false;
  }
  windows.count = down.add(1);
  if (elaborator.provenAtMost(elaborator.size(0), windows.count) ||
      elaborator.requireNotNegative(steps))
    return true;
  call.error(shapes)
      .expected("a filter of at most " + extent.add(2 * windows.pad).toString(),
                llvm::Twine(windows.reach))
      .hint("'require " + extent.toString() + " >= ...' after 'dim' sets a smallest size");
  return false;
}

bool Conv::placeWindows(size_t axis, Windows &windows) {
  Size extent = typeOf(x).getDim(2 + axis);
  std::optional<int64_t> reach =
      llvm::checkedMulAdd(windows.dilation, windows.taps - 1, int64_t(1));
  std::optional<int64_t> padded =
      llvm::checkedMulAdd(windows.pad, int64_t(2), extent.getConstant().value_or(0));
  if (!reach || !padded) {
    call.error(shapes + ": the window or the padded input overflows 64 bits");
    return false;
  }
  windows.reach = *reach;
  if (windows.taps >= 1 && !extent.isConstant())
    return placeOnDynamicAxis(extent, windows);
  if (windows.taps < 1 || *reach > *padded) {
    call.error(shapes).expected("a filter of 1 to " + llvm::Twine(*padded) + " along size " +
                                    llvm::Twine(axis),
                                llvm::Twine(windows.taps < 1 ? windows.taps : *reach));
    return false;
  }
  windows.count = call.elaborator.size((*padded - *reach) / windows.stride + 1);
  return true;
}

bool Conv::padDynamicAxis(size_t axis, Windows &windows) {
  Elaborator &elaborator = call.elaborator;
  Size pad = elaborator.size(windows.pad), zero = elaborator.size(0);
  Value padded = padTensor(call, x, 2 + axis, pad, pad, zero);
  if (!padded.isTensor())
    return false;
  x = padded.get<mlir::Value>();
  Size read = windows.count.add(-1).mul(windows.stride).add(windows.reach);
  if (read != typeOf(x).getDim(2 + axis))
    x = sliceTensor(call, x, 2 + axis, zero, read);
  windows.pad = 0;
  return true;
}

Value Conv::build() {
  std::optional<int64_t> groups = call.integer("groups", 1);
  int64_t rank = typeOf(x).getRank();
  if (rank < 3 || rank > 5 || typeOf(weight).getRank() != rank) {
    call.error(shapes).expected("[B, C, sizes] and [O, C / groups, sizes] with 1 to 3 sizes",
                                "others");
    return {};
  }
  size_t spatial = rank - 2;
  auto strides = call.perAxis("stride", 1, spatial, 1);
  auto pads = call.perAxis("pad", 0, spatial, 0);
  auto dilations = call.perAxis("dilation", 1, spatial, 1);
  if (!groups || !strides || !pads || !dilations || !checkChannels(*groups))
    return {};
  llvm::SmallVector<Size> shape{typeOf(x).getDim(0), typeOf(weight).getDim(0)};
  for (size_t i = 0; i < spatial; ++i) {
    std::optional<int64_t> taps = typeOf(weight).getDim(2 + i).getConstant();
    if (!taps)
      return call.notYet("'conv' with a filter of a dynamic size");
    Windows windows{*taps, (*strides)[i], (*pads)[i], (*dilations)[i]};
    bool isDynamic = !typeOf(x).getDim(2 + i).isConstant();
    if (!placeWindows(i, windows) || (isDynamic && !padDynamicAxis(i, windows)))
      return {};
    (*pads)[i] = windows.pad;
    shape.push_back(windows.count);
  }
  return mlir::Value(dialect::ConvOp::create(call.elaborator.getBuilder(), call.location(),
                                             typeOf(x).withShape(shape), x, weight, *strides, *pads,
                                             *dilations, *groups));
}

Value buildConv(BuiltinCall &call) {
  mlir::Value x = call.floatTensor("x"), weight = call.floatTensor("weight");
  return x && weight ? Conv(call, x, weight).build() : Value();
}

//===----------------------------------------------------------------------===//
// conv_transpose
//===----------------------------------------------------------------------===//

/// The tensor with axes of size 1 before its third, or without them.
static mlir::Value changeUnits(BuiltinCall &call, mlir::Value tensor, size_t units, bool adds) {
  if (units == 0)
    return tensor;
  llvm::SmallVector<Size> narrow(typeOf(tensor).getShape());
  if (!adds)
    narrow.erase(narrow.begin() + 2, narrow.begin() + 2 + units);
  llvm::SmallVector<Size> wide = narrow;
  wide.insert(wide.begin() + 2, units, call.elaborator.size(1));
  llvm::SmallVector<mlir::Attribute> factors(narrow.begin(), narrow.end());
  llvm::SmallVector<int64_t> narrowGroups(narrow.size(), 1), wideGroups = narrowGroups, order;
  wideGroups.insert(wideGroups.begin() + 2, units, 0);
  for (size_t i = 0; i < narrow.size(); ++i)
    order.push_back(i);
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  return dialect::RearrangeOp::create(
      builder, call.location(), typeOf(tensor).withShape(adds ? wide : narrow), tensor,
      builder.getArrayAttr(factors), adds ? narrowGroups : wideGroups, order,
      adds ? wideGroups : narrowGroups);
}

/// Whether each axis of the result, stride (n - 1) + taps - 2 pad, is at least 0; an error
/// when not.
static bool checkResult(BuiltinCall &call, const std::string &shapes, llvm::ArrayRef<Size> input,
                        llvm::ArrayRef<Size> filter, llvm::ArrayRef<int64_t> strides,
                        llvm::ArrayRef<int64_t> pads) {
  Elaborator &elaborator = call.elaborator;
  for (size_t i = 0; i < strides.size(); ++i) {
    std::optional<int64_t> taps = filter[2 + i].getConstant();
    if (!taps || *taps < 1) {
      call.error(shapes).expected("filters of fixed sizes of at least 1", filter[2 + i].toString());
      return false;
    }
    Size size = input[2 + i].add(-1).mul(strides[i]);
    size = size ? size.add(*taps) : Size();
    std::optional<int64_t> cut = llvm::checkedMul(pads[i], int64_t(2));
    size = size && cut ? size.add(-*cut) : Size();
    if (!size) {
      call.error(shapes + ": the result overflows 64 bits");
      return false;
    }
    if (elaborator.provenAtMost(elaborator.size(0), size) || elaborator.requireNotNegative(size))
      continue;
    call.error(shapes).expected("a pad that leaves something along size " + llvm::Twine(i),
                                size.toString());
    return false;
  }
  return true;
}

/// Each element of x adds the filter, times itself, to the result, `stride` apart. The
/// library says how that is a convolution of 3 sizes, to which others add sizes of 1.
Value buildConvTranspose(BuiltinCall &call) {
  mlir::Value x = call.floatTensor("x"), weight = call.floatTensor("weight");
  std::optional<int64_t> groups = call.integer("groups", 1);
  if (!x || !weight || !groups)
    return {};
  llvm::ArrayRef<Size> input = typeOf(x).getShape(), filter = typeOf(weight).getShape();
  std::string shapes = "'conv_transpose' of " + formatShape(input) + " and " + formatShape(filter);
  if (input.size() < 3 || input.size() > 5 || filter.size() != input.size() ||
      filter[0] != input[1] || *groups < 1 ||
      !input[1].divideExactly(call.elaborator.size(*groups))) {
    call.error(shapes).expected("[B, C, sizes] and [C, O / groups, sizes] with 1 to 3 sizes, and "
                                "groups that divide C",
                                "others, or " + llvm::Twine(*groups) + " groups");
    return {};
  }
  if (!checkFixedChannels(call, shapes, filter))
    return {};
  size_t spatial = input.size() - 2, units = 3 - spatial;
  auto strides = call.perAxis("stride", 1, spatial, 1);
  auto pads = call.perAxis("pad", 0, spatial, 0);
  if (!strides || !pads || !checkResult(call, shapes, input, filter, *strides, *pads))
    return {};
  strides->insert(strides->begin(), units, 1);
  pads->insert(pads->begin(), units, 0);
  auto list = [&](llvm::ArrayRef<int64_t> numbers) {
    std::vector<Value> items;
    for (int64_t number : numbers)
      items.push_back(call.elaborator.size(number));
    return *call.elaborator.list(std::move(items));
  };
  Value result = call.elaborator.applyLibrary(
      "conv_transpose_3d",
      {changeUnits(call, x, units, /*adds=*/true), changeUnits(call, weight, units, /*adds=*/true),
       list(*strides), list(*pads), call.elaborator.size(*groups)},
      call.range, call.frame);
  return result.isTensor() ? changeUnits(call, result.get<mlir::Value>(), units, /*adds=*/false)
                           : Value();
}

} // namespace tenon::lang
