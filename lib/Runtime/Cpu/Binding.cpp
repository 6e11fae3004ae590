//===- Binding.cpp - from the shapes of inputs to the sizes of a call -----===//
#include "tenon/Runtime/Cpu/Binding.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>

namespace tenon::runtime {

static Status inputError(std::string text) {
  return Status::error(ExitCode::Input, "run", std::move(text));
}

std::string boundsText(const tn_symbol &symbol) {
  return symbol.max == INT64_MAX ? "at least " + std::to_string(symbol.min)
                                 : std::to_string(symbol.min) + ".." + std::to_string(symbol.max);
}

Status checkBounds(const tn_program &program, size_t symbol, int64_t value,
                   const std::string &origin) {
  const tn_symbol &bounds = program.symbols[symbol];
  if (value >= bounds.min && value <= bounds.max)
    return Status();
  return inputError("size " + quoteName(bounds.name) + " is " + std::to_string(value) + " (" +
                    origin + "); expected " + boundsText(bounds));
}

namespace {

/// Works on one call.
class Binder {
public:
  Binder(const tn_program &program, size_t entry, const std::vector<InputView> &given)
      : program(program), entry(program.entries[entry]), given(given),
        matched(this->entry.num_inputs, nullptr) {
    call.entry = entry;
    call.symbols.assign(TN_MAX_SYMBOLS, 0);
  }

  Status matchNames();
  Status checkTypes();
  Status bindBareSymbols();
  Status solveSymbols();
  Status checkDims();
  Status checkAllBounds();
  Status checkUse(const tn_launch_list &list);
  Status computeOutputs(const tn_launch_list &list);
  Call takeCall();

private:
  struct Origin {
    size_t input = 0;
    int32_t dim = 0;
  };

  std::string originText(const Origin &origin) const {
    return "input " + quoteName(entry.inputs[origin.input].name) + ", dimension " +
           std::to_string(origin.dim);
  }
  std::string signatureText() const;
  Status mismatch(size_t input, std::string note) const;
  bool bind(size_t symbol, int64_t value, Origin origin);
  bool solve(const Origin &origin, bool &progress, Status &status);

