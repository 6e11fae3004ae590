//===- Loader.h - The files of a model --------------------------*- C++ -*-===//
//
// Reads and parses the standard library, the model's file and what it imports.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_LOADER_H
#define TENON_FRONTENDS_LANG_LOADER_H

#include "frontends/lang/Parser.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tenon::lang {

class Scope;

/// One parsed file, with the files its imports name.
struct FileUnit {
  const SourceFile *source = nullptr;
  FileTree tree;
  bool isLibrary = false;
  std::map<const ImportStatement *, const FileUnit *> imports;
};

/// Owns sources, trees and units for one import. Paths in imports are relative
/// to the file and must stay inside the folder of the model's file.
class Loader {
public:
  explicit Loader(DiagnosticsEngine &diagnostics) : diagnostics(diagnostics) {}

  /// Parses the standard library and then `source` with all it imports. The
  /// units come in an order in which imports precede their users, the library
  /// first and the model's file last.
  void load(const SourceFile &source);
  const std::vector<FileUnit *> &getUnits() const { return order; }
  ASTContext &getContext() { return context; }

private:
  FileUnit *parse(const SourceFile &source, bool isLibrary);
  /// Follows the imports of `unit`; `chain` holds the paths being loaded.
  void followImports(FileUnit &unit, std::vector<std::string> &chain);
  FileUnit *loadImport(FileUnit &from, const ImportStatement &import,
                       std::vector<std::string> &chain);

  DiagnosticsEngine &diagnostics;
  ASTContext context;
  std::vector<std::unique_ptr<FileUnit>> units;
  std::map<std::string, FileUnit *> byPath;
  std::vector<FileUnit *> order;
  std::string root;
};

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_LOADER_H
