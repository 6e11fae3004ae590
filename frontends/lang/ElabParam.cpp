//===- ElabParam.cpp - Parameters -----------------------------------------===//

#include "frontends/lang/Elaborator.h"

#include "tenon/Dialect/Tenon/IR/TrainingAttributes.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

void Elaborator::declareParam(const ParamStatement *statement, Frame &frame) {
  if (frame.activation->is(StatementKind::Optimizer))
    return declareOptimizerState(statement, frame);
  auto fail = [&] { define(statement->name, BindingKind::Param, {}, frame); };
  if (!frame.activation->ownsParts || inLoop(frame)) {
    error(frame, statement->range,
          inLoop(frame) ? "a parameter inside a loop has no name of its own"
                        : "a function owns no parameters");
    return fail();
  }
  TypeSpec spec;
  if (!readType(statement->type, frame, /*mayBind=*/false, spec))
    return fail();
  llvm::SmallVector<Size> shape;
  for (const TypeAxis &axis : spec.axes) {
    if (axis.kind != TypeAxis::Fixed) {
      error(frame, axis.range, "the size of parameter '" + statement->name.name + "'")
          .expected("a size", axis.kind == TypeAxis::Any ? "'_'" : "'..'");
      return fail();
    }
    if (!axis.size.isConstant()) {
      std::string from;
      Binding *binding = axis.name.empty() ? nullptr : frame.scope->lookup(axis.name);
      if (binding)
        from = " (" + wordFor(binding->kind).str() + ", " +
               llvm::StringRef(placeOf(binding->range, axis.range.file)).drop_front(3).str() + ")";
      error(frame, axis.range, "the size of parameter '" + statement->name.name + "' is dynamic")
          .expected("a fixed size", axis.size.toString() + from)
          .hint("declare [longest, ...] with 'dim " + axis.size.toString() +
                " <= longest', and take " + statement->name.name + "[:" + axis.size.toString() +
                "]");
      return fail();
    }
    if (*axis.size.getConstant() < 0) {
      error(frame, axis.range, "the size of parameter '" + statement->name.name + "' is negative")
          .expected("at least 0", axis.size.toString());
      return fail();
    }
    shape.push_back(axis.size);
  }
  if (spec.isList || !spec.staticKind.empty() || spec.elements == TypeSpec::Integers) {
    error(frame, statement->type->range, "the type of parameter '" + statement->name.name + "'")
        .expected("a tensor of a dtype", formatSpec(spec));
    return fail();
  }
  mlir::Type element =
      spec.elements == TypeSpec::Exactly ? spec.element : mlir::Type(builder.getF32Type());
  TensorType type = TensorType::get(shape, element);
  Size elements = type.getNumElements();
  if (!elements || !elements.mul(8)) {
    error(frame, statement->type->range,
          "parameter '" + statement->name.name + "' of " + formatType(type) +
              ": its size overflows 64 bits");
    return fail();
  }
  mlir::Value computed;
  InitialValue initial;
  if (statement->value)
    initial = readInitialValue(statement, type, frame, computed);
  int64_t bytes = *elements.getConstant() * type.getElementBytes();

  bool hasHoles = false;
  std::string step =
      statement->as ? interpolate(*statement->as, frame, hasHoles) : statement->name.name.str();
  std::string name = joinPath(frame.self->path, step);
  if (auto known = parametersByName.find(name); known != parametersByName.end()) {
    const Parameter *parameter = known->second;
    if (parameter->owner != frame.self || parameter->range.begin != statement->range.begin) {
      error(frame, statement->range,
            "two parameters are named '" + escapeForMessage(name) + "'; the other is " +
                (parameter->owner->shown.empty() || parameter->range.begin != statement->range.begin
                     ? "declared " + placeOf(parameter->range, statement->range.file)
                     : "in " + parameter->owner->shown));
      return fail();
    }
    if (parameter->type != type) {
      error(frame, statement->type->range,
            "parameter '" + escapeForMessage(name) + "' is shared by uses of other sizes")
          .expected(formatType(parameter->type), formatType(type));
      return fail();
    }
    define(statement->name, BindingKind::Param, parameter, frame);
    return;
  }
  if (auto taken = symbolNames.find(name); taken != symbolNames.end() || name.empty()) {
    error(frame, statement->range,
          name.empty()
              ? llvm::Twine("a parameter with an empty name")
              : "parameter '" + escapeForMessage(name) + "' has the name of what is declared " +
                    placeOf(taken->second, statement->range.file));
    return fail();
  }

  if (llvm::StringRef(name).starts_with(dialect::kOwnPrefix)) {
    error(frame, statement->range,
          "parameter '" + escapeForMessage(name) +
              "': names that begin with 'tenon.' are for what "
              "training keeps");
    return fail();
  }
  if (bytes > kMaxParameterBytes - parameterBytes) {
    error(frame, statement->range,
          "the parameters up to this one, " + formatType(type) + " of " + llvm::Twine(bytes) +
              " bytes, have more than " + llvm::Twine(kMaxParameterBytes) +
              " bytes, which is the limit");
    return fail();
  }
  parameterBytes += bytes;
  Parameter &parameter = parameters.emplace_back();
  parameter.name = name;
  parameter.type = type;
  auto isModel = [](const Part *part) {
    return !part->block || part->block->declaration->kind == StatementKind::Model;
  };
  const Part *model = frame.self;
  while (!isModel(model) && model->parent)
    model = model->parent;
  if (spec.elements != TypeSpec::Exactly)
    parameter.storage = model->weightStorage;
  bool frozen = statement->frozen || frame.self->frozen;
  parameter.kind = statement->state ? dialect::ParamKind::State
                   : frozen         ? dialect::ParamKind::Frozen
                                    : dialect::ParamKind::Trainable;
  parameter.range = statement->range;
  parameter.owner = frame.self;
  parameter.drawn = statement->drawn;
  parameter.initial = initial;
  if (computed)
    initialValues.emplace_back(&parameter, computed);
  parametersByName[name] = &parameter;
  {
    mlir::OpBuilder::InsertionGuard guard(builder);
    if (firstFunction)
      builder.setInsertionPoint(firstFunction);
    else
      builder.setInsertionPointToEnd(module->getBody());
    dialect::ParamOp::create(builder, location(frame, statement->range), parameter.kind, name,
                             type);
  }
  if (define(statement->name, BindingKind::Param, static_cast<const Parameter *>(&parameter),
             frame))
    frame.self->members[statement->name.name] = static_cast<const Parameter *>(&parameter);
}

} // namespace tenon::lang
