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
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
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

std::pair<const Parameter *, mlir::Value> Elaborator::addOwnState(const llvm::Twine &name,
                                                                  TensorType type, double initial,
                                                                  mlir::Location loc) {
  std::string whole = (dialect::kOwnPrefix + name).str();
  const Parameter *&known = ownStates[whole];
  if (!known) {
    Parameter &state = parameters.emplace_back();
    state.name = whole;
    state.type = type;
    state.kind = dialect::ParamKind::State;
    state.initial = {"constant", initial, 0};
    known = &state;
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(firstFunction);
    dialect::ParamOp::create(builder, loc, state.kind, state.name, type);
  }
  return {known, dialect::ReadOp::create(builder, loc, type, known->name)};
}

mlir::Value Elaborator::addOptimizerState(llvm::StringRef name, TensorType type, double initial,
                                          mlir::Location loc) {
  auto [state, read] = addOwnState(name + "." + section->optimizing->name, type, initial, loc);
  section->optimizerStates.emplace_back(state, name);
  return read;
}

void Elaborator::keepOptimizerStates(Scope &scope) {
  for (auto [state, name] : section->optimizerStates)
    if (Binding *binding = scope.lookup(name); binding && binding->value.isTensor())
      section->states[state] = binding->value.get<mlir::Value>();
  section->optimizerStates.clear();
}

