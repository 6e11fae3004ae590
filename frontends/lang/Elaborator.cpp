//===- Elaborator.cpp - The model: files, hyper-parameters, checks --------===//

#include "frontends/lang/Elaborator.h"

#include "frontends/lang/Json.h"
#include "frontends/lang/NameCheck.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Verifier.h"

namespace tenon::lang {

Elaborator::Elaborator(mlir::MLIRContext &context, Loader &files, const ImportOptions &options,
                       DiagnosticsEngine &diagnostics)
    : diagnostics(diagnostics), files(files), options(options), builder(&context) {
  context.loadDialect<mlir::tenon::TenonDialect, mlir::func::FuncDialect, mlir::arith::ArithDialect,
                      mlir::math::MathDialect>();
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// The binding of `name` that a file gives to those who import it, or null.
static Binding *exported(Scope &scope, llvm::StringRef name) {
  Binding *binding = scope.lookup(name);
  return binding && scope.lookupOwn(name) == binding ? binding : nullptr;
}

void Elaborator::defineImport(const ImportStatement &import, const FileUnit &unit, Scope &scope) {
  const FileUnit *from = unit.imports.at(&import);
  for (const ImportedName &entry : import.names) {
    Binding imported;
    imported.range = entry.alias.range;
    imported.kind = BindingKind::Name;
    if (from) {
      Scope &other = *fileScopes[from];
      Binding *found = exported(other, entry.name.name);
      bool isModel = llvm::any_of(from->tree.statements, [&](const Statement *statement) {
        return statement->kind == StatementKind::Model &&
               llvm::cast<Declaration>(statement)->name.name == entry.name.name;
      });
      if (!found && isModel) {
        imported.kind = BindingKind::Block;
        imported.value = models.at(from);
      } else if (!found) {
        llvm::SmallVector<llvm::StringRef, 32> names;
        other.collect(names);
        llvm::erase_if(names, [&](llvm::StringRef name) { return !exported(other, name); });
        llvm::StringRef near = nearestName(entry.name.name, names);
        diagnostics.error(entry.name.range,
                          displayPath(from->source->getName()) + " defines no '" + entry.name.name +
                              "'" + (near.empty() ? "" : "; did you mean '" + near.str() + "'?"));
      } else {
        imported.kind = found->kind;
        imported.value = found->value;
      }
    }
    Frame frame;
    frame.scope = &scope;
    frame.file = &unit;
    if (Binding *binding = define(entry.alias, imported.kind, imported.value, frame))
      *binding = imported;
  }
}

/// Blocks and functions of a file see each other; constants see what is above.
void Elaborator::defineFile(const FileUnit &unit) {
  const FileUnit *library = files.getUnits().front();
  Scope &scope = scopes.emplace_back(unit.isLibrary ? Scope::Kind::Library : Scope::Kind::File,
                                     unit.isLibrary ? nullptr : fileScopes[library]);
  fileScopes[&unit] = &scope;
  Frame frame;
  frame.scope = &scope;
  frame.file = &unit;
  for (const Statement *statement : unit.tree.statements) {
    const auto *declaration = llvm::dyn_cast<Declaration>(statement);
    if (!declaration)
      continue;
    switch (declaration->kind) {
    case StatementKind::Block:
      blocks.push_back(
          {declaration, &unit, std::vector<const GivenHyper *>(declaration->hypers.size())});
      define(declaration->name, BindingKind::Block, static_cast<const BlockValue *>(&blocks.back()),
             frame);
      break;
    case StatementKind::Fn:
      functions.push_back({declaration, &unit, &scope, nullptr, {}});
      define(declaration->name, BindingKind::Fn, static_cast<const FnValue *>(&functions.back()),
             frame);
      break;
    case StatementKind::Model:
      blocks.push_back(
          {declaration, &unit, std::vector<const GivenHyper *>(declaration->hypers.size())});
      models[&unit] = &blocks.back();
      break;
    case StatementKind::Optimizer:
      optimizers.push_back(
          {{declaration, &unit, std::vector<const GivenHyper *>(declaration->hypers.size())}});
      define(declaration->name, BindingKind::Optimizer,
             static_cast<const OptimizerValue *>(&optimizers.back()), frame);
      break;
    default:
      break;
    }
  }
  for (const Statement *statement : unit.tree.statements) {
    if (const auto *import = llvm::dyn_cast<ImportStatement>(statement))
      defineImport(*import, unit, scope);
    if (const auto *constant = llvm::dyn_cast<AssignStatement>(statement))
      define(constant->names.front(), BindingKind::Constant, eval(constant->values.front(), frame),
             frame);
  }
}

//===----------------------------------------------------------------------===//
// Hyper-parameters of the model
//===----------------------------------------------------------------------===//

std::optional<Value> Elaborator::readDefine(llvm::StringRef name, llvm::StringRef text,
                                            const Hyper &hyper, Frame &frame) {
  bool isText = hyper.kind == HyperKind::Choice ||
                (hyper.kind == HyperKind::Named && hyper.kindName.name == "str");
  const SourceFile &source =
      diagnostics.adopt(std::make_unique<SourceFile>("-D " + name.str(), text.str()));
  defineSources.insert(&source);
  SourceRange range{&source, 0, uint32_t(text.size())};
  Value value;
  if (isText && !text.starts_with("\"")) {
    value = source.getText();
  } else {
    DiagnosticsEngine inner;
    const Expr *expr = parseExpression(source, files.getContext(), inner);
    if (!expr) {
      diagnostics.error(Fault::CommandLine,
                        "-D " + escapeForMessage(name) + ": " +
                            (inner.getDiagnostics().empty()
                                 ? "malformed value"
                                 : inner.getDiagnostics().front().getMessage()));
      return std::nullopt;
    }
    value = eval(expr, frame);
  }
  value.origin = {{}, "-D"};
  if (value.isPoison() || !checkHyper(hyper, value, range, frame))
    return std::nullopt;
  return value;
}

static const ConfigStatement *findConfig(const Declaration &model, llvm::StringRef name) {
  for (const Statement *statement : model.suite)
    if (const auto *config = llvm::dyn_cast<ConfigStatement>(statement);
        config && config->name.name == name)
      return config;
  return nullptr;
}

/// Values come from `-D`, else from the config or the configuration file, else
/// from the default.
bool Elaborator::setModelHypers(const Declaration &model, llvm::StringRef configName,
                                Frame &frame) {
  llvm::SmallVector<llvm::StringRef> names, configs;
  for (const Hyper &hyper : model.hypers)
    names.push_back(hyper.name.name);
  for (const Statement *statement : model.suite)
    if (const auto *config = llvm::dyn_cast<ConfigStatement>(statement))
      configs.push_back(config->name.name);
  auto suggest = [](llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> candidates) {
    llvm::StringRef near = nearestName(name, candidates);
    return near.empty() ? std::string() : "; did you mean '" + near.str() + "'?";
  };

  bool good = true;
  const ConfigStatement *config = configName.empty() ? nullptr : findConfig(model, configName);
  if (!configName.empty() && !config) {
    diagnostics.error(Fault::CommandLine, "model '" + model.name.name + "' has no config '" +
                                              escapeForMessage(configName) + "'" +
                                              suggest(configName, configs));
    good = false;
  }
  for (const auto &[name, text] : options.defines)
    if (!llvm::is_contained(names, name)) {
      diagnostics.error(Fault::CommandLine,
                        "model '" + model.name.name + "' has no hyper-parameter '" +
                            escapeForMessage(name) + "'" + suggest(name, names));
      good = false;
    }
  if (config)
    for (const Argument &value : config->values)
      if (!llvm::is_contained(names, value.name.name)) {
        diagnostics.error(value.name.range, "model '" + model.name.name +
                                                "' has no hyper-parameter '" + value.name.name +
                                                "'" + suggest(value.name.name, names));
        good = false;
      }

  if (options.configFile && !loadConfigFile(model))
    return false;
  for (const Hyper &hyper : model.hypers) {
    Value value;
    SourceRange range = hyper.range;
    llvm::StringRef text;
    auto given = llvm::find_if(llvm::reverse(options.defines),
                               [&](const auto &define) { return define.first == hyper.name.name; });
    const Argument *row = nullptr;
    if (config)
      for (const Argument &argument : config->values)
        if (argument.name.name == hyper.name.name)
          row = &argument;
    const JsonMember *member = findConfigMember(hyper);
    if (given != options.defines.rend()) {
      std::optional<Value> read = readDefine(given->first, given->second, hyper, frame);
      good &= read.has_value();
      value = read.value_or(Value());
    } else if (row) {
      value = eval(row->value, frame);
      range = row->name.range.to(row->value->range);
      if (value.isPoison() || !checkHyper(hyper, value, row->value->range, frame))
        good = false;
      value.origin = {range, ""};
    } else if (member) {
      std::optional<Value> read = readConfigMember(*member, hyper, frame);
      good &= read.has_value();
      value = read.value_or(Value());
    } else if (hyper.value) {
      value = eval(hyper.value, frame);
      good &= !value.isPoison() && checkHyper(hyper, value, hyper.value->range, frame);
      value.origin = {hyper.range, ""};
      text = hyper.value->range.text();
    } else {
      diagnostics
          .error(hyper.range, "hyper-parameter '" + hyper.name.name +
                                  "' of the model has no value" + describeMissingKey(hyper))
          .hint("give it with -D " + hyper.name.name + "=..., a config or a default");
      good = false;
    }
    if (Binding *binding = define(hyper.name, BindingKind::Hyper, value, frame))
      binding->range = range;
  }
  return good;
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

void Elaborator::checkCount(const ConfigStatement &config) {
  // The count belongs to the row as it stands.
  if (!config.paramCount || !options.defines.empty())
    return;
  int64_t count = 0;
  for (const Parameter &parameter : parameters)
    if (parameter.kind == mlir::tenon::ParamKind::Trainable)
      count += parameter.type.getNumElements().getConstant().value_or(0);
  if (count != *config.paramCount)
    diagnostics
        .error(config.countRange,
               "config '" + config.name.name + "' has another number of parameters")
        .expected(llvm::Twine(*config.paramCount), llvm::Twine(count));
}

/// Each train section has a name of its own, by which it is chosen.
static void checkSectionNames(const Declaration &model, DiagnosticsEngine &diagnostics) {
  std::map<llvm::StringRef, SourceRange> known;
  for (const Statement *statement : model.suite) {
    if (statement->kind != StatementKind::Train)
      continue;
    const Identifier &name = llvm::cast<Declaration>(statement)->name;
    auto [other, isNew] = known.try_emplace(name.name, name.range);
    if (!isNew)
      diagnostics.error(name.range, "two train sections are named '" + name.name +
                                        "'; the other is " +
                                        placeOf(other->second, name.range.file));
  }
}

mlir::OwningOpRef<mlir::ModuleOp> Elaborator::run(llvm::StringRef configName,
                                                  const Declaration *train, Training use) {
  training = use;
  checksInitialValues = training != Training::Ignored;
  buildsStep = training == Training::Built || training == Training::BuiltAndEvaluated;
  const FileUnit &unit = *files.getUnits().back();
  const Declaration *model = nullptr;
  for (const Statement *statement : unit.tree.statements)
    if (statement->kind == StatementKind::Model)
      model = llvm::cast<Declaration>(statement);
  if (!model && !diagnostics.hasErrors())
    diagnostics
        .error(SourceRange{unit.source, unit.source->getStart(), unit.source->getStart()},
               "no model defined")
        .expected("'model NAME: ...'", "none");
  if (!model || diagnostics.hasErrors())
    return nullptr;

  module =
      mlir::ModuleOp::create(mlir::FileLineColLoc::get(getContext(), unit.source->getName(), 1, 1));
  (*module)->setAttr(mlir::tenon::kModelAttr, builder.getStringAttr(model->name.name));
  builder.setInsertionPointToEnd(module->getBody());
  for (const FileUnit *file : files.getUnits())
    defineFile(*file);

  Part &root = parts.emplace_back();
  root.used = true;
  Activation activation;
  activation.ownsParts = true;
  Frame frame;
  frame.scope = &scopes.emplace_back(Scope::Kind::Body, fileScopes[&unit]);
  frame.self = &root;
  frame.activation = &activation;
  frame.file = &unit;
  if (!setModelHypers(*model, configName, frame))
    return nullptr;
  readPrecision(model->suite, frame);
  execSuite(model->suite, frame);
  if (activation.failed)
    return nullptr;
  checkSectionNames(*model, diagnostics);
  for (const Declaration *entry : entries)
    symbolNames[entry->name.name.str()] = entry->name.range;
  for (const Declaration *entry : entries)
    elaborateEntry(*entry, frame);
  const ConfigStatement *config = configName.empty() ? nullptr : findConfig(*model, configName);
  if (config && !diagnostics.hasErrors())
    checkCount(*config);
  if (train)
    elaborateTrain(*train, frame);
  applyInitializers(frame);
  if (buildsStep && !diagnostics.hasErrors())
    finishInitialValues();
  for (const FileUnit *file : files.getUnits())
    checkNames(*file, *fileScopes[file], diagnostics);
  if (entries.empty() && !diagnostics.hasErrors())
    diagnostics.error(model->range, "model '" + model->name.name + "' has no entry")
        .expected("'entry NAME(...) -> ...:'", "none");
  if (diagnostics.hasErrors())
    return nullptr;

  // Another train section may apply what this one and the entries do not.
  bool mayBeUsed = llvm::any_of(model->suite, [&](const Statement *statement) {
    return statement->kind == StatementKind::Train && statement != train;
  });
  for (const Part &part : parts)
    if (!part.used && part.parent->used && !mayBeUsed)
      diagnostics.warning(part.declaration->name.range,
                          "part '" + part.shown +
                              "' is never applied; its parameters do not exist");
  if (diagnostics.hasErrors())
    return nullptr;
  if (mlir::failed(mlir::verify(*module))) {
    diagnostics.error(Fault::Input,
                      "the imported module does not verify; this is a bug in the importer");
    return nullptr;
  }
  return std::move(module);
}

} // namespace tenon::lang
