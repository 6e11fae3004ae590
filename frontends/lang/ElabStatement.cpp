//===- ElabStatement.cpp - Statements -------------------------------------===//

#include "frontends/lang/Elaborator.h"

#include "tenon/Dialect/Tenon/IR/ComputeAttribute.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

void Elaborator::execSuite(Suite suite, Frame &frame) {
  for (const Statement *statement : suite) {
    exec(statement, frame);
    if (frame.activation->returned || frame.activation->failed)
      return;
  }
}

Binding *Elaborator::define(const Identifier &name, BindingKind kind, Value value, Frame &frame) {
  if (Binding *known = frame.scope->lookupOwn(name.name)) {
    Diagnostic &diagnostic =
        error(frame, name.range,
              "'" + name.name + "' is already defined " + placeOf(known->range, name.range.file) +
                  (kind == BindingKind::Name ? "; write ':=' to replace it" : ""));
    if (kind != BindingKind::Name && known->kind != BindingKind::Name)
      diagnostic.note("it is the name of a " + wordFor(known->kind));
    return nullptr;
  }
  return &frame.scope->bind(name.name, {kind, value, name.range, ""});
}

static llvm::StringRef firstWord(const Statement *statement) {
  return statement->range.text().take_while([](char c) { return llvm::isAlpha(c) || c == '_'; });
}

void Elaborator::exec(const Statement *statement, Frame &frame) {
  switch (statement->kind) {
  case StatementKind::Part:
    return declarePart(llvm::cast<PartStatement>(statement), frame);
  case StatementKind::Param:
    return declareParam(llvm::cast<ParamStatement>(statement), frame);
  case StatementKind::Assign:
    return assign(llvm::cast<AssignStatement>(statement), frame);
  case StatementKind::Change:
    return change(llvm::cast<ChangeStatement>(statement), frame);
  case StatementKind::Require:
    return require(llvm::cast<RequireStatement>(statement), frame);
  case StatementKind::Return:
    return execReturn(llvm::cast<ValuesStatement>(statement), frame);
  case StatementKind::Dim:
    return declareDims(llvm::cast<DimStatement>(statement), frame);
  case StatementKind::If:
    return execIf(llvm::cast<IfStatement>(statement), frame);
  case StatementKind::For:
  case StatementKind::Collect:
    return execFor(llvm::cast<ForStatement>(statement), frame);
  case StatementKind::Precision:
    if (!readPrecisions.count(statement))
      error(frame, statement->range, "'precision' stands in a model, in no other suite");
    return;
  case StatementKind::Yield: {
    const auto *yield = llvm::cast<ValuesStatement>(statement);
    if (!frame.yields || frame.yields->size() != yield->values.size()) {
      error(frame, statement->range, "'yield'")
          .expected(frame.yields ? llvm::Twine(frame.yields->size()) + " values"
                                 : llvm::Twine("a 'names = for ...' around it"),
                    llvm::Twine(yield->values.size()));
      return;
    }
    for (auto [list, expr] : llvm::zip(*frame.yields, yield->values))
      list.push_back(eval(expr, frame));
    return;
  }
  case StatementKind::Fn:
  case StatementKind::Entry: {
    // Called from another entry, an entry is a function of the model.
    const auto *declaration = llvm::cast<Declaration>(statement);
    bool isEntry = declaration->kind == StatementKind::Entry;
    if (isEntry && (!frame.activation->isModel() || inLoop(frame))) {
      error(frame, declaration->name.range,
            inLoop(frame) ? "an 'entry' inside a loop has no name of its own"
                          : "'entry' stands in a model only");
      return;
    }
    if (isEntry && !frame.self->declaration)
      entries.push_back(declaration);
    functions.push_back({declaration, frame.file, frame.scope, frame.self, {}});
    Value value = static_cast<const FnValue *>(&functions.back());
    define(declaration->name, isEntry ? BindingKind::Entry : BindingKind::Fn, value, frame);
    return addMember(declaration->name, value, frame);
  }
  case StatementKind::Minimize:
  case StatementKind::Metric:
  case StatementKind::Update:
  case StatementKind::Freeze:
  case StatementKind::ClipNorm:
  case StatementKind::Ema:
  case StatementKind::Defaults:
    if (frame.activation->is(StatementKind::Train))
      return execTraining(statement, frame);
    error(frame, statement->range, "'" + firstWord(statement) + "' stands in a train section only");
    return;
  case StatementKind::Initialize:
    if (frame.activation->isModel())
      return addInitializer(llvm::cast<GlobStatement>(statement), frame);
    [[fallthrough]];
  case StatementKind::Config:
  case StatementKind::Train:
    // Configs were read before, and entries do not depend on train sections.
    if (!frame.activation->isModel())
      error(frame, statement->range, "'" + firstWord(statement) + "' stands in a model only");
    return;
  default:
    llvm_unreachable("not a statement of a suite");
  }
}

