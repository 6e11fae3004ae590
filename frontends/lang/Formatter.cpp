//===- Formatter.cpp - Model text in its one layout -----------------------===//
//
// Works on words, not on the tree: every word is printed as it was written, so
// what a file means cannot change. Only the blanks between words are new.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/Formatter.h"

#include "frontends/lang/Lexer.h"
#include "frontends/lang/Parser.h"

#include <tuple>

namespace tenon::lang {

namespace {

constexpr size_t kIndentation = 4;

/// A comment before a word.
struct Comment {
  llvm::StringRef text;
  /// Blanks before it in the source.
  size_t column = 0;
  bool ownLine = false;
  bool blankBefore = false;
};

/// A word, and what stands between it and the word before.
struct Word {
  Token token;
  llvm::SmallVector<Comment, 0> comments;
  /// A line end before it, and an empty line.
  bool breakBefore = false;
  bool blankBefore = false;
  /// Of a bracket: the index of its partner in the line.
  size_t partner = 0;
  /// Of a colon: between the ends of a slice.
  bool isSlice = false;
  bool isUnary = false;

  bool beginsLine() const { return breakBefore || !comments.empty(); }
};

/// A bracket that is open where a line is laid out.
struct OpenBracket {
  /// The indentation of the line that it stands in, and the column after it.
  size_t base;
  size_t column;
  /// It ends its line; its partner begins one.
  bool hangs;
  bool closesOnOwnLine;
};

/// A place where a line may be broken; the smaller is the better one.
struct Break {
  size_t index = 0;
  /// Brackets around it.
  size_t depth = 0;
  /// What follows is too wide for one line.
  bool overflows = false;
  bool isPoor = false;

