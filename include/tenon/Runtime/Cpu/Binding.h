//===- Binding.h - from the shapes of inputs to the sizes of a call -------===//
//
// A dimension that is a bare symbol gives the symbol its value. A symbol that
// occurs only within larger expressions is solved for where one of them is
// linear in it and holds no other unknown. All dimensions are then compared,
// and all symbols with their bounds.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CPU_BINDING_H
#define TENON_RUNTIME_CPU_BINDING_H

#include "tenon/Runtime/Context.h"

namespace tenon::runtime {

/// Checks `inputs` against entry `entry` and computes symbols and output
/// shapes. Errors are Input errors at the place "run", all of them at once as
/// far as one does not follow from another.
Result<Call> bindCall(const tn_program &program, size_t entry, const tn_launch_list &list,
                      const std::vector<InputView> &inputs);

/// "at least 1", or "0..512".
std::string boundsText(const tn_symbol &symbol);

/// Compares symbol `symbol` with its bounds; `origin` is appended to the
/// message in parentheses ("input 'ids', dimension 1").
Status checkBounds(const tn_program &program, size_t symbol, int64_t value,
                   const std::string &origin);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_BINDING_H
