//===- ElabTrain.cpp - Train sections are checked -------------------------===//
//
// The suite is evaluated as an entry's: what it minimizes, which parameters it updates,
// and how. Into a function that is thrown away, or that becomes a step (ElabStep.cpp).
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/Elaborator.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

mlir::Value Elaborator::drawn(TensorType type, mlir::Location loc) {
  return function.getBody().front().addArgument(type, loc);
}

void Elaborator::execSection(TrainSection &executed, Frame &modelFrame,
                             llvm::function_ref<void(Frame &)> finish) {
  const Declaration &train = *executed.declaration;
  Activation activation;
  activation.declaration = &train;
  Frame frame = modelFrame;
  frame.scope = &scopes.emplace_back(Scope::Kind::Body, modelFrame.scope);
  frame.activation = &activation;
  section = &executed;
  mlir::Location loc = location(frame, train.range);
  auto evaluate = [&] {
    makeEntryInputs(train, frame);
    TensorType scalar = TensorType::get(llvm::ArrayRef<Size>(), builder.getF32Type());
    if (executed.use == TrainSection::Use::Accumulate) {
      executed.share = drawn(scalar, loc);
      executed.part = drawn(scalar, loc);
    }
    executed.step = drawn(scalar, loc);
    if (buildsStep)
      executed.seed = drawn(scalar.withElementType(builder.getI64Type()), loc);
    execSuite(train.suite, frame);
    if (!executed.minimized)
      error(frame, train.name.range, "train section '" + train.name.name + "'")
          .expected("one 'minimize'", "none");
    if (!diagnostics.hasErrors() && !isEvaluating())
      applyRules(frame);
    if (mlir::StringAttr missing = findSizeNotGiven(function); missing && !diagnostics.hasErrors())
      error(frame, train.name.range,
            "train section '" + train.name.name + "' uses the size " + missing.getValue() +
                "; expected an input that has it among its sizes");
    if (!diagnostics.hasErrors())
      finish(frame);
  };
  using Use = TrainSection::Use;
  llvm::StringRef prefix = executed.use == Use::Step         ? "train."
                           : executed.use == Use::Accumulate ? "accumulate."
                           : executed.use == Use::Update     ? "update."
                                                             : "evaluate.";
  std::string name = (prefix + train.name.name).str();
  if (buildsStep)
    inFunction(addFunction(loc, name), evaluate);
  else
    inScratchFunction(loc, evaluate);
  section = nullptr;
}

void Elaborator::elaborateTrain(const Declaration &train, Frame &modelFrame) {
  using Use = TrainSection::Use;
  auto make = [&](Use use) {
    TrainSection made(train, use);
    if (diagnostics.hasErrors())
      return made;
    execSection(made, modelFrame, [&](Frame &frame) {
      if (!buildsStep)
        return;
      switch (use) {
      case Use::Step:
        return buildStep(frame);
      case Use::Accumulate:
        return buildAccumulation(frame);
      case Use::Update:
        return buildUpdate(frame);
      case Use::Evaluate:
        return buildEvaluation();
      }
    });
    return made;
  };
  if (training != Training::Evaluated) {
    TrainSection step = make(Use::Step);
    if (buildsStep && step.defaults.count("accumulate")) {
      make(Use::Accumulate);
      make(Use::Update);
    }
  }
  if (training == Training::Evaluated || training == Training::BuiltAndEvaluated)
    make(Use::Evaluate);
}

void Elaborator::execTraining(const Statement *statement, Frame &frame) {
  // How a step updates parameters is nothing to held-out data.
  if (isEvaluating() && statement->kind != StatementKind::Minimize &&
      statement->kind != StatementKind::Metric)
    return;
  switch (statement->kind) {
  case StatementKind::Minimize:
    return minimize(llvm::cast<ValuesStatement>(statement), frame);
  case StatementKind::Metric:
    return metric(llvm::cast<NamedStatement>(statement), frame);
  case StatementKind::Update:
  case StatementKind::Freeze:
    return addRule(llvm::cast<GlobStatement>(statement), frame);
  case StatementKind::Defaults:
    return checkDefaults(llvm::cast<NamedStatement>(statement), frame);
  default:
    break;
  }
  bool isClip = statement->kind == StatementKind::ClipNorm;
  setOption(isClip ? "clip_norm" : "ema", statement->range, frame);
  const Expr *expr = llvm::cast<ValuesStatement>(statement)->values.front();
  Value value = eval(expr, frame);
  std::optional<double> number = value.number();
  bool good =
      isClip ? (number ? *number > 0 : value.isSchedule()) : number && 0 <= *number && *number < 1;
  if (good && isBuildingStep() && !isClip)
    section->ema = number;
  if (good && isBuildingStep() && isClip)
    section->clip =
        number ? splat(value, TensorType::get(llvm::ArrayRef<Size>(), builder.getF32Type()), frame,
                       expr->range)
               : value.get<mlir::Value>();
  if (!good && !value.isPoison())
    error(frame, expr->range, isClip ? "'clip_norm'" : "'ema'")
        .expected(isClip ? "a number above 0" : "a number from 0 to below 1", value.describe());
}

