//===- NpyHeader.cpp - the header of a NumPy array file -------------------===//
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Npy.h"
#include "tenon/Runtime/Io/Text.h"

#include <cstring>

namespace tenon::runtime {

namespace {

/// Reads the dictionary; see the grammar in Npy.h. Errors are kept as the first
/// one met, with the offset in the file.
class HeaderParser {
public:
  HeaderParser(std::string_view text, uint64_t fileOffset) : text(text), fileOffset(fileOffset) {}

  bool parse(NpyHeader &header);
  const std::string &message() const { return error; }

private:
  bool fail(const std::string &what) {
    error = what + " at byte " + std::to_string(fileOffset + position);
    return false;
  }
  void skipBlanks() {
    while (position < text.size() && strchr(" \t\r\n\f\v", text[position]) &&
           text[position] != '\0')
      ++position;
  }
  bool peek(char c) {
    skipBlanks();
    return position < text.size() && text[position] == c;
  }
  bool take(char c) {
    if (!peek(c))
      return false;
    ++position;
    return true;
  }
  bool expect(char c, const char *where) {
    return take(c) || fail(format("header has no '%c' %s; expected a dictionary with "
                                  "'descr', 'fortran_order' and 'shape'",
                                  c, where));
  }
  bool parseString(std::string_view &value);
  bool parseEntry(NpyHeader &header);
  bool parseDescr(NpyHeader &header);
  bool parseOrder(NpyHeader &header);
  bool parseShape(NpyHeader &header);
  bool parseDim(NpyHeader &header);
  bool setDType(std::string_view descr, NpyHeader &header);

