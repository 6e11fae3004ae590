//===- ElabConfigFile.cpp - Hyper-parameters from a config.json -----------===//

#include "frontends/lang/Builtins.h"
#include "frontends/lang/Json.h"

namespace tenon::lang {

/// The member of `object` called `key`, or null. `null` says nothing, as if the
/// key were missing.
static const JsonMember *find(const JsonValue &object, llvm::StringRef key) {
  for (const JsonMember &member : object.members)
    if (member.key.value == key)
      return member.value.kind == JsonKind::Null ? nullptr : &member;
  return nullptr;
}

/// Reads the file; a model and a file that share no key do not belong together.
bool Elaborator::loadConfigFile(const Declaration &model) {
  configFile = parseJsonObject(*options.configFile, files.getContext(), diagnostics);
  if (!configFile)
    return false;
  std::string keys;
  for (const Hyper &hyper : model.hypers) {
    if (!hyper.key)
      continue;
    if (find(*configFile, hyper.key->value))
      return true;
    keys += (keys.empty() ? "'" : ", '") + escapeForMessage(hyper.key->value) + "'";
  }
  if (keys.empty())
    diagnostics
        .error(model.range, "model '" + model.name.name + "' names no key of a configuration file")
        .hint("write 'NAME = DEFAULT as \"KEY\"' in its brackets");
  else
    diagnostics.error(configFile->range, "this file has no key of model '" + model.name.name + "'")
        .expected("one of " + keys, "none of them");
  return false;
}

/// What the configuration file says about `hyper`; nothing if it says nothing.
const JsonMember *Elaborator::findConfigMember(const Hyper &hyper) const {
  return configFile && hyper.key ? find(*configFile, hyper.key->value) : nullptr;
}

Value Elaborator::readJson(const JsonValue &json, const Hyper &hyper, Frame &frame) {
  switch (json.kind) {
  case JsonKind::Bool:
    return json.truth;
  case JsonKind::Integer: {
    bool isFloat =
        hyper.kindName.name == "float" ||
        (hyper.kind == HyperKind::None && hyper.value && llvm::isa<FloatExpr>(hyper.value));
    return isFloat ? Value(json.number) : Value(size(json.integer));
  }
  case JsonKind::Float:
    return json.number;
  case JsonKind::String:
    if (hyper.kind != HyperKind::Fn && hyper.kind != HyperKind::Block)
      return json.text;
    // Called by its name.
    if (frame.scope->lookup(json.text) || findBuiltin(json.text))
      return evalName(files.getContext().create<NameExpr>(json.range, json.text), frame);
    error(frame, json.range, describeHyper(hyper, json.range))
        .expected("the name of a function in sight", json.describe());
    return {};
  case JsonKind::Array: {
    std::vector<Value> items;
    for (const JsonValue &item : json.items) {
      items.push_back(readJson(item, hyper, frame));
      if (items.back().isPoison())
        return {};
    }
    return *list(std::move(items));
  }
  case JsonKind::Null:
  case JsonKind::Object:
    break;
  }
  error(frame, json.range, describeHyper(hyper, json.range))
      .expected("a number, true, false, a string or an array of them", json.describe());
  return {};
}

std::optional<Value> Elaborator::readConfigMember(const JsonMember &member, const Hyper &hyper,
                                                  Frame &frame) {
  SourceRange range = member.value.range;
  Value value = readJson(member.value, hyper, frame);
  value.origin = {range, ""};
  if (value.isPoison() || !checkHyper(hyper, value, range, frame))
    return std::nullopt;
  return value;
}

/// `hyper-parameter 'D'`, with the key where a configuration file sets it.
std::string Elaborator::describeHyper(const Hyper &hyper, SourceRange range) const {
  std::string text = "hyper-parameter '" + hyper.name.name.str() + "'";
  if (!hyper.key || !range.isValid() || range.file != options.configFile)
    return text;
  return "key '" + escapeForMessage(hyper.key->value) + "' sets " + text + " declared " +
         placeOf(hyper.range, range.file);
}

/// `; FILE has no key 'hidden_size'`, or empty without a file or a key.
std::string Elaborator::describeMissingKey(const Hyper &hyper) const {
  if (!configFile || !hyper.key)
    return "";
  return "; " + displayPath(options.configFile->getName()) + " has no key '" +
         escapeForMessage(hyper.key->value) + "'";
}

} // namespace tenon::lang