void Elaborator::minimize(const ValuesStatement *statement, Frame &frame) {
  if (section->minimized) {
    error(frame, statement->range,
          "a second 'minimize' in train section '" + section->declaration->name.name +
              "'; the first is " + placeOf(section->minimized->range, statement->range.file));
    return;
  }
  section->minimized = statement;
  const Expr *expr = statement->values.front();
  Value value = eval(expr, frame);
  if (value.isPoison())
    return;
  section->loss = asTensor(value, frame, expr->range);
  if (section->loss && Value(section->loss).isSchedule())
    return;
  Diagnostic &diagnostic =
      error(frame, expr->range, "what is minimized")
          .expected("a scalar f32[]",
                    section->loss ? Value(section->loss).describe() : value.describe());
  if (section->loss)
    diagnostic.hint("sum(x, \".. ->\") and mean(x, \".. ->\") give a scalar");
}

void Elaborator::metric(const NamedStatement *statement, Frame &frame) {
  const Argument &named = statement->values.front();
  auto [known, isNew] = section->metrics.try_emplace(named.name.name, named.name.range);
  if (!isNew)
    error(frame, named.name.range,
          "two metrics are named '" + named.name.name + "'; the other is " +
              placeOf(known->second, named.name.range.file));
  if (llvm::is_contained({"loss", "step", "seconds", "gradient_norm"}, named.name.name))
    error(frame, named.name.range,
          "metric '" + named.name.name + "' has the name of what every log has");
  if (named.name.name.starts_with("eval_"))
    error(frame, named.name.range,
          "metric '" + named.name.name + "': names that begin with 'eval_' are for held-out data");
  Value value = eval(named.value, frame);
  mlir::Value tensor = asTensor(value, frame, named.value->range);
  bool isScalar = tensor ? Value(tensor).tensorType().getRank() == 0 : value.isNumber();
  if (isScalar && isBuildingStep()) {
    TensorType scalar = TensorType::get(llvm::ArrayRef<Size>(), builder.getF32Type());
    if (!tensor)
      tensor = splat(value, scalar, frame, named.value->range);
    section->metricValues.emplace_back(named.name.name, tensor);
  }
  if (!isScalar && !value.isPoison())
    error(frame, named.value->range, "metric '" + named.name.name + "'")
        .expected("a scalar", tensor ? Value(tensor).describe() : value.describe());
}

void Elaborator::setOption(llvm::StringRef name, SourceRange range, Frame &frame) {
  auto [known, isNew] = section->options.try_emplace(name, range);
  if (!isNew)
    error(frame, range,
          "'" + name + "' is set twice; the other is " + placeOf(known->second, range.file));
}

void Elaborator::checkDefaults(const NamedStatement *statement, Frame &frame) {
  for (const Argument &named : statement->values) {
    llvm::StringRef name = named.name.name;
    setOption(name, named.name.range, frame);
    Value value = eval(named.value, frame);
    if (value.isPoison())
      continue;
    if (name == "drop_last") {
      if (!value.is<bool>())
        error(frame, named.value->range, "default 'drop_last'")
            .expected("true or false", value.describe());
      else
        section->defaults[name] = value.get<bool>();
      continue;
    }
    if (!llvm::is_contained({"batch", "steps", "accumulate", "seed"}, name)) {
      error(frame, named.name.range, "'defaults' has no '" + name + "'")
          .expected("batch, steps, accumulate, seed or drop_last", name);
      continue;
    }
    std::optional<int64_t> number = value.integer();
    // As much as the options of the executable take; steps are counted in f32.
    int64_t least = name == "seed" ? 0 : 1, most = name == "steps" ? 1 << 24 : 1'000'000'000;
    if (!number || *number < least || *number > most)
      error(frame, named.value->range, "default '" + name + "'")
          .expected("an integer from " + llvm::Twine(least) + " to " + llvm::Twine(most),
                    value.describe());
    else
      section->defaults[name] = *number;
  }
}

void Elaborator::notSupported(const llvm::Twine &what, SourceRange range, Frame &frame) {
  error(frame, range, what + " is not supported yet");
}

//===----------------------------------------------------------------------===//
// Which parameters are updated
//===----------------------------------------------------------------------===//

void Elaborator::addRule(const GlobStatement *statement, Frame &frame) {
  TrainRule rule;
  rule.statement = statement;
  if (statement->kind == StatementKind::Update) {
    Value value = eval(statement->value, frame);
    rule.optimizer = value.getIf<const OptimizerValue *>();
    if (!rule.optimizer) {
      if (!value.isPoison())
        error(frame, statement->value->range, "'update'")
            .expected("an optimizer", value.describe());
      return;
    }
    if (!completeHypers(*rule.optimizer, statement->value->range, frame, rule.hypers))
      return;
  }
  section->rules.push_back(std::move(rule));
}