  bool operator<(const Break &other) const {
    return std::tie(depth, overflows, isPoor) <
           std::tie(other.depth, other.overflows, other.isPoor);
  }
};

bool isDeclaration(TokenKind kind) {
  return kind == TokenKind::kw_Block || kind == TokenKind::kw_Fn || kind == TokenKind::kw_Entry ||
         kind == TokenKind::kw_Train || kind == TokenKind::kw_Model ||
         kind == TokenKind::kw_Optimizer;
}

bool isOpener(TokenKind kind) { return kind == TokenKind::LParen || kind == TokenKind::LBracket; }
bool isCloser(TokenKind kind) { return kind == TokenKind::RParen || kind == TokenKind::RBracket; }

/// Words that end an operand: what follows is a binary operator or a postfix.
bool endsOperand(TokenKind kind) {
  switch (kind) {
  case TokenKind::Name:
  case TokenKind::Integer:
  case TokenKind::Float:
  case TokenKind::String:
  case TokenKind::RParen:
  case TokenKind::RBracket:
  case TokenKind::kw_True:
  case TokenKind::kw_False:
  case TokenKind::kw_None:
  case TokenKind::kw_Training:
  case TokenKind::kw_Step:
  case TokenKind::kw_Pi:
  case TokenKind::kw_Inf:
    return true;
  default:
    return false;
  }
}

size_t columns(llvm::StringRef text) {
  size_t count = 0;
  for (char c : text)
    count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

class Formatter {
public:
  explicit Formatter(const SourceFile &source) : text(source.getText()) {}

  std::string format(const SourceFile &source);

private:
  /// Reads what stands between `begin` and the word at `end`.
  void readGap(size_t begin, size_t end, Word &word) const;
  void classify();
  bool needsSpace(const Word &left, const Word &right) const;

  /// Prints the comments before a line of code; `old` and `now` are the columns in
  /// the source at which the suites around the line before and this one begin.
  void printComments(const Word &word, llvm::ArrayRef<size_t> old, llvm::ArrayRef<size_t> now);
  void printLine(size_t indentation);
  bool fits(size_t first, size_t column) const;
  size_t findBreak(size_t first, size_t base) const;
  void indent(size_t width) { out.append(width, ' '); }

  llvm::StringRef text;
  std::string out;
  /// The words of one logical line.
  llvm::SmallVector<Word, 64> line;
  llvm::SmallVector<OpenBracket, 8> open;
};

void Formatter::readGap(size_t begin, size_t end, Word &word) const {
  size_t at = begin, lineStart = begin;
  unsigned lineEnds = 0;
  while (at < end) {
    char c = text[at];
    if (c == '\n' || c == '\r') {
      at += c == '\r' && at + 1 < end && text[at + 1] == '\n' ? 2 : 1;
      lineStart = at;
      ++lineEnds;
    } else if (c == '#') {
      size_t stop = std::min(text.find_first_of("\r\n", at), end);
      word.comments.push_back(
          {text.slice(at, stop).rtrim(' '), at - lineStart, lineEnds > 0, lineEnds > 1});
      at = stop;
      lineEnds = 0;
    } else {
      ++at;
    }
  }
  word.breakBefore = lineEnds > 0;
  word.blankBefore = lineEnds > 1;
}

/// Finds partners, slices and signs.
void Formatter::classify() {
  llvm::SmallVector<size_t, 16> stack;
  TokenKind first = line.front().token.kind;
  bool hasHypers = first == TokenKind::kw_Block || first == TokenKind::kw_Model ||
                   first == TokenKind::kw_Optimizer;
  for (size_t i = 0; i < line.size(); ++i) {
    TokenKind kind = line[i].token.kind;
    if (isOpener(kind)) {
      stack.push_back(i);
    } else if (isCloser(kind)) {
      line[i].partner = stack.back();
      line[stack.pop_back_val()].partner = i;
    } else if (kind == TokenKind::Colon) {
      // `block NAME[` opens hyper-parameters, whose colons are kinds.
      line[i].isSlice = !stack.empty() && line[stack.back()].token.is(TokenKind::LBracket) &&
                        !(hasHypers && stack.back() == 2);
    } else if (kind == TokenKind::Minus) {
      line[i].isUnary = i == 0 || !endsOperand(line[i - 1].token.kind);
    }
  }
}

bool Formatter::needsSpace(const Word &left, const Word &right) const {
  TokenKind a = left.token.kind, b = right.token.kind;
  // Nothing goes before these, nothing after those.
  if (b == TokenKind::Comma || b == TokenKind::Semicolon || isCloser(b) || isOpener(a) ||
      a == TokenKind::Dot || b == TokenKind::Dot || left.isUnary || left.isSlice)
    return false;
  if (a == TokenKind::Comma || a == TokenKind::Semicolon)
    return true;
  if (b == TokenKind::Colon || a == TokenKind::DotDot || b == TokenKind::DotDot)
    return false;
  return !isOpener(b) || !endsOperand(a);
}

void Formatter::printComments(const Word &word, llvm::ArrayRef<size_t> old,
                              llvm::ArrayRef<size_t> now) {
  for (const Comment &comment : word.comments) {
    if (!comment.ownLine) {
      // It ends the line before.
      if (!out.empty()) {
        out.pop_back();
        out += "  ";
      }
      out += (comment.text + "\n").str();
      continue;
    }
    if (comment.blankBefore && !out.empty())
      out += '\n';
    // After a suite it belongs to the innermost one that is not to its right.
    size_t depth = now.size();
    if (old.size() > now.size())
      for (size_t i = now.size(); i < old.size() && old[i] <= comment.column; ++i)
        depth = i + 1;
    indent(kIndentation * (depth - 1));
    out += (comment.text + "\n").str();
  }
}

/// The column of a line that begins with `word` inside `bracket`.
static size_t continuation(const OpenBracket &bracket, const Word &word) {
  if (!bracket.hangs)
    return bracket.column;
  if (!bracket.closesOnOwnLine)
    return bracket.base + 2 * kIndentation;
  return bracket.base + (isCloser(word.token.kind) ? 0 : kIndentation);
}

/// Whether the words from `first` on fit into the rest of a line.
bool Formatter::fits(size_t first, size_t column) const {
  for (size_t i = first; i < line.size() && column <= kMaxColumns; ++i) {
    if (i > first) {
      if (line[i].beginsLine())
        return true;
      column += needsSpace(line[i - 1], line[i]);
    }
    column += columns(line[i].token.text());
  }
  return column <= kMaxColumns;
}

/// Where the line that begins at word `first` with indentation `base` ends: at a word that
/// begins one, or, when it is too wide, at the best place to break it.
size_t Formatter::findBreak(size_t first, size_t base) const {
  llvm::SmallVector<OpenBracket, 8> inner(open);
  bool isHeader = isDeclaration(line.front().token.kind);
  std::optional<Break> best;
  size_t column = base;
  for (size_t i = first; i < line.size(); ++i) {
    const Word &word = line[i];
    if (i > first) {
      if (word.beginsLine())
        return column <= kMaxColumns || !best ? i : best->index;
      TokenKind before = line[i - 1].token.kind;
      bool mayBreak = !inner.empty() && !isCloser(word.token.kind) &&
                      (before == TokenKind::Comma || isOpener(before));
      if (mayBreak && (column <= kMaxColumns || !best)) {
        Break place;
        place.index = i;
        place.depth = inner.size();
        place.overflows =
            !fits(i, isOpener(before) ? base + 2 * kIndentation : continuation(inner.back(), word));
        // A header is broken where its inputs begin, a statement between arguments.
        place.isPoor = isHeader ? before != TokenKind::LParen : isOpener(before);
        if (!best || !(*best < place))
          best = place;
      }
      column += needsSpace(line[i - 1], word);
    }
    column += columns(word.token.text());
    if (column > kMaxColumns && best)
      return best->index;
    if (isOpener(word.token.kind))
      inner.push_back({base, column, /*hangs=*/false, /*closesOnOwnLine=*/false});
    else if (isCloser(word.token.kind))
      inner.pop_back();
  }
  return line.size();
}

void Formatter::printLine(size_t indentation) {
  classify();
  size_t column = indentation, base = indentation;
  indent(indentation);
  size_t stop = findBreak(0, base);
  for (size_t i = 0; i < line.size(); ++i) {
    const Word &word = line[i];
    if (i > 0 && (i == stop || word.beginsLine())) {
      base = column = continuation(open.back(), word);
      out += '\n';
      for (const Comment &comment : word.comments) {
        if (!comment.ownLine) {
          out.pop_back();
          out += ("  " + comment.text + "\n").str();
          continue;
        }
        if (comment.blankBefore)
          out += '\n';
        indent(base);
        out += (comment.text + "\n").str();
      }
      if (word.blankBefore)
        out += '\n';
      indent(base);
      stop = findBreak(i, base);
    } else if (i > 0 && needsSpace(line[i - 1], word)) {
      out += ' ';
      ++column;
    }
    out += word.token.text();
    column += columns(word.token.text());
    if (isOpener(word.token.kind)) {
      open.push_back({base, column, i + 1 == stop || line[i + 1].beginsLine(),
                      line[word.partner].beginsLine()});
    } else if (isCloser(word.token.kind)) {
      open.pop_back();
    }
  }
  out += '\n';
}

std::string Formatter::format(const SourceFile &source) {
  DiagnosticsEngine ignored; // the text has been parsed
  Lexer lexer(source, ignored);
  size_t end = source.getStart();
  llvm::SmallVector<size_t, 16> levels{0}, before{0};
  for (;;) {
    Token token = lexer.next();
    switch (token.kind) {
    case TokenKind::Indent:
      levels.push_back(token.range.begin - source.getLineStart(token.range.where().line));
      continue;
    case TokenKind::Dedent:
      levels.pop_back();
      continue;
    case TokenKind::NewLine:
      if (!line.empty())
        printLine(kIndentation * (levels.size() - 1));
      line.clear();
      before = levels;
      continue;
    default:
      break;
    }
    Word word;
    word.token = token;
    readGap(end, token.range.begin, word);
    end = token.range.end;
    if (line.empty()) {
      printComments(word, before, levels);
      if (token.is(TokenKind::EndOfFile))
        return std::move(out);
      if (word.blankBefore && !out.empty())
        out += '\n';
      word.comments.clear();
      word.breakBefore = false;
    }
    line.push_back(std::move(word));
  }
}

} // namespace

std::optional<std::string> formatSource(const SourceFile &source, DiagnosticsEngine &diagnostics) {
  ASTContext nodes;
  parseFile(source, nodes, diagnostics);
  if (diagnostics.hasErrors())
    return std::nullopt;
  return Formatter(source).format(source);
}

} // namespace tenon::lang