  const tn_program &program;
  const tn_entry &entry;
  const std::vector<InputView> &given;
  std::vector<const InputView *> matched;
  uint32_t bound = 0; ///< bit s: symbol s has a value
  Origin origins[TN_MAX_SYMBOLS];
  Call call;
};

} // namespace

std::string Binder::signatureText() const {
  std::string text;
  for (uint64_t i = 0; i < entry.num_inputs; ++i)
    text += (i == 0 ? "" : ", ") + quoteName(entry.inputs[i].name);
  return text.empty() ? "no inputs" : text;
}

Status Binder::matchNames() {
  Status all;
  std::vector<std::string_view> names;
  names.reserve(entry.num_inputs);
  for (uint64_t i = 0; i < entry.num_inputs; ++i)
    names.push_back(entry.inputs[i].name);
  for (const InputView &view : given) {
    size_t number = 0;
    while (number < names.size() && names[number] != view.name)
      ++number;
    if (number == names.size()) {
      Status unknown =
          inputError("input " + quoteName(view.name) + " is unknown; expected " + signatureText());
      std::string_view similar = nearest(view.name, names);
      if (!similar.empty())
        unknown = std::move(unknown).hint("did you mean " + quoteName(similar) + "?");
      all.append(std::move(unknown));
    } else if (matched[number]) {
      all.append(inputError("input " + quoteName(view.name) + " is given twice"));
    } else {
      matched[number] = &view;
    }
  }
  for (uint64_t i = 0; i < entry.num_inputs; ++i) {
    const tn_tensor &input = entry.inputs[i];
    if (matched[i])
      continue;
    if (input.has_default)
      call.defaulted |= uint64_t{1} << i;
    else
      all.append(inputError("input " + quoteName(input.name) + " is missing; expected " +
                            dtypeInfo(input.dtype).name + " " + dimsText(input, program)));
  }
  return all;
}

Status Binder::mismatch(size_t input, std::string note) const {
  const tn_tensor &tensor = entry.inputs[input];
  const InputView &view = *matched[input];
  return inputError("input " + quoteName(tensor.name) + " has shape " +
                    shapeText(view.dims, view.rank) + "; expected " + dimsText(tensor, program))
      .note(std::move(note));
}

Status Binder::checkTypes() {
  Status all;
  for (size_t i = 0; i < matched.size(); ++i) {
    if (!matched[i])
      continue;
    const tn_tensor &input = entry.inputs[i];
    const InputView &view = *matched[i];
    if (view.dtype != input.dtype)
      all.append(inputError("input " + quoteName(input.name) + " has dtype " +
                            dtypeInfo(view.dtype).name + "; expected " +
                            dtypeInfo(input.dtype).name));
    if (view.rank != static_cast<size_t>(input.rank)) {
      all.append(mismatch(i, format("it has %zu dimensions; expected %d", view.rank, input.rank)));
      continue;
    }
    for (int32_t d = 0; d < input.rank; ++d) {
      int64_t fixed = 0;
      bool isFixed =
          symbolsOf(input.dims[d]) == 0 && evaluateSize(input.dims[d], call.symbols.data(), fixed);
      if (view.dims[d] < 0 || (isFixed && view.dims[d] != fixed)) {
        all.append(mismatch(i, format("dimension %d is %lld; expected %s", d,
                                      static_cast<long long>(view.dims[d]),
                                      sizeText(input.dims[d], program).c_str())));
        break;
      }
    }
  }
  return all;
}

bool Binder::bind(size_t symbol, int64_t value, Origin origin) {
  if (bound >> symbol & 1)
    return call.symbols[symbol] == value;
  bound |= 1u << symbol;
  call.symbols[symbol] = value;
  origins[symbol] = origin;
  return true;
}

Status Binder::bindBareSymbols() {
  Status all;
  for (size_t i = 0; i < matched.size(); ++i) {
    if (!matched[i])
      continue;
    for (int32_t d = 0; d < entry.inputs[i].rank; ++d) {
      int symbol = bareSymbol(entry.inputs[i].dims[d]);
      int64_t value = matched[i]->dims[d];
      if (symbol < 0 || bind(static_cast<size_t>(symbol), value, {i, d}))
        continue;
      all.append(inputError("size " + quoteName(program.symbols[symbol].name) + " is " +
                            std::to_string(call.symbols[static_cast<size_t>(symbol)]) + " (" +
                            originText(origins[symbol]) + ") and " + std::to_string(value) + " (" +
                            originText({i, d}) + "); expected one value"));
    }
  }
  return all;
}

/// Binds the only unknown symbol of a dimension, if it stands there linearly:
/// dim = slope * symbol + rest. False if that has no whole solution.
bool Binder::solve(const Origin &origin, bool &progress, Status &status) {
  const tn_size &dim = entry.inputs[origin.input].dims[origin.dim];
  uint32_t unknown = symbolsOf(dim) & ~bound;
  if (unknown == 0 || (unknown & (unknown - 1)) != 0)
    return true;
  size_t symbol = static_cast<size_t>(__builtin_ctz(unknown));
  for (uint64_t t = 0; t < dim.num_terms; ++t)
    if (dim.terms[t].powers[symbol] > 1)
      return true;
  int64_t atZero = 0, atOne = 0, slope = 0, rest = 0;
  std::vector<int64_t> trial = call.symbols;
  trial[symbol] = 0;
  bool fits = evaluateSize(dim, trial.data(), atZero);
  trial[symbol] = 1;
  fits = fits && evaluateSize(dim, trial.data(), atOne) &&
         !__builtin_sub_overflow(atOne, atZero, &slope) &&
         !__builtin_sub_overflow(matched[origin.input]->dims[origin.dim], atZero, &rest);
  if (fits && slope == 0)
    return true;
  if (!fits || (slope == -1 ? rest == INT64_MIN : rest % slope != 0)) {
    status = mismatch(origin.input,
                      format("no value of '%s' makes dimension %d equal %lld",
                             program.symbols[symbol].name, origin.dim,
                             static_cast<long long>(matched[origin.input]->dims[origin.dim])));
    return false;
  }
  bind(symbol, rest / slope, origin);
  progress = true;
  return true;
}

Status Binder::solveSymbols() {
  bool progress = true;
  while (progress) {
    progress = false;
    for (size_t i = 0; i < matched.size(); ++i)
      for (int32_t d = 0; matched[i] && d < entry.inputs[i].rank; ++d)
        if (Status status; !solve({i, d}, progress, status))
          return status;
  }
  return Status();
}

Status Binder::checkDims() {
  for (size_t i = 0; i < matched.size(); ++i) {
    for (int32_t d = 0; matched[i] && d < entry.inputs[i].rank; ++d) {
      const tn_size &dim = entry.inputs[i].dims[d];
      int64_t wanted = 0;
      if (symbolsOf(dim) & ~bound)
        return mismatch(i, format("dimension %d does not determine its sizes", d));
      bool fits = evaluateSize(dim, call.symbols.data(), wanted);
      if (fits && wanted == matched[i]->dims[d])
        continue;
      return mismatch(i, format("dimension %d is %lld; expected %s = %s", d,
                                static_cast<long long>(matched[i]->dims[d]),
                                sizeText(dim, program).c_str(),
                                fits ? std::to_string(wanted).c_str() : "more than 64 bits hold"));
    }
  }
  return Status();
}

Status Binder::checkAllBounds() {
  Status all;
  for (uint64_t s = 0; s < program.num_symbols; ++s)
    if (bound >> s & 1)
      all.append(checkBounds(program, s, call.symbols[s], originText(origins[s])));
  return all;
}

Status Binder::checkUse(const tn_launch_list &list) {
  uint32_t used = 0;
  for (uint64_t i = 0; i < entry.num_outputs; ++i)
    for (int32_t d = 0; d < entry.outputs[i].rank; ++d)
      used |= symbolsOf(entry.outputs[i].dims[d]);
  for (uint64_t i = 0; i < list.num_buffers; ++i)
    used |= symbolsOf(list.buffers[i].bytes);
  uint32_t unknown = used & ~bound;
  if (unknown == 0)
    return Status();
  size_t symbol = static_cast<size_t>(__builtin_ctz(unknown));
  return inputError("size " + quoteName(program.symbols[symbol].name) +
                    " cannot be found from the inputs given; give an input "
                    "that has it");
}

/// Whether the list has memory for output `number`.
static bool hasOutput(const tn_launch_list &list, uint64_t number) {
  return std::any_of(list.buffers, list.buffers + list.num_buffers, [&](const tn_buffer &buffer) {
    return buffer.kind == TN_BUFFER_OUTPUT && static_cast<uint64_t>(buffer.index) == number;
  });
}

Status Binder::computeOutputs(const tn_launch_list &list) {
  for (uint64_t i = 0; i < entry.num_outputs; ++i) {
    const tn_tensor &tensor = entry.outputs[i];
    CallOutput output;
    output.tensor = &tensor;
    for (int32_t d = 0; d < tensor.rank; ++d) {
      int64_t dim = 0;
      if (!evaluateSize(tensor.dims[d], call.symbols.data(), dim))
        return inputError("output " + quoteName(tensor.name) + " overflows 64 bits");
      if (dim < 0)
        return inputError("output " + quoteName(tensor.name) + " would have the size " +
                          std::to_string(dim) + " in dimension " + std::to_string(d));
      output.dims.push_back(dim);
    }
    int64_t bytes = 0;
    if (!checkedProduct(output.dims.data(), output.dims.size(), dtypeInfo(tensor.dtype).size,
                        bytes))
      return inputError("output " + quoteName(tensor.name) + " of shape " + shapeText(output.dims) +
                        " overflows 64 bits");
    output.bytes = static_cast<uint64_t>(bytes);
    output.isInPlace = entry.updates && entry.updates[i] >= 0 && !hasOutput(list, i);
    call.outputs.push_back(std::move(output));
  }
  return Status();
}

Call Binder::takeCall() {
  call.inputs.assign(matched.size(), nullptr);
  for (const InputView *view : matched)
    call.inputDims.emplace_back(view ? view->dims : nullptr,
                                view ? view->dims + view->rank : nullptr);
  return std::move(call);
}

Result<Call> bindCall(const tn_program &program, size_t entry, const tn_launch_list &list,
                      const std::vector<InputView> &inputs) {
  Binder binder(program, entry, inputs);
  if (Status status = binder.matchNames(); !status.ok())
    return status;
  if (Status status = binder.checkTypes(); !status.ok())
    return status;
  if (Status status = binder.bindBareSymbols(); !status.ok())
    return status;
  if (Status status = binder.solveSymbols(); !status.ok())
    return status;
  if (Status status = binder.checkDims(); !status.ok())
    return status;
  if (Status status = binder.checkAllBounds(); !status.ok())
    return status;
  if (Status status = binder.checkUse(list); !status.ok())
    return status;
  if (Status status = binder.computeOutputs(list); !status.ok())
    return status;
  return binder.takeCall();
}

} // namespace tenon::runtime
