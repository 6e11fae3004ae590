//===- SafetensorsHeader.cpp - the JSON of a weight file ------------------===//
//
// The JSON library calls the handler below once per token and keeps nothing;
// the handler is a small state machine. Nested values can only occur where the
// format has them, so nesting is bounded by the number of states.
//
//===----------------------------------------------------------------------===//
#include "tenon/Runtime/Io/SafetensorsHeader.h"

#include "tenon/Runtime/Io/Text.h"

#include <iterator>

#ifndef JSON_NO_IO
#define JSON_NO_IO 1
#endif
#include <nlohmann/json.hpp>

namespace tenon::runtime {

namespace {

/// A position in the text that all copies share, so that the handler sees how
/// far the JSON library has read.
class SharedCursor {
public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char *;
  using reference = const char &;

  SharedCursor(const char **shared, const char *end) : shared(shared), end(end) {}
  reference operator*() const { return **shared; }
  SharedCursor &operator++() {
    ++*shared;
    return *this;
  }
  bool operator==(const SharedCursor &other) const {
    return (shared ? *shared : end) == (other.shared ? *other.shared : other.end);
  }
  bool operator!=(const SharedCursor &other) const { return !(*this == other); }

private:
  const char **shared; ///< null for the end
  const char *end;
};

/// Receives the tokens.
class Handler {
public:
  using Json = nlohmann::json;

  Handler(std::string_view text, const std::string &label, HeaderContents &contents)
      : begin(text.data()), label(label), contents(contents) {}

  const char *cursor() const { return here; }
  const char **sharedCursor() { return &here; }
  Status takeStatus() { return std::move(status); }

  bool null() { return unexpected("null"); }
  bool boolean(bool) { return unexpected("a boolean"); }
  bool number_integer(Json::number_integer_t value) { return refuseNumber(std::to_string(value)); }
  bool number_unsigned(Json::number_unsigned_t value);
  bool number_float(Json::number_float_t, const std::string &text) { return refuseNumber(text); }
  bool string(std::string &value);
  bool binary(Json::binary_t &) { return unexpected("binary data"); }
  bool start_object(size_t);
  bool key(std::string &name);
  bool end_object();
  bool start_array(size_t);
  bool end_array();
  bool parse_error(size_t position, const std::string &, const Json::exception &);

private:
  enum class State {
    Start,
    Tensors,    ///< in the outer object
    Metadata,   ///< __metadata__ announced
    InMetadata, ///< in its object
    Tensor,     ///< a tensor's name read
    Fields,     ///< in a tensor's object
    DType,      ///< "dtype" read
    Shape,      ///< "shape" read
    InShape,    ///< in its array
    Offsets,    ///< "data_offsets" read
    InOffsets,  ///< in its array
    Done,
  };
  enum Field : unsigned { Unknown = 0, HasDType = 1, HasShape = 2, HasOffsets = 4 };

  uint64_t filePosition() const { return 8 + static_cast<uint64_t>(here - begin); }
  std::string place() const;
  bool fail(const std::string &text);
  bool unexpected(const char *what);
  bool refuseNumber(const std::string &text);
  bool takeDType(std::string_view name);
  bool endTensor();

  const char *begin;
  const char *here = begin;
  const std::string &label;
  HeaderContents &contents;
  State state = State::Start;
  bool hasMetadata = false;
  unsigned fields = 0;
  int numOffsets = 0;
  HeaderEntry entry;
  Status status;
};

} // namespace

std::string Handler::place() const {
  switch (state) {
  case State::Start:
  case State::Tensors:
  case State::Done:
    return label;
  case State::Metadata:
  case State::InMetadata:
    return label + ": '__metadata__'";
  default:
    return label + ": tensor " + quoteName(contents.name(entry));
  }
}

bool Handler::fail(const std::string &text) {
  status = Status::error(ExitCode::Input, place(),
                         text + " at byte " + std::to_string(filePosition()) + " of the header");
  return false;
}

bool Handler::unexpected(const char *what) {
  static constexpr const char *expected[] = {
      "an object",
      "a tensor's name",
      "an object of strings",
      "a string",
      "an object",
      "'dtype', 'shape' or 'data_offsets'",
      "'dtype' to be a string",
      "'shape' to be an array of integers",
      "an integer in 'shape'",
      "'data_offsets' to be an array of two integers",
      "an integer in 'data_offsets'",
      "the end",
  };
  return fail(std::string("found ") + what + "; expected " + expected[static_cast<int>(state)]);
}

bool Handler::refuseNumber(const std::string &text) {
  if (state != State::InShape && state != State::InOffsets)
    return unexpected(("the number " + escaped(text, 40)).c_str());
  return fail((state == State::InShape ? "'shape' holds " : "'data_offsets' holds ") +
              escaped(text, 40) + "; expected an integer from 0 to 9223372036854775807");
}

bool Handler::number_unsigned(Json::number_unsigned_t value) {
  if (value > INT64_MAX)
    return refuseNumber(std::to_string(value));
  if (state == State::InShape) {
    contents.dims.push_back(static_cast<int64_t>(value));
    ++entry.rank;
    return true;
  }
  if (state != State::InOffsets)
    return refuseNumber(std::to_string(value));
  if (numOffsets == 2)
    return fail("'data_offsets' has more than two numbers");
  (numOffsets++ == 0 ? entry.begin : entry.end) = value;
  return true;
}

bool Handler::takeDType(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(WeightDType::C64); ++i) {
    WeightDType dtype = static_cast<WeightDType>(i);
    if (name != weightDTypeName(dtype))
      continue;
    entry.dtype = dtype;
    state = State::Fields;
    return true;
  }
  for (std::string_view packed : {"F4", "F6_E2M3", "F6_E3M2", "I4", "U4"})
    if (name == packed)
      return fail("dtype " + quoteName(name) +
                  " is not supported: its elements are not whole bytes");
  return fail("dtype " + quoteName(name) + " is unknown");
}