/// The values on the right of `=` or `:=` for `count` names.
std::optional<std::vector<Value>> Elaborator::takeApart(llvm::ArrayRef<const Expr *> values,
                                                        size_t count, Frame &frame) {
  std::vector<Value> out;
  for (const Expr *expr : values)
    out.push_back(eval(expr, frame));
  if (out.size() == count)
    return out;
  SourceRange range = values.front()->range.to(values.back()->range);
  if (out.size() != 1) {
    error(frame, range, llvm::Twine(count) + " names")
        .expected(llvm::Twine(count) + " values", llvm::Twine(out.size()));
    return std::nullopt;
  }
  Value whole = out.front();
  if (whole.isPoison())
    return std::nullopt;
  if (whole.is<const ListValue *>()) {
    const std::vector<Value> &items = whole.get<const ListValue *>()->items;
    if (items.size() == count)
      return items;
    error(frame, range, llvm::Twine(count) + " names for a list")
        .expected(llvm::Twine(count) + " elements", llvm::Twine(items.size()));
    return std::nullopt;
  }
  mlir::Value tensor = asTensor(whole, frame, range);
  TensorType type = tensor ? llvm::cast<TensorType>(tensor.getType()) : TensorType();
  if (!tensor || type.getRank() == 0 || type.getDim(0) != size(count)) {
    error(frame, range, llvm::Twine(count) + " names")
        .expected("a list of " + llvm::Twine(count) + " or a tensor with first axis " +
                      llvm::Twine(count),
                  whole.describe());
    return std::nullopt;
  }
  // One slice per name, without the first axis.
  llvm::SmallVector<Size> part(type.getShape());
  part[0] = size(1);
  llvm::SmallVector<Size> rest(llvm::drop_begin(part));
  llvm::SmallVector<mlir::Attribute> factors(rest.begin(), rest.end());
  llvm::SmallVector<int64_t> steps(part.size(), 1), groups(part.size(), 1), order,
      kept(rest.size(), 1);
  groups[0] = 0;
  for (size_t i = 0; i < rest.size(); ++i)
    order.push_back(i);
  std::vector<Value> slices;
  mlir::Location loc = location(frame, range);
  for (size_t i = 0; i < count; ++i) {
    llvm::SmallVector<mlir::Attribute> starts(part.size(), size(0));
    starts[0] = size(i);
    mlir::Value slice = dialect::SliceOp::create(builder, loc, type.withShape(part), tensor,
                                                 builder.getArrayAttr(starts), steps);
    slices.push_back(mlir::Value(dialect::RearrangeOp::create(builder, loc, type.withShape(rest),
                                                              slice, builder.getArrayAttr(factors),
                                                              groups, order, kept)));
  }
  return slices;
}

void Elaborator::assign(const AssignStatement *statement, Frame &frame) {
  auto values = takeApart(statement->values, statement->names.size(), frame);
  for (auto [i, name] : llvm::enumerate(statement->names))
    define(name, BindingKind::Name, values ? (*values)[i] : Value(), frame);
}

