//===- ElabStep.cpp - A train section becomes a step ----------------------===//
//
// A function of the batch and the number of the step: the loss, the metrics, and what
// comes next of every parameter that is updated, of the optimizers' states and of the
// model's. All of it is computed from the values at the start of the step, but that a
// state of the model which the step has written is read as it was written last.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/Elaborator.h"
#include "frontends/lang/RandomNumbers.h"

#include "tenon/Dialect/Tenon/IR/TrainingAttributes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include "llvm/Support/xxhash.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

void Elaborator::noteState(const Parameter &parameter, const Value &value) {
  if (isBuildingStep() && value.isTensor())
    section->states[&parameter] = value.get<mlir::Value>();
}

mlir::Value Elaborator::draw(TensorType type, llvm::StringRef stream, bool isNormal,
                             mlir::Location loc) {
  if (!isBuildingStep())
    return drawn(type, loc);
  DrawSource source{section->step, section->seed, section->numDraws++, 0};
  if (!stream.empty())
    source.stream = uint32_t(llvm::xxh3_64bits(stream));
  return isNormal ? buildNormal(builder, loc, type, source)
                  : buildUniform(builder, loc, type, source);
}

mlir::Value Elaborator::addOptimizerState(llvm::StringRef name, TensorType type, double initial,
                                          mlir::Location loc) {
  Parameter &state = parameters.emplace_back();
  state.name = (dialect::kOwnPrefix + name + "." + section->optimizing->name).str();
  state.type = type;
  state.kind = dialect::ParamKind::State;
  state.initial = {"constant", initial, 0};
  {
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(firstFunction);
    dialect::ParamOp::create(builder, loc, state.kind, state.name, type);
  }
  section->optimizerStates.emplace_back(&state, name);
  return dialect::ReadOp::create(builder, loc, type, state.name);
}

void Elaborator::keepOptimizerStates(Scope &scope) {
  for (auto [state, name] : section->optimizerStates)
    if (Binding *binding = scope.lookup(name); binding && binding->value.isTensor())
      section->states[state] = binding->value.get<mlir::Value>();
  section->optimizerStates.clear();
}

/// Scales the gradients so that their norm, taken together, is at most `clip_norm`
/// (Pascanu et al. 2013). Where it is no finite number they count as 0, and the run ends.
/// Returns the norm before.
mlir::Value Elaborator::clipGradients(llvm::MutableArrayRef<mlir::Value> gradients,
                                      mlir::Location loc) {
  TensorType scalar = TensorType::get(llvm::ArrayRef<Size>(), builder.getF32Type());
  llvm::SmallVector<mlir::Value> squares;
  for (mlir::Value gradient : gradients) {
    auto type = llvm::cast<TensorType>(gradient.getType());
    mlir::Value square = dialect::MapOp::create(
        builder, loc, type, gradient,
        [](mlir::OpBuilder &b, mlir::Location at, mlir::ValueRange x) -> mlir::Value {
          return mlir::arith::MulFOp::create(b, at, x[0], x[0]);
        });
    auto axes = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
    squares.push_back(
        dialect::ReduceOp::create(builder, loc, scalar, dialect::ReduceKind::Sum, square, axes));
  }
  double clip = *section->clip;
  mlir::Value norm = dialect::MapOp::create(
      builder, loc, scalar, squares,
      [&](mlir::OpBuilder &b, mlir::Location at, mlir::ValueRange x) -> mlir::Value {
        mlir::Value sum = x[0];
        for (mlir::Value square : x.drop_front())
          sum = mlir::arith::AddFOp::create(b, at, sum, square);
        return mlir::math::SqrtOp::create(b, at, sum);
      });
  mlir::Value factor = dialect::MapOp::create(
      builder, loc, scalar, norm,
      [&](mlir::OpBuilder &b, mlir::Location at, mlir::ValueRange x) -> mlir::Value {
        mlir::Value limit = mlir::arith::ConstantOp::create(b, at, b.getF32FloatAttr(clip));
        mlir::Value least = mlir::arith::MaximumFOp::create(b, at, x[0], limit);
        return mlir::arith::DivFOp::create(b, at, limit, least);
      });
  for (mlir::Value &gradient : gradients)
    gradient = dialect::MapOp::create(
        builder, loc, gradient.getType(), mlir::ValueRange{gradient, factor},
        [](mlir::OpBuilder &b, mlir::Location at, mlir::ValueRange x) -> mlir::Value {
          mlir::Value zero = mlir::arith::ConstantOp::create(b, at, b.getF32FloatAttr(0));
          mlir::Value isFinite =
              mlir::arith::CmpFOp::create(b, at, mlir::arith::CmpFPredicate::OGT, x[1], zero);
          mlir::Value scaled = mlir::arith::MulFOp::create(b, at, x[0], x[1]);
          return mlir::arith::SelectOp::create(b, at, isFinite, scaled, zero);
        });
  return norm;
}

