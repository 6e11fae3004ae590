//===- Json.h - Values of a JSON file, with their places --------*- C++ -*-===//
//
// Reads the configuration files that published models come with. Every value
// knows where it stands, so that what a model makes of it can be shown there.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_JSON_H
#define TENON_FRONTENDS_LANG_JSON_H

#include "frontends/lang/AST.h"
#include "frontends/lang/Diagnostics.h"

namespace tenon::lang {

struct JsonMember;

enum class JsonKind : uint8_t { Null, Bool, Integer, Float, String, Array, Object };

/// One value. An integer beyond 64 bits is a Float.
struct JsonValue {
  JsonKind kind = JsonKind::Null;
  SourceRange range;
  bool truth = false;
  int64_t integer = 0;
  double number = 0;
  llvm::StringRef text;
  llvm::ArrayRef<JsonValue> items;
  llvm::ArrayRef<JsonMember> members;

  /// What the value is, for messages: `"gelu"`, `12`, `an object`.
  std::string describe() const;
};

/// `"key": value` of an object.
struct JsonMember {
  StringLiteral key;
  JsonValue value;
};

/// Reads a file that is one JSON object, as RFC 8259 has it, each key once. Null
/// after an error. Values live as long as `context` and `source`.
const JsonValue *parseJsonObject(const SourceFile &source, ASTContext &context,
                                 DiagnosticsEngine &diagnostics);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_JSON_H