void Elaborator::change(const ChangeStatement *statement, Frame &frame) {
  auto values = takeApart(statement->values, statement->names.size(), frame);
  for (auto [i, name] : llvm::enumerate(statement->names))
    changeOne(statement, name, values ? (*values)[i] : Value(), frame);
}

/// Whether `value` may be the next value of a name whose type never changes.
bool Elaborator::keepsType(const Value &value, TensorType type, const Identifier &name,
                           Frame &frame) {
  if (value.isPoison())
    return false;
  if (value.isNumber() || value.is<bool>())
    return bool(literal(value, type.getElementType(), frame, name.range));
  mlir::Value tensor = asTensor(value, frame, name.range);
  if (tensor && tensor.getType() == type)
    return true;
  error(frame, name.range, "'" + name.name + " := ...' must keep the type of " + name.name)
      .expected(formatType(type),
                tensor ? formatType(llvm::cast<TensorType>(tensor.getType())) : value.describe());
  return false;
}

void Elaborator::changeOne(const ChangeStatement *statement, const Identifier &name, Value value,
                           Frame &frame) {
  Binding *binding = frame.scope->lookupOwn(name.name);
  if (!binding) {
    llvm::SmallVector<llvm::StringRef, 32> names;
    if (!diagnostics.isFull())
      frame.scope->collect(names);
    llvm::StringRef near = nearestName(name.name, names);
    error(frame, name.range,
          "'" + name.name + "' is not defined, so it cannot be replaced" +
              (near.empty() ? "; define it with '='" : "; did you mean '" + near.str() + "'?"));
    return;
  }
  const Parameter *parameter = binding->value.getIf<const Parameter *>();
  // A state that this suite has written before is a tensor by now.
  if (binding->kind == BindingKind::Param && !parameter)
    if (auto known = frame.self->members.find(name.name); known != frame.self->members.end())
      parameter = known->second.getIf<const Parameter *>();
  bool isState = parameter && parameter->kind == dialect::ParamKind::State;
  if (isState && !isTraining()) {
    error(frame, name.range, "state '" + name.name + "' changes in training only")
        .hint("write it under 'if training:'");
    return;
  }
  bool mayChange = binding->kind == BindingKind::Name || binding->kind == BindingKind::Input;
  if (!isState && !mayChange && !binding->kept) {
    error(frame, name.range,
          "'" + name.name + "' is a " + wordFor(binding->kind) + " and cannot be replaced");
    return;
  }
  // It stands for its expression, which would then name itself.
  if (frame.activation->isModel() &&
      (value.is<const Schedule *>() || binding->value.is<const Schedule *>())) {
    error(frame, name.range, "'" + name.name + "' depends on 'step' and cannot be replaced here")
        .hint("define another name");
    return;
  }
  if (isState)
    binding->kept = parameter->type;
  if (statement->op == TokenKind::ColonEqual) {
    bool fits = !binding->kept || keepsType(value, binding->kept, name, frame);
    // What is kept from step to step is a tensor also where it is set to a number.
    bool isStatic = value.isNumber() || value.is<bool>();
    if (fits && binding->kept && isStatic && insideEntry())
      value = splat(value, binding->kept, frame, name.range);
    binding->value = fits ? value : Value();
    if (isState)
      noteState(*parameter, binding->value);
    return;
  }
  TokenKind op = statement->op == TokenKind::PlusEqual    ? TokenKind::Plus
                 : statement->op == TokenKind::MinusEqual ? TokenKind::Minus
                 : statement->op == TokenKind::StarEqual  ? TokenKind::Star
                                                          : TokenKind::Slash;
  Value before = binding->value;
  SourceRange place = name.range.to(statement->opRange);
  auto keepsShape = [&](TensorType changed) {
    llvm::ArrayRef<Size> wanted = before.tensorType().getShape();
    if (wanted == changed.getShape())
      return true;
    Diagnostic &diagnostic = error(frame, place,
                                   "'" + name.name + " " + spelling(statement->op) +
                                       " ...' must keep the shape of " + name.name)
                                 .expected(formatShape(wanted), formatShape(changed.getShape()));
    auto made = value.isTensor() ? madeBy.find(value.get<mlir::Value>()) : madeBy.end();
    if (made == madeBy.end())
      return false;
    // Which axis is off, and which part it comes from.
    const PartStatement *part = made->second->declaration;
    llvm::ArrayRef<Size> got = value.tensorType().getShape();
    std::string text;
    for (size_t axis = 0; axis < got.size() && got.size() == wanted.size() && text.empty(); ++axis)
      if (got[axis] != wanted[axis])
        text = "axis " + std::to_string(axis) + " is " + got[axis].toString();
    text = (text.empty() ? "it comes" : text) + " from '" + part->range.text().str() + "' " +
           placeOf(part->range, statement->range.file);
    std::string hypers;
    for (const GivenHyper &given : made->second->hypers)
      if (Binding *hyper = given.text.empty() ? nullptr : frame.scope->lookup(given.text))
        if (!hyper->text.empty() && hyper->text != given.text)
          hypers += (hypers.empty() ? "" : ", ") + given.text.str() + " = " + hyper->text.str();
    diagnostic.note(text + (hypers.empty() ? "" : " (" + hypers + ")"));
    return false;
  };
  // The operand's own shape tells more than the failed broadcast would.
  if (before.isTensor() && value.isTensor() &&
      value.tensorType().getRank() == before.tensorType().getRank())
    for (auto [a, b] : llvm::zip(before.tensorType().getShape(), value.tensorType().getShape()))
      if (a != b && !b.isOne()) {
        keepsShape(value.tensorType());
        binding->value = {};
        return;
      }
  Value after = binary(op, statement->opRange, before, value, nullptr, nullptr, frame);
  if (before.isTensor() && after.isTensor() && !keepsShape(after.tensorType()))
    after = {};
  if (binding->kept && !keepsType(after, binding->kept, name, frame))
    after = {};
  binding->value = after;
  if (isState)
    noteState(*parameter, after);
}