mlir::Value Elaborator::optimize(const TrainRule &rule, const Parameter &parameter,
                                 mlir::Value gradient, Frame &caller) {
  section->optimizing = &parameter;
  Binding *weight = runOptimizer(rule, parameter.type, reads[&parameter], gradient, caller);
  section->optimizing = nullptr;
  return weight && weight->value.isTensor() ? weight->value.get<mlir::Value>() : mlir::Value();
}

void Elaborator::returnStep(llvm::ArrayRef<StepResult> results, mlir::Location loc) {
  llvm::SmallVector<mlir::Value> values;
  llvm::SmallVector<mlir::Attribute> attributes;
  for (const StepResult &result : results) {
    values.push_back(result.value);
    llvm::SmallVector<mlir::NamedAttribute> named{
        builder.getNamedAttr(dialect::kNameAttr, builder.getStringAttr(result.name))};
    if (result.updates)
      named.push_back(
          builder.getNamedAttr(dialect::kUpdatesAttr, builder.getStringAttr(result.updates->name)));
    attributes.push_back(builder.getDictionaryAttr(named));
  }
  mlir::func::ReturnOp::create(builder, loc, values);
  function.setType(builder.getFunctionType(function.front().getArgumentTypes(),
                                           mlir::ValueRange(values).getTypes()));
  function.setAllResultAttrs(attributes);
}

void Elaborator::buildStep(Frame &frame) {
  mlir::Location loc = location(frame, section->minimized->range);
  llvm::SmallVector<mlir::Value> weights, gradients;
  llvm::SmallVector<mlir::Type> types;
  for (auto [parameter, rule] : section->updated) {
    if (parameter->storage)
      return notSupported(
          "training with 'precision weights = " + formatElement(parameter->storage) + "'",
          section->declaration->name.range, frame);
    weights.push_back(asTensor(parameter, frame, parameter->range));
    types.push_back(parameter->type);
  }
  auto gradient = dialect::GradientOp::create(builder, loc, types, section->loss, weights);
  llvm::append_range(gradients, gradient.getResults());
  std::vector<StepResult> results{{"loss", section->loss, nullptr}};
  for (auto [name, value] : section->metricValues)
    results.push_back({name.str(), value, nullptr});
  if (section->clip)
    results.push_back({"gradient_norm", clipGradients(gradients, loc), nullptr});
  for (auto [updated, derivative] : llvm::zip(section->updated, gradients)) {
    mlir::Value next = optimize(*updated.second, *updated.first, derivative, frame);
    if (!next)
      return;
    results.push_back({updated.first->name, next, updated.first});
  }
  for (auto [state, value] : section->states)
    results.push_back({state->name, value, state});
  returnStep(results, loc);

  unsigned numInputs = function.getNumArguments() - 2;
  function.setArgAttr(numInputs, dialect::kNameAttr, builder.getStringAttr("tenon.step"));
  function.setArgAttr(numInputs + 1, dialect::kNameAttr, builder.getStringAttr("tenon.seed"));
  llvm::SmallVector<mlir::NamedAttribute> defaults;
  for (auto [name, number] : section->defaults)
    defaults.push_back(builder.getNamedAttr(name, builder.getI64IntegerAttr(number)));
  function->setAttr(dialect::kTrainAttr, builder.getDictionaryAttr(defaults));
  function->moveAfter(&module->getBody()->back());
}

} // namespace tenon::lang
