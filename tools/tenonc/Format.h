//===- Format.h - tenonc fmt: model text in its one layout ------*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_FORMAT_H
#define TENON_TOOLS_TENONC_FORMAT_H

namespace tenon::driver {

/// `tenonc fmt FILE...`: rewrites the files that are not in their one layout;
/// with --check names them instead. `-` is standard input to standard output.
/// Returns an exit code.
int runFormat(int argc, char **argv);

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_FORMAT_H
