//===- ElabExpr.cpp - Expressions -----------------------------------------===//

#include "frontends/lang/Builtins.h"
#include "frontends/lang/Elaborator.h"
#include "frontends/lang/NameCheck.h"

#include <cmath>

namespace tenon::lang {

Value Elaborator::evalSchedule(const Schedule *schedule, const Expr *expr, Frame &frame) {
  if (isTraining()) {
    Frame inModel = schedule->frame;
    inModel.activation = frame.activation;
    return eval(schedule->expr, inModel);
  }
  Schedule &next = schedules.emplace_back(Schedule{expr, frame});
  // These live only as long as the suite that is evaluated.
  next.frame.activation = nullptr;
  next.frame.yields = nullptr;
  next.frame.dims = nullptr;
  return static_cast<const Schedule *>(&next);
}

Value Elaborator::eval(const Expr *expr, Frame &frame) {
  Value value = evalKind(expr, frame);
  const Schedule *schedule = value.getIf<const Schedule *>();
  return schedule ? evalSchedule(schedule, expr, frame) : value;
}

Value Elaborator::evalKind(const Expr *expr, Frame &frame) {
  Value value;
  switch (expr->kind) {
  case ExprKind::Name:
    return evalName(llvm::cast<NameExpr>(expr), frame);
  case ExprKind::Integer:
    value = size(llvm::cast<IntegerExpr>(expr)->value);
    break;
  case ExprKind::Float:
    value = llvm::cast<FloatExpr>(expr)->value;
    break;
  case ExprKind::String:
    value = llvm::cast<StringExpr>(expr)->value;
    break;
  case ExprKind::Bool:
    value = llvm::cast<BoolExpr>(expr)->value;
    break;
  case ExprKind::None:
    value = NoneValue();
    break;
  case ExprKind::Ellipsis:
    error(frame, expr->range, "'..' stands for axes; it has no value here");
    return {};
  case ExprKind::List: {
    std::vector<Value> items;
    bool good = true;
    for (const Expr *element : llvm::cast<ListExpr>(expr)->elements) {
      items.push_back(eval(element, frame));
      good &= !items.back().isPoison();
    }
    return good ? *list(std::move(items)) : Value();
  }
  case ExprKind::Comprehension: {
    const auto *comprehension = llvm::cast<ComprehensionExpr>(expr);
    std::vector<Value> items;
    bool good = true;
    bool finished = iterate(comprehension->over, expr->range, frame, [&](Value index, Frame &turn) {
      if (!define(comprehension->variable, BindingKind::LoopIndex, index, turn))
        return false;
      items.push_back(eval(comprehension->element, turn));
      return good = !items.back().isPoison();
    });
    return finished && good ? *list(std::move(items)) : Value();
  }
  case ExprKind::Negate:
    return negate(eval(llvm::cast<NegateExpr>(expr)->operand, frame), expr->range, frame);
  case ExprKind::Not:
    return logicalNot(eval(llvm::cast<NotExpr>(expr)->operand, frame), expr->range, frame);
  case ExprKind::Chain:
    value = evalChain(llvm::cast<ChainExpr>(expr), frame);
    break;
  case ExprKind::Conditional: {
    const auto *choice = llvm::cast<ConditionalExpr>(expr);
    std::optional<bool> taken =
        truth(eval(choice->condition, frame), choice->condition->range, frame);
    return taken ? eval(*taken ? choice->then : choice->otherwise, frame) : Value();
  }
  case ExprKind::Call:
    value = evalCall(llvm::cast<CallExpr>(expr), frame, nullptr);
    break;
  case ExprKind::Bracket:
    return evalBracket(llvm::cast<BracketExpr>(expr), frame);
  case ExprKind::Member:
    return evalMember(llvm::cast<MemberExpr>(expr), frame);
  }
  if (!checkBytes(value, frame, expr->range))
    return {};
  if (!value.origin.range.isValid() && value.origin.option.empty())
    value.origin.range = expr->range;
  return value;
}

/// Where a suite gives `name` its first value, those inside it included; null if nowhere.
static const Identifier *findDefinition(Suite suite, llvm::StringRef name) {
  for (const Statement *statement : suite) {
    if (const auto *assign = llvm::dyn_cast<AssignStatement>(statement))
      for (const Identifier &defined : assign->names)
        if (defined.name == name)
          return &defined;
    if (const auto *choice = llvm::dyn_cast<IfStatement>(statement))
      for (const IfArm &arm : choice->arms)
        if (const Identifier *found = findDefinition(arm.suite, name))
          return found;
    if (const auto *loop = llvm::dyn_cast<ForStatement>(statement))
      if (const Identifier *found = findDefinition(loop->suite, name))
        return found;
  }
  return nullptr;
}

Value Elaborator::evalName(const NameExpr *expr, Frame &frame) {
  if (Binding *binding = frame.scope->lookup(expr->name)) {
    Value value = binding->value;
    if (value.is<const Parameter *>() && insideEntry())
      return asTensor(value, frame, expr->range);
    if (!value.origin.range.isValid() && value.origin.option.empty())
      value.origin.range = binding->range;
    return value;
  }
  // What is frozen computes as it will when training is over.
  if (expr->name == "training")
    return isTrainingIn(frame);
  if (expr->name == "pi")
    return M_PI;
  if (expr->name == "inf")
    return HUGE_VAL;
  if (expr->name == "step") {
    if (isTraining())
      return section->step;
    if (!insideEntry())
      return static_cast<const Schedule *>(&schedules.emplace_back(Schedule{expr, frame}));
    error(frame, expr->range, "'step' is known in train sections only");
    return {};
  }
  if (const Builtin *row = findBuiltin(expr->name)) {
    builtins.push_back({row, {}});
    return static_cast<const BuiltinValue *>(&builtins.back());
  }
  // The dtypes that are computed in.
  if (expr->name == "float")
    return mlir::Type(builder.getF32Type());
  if (expr->name == "int")
    return mlir::Type(builder.getI64Type());
  bool reserved = false;
  if (std::optional<mlir::Type> type = dtypeNamed(expr->name, reserved))
    return *type;
  if (reserved) {
    error(frame, expr->range,
          "dtype " + expr->name + " is not supported yet; expected f32, i64, i32 or bool");
    return {};
  }

  if (isReportedUndefined(expr->name, expr->range, diagnostics))
    return {};
  std::string near = diagnostics.isFull() ? "" : suggestName(expr->name, expr->range, *frame.scope);
  Diagnostic &diagnostic = error(frame, expr->range, "undefined name '" + expr->name + "'" + near);
  const Declaration *around = frame.activation ? frame.activation->declaration : nullptr;
  if (const Identifier *later = around ? findDefinition(around->suite, expr->name) : nullptr)
    diagnostic.note("'" + expr->name + "' is defined " + placeOf(later->range, expr->range.file) +
                    ", which does not come before this in its suite");
  return {};
}

Value Elaborator::evalChain(const ChainExpr *expr, Frame &frame) {
  Value value = eval(expr->first, frame);
  for (const ChainLink &link : expr->links) {
    if (link.op == TokenKind::PipeRight) {
      SourceRange before =
          expr->first->range.to({expr->range.file, link.opRange.begin, link.opRange.begin});
      CallArgument piped{"", value, before, &link == expr->links.begin() ? expr->first : nullptr};
      if (const auto *next = llvm::dyn_cast<CallExpr>(link.operand)) {
        value = evalCall(next, frame, &piped);
      } else {
        Value callee = eval(link.operand, frame);
        value = call(callee, piped, link.operand->range, link.operand->range, frame);
      }
      continue;
    }
    bool isLogical = link.op == TokenKind::kw_And || link.op == TokenKind::kw_Or;
    if (isLogical && value.is<bool>() && value.get<bool>() == (link.op == TokenKind::kw_Or))
      continue;
    Value right = eval(link.operand, frame);
    value = binary(link.op, link.opRange, value, right,
                   &link == expr->links.begin() ? expr->first : nullptr, link.operand, frame);
  }
  return value;
}

Value Elaborator::evalCall(const CallExpr *expr, Frame &frame, const CallArgument *piped) {
  Value callee = eval(expr->callee, frame);
  llvm::SmallVector<CallArgument, 8> arguments;
  bool good = !callee.isPoison();
  if (piped) {
    arguments.push_back(*piped);
    good &= !piped->value.isPoison();
  }
  for (const Argument &argument : expr->arguments) {
    Value value = eval(argument.value, frame);
    good &= !value.isPoison();
    SourceRange range =
        argument.isNamed() ? argument.name.range.to(argument.value->range) : argument.value->range;
    arguments.push_back({argument.name.name, value, range, argument.value});
  }
  // A part must be applied even to broken inputs, so that what it owns exists.
  if (!good && !(callee.is<Part *>() || callee.is<const FnValue *>()))
    return {};
  return call(callee, arguments, expr->range, expr->callee->range, frame);
}

Value Elaborator::evalBracket(const BracketExpr *expr, Frame &frame) {
  Value base = eval(expr->base, frame);
  if (base.isPoison())
    return {};
  if (base.is<const BlockValue *>()) {
    std::optional<BlockValue> next = giveHypers(*base.get<const BlockValue *>(), expr, frame);
    return next ? Value(static_cast<const BlockValue *>(&blocks.emplace_back(*next))) : Value();
  }
  if (base.is<const OptimizerValue *>()) {
    std::optional<BlockValue> next = giveHypers(*base.get<const OptimizerValue *>(), expr, frame);
    return next ? Value(static_cast<const OptimizerValue *>(
                      &optimizers.emplace_back(OptimizerValue{*next})))
                : Value();
  }
  if (base.is<const BuiltinValue *>() || base.is<const FnValue *>())
    return fixArguments(base, expr, frame);
  if (base.is<const ListValue *>())
    return evalListItem(*base.get<const ListValue *>(), expr, frame);
  if (mlir::Value tensor = asTensor(base, frame, expr->range))
    return evalSubscripts(tensor, expr, frame);
  error(frame, expr->range, base.describe() + " takes no brackets");
  return {};
}

Value Elaborator::fixArguments(const Value &callee, const BracketExpr *expr, Frame &frame) {
  std::vector<std::pair<llvm::StringRef, Value>> fixed;
  for (const Subscript &subscript : expr->subscripts) {
    if (subscript.kind != SubscriptKind::Value || !subscript.value.isNamed()) {
      error(frame, subscript.range,
            "brackets after a function fix arguments by name: 'f[slope = 0.2]'");
      return {};
    }
    Value value = eval(subscript.value.value, frame);
    if (value.isPoison())
      return {};
    fixed.emplace_back(subscript.value.name.name, value);
  }
  if (callee.is<const BuiltinValue *>()) {
    BuiltinValue next = *callee.get<const BuiltinValue *>();
    next.fixed.insert(next.fixed.end(), fixed.begin(), fixed.end());
    builtins.push_back(std::move(next));
    return static_cast<const BuiltinValue *>(&builtins.back());
  }
  FnValue next = *callee.get<const FnValue *>();
  next.fixed.insert(next.fixed.end(), fixed.begin(), fixed.end());
  functions.push_back(std::move(next));
  return static_cast<const FnValue *>(&functions.back());
}

Value Elaborator::evalMember(const MemberExpr *expr, Frame &frame) {
  Value base = eval(expr->base, frame);
  if (base.isPoison())
    return {};
  if (base.is<Part *>()) {
    Value value = member(*base.get<Part *>(), expr->member, frame);
    if (value.is<const Parameter *>() && insideEntry())
      return asTensor(value, frame, expr->range);
    return value;
  }
  const ListValue *results = base.getIf<const ListValue *>();
  if (results && !results->names.empty()) {
    auto found = llvm::find(results->names, expr->member.name);
    if (found != results->names.end())
      return results->items[found - results->names.begin()];
    llvm::StringRef near = nearestName(expr->member.name, results->names);
    error(frame, expr->member.range,
          "no result is named '" + escapeForMessage(expr->member.name) + "'" +
              (near.empty() ? "" : "; did you mean '" + near.str() + "'?"));
    return {};
  }
  mlir::Value tensor = asTensor(base, frame, expr->range);
  if (!tensor || expr->member.name != "T") {
    error(frame, expr->member.range,
          base.describe() + " has no member '" + escapeForMessage(expr->member.name) + "'");
    return {};
  }
  TensorType type = llvm::cast<TensorType>(tensor.getType());
  int64_t rank = type.getRank();
  if (rank < 2) {
    error(frame, expr->member.range, "'.T' swaps the last two axes")
        .expected("at least 2 axes", formatType(type));
    return {};
  }
  llvm::SmallVector<int64_t> order, groups(rank, 1);
  for (int64_t i = 0; i < rank; ++i)
    order.push_back(i);
  std::swap(order[rank - 1], order[rank - 2]);
  llvm::SmallVector<Size> shape(type.getShape());
  std::swap(shape[rank - 1], shape[rank - 2]);
  llvm::SmallVector<mlir::Attribute> factors(type.getShape().begin(), type.getShape().end());
  return Value(mlir::Value(mlir::tenon::RearrangeOp::create(
      builder, location(frame, expr->range), type.withShape(shape), tensor,
      builder.getArrayAttr(factors), groups, order, groups)));
}

std::optional<int64_t> Elaborator::evalInteger(const Expr *expr, Frame &frame,
                                               const llvm::Twine &what) {
  Value value = eval(expr, frame);
  if (value.isPoison())
    return std::nullopt;
  std::optional<int64_t> number = value.integer();
  if (!number)
    error(frame, expr->range, what).expected("an integer known when compiling", value.describe());
  return number;
}

bool Elaborator::iterate(const Range &range, SourceRange place, Frame &frame,
                         llvm::function_ref<bool(Value, Frame &)> turn) {
  std::vector<Value> values;
  int64_t first = 0, count = 0;
  if (range.last) {
    std::optional<int64_t> from = evalInteger(range.first, frame, "the beginning of a range");
    std::optional<int64_t> to = evalInteger(range.last, frame, "the end of a range");
    if (!from || !to)
      return false;
    first = *from;
    if (*to > *from && __builtin_sub_overflow(*to, *from, &count))
      count = INT64_MAX;
  } else {
    Value over = eval(range.first, frame);
    if (over.isPoison())
      return false;
    if (!over.is<const ListValue *>()) {
      error(frame, range.first->range, "a loop over " + over.describe())
          .expected("a range or a list", over.describe());
      return false;
    }
    values = over.get<const ListValue *>()->items;
    count = values.size();
  }
  uint64_t turns = 0;
  if (__builtin_mul_overflow(frame.turns, uint64_t(std::max<int64_t>(count, 1)), &turns) ||
      turns > kMaxExpansion) {
    std::string nested =
        frame.turns > 1 ? " inside loops of " + std::to_string(frame.turns) + " turns" : "";
    error(frame, place,
          "a loop of " + llvm::Twine(count) + " turns" + nested + "; the limit is " +
              llvm::Twine(kMaxExpansion) + " turns in all");
    // The loops around would only come here again.
    if (frame.activation && frame.turns > 1)
      frame.activation->failed = true;
    return false;
  }
  for (int64_t i = 0; i < count; ++i) {
    Frame inner = frame;
    inner.turns = turns;
    inner.scope = &scopes.emplace_back(Scope::Kind::Loop, frame.scope);
    Value value = range.last ? Value(size(first + i)) : values[i];
    if (!turn(value, inner))
      return false;
    if (frame.activation && (frame.activation->returned || frame.activation->failed))
      break;
  }
  return true;
}

std::string Elaborator::interpolate(const StringLiteral &literal, Frame &frame, bool &hasHoles) {
  std::string out;
  llvm::StringRef rest = literal.value;
  hasHoles = false;
  while (!rest.empty()) {
    size_t open = rest.find('{');
    out += rest.take_front(open);
    if (open == llvm::StringRef::npos)
      break;
    size_t close = rest.find('}', open);
    if (close == llvm::StringRef::npos) {
      error(frame, literal.range, "'{' is not closed in this name");
      return out;
    }
    const SourceFile &source = diagnostics.adopt(
        std::make_unique<SourceFile>("a parameter's name", rest.slice(open + 1, close).str()));
    DiagnosticsEngine inner;
    const Expr *hole = parseExpression(source, files.getContext(), inner);
    Value value = hole ? eval(hole, frame) : Value();
    // A text does not tell the parts of an array apart.
    hasHoles |= !value.is<llvm::StringRef>();
    if (std::optional<int64_t> index = value.integer())
      out += std::to_string(*index);
    else if (value.is<llvm::StringRef>())
      out += value.get<llvm::StringRef>();
    else
      error(frame, literal.range,
            "'" + rest.slice(open, close + 1) + "' in this name is no integer and no text");
    rest = rest.drop_front(close + 1);
  }
  return out;
}

} // namespace tenon::lang