  std::string_view text;
  uint64_t fileOffset;
  size_t position = 0;
  bool hasDescr = false, hasOrder = false, hasShape = false;
  std::string error;
};

} // namespace

bool HeaderParser::parse(NpyHeader &header) {
  if (!expect('{', "at its start"))
    return false;
  while (!peek('}')) {
    if (!parseEntry(header))
      return false;
    if (!take(',') && !peek('}'))
      return fail("header has no ',' or '}' after a value");
  }
  take('}');
  skipBlanks();
  if (position != text.size())
    return fail("header goes on after its dictionary");
  const char *missing = !hasDescr   ? "descr"
                        : !hasOrder ? "fortran_order"
                        : !hasShape ? "shape"
                                    : nullptr;
  return !missing || fail(format("header has no key '%s'", missing));
}

bool HeaderParser::parseString(std::string_view &value) {
  skipBlanks();
  char quote = position < text.size() ? text[position] : '\0';
  if (quote != '\'' && quote != '"')
    return fail("header has no string where one is expected");
  size_t end = text.find(quote, position + 1);
  if (end == std::string_view::npos)
    return fail("header has a string without end");
  value = text.substr(position + 1, end - position - 1);
  if (value.find('\\') != std::string_view::npos)
    return fail("header has an escape in a string");
  position = end + 1;
  return true;
}

bool HeaderParser::parseEntry(NpyHeader &header) {
  std::string_view key;
  if (!parseString(key))
    return false;
  bool *seen = key == "descr"           ? &hasDescr
               : key == "fortran_order" ? &hasOrder
               : key == "shape"         ? &hasShape
                                        : nullptr;
  if (!seen)
    return fail("header has the unknown key " + quoteName(key));
  if (*seen)
    return fail("header has the key " + quoteName(key) + " twice");
  *seen = true;
  if (!expect(':', "after a key"))
    return false;
  return seen == &hasDescr   ? parseDescr(header)
         : seen == &hasOrder ? parseOrder(header)
                             : parseShape(header);
}

bool HeaderParser::parseDescr(NpyHeader &header) {
  if (peek('[') || peek('('))
    return fail("dtype is structured; expected one of f32, f64, i32, i64, "
                "bool");
  std::string_view descr;
  return parseString(descr) && setDType(descr, header);
}

bool HeaderParser::setDType(std::string_view descr, NpyHeader &header) {
  char order = descr.empty() ? '\0' : descr[0];
  std::string_view kind = descr;
  if (order == '<' || order == '>' || order == '|' || order == '=')
    kind.remove_prefix(1);
  if (!kind.empty() && kind[0] == 'O')
    return fail("dtype is " + quoteName(descr) + ": pickled objects are not read");
  const DTypeInfo *info = findNpyDType(kind);
  if (!info)
    return fail("dtype is " + quoteName(descr) +
                ", which is not supported; expected one of '<f4', '<f8', "
                "'<i4', '<i8', '|b1'");
  if (kind.size() == descr.size() || (order == '|' && info->size != 1))
    return fail("dtype " + quoteName(descr) + " has no byte order");
  header.dtype = info->dtype;
  header.bigEndian = order == '>' && info->size > 1;
  return true;
}

bool HeaderParser::parseOrder(NpyHeader &header) {
  skipBlanks();
  for (std::string_view word : {"True", "False"}) {
    if (text.substr(position, word.size()) != word)
      continue;
    position += word.size();
    header.fortranOrder = word == "True";
    return true;
  }
  return fail("'fortran_order' is neither True nor False");
}

bool HeaderParser::parseShape(NpyHeader &header) {
  if (!expect('(', "before the shape"))
    return false;
  if (take(')'))
    return true;
  if (!parseDim(header))
    return false;
  if (take(')'))
    return fail("shape is a number in parentheses; expected a tuple such as "
                "(3,)");
  while (!peek(')')) {
    if (!take(','))
      return fail("shape has no ',' or ')' after a size");
    if (peek(')'))
      break;
    if (!parseDim(header))
      return false;
  }
  return take(')');
}

bool HeaderParser::parseDim(NpyHeader &header) {
  skipBlanks();
  size_t end = position;
  while (end < text.size() && !strchr(",) \t\r\n", text[end]))
    ++end;
  std::string_view digits = text.substr(position, end - position);
  // Python 2 wrote long integers with an L.
  std::string_view plain = digits;
  if (plain.size() > 1 && plain.back() == 'L')
    plain.remove_suffix(1);
  int64_t value = 0;
  if (!parseInteger(plain, value) || plain[0] == '-')
    return fail("shape holds " + quoteName(digits) +
                "; expected an integer from 0 to 9223372036854775807");
  if (header.dims.size() == TN_MAX_RANK)
    return fail(format("shape has more than %d dimensions", TN_MAX_RANK));
  header.dims.push_back(value);
  position = end;
  return true;
}

/// Reads magic, version and length; leaves where the dictionary stands.
static Status readPrefix(const ByteSource &source, uint64_t &textOffset, uint64_t &textBytes) {
  auto fail = [&](std::string text) {
    return Status::error(ExitCode::Input, source.name(), std::move(text));
  };
  unsigned char head[12] = {};
  uint64_t have = source.size() < sizeof(head) ? source.size() : sizeof(head);
  if (Status status = source.read(0, head, have); !status.ok())
    return status;
  std::string_view view(reinterpret_cast<const char *>(head), have);
  if (view.substr(0, 6) != "\x93NUMPY") {
    const char *format = recognizeForeignFormat(view);
    return fail(
        std::string("is not a NumPy .npy file") +
        (format ? std::string("; it is ") + format : std::string(": wrong magic at byte 0")));
  }
  int major = head[6], minor = head[7];
  if (have >= 8 && (major < 1 || major > 3 || minor != 0))
    return fail(format("has .npy version %d.%d at byte 6; expected 1.0, 2.0 or "
                       "3.0",
                       major, minor));
  textOffset = major == 1 ? 10 : 12;
  if (source.size() < textOffset)
    return fail(format("ends at byte %llu, within its header",
                       static_cast<unsigned long long>(source.size())));
  textBytes = major == 1
                  ? head[8] | head[9] << 8
                  : head[8] | head[9] << 8 | head[10] << 16 | static_cast<uint64_t>(head[11]) << 24;
  if (textBytes > source.size() - textOffset)
    return fail(format("header length at byte 8 is %llu, but the file has %llu "
                       "bytes",
                       static_cast<unsigned long long>(textBytes),
                       static_cast<unsigned long long>(source.size())));
  if (textBytes > maxNpyHeader)
    return fail(format("header length at byte 8 is %llu; the limit is %u",
                       static_cast<unsigned long long>(textBytes), maxNpyHeader));
  return Status();
}

Result<NpyHeader> readNpyHeader(const ByteSource &source) {
  uint64_t textOffset = 0, textBytes = 0;
  if (Status status = readPrefix(source, textOffset, textBytes); !status.ok())
    return status;
  std::string text(textBytes, '\0');
  if (Status status = source.read(textOffset, text.data(), textBytes); !status.ok())
    return status;

  NpyHeader header;
  HeaderParser parser(text, textOffset);
  if (!parser.parse(header))
    return Status::error(ExitCode::Input, source.name(), parser.message());
  header.dataOffset = textOffset + textBytes;
  int64_t bytes = 0;
  if (!checkedProduct(header.dims.data(), header.dims.size(), dtypeInfo(header.dtype).size, bytes))
    return Status::error(ExitCode::Input, source.name(),
                         "size of shape " + shapeText(header.dims) + " overflows 64 bits");
  header.bytes = static_cast<uint64_t>(bytes);
  uint64_t present = source.size() - header.dataOffset;
  if (present != header.bytes)
    return Status::error(ExitCode::Input, source.name(),
                         format("holds %llu bytes of data from byte %llu on; expected %llu for "
                                "shape %s of %s",
                                static_cast<unsigned long long>(present),
                                static_cast<unsigned long long>(header.dataOffset),
                                static_cast<unsigned long long>(header.bytes),
                                shapeText(header.dims).c_str(), dtypeInfo(header.dtype).name));
  return header;
}

} // namespace tenon::runtime
