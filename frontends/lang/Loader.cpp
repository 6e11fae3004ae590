//===- Loader.cpp - The files of a model ----------------------------------===//

#include "frontends/lang/Loader.h"

#include "frontends/lang/Import.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace tenon::lang {

FileUnit *Loader::parse(const SourceFile &source, bool isLibrary) {
  units.push_back(std::make_unique<FileUnit>());
  FileUnit *unit = units.back().get();
  unit->source = &source;
  unit->tree = parseFile(source, context, diagnostics);
  unit->isLibrary = isLibrary;
  return unit;
}

void Loader::load(const SourceFile &source) {
  const SourceFile &library =
      diagnostics.adopt(std::make_unique<SourceFile>("std.tenon", standardLibrary().str()));
  order.push_back(parse(library, /*isLibrary=*/true));

  llvm::SmallString<128> path(source.getName());
  // When the working folder is gone the path stays as it was given.
  (void)llvm::sys::fs::make_absolute(path);
  llvm::SmallString<128> real;
  if (!llvm::sys::fs::real_path(path, real))
    path = real;
  root = llvm::sys::path::parent_path(path).str();

  FileUnit *main = parse(source, /*isLibrary=*/false);
  byPath[path.str().str()] = main;
  std::vector<std::string> chain{path.str().str()};
  followImports(*main, chain);
  order.push_back(main);
}

void Loader::followImports(FileUnit &unit, std::vector<std::string> &chain) {
  for (const Statement *statement : unit.tree.statements)
    if (const auto *import = llvm::dyn_cast<ImportStatement>(statement))
      unit.imports[import] = loadImport(unit, *import, chain);
}

FileUnit *Loader::loadImport(FileUnit &from, const ImportStatement &import,
                             std::vector<std::string> &chain) {
  llvm::StringRef name = import.path.value;
  std::string shown = escapeForMessage(name);
  if (llvm::sys::path::is_absolute(name)) {
    diagnostics.error(import.path.range,
                      "import of '" + shown + "'; expected a path relative to this file");
    return nullptr;
  }
  llvm::SmallString<128> path(chain.back());
  llvm::sys::path::remove_filename(path);
  llvm::sys::path::append(path, name);
  llvm::SmallString<128> real;
  if (std::error_code code = llvm::sys::fs::real_path(path, real)) {
    diagnostics.error(import.path.range, "cannot import '" + shown + "': " + code.message());
    return nullptr;
  }
  if (!llvm::StringRef(real).starts_with(root + "/")) {
    diagnostics.error(import.path.range,
                      "import of '" + shown + "' leaves the folder of the model's file");
    return nullptr;
  }
  std::string key = real.str().str();
  if (auto cycle = llvm::find(chain, key); cycle != chain.end()) {
    std::string text;
    for (; cycle != chain.end(); ++cycle)
      text += llvm::sys::path::filename(*cycle).str() + " -> ";
    diagnostics.error(import.path.range,
                      "files import each other: " + text + llvm::sys::path::filename(key));
    return nullptr;
  }
  if (auto known = byPath.find(key); known != byPath.end())
    return known->second;

  llvm::SmallString<128> asGiven(from.source->getName());
  llvm::sys::path::remove_filename(asGiven);
  llvm::sys::path::append(asGiven, name);
  std::string error;
  std::unique_ptr<SourceFile> source = SourceFile::read(asGiven, error);
  if (!source) {
    diagnostics.error(import.path.range, error);
    return nullptr;
  }
  FileUnit *unit = parse(diagnostics.adopt(std::move(source)), /*isLibrary=*/false);
  byPath[key] = unit;
  chain.push_back(key);
  followImports(*unit, chain);
  chain.pop_back();
  order.push_back(unit);
  return unit;
}

} // namespace tenon::lang
