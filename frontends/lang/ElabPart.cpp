//===- ElabPart.cpp - Parts and their members -----------------------------===//

#include "frontends/lang/Elaborator.h"

namespace tenon::lang {

bool inLoop(const Frame &frame) { return frame.scope->getKind() == Scope::Kind::Loop; }

std::string joinPath(llvm::StringRef parent, llvm::StringRef step) {
  if (parent.empty() || step.empty())
    return (parent + step).str();
  return (parent + "." + step).str();
}

Value Elaborator::makePart(const PartStatement *statement, const Value &kind,
                           const std::string &step, const std::string &shown, const Value *existing,
                           Frame &frame) {
  // A part, a function, or a list of them under a second name is the same
  // thing.
  if (!kind.is<const BlockValue *>()) {
    bool applies = kind.is<Part *>() || kind.is<const FnValue *>() ||
                   kind.is<const BuiltinValue *>() || kind.is<const ListValue *>();
    if (!kind.isPoison() && !applies)
      error(frame, statement->type->range, "part '" + statement->name.name + "'")
          .expected("a kind of block or a function", kind.describe());
    return applies ? kind : Value();
  }
  const BlockValue *block = kind.get<const BlockValue *>();
  std::vector<GivenHyper> hypers;
  if (!completeHypers(*block, statement->type->range, frame, hypers))
    return {};
  // A part is made once; applying its parent again finds it.
  if (existing && existing->is<Part *>() &&
      existing->get<Part *>()->block->declaration == block->declaration) {
    Part *part = existing->get<Part *>();
    part->hypers = std::move(hypers);
    return part;
  }
  if (parts.size() >= kMaxExpansion) {
    error(frame, statement->range, "more than " + llvm::Twine(kMaxExpansion) + " parts");
    return {};
  }
  Part &part = parts.emplace_back();
  part.block = block;
  part.hypers = std::move(hypers);
  part.parent = frame.self;
  part.path = joinPath(frame.self ? llvm::StringRef(frame.self->path) : "", step);
  part.shown = joinPath(frame.self ? llvm::StringRef(frame.self->shown) : "", shown);
  part.declaration = statement;
  part.frozen = statement->frozen || (frame.self && frame.self->frozen);
  return &part;
}

/// Makes the parts below index number `level`, given the indices before it.
Value Elaborator::makeParts(const PartStatement *statement, size_t level,
                            std::vector<int64_t> &indices, const Value *existing, Frame &frame) {
  if (level < statement->indices.size()) {
    const PartIndex &index = statement->indices[level];
    Range over = index.over;
    std::vector<Value> items;
    // An index in a range is what the text says; one in a list counts from 0.
    int64_t first = 0;
    auto makeOne = [&](Value position, Frame &turn) {
      std::optional<int64_t> number = position.integer();
      if (!number) {
        error(frame, index.range, "an index of a part").expected("integers", position.describe());
        return false;
      }
      llvm::StringRef name = index.variable.name;
      if (name.empty())
        name = level == 0 ? "i" : level == 1 ? "j" : "k";
      turn.scope->bind(name, {BindingKind::LoopIndex, position, index.range, ""});
      indices.push_back(*number);
      if (over.last && items.empty())
        first = *number;
      const Value *inner = nullptr;
      if (existing && existing->is<const ListValue *>() &&
          items.size() < existing->get<const ListValue *>()->items.size())
        inner = &existing->get<const ListValue *>()->items[items.size()];
      items.push_back(makeParts(statement, level + 1, indices, inner, turn));
      indices.pop_back();
      return !items.back().isPoison();
    };
    bool good = true;
    if (over.last || !index.variable.name.empty()) {
      good = iterate(over, index.range, frame, makeOne) &&
             llvm::none_of(items, [](const Value &item) { return item.isPoison(); });
    } else {
      std::optional<int64_t> count = evalInteger(over.first, frame, "the number of parts");
      if (count && (*count < 0 || uint64_t(*count) > kMaxExpansion)) {
        error(frame, index.range, "the number of parts")
            .expected("0 to " + llvm::Twine(kMaxExpansion), llvm::Twine(*count));
        return {};
      }
      good = count.has_value();
      for (int64_t i = 0; good && i < *count; ++i) {
        Frame turn = frame;
        turn.scope = &scopes.emplace_back(Scope::Kind::Loop, frame.scope);
        good = makeOne(Value(size(i)), turn);
      }
    }
    return good ? *makeList({std::move(items), {}, first}) : Value();
  }

  std::string suffix, subscripts;
  for (int64_t index : indices) {
    suffix += "." + std::to_string(index);
    subscripts += "[" + std::to_string(index) + "]";
  }
  std::string step = statement->name.name.str() + suffix;
  if (statement->as) {
    bool hasHoles = false;
    step = interpolate(*statement->as, frame, hasHoles);
    if (!hasHoles)
      step = step.empty() ? llvm::StringRef(suffix).ltrim('.').str() : step + suffix;
  }
  return makePart(statement, eval(statement->type, frame), step,
                  statement->name.name.str() + subscripts, existing, frame);
}

void Elaborator::declarePart(const PartStatement *statement, Frame &frame) {
  if (statement->value) {
    Value value = eval(statement->value, frame);
    TypeSpec spec;
    if (!readType(statement->type, frame, /*mayBind=*/true, spec) || !spec.staticKind.empty() ||
        !matchValue(spec, value, frame, ("'" + statement->name.name + "'").str(),
                    statement->value->range))
      value = {};
    define(statement->name, BindingKind::Name, value, frame);
    return;
  }
  if (!frame.activation->ownsParts || inLoop(frame)) {
    error(frame, statement->range,
          inLoop(frame) ? "a part inside a loop has no name of its own"
                        : "a function owns no parts")
        .hint(inLoop(frame) ? "declare an array of parts, 'name[l in 0..n]: ...', before "
                              "the loop"
                            : "declare '" + statement->name.name + "' in the block");
    define(statement->name, BindingKind::Part, {}, frame);
    return;
  }
  const Value *existing = nullptr;
  if (auto found = frame.self->members.find(statement->name.name);
      found != frame.self->members.end())
    existing = &found->second;
  std::vector<int64_t> indices;
  Value value = makeParts(statement, 0, indices, existing, frame);
  value.origin.range = statement->range;
  if (define(statement->name, BindingKind::Part, value, frame))
    frame.self->members[statement->name.name] = value;
}

/// Runs the suite of a part that was not applied yet, with nothing known about
/// its inputs, so that members that do not depend on them exist.
void Elaborator::declareMembers(Part &part, Frame &caller) {
  const Declaration &declaration = *part.block->declaration;
  Activation activation;
  activation.declaration = &declaration;
  activation.ownsParts = true;
  Frame frame;
  frame.scope = &scopes.emplace_back(Scope::Kind::Body, fileScopes[part.block->file]);
  frame.self = &part;
  frame.activation = &activation;
  frame.file = part.block->file;
  if (part.block->file->isLibrary)
    frame.site = caller.site.isValid() ? caller.site : part.declaration->range;
  for (auto [hyper, given] : llvm::zip(declaration.hypers, part.hypers))
    frame.scope->bind(hyper.name.name, {BindingKind::Hyper, given.value, given.range, given.text});
  for (const Input &input : declaration.inputs)
    bindInput(input, {}, input.name.range, caller, frame);
  if (activation.isModel())
    readPrecision(declaration.suite, frame);
  execSuite(declaration.suite, frame);
}

void Elaborator::addMember(const Identifier &name, const Value &value, Frame &frame) {
  const Declaration *around = frame.activation->declaration;
  // A block with inputs has a suite for each of its applications.
  if (around && frame.self && frame.self->block && around == frame.self->block->declaration &&
      !around->hasInputs)
    frame.self->members[name.name] = value;
}

Value Elaborator::firstEntry(Part &part, SourceRange range, Frame &frame) {
  for (const Statement *statement : part.block->declaration->suite)
    if (statement->kind == StatementKind::Entry) {
      Identifier name = llvm::cast<Declaration>(statement)->name;
      return member(part, {name.name, range}, frame);
    }
  error(frame, range, "model '" + part.block->declaration->name.name + "' has no entry to apply");
  return {};
}

Value Elaborator::member(Part &part, const Identifier &name, Frame &frame) {
  auto find = [&]() -> const Value * {
    auto found = part.members.find(name.name);
    return found == part.members.end() ? nullptr : &found->second;
  };
  const Value *value = find();
  if (!value && !part.used && calls.size() < kMaxCallDepth) {
    calls.push_back(part.block->declaration);
    declareMembers(part, frame);
    calls.pop_back();
    value = find();
  }
  if (value) {
    part.used = true;
    return *value;
  }
  llvm::SmallVector<llvm::StringRef> names;
  for (const auto &[known, unused] : part.members)
    names.push_back(known);
  llvm::StringRef near = nearestName(name.name, names);
  Diagnostic &diagnostic =
      error(frame, name.range,
            "part '" + part.shown + "' has no member '" + escapeForMessage(name.name) + "'" +
                (near.empty() ? "" : "; did you mean '" + near.str() + "'?"));
  if (!part.used && part.block->declaration->hasInputs)
    diagnostic.hint("what takes its sizes from an input exists once the part "
                    "has been applied");
  return {};
}

} // namespace tenon::lang