/// `a, b, 47 more`.
static std::string listNames(llvm::ArrayRef<const Parameter *> parameters) {
  std::string names;
  for (const Parameter *parameter : parameters.take_front(2))
    names += (names.empty() ? "" : ", ") + escapeForMessage(parameter->name);
  return parameters.size() > 2 ? names + ", " + std::to_string(parameters.size() - 2) + " more"
                               : names;
}

/// Gives every trainable parameter to the first rule that names it.
void Elaborator::applyRules(Frame &frame) {
  std::vector<const Parameter *> open, updated;
  for (const Parameter &parameter : parameters)
    if (parameter.kind == dialect::ParamKind::Trainable)
      open.push_back(&parameter);
  if (open.empty()) {
    error(frame, section->declaration->name.range,
          "train section '" + section->declaration->name.name +
              "': the model has no parameter to train");
    return;
  }
  for (const TrainRule &rule : section->rules) {
    std::vector<TensorType> types;
    const Parameter *taken = nullptr;
    size_t before = open.size();
    for (const StringLiteral &glob : rule.statement->globs) {
      std::optional<llvm::GlobPattern> pattern = readGlob(glob, frame);
      if (!pattern)
        continue;
      auto isNamed = [&](const Parameter &parameter) { return pattern->match(parameter.name); };
      if (auto named = llvm::find_if(parameters,
                                     [&](const Parameter &parameter) {
                                       return parameter.kind == dialect::ParamKind::Trainable &&
                                              isNamed(parameter);
                                     });
          named != parameters.end())
        taken = &*named;
      if (llvm::none_of(parameters, isNamed))
        diagnostics.warning(glob.range,
                            "no parameter is named '" + escapeForMessage(glob.value) + "'");
      llvm::erase_if(open, [&](const Parameter *parameter) {
        if (!pattern->match(parameter->name))
          return false;
        if (rule.optimizer) {
          updated.push_back(parameter);
          section->updated.emplace_back(parameter, &rule);
          if (!llvm::is_contained(types, parameter->type))
            types.push_back(parameter->type);
        }
        return true;
      });
    }
    // `*` at the end is for what may be left.
    bool isRest = llvm::any_of(rule.statement->globs,
                               [](const StringLiteral &glob) { return glob.value == "*"; });
    if (taken && open.size() == before && !isRest)
      diagnostics.warning(rule.statement->range, "this never applies: what stands before it has '" +
                                                     escapeForMessage(taken->name) +
                                                     "' and all else that it names");
    for (TensorType type : types)
      if (!diagnostics.hasErrors() && !buildsStep)
        checkOptimizer(rule, type, frame);
  }
  if (!open.empty())
    error(frame, section->declaration->name.range,
          llvm::Twine(open.size()) + (open.size() == 1 ? " parameter is" : " parameters are") +
              " neither updated nor frozen: " + listNames(open))
        .hint("end with 'update \"*\" with ...' or 'freeze \"*\"'");
  else if (!diagnostics.hasErrors() && updated.empty())
    error(frame, section->declaration->name.range,
          "train section '" + section->declaration->name.name + "' updates no parameter");
  else if (!diagnostics.hasErrors())
    checkLoss(updated);
}

/// The parameters that change `loss` when they change: those it is computed from
/// through floats.
static llvm::DenseSet<mlir::StringAttr> findParameters(mlir::Value loss) {
  llvm::DenseSet<mlir::StringAttr> names;
  llvm::SmallVector<mlir::Value> worklist{loss};
  llvm::DenseSet<mlir::Value> seen;
  while (!worklist.empty()) {
    mlir::Value value = worklist.pop_back_val();
    auto type = llvm::dyn_cast<TensorType>(value.getType());
    bool isFloat = mlir::isa<mlir::FloatType>(type ? type.getElementType() : value.getType());
    mlir::Operation *op = value.getDefiningOp();
    if (!isFloat || !op || llvm::isa<dialect::StopGradientOp>(op) || !seen.insert(value).second)
      continue;
    if (auto read = llvm::dyn_cast<dialect::ReadOp>(op))
      names.insert(read.getParamAttr().getAttr());
    op->walk([&](mlir::Operation *inner) { llvm::append_range(worklist, inner->getOperands()); });
  }
  return names;
}

/// The loss must depend on something that is updated, and should on all of it.
void Elaborator::checkLoss(llvm::ArrayRef<const Parameter *> updated) {
  llvm::DenseSet<mlir::StringAttr> used = findParameters(section->loss);
  std::vector<const Parameter *> idle;
  for (const Parameter *parameter : updated)
    if (!used.contains(builder.getStringAttr(parameter->name)))
      idle.push_back(parameter);
  if (idle.empty())
    return;
  if (idle.size() == updated.size()) {
    diagnostics.error(section->minimized->range,
                      "what is minimized depends on no parameter that is updated");
    return;
  }
  diagnostics.warning(section->minimized->range,
                      "what is minimized does not depend on " + llvm::Twine(idle.size()) +
                          (idle.size() == 1 ? " parameter that is" : " parameters that are") +
                          " updated: " + listNames(idle));
}

} // namespace tenon::lang