bool Handler::string(std::string &value) {
  if (state == State::InMetadata) {
    contents.metadata.back().text = std::move(value);
    return true;
  }
  if (state == State::DType)
    return takeDType(value);
  return unexpected("a string");
}

bool Handler::start_object(size_t) {
  switch (state) {
  case State::Start:
    state = State::Tensors;
    return true;
  case State::Metadata:
    state = State::InMetadata;
    return true;
  case State::Tensor:
    state = State::Fields;
    return true;
  default:
    return unexpected("an object");
  }
}

bool Handler::key(std::string &name) {
  if (state == State::InMetadata) {
    contents.metadata.push_back({name, ""});
    return true;
  }
  if (state == State::Tensors) {
    if (name == "__metadata__") {
      if (hasMetadata)
        return fail("'__metadata__' occurs twice");
      hasMetadata = true;
      state = State::Metadata;
      return true;
    }
    entry = HeaderEntry();
    entry.nameBegin = contents.names.size();
    entry.nameSize = name.size();
    entry.dimsBegin = contents.dims.size();
    entry.position = filePosition();
    contents.names += name;
    fields = 0;
    numOffsets = 0;
    state = State::Tensor;
    return true;
  }
  Field field = name == "dtype"          ? HasDType
                : name == "shape"        ? HasShape
                : name == "data_offsets" ? HasOffsets
                                         : Unknown;
  if (field == Unknown)
    return fail("field " + quoteName(name) +
                " is unknown; expected 'dtype', 'shape' or 'data_offsets'");
  if (fields & field)
    return fail("field " + quoteName(name) + " occurs twice");
  fields |= field;
  state = field == HasDType ? State::DType : field == HasShape ? State::Shape : State::Offsets;
  return true;
}

bool Handler::endTensor() {
  const char *missing = !(fields & HasDType)     ? "dtype"
                        : !(fields & HasShape)   ? "shape"
                        : !(fields & HasOffsets) ? "data_offsets"
                                                 : nullptr;
  if (missing)
    return fail(format("field '%s' is missing", missing));
  contents.entries.push_back(entry);
  state = State::Tensors;
  return true;
}

bool Handler::end_object() {
  if (state == State::Fields)
    return endTensor();
  state = state == State::InMetadata ? State::Tensors : State::Done;
  return true;
}

bool Handler::start_array(size_t) {
  if (state != State::Shape && state != State::Offsets)
    return unexpected("an array");
  state = state == State::Shape ? State::InShape : State::InOffsets;
  return true;
}

bool Handler::end_array() {
  if (state == State::InOffsets && numOffsets != 2)
    return fail(format("'data_offsets' has %d numbers; expected 2", numOffsets));
  state = State::Fields;
  return true;
}

bool Handler::parse_error(size_t, const std::string &, const Json::exception &) {
  return fail("header is not valid JSON");
}

Status parseSafetensorsHeader(std::string_view text, const std::string &label,
                              HeaderContents &contents) {
  auto failAt = [&](size_t position, const char *what) {
    return Status::error(ExitCode::Input, label,
                         format("%s at byte %zu of the header", what, 8 + position));
  };
  if (text[0] != '{')
    return failAt(0, "header does not start with '{'");
  if (size_t bad = findMalformedUtf8(text); bad != std::string_view::npos)
    return failAt(bad, "header is not UTF-8");
  // The JSON library takes a zero byte for the end of its input.
  if (size_t zero = text.find('\0'); zero != std::string_view::npos)
    return failAt(zero, "header holds a zero byte");
  Handler handler(text, label, contents);
  const char *end = text.data() + text.size();
  bool isParsed = nlohmann::json::sax_parse(SharedCursor(handler.sharedCursor(), end),
                                            SharedCursor(nullptr, end), &handler,
                                            nlohmann::json::input_format_t::json, /*strict=*/true);
  if (isParsed)
    return Status();
  return handler.takeStatus();
}

} // namespace tenon::runtime