void Elaborator::execReturn(const ValuesStatement *statement, Frame &frame) {
  Activation &activation = *frame.activation;
  if (activation.isModel() || activation.is(StatementKind::Train) ||
      activation.is(StatementKind::Optimizer)) {
    error(frame, statement->range, "'return' outside of a block, function or entry");
    return;
  }
  activation.returnRange = statement->values.front()->range.to(statement->values.back()->range);
  for (const Expr *expr : statement->values)
    activation.results.push_back(eval(expr, frame));
  // Only now: a list over a range that is returned takes its turns before.
  activation.returned = true;
}

void Elaborator::execIf(const IfStatement *statement, Frame &frame) {
  for (const IfArm &arm : statement->arms) {
    std::optional<bool> taken = true;
    if (arm.condition)
      taken = truth(eval(arm.condition, frame), arm.condition->range, frame);
    if (!taken)
      return;
    if (*taken)
      return execSuite(arm.suite, frame);
  }
}

void Elaborator::execFor(const ForStatement *statement, Frame &frame) {
  std::vector<std::vector<Value>> collected(statement->names.size());
  Frame around = frame;
  if (statement->kind == StatementKind::Collect)
    around.yields = &collected;
  bool good =
      iterate(statement->over, statement->variable.range, around, [&](Value index, Frame &turn) {
        bool counts = statement->over.last != nullptr;
        if (!define(statement->variable, counts ? BindingKind::LoopIndex : BindingKind::Input,
                    index, turn))
          return false;
        execSuite(statement->suite, turn);
        return true;
      });
  for (auto [name, items] : llvm::zip(statement->names, collected)) {
    bool broken = !good || llvm::any_of(items, [](const Value &item) { return item.isPoison(); });
    define(name, BindingKind::Name, broken ? Value() : *list(std::move(items)), frame);
  }
}

