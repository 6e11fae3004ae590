//===- TensorText.cpp - Tensors as nested lists ---------------------------===//

#include "TensorText.h"

#include "tenon/Reference/ScalarRegion.h"

#include "llvm/Support/Format.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tenon;

namespace {

constexpr size_t kMaxRank = 16;

/// Reads one literal.
class Parser {
public:
  Parser(StringRef text, TenonTensorType type)
      : text(text), rest(text.trim()), type(type), elementType(type.getElementType()) {}

  llvm::Expected<HostTensor> parse() {
    if (llvm::Error error = parseValue(0))
      return error;
    if (!rest.empty())
      return fail("nothing after the value");
    if (values.empty())
      for (int64_t axis = shape.size(); axis < type.getRank(); ++axis)
        shape.push_back(type.getDim(axis).getConstant().value_or(0));
    HostTensor tensor(elementType, shape);
    llvm::copy(values, tensor.data().begin());
    return tensor;
  }

private:
  llvm::Error fail(const Twine &expected) {
    size_t at = text.size() - rest.size();
    return llvm::createStringError("expected " + expected + " at character " + Twine(at) + " of '" +
                                   text + "'");
  }

  bool consume(char c) {
    rest = rest.ltrim();
    bool found = rest.consume_front(StringRef(&c, 1));
    rest = rest.ltrim();
    return found;
  }

  llvm::Error parseValue(size_t depth) {
    if (consume('['))
      return parseList(depth);
    if (depth < shape.size() || (!values.empty() && depth != shape.size()))
      return fail("a list: all values have one depth");
    return parseNumber();
  }

  llvm::Error parseList(size_t depth) {
    // The first list of a depth sets the size of its axis.
    bool isFirst = depth == shape.size();
    if (depth == kMaxRank)
      return fail("at most " + Twine(kMaxRank) + " nested lists");
    if (isFirst && !values.empty())
      return fail("a number: all values have one depth");
    if (isFirst)
      shape.push_back(0);
    int64_t count = 0;
    while (!consume(']')) {
      if (count > 0 && !consume(','))
        return fail("',' or ']'");
      if (llvm::Error error = parseValue(depth + 1))
        return error;
      ++count;
    }
    if (!isFirst && shape[depth] != count)
      return fail("lists of " + Twine(shape[depth]) + " values");
    shape[depth] = count;
    return llvm::Error::success();
  }

  llvm::Error parseNumber() {
    StringRef word =
        rest.take_until([](char c) { return c == ',' || c == ']' || c == ' ' || c == '\n'; });
    Scalar value;
    if (isa<FloatType>(elementType)) {
      if (word.getAsDouble(value.real, /*AllowInexact=*/true))
        return fail("a number");
      if (elementType.isF32())
        value.real = static_cast<float>(value.real);
    } else if (word == "true" || word == "false") {
      value.integer = word == "true";
    } else if (word.getAsInteger(10, value.integer) ||
               wrapInteger(value.integer, elementType) != value.integer) {
      return fail("an integer");
    }
    values.push_back(value);
    rest = rest.drop_front(word.size());
    return llvm::Error::success();
  }

  StringRef text, rest;
  TenonTensorType type;
  Type elementType;
  SmallVector<int64_t> shape;
  std::vector<Scalar> values;
};

void printScalar(llvm::raw_ostream &os, Scalar value, Type type, int digits) {
  if (!isa<FloatType>(type)) {
    if (type.isInteger(1))
      os << (value.integer ? "true" : "false");
    else
      os << value.integer;
    return;
  }
  // The sign of a NaN means nothing.
  if (std::isnan(value.real))
    os << "nan";
  else
    os << llvm::format("%.*g", digits, value.real);
}

} // namespace

llvm::Expected<HostTensor> mlir::tenon::parseTensor(StringRef text, TenonTensorType type) {
  return Parser(text, type).parse();
}

void mlir::tenon::printTensor(llvm::raw_ostream &os, const HostTensor &tensor, int digits) {
  auto print = [&](auto &self, int64_t axis, int64_t offset) -> void {
    if (axis == tensor.getRank())
      return printScalar(os, tensor[offset], tensor.getElementType(), digits);
    os << "[";
    for (int64_t k = 0; k < tensor.getShape()[axis]; ++k) {
      if (k > 0)
        os << ", ";
      self(self, axis + 1, offset + k * tensor.getStrides()[axis]);
    }
    os << "]";
  };
  print(print, 0, 0);
}
