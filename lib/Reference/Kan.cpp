//===- Kan.cpp - Kolmogorov-Arnold blocks ---------------------------------===//

#include "Models.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// y = P(x) / Q(x) with the coefficients of the element's group.
struct RationalModel : ReferenceOpInterface::ExternalModel<RationalModel, RationalOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results, EvalContext &) const {
    const HostTensor &x = *operands[0], &a = *operands[1], &b = *operands[2];
    bool isSumOfAbs = cast<RationalOp>(op).getForm() == RationalForm::SumOfAbs;
    int64_t rank = x.getRank();
    int64_t groups = x.getShape()[rank - 2], channels = x.getShape()[rank - 1];
    for (auto [i, element] : llvm::enumerate(x.data())) {
      int64_t group = int64_t(i) / channels % groups;
      auto coefficient = [&](const HostTensor &table, int64_t k) {
        int64_t row = table.getShape()[0] == 1 ? 0 : group;
        return table.real(row * table.getShape()[1] + k);
      };
      double value = element.real, power = 1, numerator = 0, denominator = 0;
      for (int64_t k = 0; k < a.getShape()[1]; ++k, power *= value)
        numerator += coefficient(a, k) * power;
      power = value;
      for (int64_t k = 0; k < b.getShape()[1]; ++k, power *= value) {
        double term = coefficient(b, k) * power;
        denominator += isSumOfAbs ? std::fabs(term) : term;
      }
      results[0][i] = realScalar(numerator / (1 + std::fabs(denominator)));
    }
    return success();
  }
};

/// y_o = sum over i, k of c_oik * phi_k(x_i), row by row.
struct KanModel : ReferenceOpInterface::ExternalModel<KanModel, KanOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results,
                         EvalContext &context) const {
    FailureOr<ScalarRegion> basis = ScalarRegion::build(cast<KanOp>(op).getBasis(), context);
    if (failed(basis))
      return failure();
    const HostTensor &c = *operands[0];
    int64_t outputs = c.getShape()[0], elements = c.getShape()[1], terms = c.getShape()[2];
    SmallVector<int64_t> shape(results[0].getShape());
    shape.back() = elements;
    SmallVector<SmallVector<int64_t>> strides;
    for (const HostTensor *input : operands.drop_front())
      strides.push_back(broadcastStrides(input->getShape(), shape));
    SmallVector<Scalar> arguments(strides.size()), values(terms);
    int64_t place = 0;
    return forEachIndex(shape, strides, [&](ArrayRef<int64_t> offsets) {
      for (auto [argument, input, offset] : llvm::zip(arguments, operands.drop_front(), offsets))
        argument = (*input)[offset];
      if (failed(basis->evaluate(arguments, values)))
        return failure();
      int64_t row = place / elements, i = place % elements;
      for (int64_t o = 0; o < outputs; ++o)
        for (int64_t k = 0; k < terms; ++k)
          results[0][row * outputs + o].real +=
              c.real((o * elements + i) * terms + k) * values[k].real;
      ++place;
      return success();
    });
  }
};

} // namespace

void mlir::tenon::attachKanModels(MLIRContext &context) {
  KanOp::attachInterface<KanModel>(context);
  RationalOp::attachInterface<RationalModel>(context);
}
