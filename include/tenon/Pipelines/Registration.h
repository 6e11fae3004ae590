//===- Registration.h - Everything a Tenon tool registers -------*- C++ -*-===//

#ifndef TENON_PIPELINES_REGISTRATION_H
#define TENON_PIPELINES_REGISTRATION_H

namespace mlir {
class DialectRegistry;

namespace tenon {

/// Adds the dialects of all stages and the external models attached to them.
void registerDialects(DialectRegistry &registry);

/// Makes every pass and pipeline of Tenon available by its name.
void registerPasses();

} // namespace tenon
} // namespace mlir

#endif // TENON_PIPELINES_REGISTRATION_H