void Elaborator::declareDims(const DimStatement *statement, Frame &frame) {
  for (const DimSize &dim : statement->sizes) {
    std::optional<int64_t> bound;
    if (dim.bound) {
      bound = evalInteger(dim.bound, frame, "the bound of a dim");
      if (bound && *bound < 0) {
        error(frame, dim.bound->range, "the bound of a dim")
            .expected("at least 0", llvm::Twine(*bound));
        continue;
      }
    }
    if (!frame.activation->isModel() || inLoop(frame)) {
      error(frame, dim.name.range,
            inLoop(frame) ? "a 'dim' inside a loop has no name of its own"
                          : "'dim' stands in a model");
      continue;
    }
    // The dims of a part are bound by each call; until then they are like no other.
    std::string symbol = joinPath(frame.self->shown, dim.name.name);
    Value value = Size::getSymbol(getContext(), symbol);
    if (!define(dim.name, BindingKind::Dim, value, frame))
      continue;
    DimBounds &bounds = dims[symbol];
    bounds.max = bound;
    if (frame.self->declaration)
      continue;
    symbolNames[symbol] = dim.name.range;
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(module->getBody());
    bounds.op =
        dialect::SizeOp::create(builder, location(frame, dim.name.range), dim.name.name, /*min=*/0,
                                bound ? builder.getI64IntegerAttr(*bound) : mlir::IntegerAttr());
  }
}

/// A dtype of floats that parameters can be kept in; null for others.
static mlir::FloatType weightDtype(llvm::StringRef name, mlir::Builder &builder) {
  return llvm::StringSwitch<mlir::FloatType>(name)
      .Case("f32", builder.getF32Type())
      .Case("bf16", builder.getBF16Type())
      .Case("f16", builder.getF16Type())
      .Default({});
}

/// Before anything else of a model: its precision, which holds for all of it.
void Elaborator::readPrecision(Suite suite, Frame &frame) {
  const NamedStatement *first = nullptr;
  for (const Statement *statement : suite) {
    if (statement->kind != StatementKind::Precision)
      continue;
    const auto *precision = llvm::cast<NamedStatement>(statement);
    readPrecisions.insert(statement);
    if (first) {
      error(frame, precision->range,
            "a model has one 'precision'; the other is " +
                placeOf(first->range, precision->range.file));
      continue;
    }
    first = precision;
    for (const Argument &argument : precision->values)
      setPrecision(argument, frame);
  }
  // The command line speaks of the model that is compiled, not of its parts.
  mlir::FloatType asked = weightDtype(options.weights, builder);
  if (asked && !frame.self->declaration)
    frame.self->weightStorage = asked.isF32() ? mlir::FloatType() : asked;
}

void Elaborator::setPrecision(const Argument &argument, Frame &frame) {
  llvm::StringRef role = argument.name.name;
  if (role != "weights" && role != "compute" && role != "master") {
    error(frame, argument.name.range, "precision of '" + role + "'")
        .expected("weights, compute or master", "'" + role.str() + "'");
    return;
  }
  const auto *dtype = llvm::dyn_cast<NameExpr>(argument.value);
  llvm::StringRef name = dtype ? dtype->name : llvm::StringRef();
  mlir::FloatType type = weightDtype(name, builder);
  // TF32 has as many bits of the fraction as f16, and the range of f32.
  if (role == "compute" && (name == "tf32" || name == "f16"))
    type = builder.getTF32Type();
  if (!type || (role == "master" && !type.isF32())) {
    error(frame, argument.value->range, "precision of '" + role + "'")
        .expected(role == "master"    ? "f32"
                  : role == "compute" ? "f32, tf32, bf16 or f16"
                                      : "f32, bf16 or f16",
                  argument.value->range.text());
    return;
  }
  // Of the model that is compiled, not of its parts.
  if (role == "compute" && !type.isF32() && !frame.self->declaration)
    (*module)->setAttr(mlir::tenon::kComputeAttr, mlir::TypeAttr::get(type));
  if (role == "weights" && !type.isF32())
    frame.self->weightStorage = type;
}

} // namespace tenon::lang