/// Scales the gradients so that their norm, taken together, is at most `clip_norm`
/// (Pascanu et al. 2013). Where it is no finite number they count as 0, and the run ends;
/// so they do where `clip_norm` is not above 0. Returns the norm before.
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
  mlir::Value norm = dialect::MapOp::create(
      builder, loc, scalar, squares,
      [&](mlir::OpBuilder &b, mlir::Location at, mlir::ValueRange x) -> mlir::Value {
        mlir::Value sum = x[0];
        for (mlir::Value square : x.drop_front())
          sum = mlir::arith::AddFOp::create(b, at, sum, square);
        return mlir::math::SqrtOp::create(b, at, sum);
      });
  mlir::Value factor = dialect::MapOp::create(
      builder, loc, scalar, mlir::ValueRange{norm, section->clip},
      [&](mlir::OpBuilder &b, mlir::Location at, mlir::ValueRange x) -> mlir::Value {
        // 1 without a quotient: a limit may be infinite.
        mlir::Value isAbove =
            mlir::arith::CmpFOp::create(b, at, mlir::arith::CmpFPredicate::OGT, x[1], x[0]);
        mlir::Value one = mlir::arith::ConstantOp::create(b, at, b.getF32FloatAttr(1));
        mlir::Value least = mlir::arith::MaximumFOp::create(b, at, x[0], x[1]);
        return mlir::arith::SelectOp::create(b, at, isAbove, one,
                                             mlir::arith::DivFOp::create(b, at, x[1], least));
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

/// d a + (1 - d) w, where a is the average so far; before the first step it is the
/// parameter as it is then.
StepResult Elaborator::average(const Parameter &parameter, mlir::Value next, mlir::Location loc) {
  auto [state, sofar] = addOwnState("ema." + parameter.name, parameter.type, 0, loc);
  double decay = *section->ema;
  mlir::Value mean = dialect::MapOp::create(
      builder, loc, parameter.type, mlir::ValueRange{sofar, reads[&parameter], next, section->step},
      [&](mlir::OpBuilder &b, mlir::Location at, mlir::ValueRange x) -> mlir::Value {
        auto number = [&](double value, mlir::Type type) -> mlir::Value {
          return mlir::arith::ConstantOp::create(b, at, b.getFloatAttr(type, value));
        };
        mlir::Type element = x[0].getType();
        mlir::Value isFirst = mlir::arith::CmpFOp::create(b, at, mlir::arith::CmpFPredicate::OEQ,
                                                          x[3], number(1, x[3].getType()));
        mlir::Value before = mlir::arith::SelectOp::create(b, at, isFirst, x[1], x[0]);
        mlir::Value kept = mlir::arith::MulFOp::create(b, at, before, number(decay, element));
        mlir::Value added = mlir::arith::MulFOp::create(b, at, x[2], number(1 - decay, element));
        return mlir::arith::AddFOp::create(b, at, kept, added);
      });
  return {state->name, mean, state};
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

std::vector<StepResult> Elaborator::lossAndMetrics() const {
  std::vector<StepResult> results{{"loss", section->loss, nullptr}};
  for (auto [name, value] : section->metricValues)
    results.push_back({name.str(), value, nullptr});
  return results;
}

void Elaborator::nameStepInputs() {
  std::pair<mlir::Value, llvm::StringRef> own[] = {{section->share, "tenon.share"},
                                                   {section->part, "tenon.part"},
                                                   {section->step, "tenon.step"},
                                                   {section->seed, "tenon.seed"}};
  for (auto [value, name] : own)
    if (value)
      function.setArgAttr(llvm::cast<mlir::BlockArgument>(value).getArgNumber(), dialect::kNameAttr,
                          builder.getStringAttr(name));
}

void Elaborator::buildEvaluation() {
  returnStep(lossAndMetrics(), function.getLoc());
  nameStepInputs();
  function->setAttr(dialect::kEvaluateAttr, builder.getUnitAttr());
  function->moveAfter(&module->getBody()->back());
}

llvm::SmallVector<mlir::Value> Elaborator::buildGradients(Frame &frame) {
  llvm::SmallVector<mlir::Value> weights;
  llvm::SmallVector<mlir::Type> types;
  for (auto [parameter, rule] : section->updated) {
    weights.push_back(asTensor(parameter, frame, parameter->range));
    types.push_back(parameter->type);
  }
  mlir::Location loc = location(frame, section->minimized->range);
  auto gradient = dialect::GradientOp::create(builder, loc, types, section->loss, weights);
  return llvm::to_vector_of<mlir::Value>(gradient.getResults());
}

bool Elaborator::addUpdates(llvm::MutableArrayRef<mlir::Value> gradients, Frame &frame,
                            std::vector<StepResult> &results) {
  mlir::Location loc = location(frame, section->minimized->range);
  if (section->clip)
    results.push_back({"gradient_norm", clipGradients(gradients, loc), nullptr});
  for (auto [updated, derivative] : llvm::zip(section->updated, gradients)) {
    mlir::Value next = optimize(*updated.second, *updated.first, derivative, frame);
    if (!next)
      return false;
    results.push_back({updated.first->name, next, updated.first});
    if (section->ema)
      results.push_back(average(*updated.first, next, loc));
  }
  return true;
}

void Elaborator::addStates(std::vector<StepResult> &results) const {
  for (auto [state, value] : section->states)
    results.push_back({state->name, value, state});
}

/// "adamw", or "adamw, sgd (a number that the parameters of each decide)".
std::string Elaborator::describeOptimizers() const {
  llvm::SetVector<llvm::StringRef> names;
  std::string all;
  for (auto [parameter, rule] : section->updated) {
    llvm::StringRef name = rule->optimizer->declaration->name.name;
    names.insert(name);
    all += parameter->name + "=" + name.str() + "\n";
  }
  std::string text = llvm::join(names, ", ");
  return names.size() == 1 ? text
                           : text + " (" + llvm::utohexstr(llvm::xxh3_64bits(all), true) + ")";
}

void Elaborator::buildStep(Frame &frame) {
  for (auto [parameter, rule] : section->updated)
    if (parameter->storage)
      return notSupported(
          "training with 'precision weights = " + formatElement(parameter->storage) + "'",
          section->declaration->name.range, frame);
  llvm::SmallVector<mlir::Value> gradients = buildGradients(frame);
  std::vector<StepResult> results = lossAndMetrics();
  if (!addUpdates(gradients, frame, results))
    return;
  addStates(results);
  returnStep(results, location(frame, section->minimized->range));
  nameStepInputs();
  llvm::SmallVector<mlir::NamedAttribute> defaults;
  for (auto [name, number] : section->defaults)
    defaults.push_back(builder.getNamedAttr(name, builder.getI64IntegerAttr(number)));
  defaults.push_back(
      builder.getNamedAttr("optimizers", builder.getStringAttr(describeOptimizers())));
  function->setAttr(dialect::kTrainAttr, builder.getDictionaryAttr(defaults));
  function->moveAfter(&module->getBody()->back());
}

//===----------------------------------------------------------------------===//
// A step in parts
//===----------------------------------------------------------------------===//

std::pair<const Parameter *, mlir::Value> Elaborator::readGradientSum(const Parameter &parameter,
                                                                      mlir::Location loc) {
  return addOwnState("gradient." + parameter.name, parameter.type, 0, loc);
}

void Elaborator::buildAccumulation(Frame &frame) {
  mlir::Location loc = location(frame, section->minimized->range);
  std::vector<StepResult> results = lossAndMetrics();
  llvm::SmallVector<mlir::Value> gradients = buildGradients(frame);
  for (auto [updated, gradient] : llvm::zip(section->updated, gradients)) {
    auto [state, sum] = readGradientSum(*updated.first, loc);
    // The first part begins anew, whatever the sum holds.
    mlir::Value next = dialect::MapOp::create(
        builder, loc, updated.first->type,
        mlir::ValueRange{sum, gradient, section->share, section->part},
        [](mlir::OpBuilder &b, mlir::Location at, mlir::ValueRange x) -> mlir::Value {
          mlir::Value zero = mlir::arith::ConstantOp::create(b, at, b.getF32FloatAttr(0));
          mlir::Value isFirst =
              mlir::arith::CmpFOp::create(b, at, mlir::arith::CmpFPredicate::OEQ, x[3], zero);
          mlir::Value before = mlir::arith::SelectOp::create(b, at, isFirst, zero, x[0]);
          mlir::Value added = mlir::arith::MulFOp::create(b, at, x[1], x[2]);
          return mlir::arith::AddFOp::create(b, at, before, added);
        });
    results.push_back({state->name, next, state});
  }
  addStates(results);
  returnStep(results, loc);
  nameStepInputs();
  function->setAttr(dialect::kAccumulateAttr, builder.getUnitAttr());
  function->moveAfter(&module->getBody()->back());
}

bool Elaborator::dropData() {
  mlir::Block &body = function.front();
  for (mlir::Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (mlir::isOpTriviallyDead(&op))
      op.erase();
  llvm::BitVector data(body.getNumArguments());
  for (mlir::BlockArgument argument : body.getArguments())
    if (argument != section->step && argument != section->seed) {
      if (!argument.use_empty())
        return false;
      data.set(argument.getArgNumber());
    }
  return mlir::succeeded(function.eraseArguments(data));
}

void Elaborator::buildUpdate(Frame &frame) {
  mlir::Location loc = location(frame, section->minimized->range);
  std::vector<StepResult> results;
  llvm::SmallVector<mlir::Value> sums;
  // What this suite has made of states is another part's to keep.
  section->states.clear();
  for (auto [parameter, rule] : section->updated) {
    asTensor(parameter, frame, parameter->range);
    sums.push_back(readGradientSum(*parameter, loc).second);
  }
  if (!addUpdates(sums, frame, results))
    return;
  addStates(results);
  returnStep(results, loc);
  if (!dropData()) {
    error(frame, section->declaration->name.range,
          "train section '" + section->declaration->name.name +
              "': how parameters are updated depends on the batch, of which 'accumulate' has "
              "many parts");
    return;
  }
  nameStepInputs();
  function->setAttr(dialect::kUpdateAttr, builder.getUnitAttr());
  function->moveAfter(&module->getBody()->back());
}

} // namespace tenon::lang
