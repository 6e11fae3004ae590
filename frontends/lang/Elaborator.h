//===- Elaborator.h - Evaluates a model and builds its graph ----*- C++ -*-===//
//
// One abstract interpretation in text order. Static values are computed, parts
// are made, tensors become operations of the tenon dialect. Blocks are
// evaluated at each use, with their numbers in place. Private to the importer
// and its built-in functions.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_ELABORATOR_H
#define TENON_FRONTENDS_LANG_ELABORATOR_H

#include "frontends/lang/Import.h"
#include "frontends/lang/Loader.h"
#include "frontends/lang/Scope.h"
#include "frontends/lang/TrainSection.h"
#include "frontends/lang/Value.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/GlobPattern.h"

#include <set>

namespace tenon::lang {

class DimBinding;
class ScalarBuilder;
struct JsonMember;
struct JsonValue;

/// The common shape of two operands: sizes equal or 1 at equal ranks, or the
/// smaller exactly the end of the larger. Nothing if there is none.
std::optional<llvm::SmallVector<Size>> broadcastShapes(llvm::ArrayRef<Size> a,
                                                       llvm::ArrayRef<Size> b);

/// Most turns of loops, parts, and elements of a list, after expansion.
inline constexpr uint64_t kMaxExpansion = 1'000'000;
/// Most bytes of all parameters: what a process can address.
inline constexpr int64_t kMaxParameterBytes = int64_t(1) << 47;
/// Most calls inside each other.
inline constexpr unsigned kMaxCallDepth = 256;

/// One application of a block, function or entry: what its suite yields.
struct Activation {
  /// Null inside the model's own suite.
  const Declaration *declaration = nullptr;
  /// True where parts and parameters may be declared.
  bool ownsParts = false;
  bool returned = false;
  /// A requirement does not hold: what follows would only repeat it.
  bool failed = false;
  std::vector<Value> results;
  SourceRange returnRange;
  /// Names of parts and parameters declared so far in this application.
  std::set<llvm::StringRef> declared;
  /// True for the suite of a declaration of this kind.
  bool is(StatementKind kind) const { return declaration && declaration->kind == kind; }
  bool isModel() const { return !declaration || is(StatementKind::Model); }
  /// The axes that `..` stands for in the signature.
  std::optional<llvm::SmallVector<Size>> ellipsis;
};

/// Where evaluation stands: the names in sight and whose suite runs.
struct Frame {
  Scope *scope = nullptr;
  Part *self = nullptr;
  Activation *activation = nullptr;
  const FileUnit *file = nullptr;
  /// Inside the standard library: the place in the user's text that called it.
  SourceRange site;
  /// Product of the turns of the loops around.
  uint64_t turns = 1;
  /// The lists that `yield` appends to; null outside of collections.
  std::vector<std::vector<Value>> *yields = nullptr;
  /// While inputs of a called entry are bound: the dims that they bind afresh.
  DimBinding *dims = nullptr;
};

/// True directly inside a loop, whose turns would declare one name many times.
bool inLoop(const Frame &frame);
/// Two steps of a parameter's path joined by a dot; an empty one is left out.
std::string joinPath(llvm::StringRef parent, llvm::StringRef step);

/// A scalar that depends on `step`, in the body of a model: it is computed in each train
/// section that reads it.
struct Schedule {
  const Expr *expr = nullptr;
  Frame frame;
};

/// The bounds that are declared of a dynamic size.
struct DimBounds {
  int64_t min = 0;
  std::optional<int64_t> max;
  /// Null for a dim of a model that is a part.
  mlir::tenon::SizeOp op;
};

/// `initialize GLOBS ~ VALUE`, in the model that is the part `owner`.
struct Initializer {
  const GlobStatement *statement = nullptr;
  Value value;
  const Part *owner = nullptr;
};

/// An argument of a call, evaluated.
struct CallArgument {
  llvm::StringRef name;
  Value value;
  SourceRange range;
  /// The expression it came from; null when it was piped or made up.
  const Expr *expr = nullptr;
};

/// One axis of a type as written.
struct TypeAxis {
  enum Kind : uint8_t { Fixed, New, Any, Ellipsis } kind = Fixed;
  Size size;
  llvm::StringRef name;
  SourceRange range;
};

/// A type as written: dtypes it allows and axes, or a kind of static value.
struct TypeSpec {
  enum Elements : uint8_t { Floating, Integers, Exactly } elements = Floating;
  mlir::Type element;
  llvm::SmallVector<TypeAxis, 4> axes;
  /// A list of such tensors.
  bool isList = false;
  /// `int`, `float`, `bool`, `str`, `dtype` or `dist`, or empty for tensors.
  llvm::StringRef staticKind;
};

class Elaborator {
public:
  Elaborator(mlir::MLIRContext &context, Loader &files, const ImportOptions &options,
             DiagnosticsEngine &diagnostics);

  /// What becomes of train sections and of initial values that are computed. Evaluated: it
  /// is checked that the section has loss and metrics where `training` is false.
  enum class Training { Ignored, Checked, Evaluated, Built, BuiltAndEvaluated };

  /// Elaborates the model of the last file with `config` (or none), and checks its
  /// section `train` (or none) or makes a step of it.
  mlir::OwningOpRef<mlir::ModuleOp> run(llvm::StringRef config, const Declaration *train,
                                        Training use);
  const std::deque<Parameter> &getParameters() const { return parameters; }

  // Messages (ElabSupport.cpp).
  /// Reports an error at `range`; inside the library, at the place that called
  /// it. Says in which part.
  Diagnostic &error(const Frame &frame, SourceRange range, const llvm::Twine &message);
  /// `in blocks[0].attn, made at 31:5`, or empty in the model itself.
  std::string whereAmI(const Frame &frame) const;
  /// `heads = 5 from -D`.
  std::string explain(llvm::StringRef name, const Value &value) const;
  /// Adds a note with the origin of every number that `expr` names.
  void explainNames(Diagnostic &diagnostic, const Expr *expr, const Frame &frame);

  // Building (ElabSupport.cpp).
  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::MLIRContext *getContext() { return builder.getContext(); }
  Size size(int64_t value) { return Size::get(getContext(), value); }
  /// Where ops for `range` come from: the part's path, the place, and, when
  /// given, what the text calls them.
  mlir::Location location(const Frame &frame, SourceRange range, llvm::StringRef label = "");
  /// The tensor that `value` is, reading parameters; null if it is none.
  mlir::Value asTensor(const Value &value, const Frame &frame, SourceRange range);
  /// A tensor of `type` filled with the static `value`; null after an error.
  mlir::Value splat(const Value &value, TensorType type, const Frame &frame, SourceRange range);
  /// The attribute for the literal `value` as an element, or null after an
  /// error.
  mlir::TypedAttr literal(const Value &value, mlir::Type element, const Frame &frame,
                          SourceRange range);
  bool insideEntry() const { return bool(function); }
  bool isTraining() const { return section; }
  bool isEvaluating() const { return section->use == TrainSection::Use::Evaluate; }
  /// A train section is not only checked: it becomes a step.
  bool isBuildingStep() const { return section && buildsStep; }
  /// Calls `evaluate` with a function to put ops into that is thrown away after it.
  void inScratchFunction(mlir::Location loc, llvm::function_ref<void()> evaluate);
  /// Calls `evaluate` with the end of a function to put ops into.
  void inFunction(mlir::func::FuncOp inner, llvm::function_ref<void()> evaluate);
  /// A function at the end of the module, without arguments and ops.
  mlir::func::FuncOp addFunction(mlir::Location loc, llvm::StringRef name);
  /// A tensor of a train section of which only the type is known now.
  mlir::Value drawn(TensorType type, mlir::Location loc);
  /// Random numbers of a train section: uniform from 0 to 1, or standard normal.
  mlir::Value draw(TensorType type, llvm::StringRef stream, bool isNormal, mlir::Location loc);
  /// What `training` says: not in frozen parts, nor of held-out data.
  bool isTrainingIn(const Frame &frame) const {
    return isTraining() && !isEvaluating() && !(frame.self && frame.self->frozen);
  }
  /// Smallest and largest value of a size under the declared bounds.
  std::optional<int64_t> lowerBound(Size size) const;
  std::optional<int64_t> upperBound(Size size) const;
  /// True when a <= b for all values of the dynamic sizes.
  bool provenAtMost(Size a, Size b) const;
  /// Makes `size` at least 0 by a requirement on the model's dims; false when that cannot be.
  bool requireNotNegative(Size size);
  /// Reports tensors whose bytes do not fit 64 bits; true when there are none.
  bool checkBytes(const Value &value, const Frame &frame, SourceRange range);
  const Value *list(std::vector<Value> items) { return makeList({std::move(items), {}, 0}); }
  const Value *makeList(ListValue list);
  Value distribution(const Distribution &distribution);

  // Expressions (ElabExpr.cpp, ElabSubscript.cpp).
  Value eval(const Expr *expr, Frame &frame);
  Value evalSubscripts(mlir::Value tensor, const BracketExpr *expr, Frame &frame);
  /// The int64 that `expr` must be; nothing after an error.
  std::optional<int64_t> evalInteger(const Expr *expr, Frame &frame, const llvm::Twine &what);
  /// Calls `turn` with each value of the range; stops when it returns false.
  /// Returns false after an error.
  bool iterate(const Range &range, SourceRange place, Frame &frame,
               llvm::function_ref<bool(Value, Frame &)> turn);
  std::string interpolate(const StringLiteral &literal, Frame &frame, bool &hasHoles);

  // Operators (ElabStatic.cpp, ElabTensor.cpp).
  Value binary(TokenKind op, SourceRange opRange, const Value &left, const Value &right,
               const Expr *leftExpr, const Expr *rightExpr, Frame &frame);
  Value staticBinary(TokenKind op, SourceRange opRange, const Value &left, const Value &right,
                     Frame &frame);
  Value tensorBinary(TokenKind op, SourceRange opRange, const Value &left, const Value &right,
                     const Expr *leftExpr, const Expr *rightExpr, Frame &frame);
  /// One map over two operands, tensors or numbers, that are checked as those
  /// of `op` are and called `sign` in messages.
  Value pairwise(TokenKind op, llvm::StringRef sign, SourceRange range, const Value &left,
                 const Value &right, const Expr *leftExpr, const Expr *rightExpr, Frame &frame,
                 llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::Value, mlir::Value)> scalar);
  Value matmul(SourceRange opRange, mlir::Value left, mlir::Value right, Frame &frame);
  /// `float(x)`, `int(x)` (ElabConvert.cpp): a number, bool or tensor in another dtype.
  Value convert(mlir::Type element, llvm::ArrayRef<CallArgument> arguments, SourceRange range,
                SourceRange calleeRange, Frame &frame);
  Value negate(const Value &operand, SourceRange range, Frame &frame);
  Value logicalNot(const Value &operand, SourceRange range, Frame &frame);
  /// The truth of a static condition; nothing after an error.
  std::optional<bool> truth(const Value &value, SourceRange range, Frame &frame);

  // Calls (ElabCall.cpp).
  Value call(const Value &callee, llvm::ArrayRef<CallArgument> arguments, SourceRange range,
             SourceRange calleeRange, Frame &frame);
  Value applyPart(Part &part, llvm::ArrayRef<CallArgument> arguments, SourceRange range,
                  Frame &frame);
  /// A call of the library's function `name`, which a built-in function stands for.
  Value applyLibrary(llvm::StringRef name, llvm::ArrayRef<Value> arguments, SourceRange range,
                     Frame &frame);
  Value applyFn(const FnValue &fn, llvm::ArrayRef<CallArgument> arguments, SourceRange range,
                Frame &frame);

  // Types (ElabType.cpp).
  /// Reads a type; names that are not sizes in scope become New axes if
  /// `mayBind`. Returns false after an error, or silently if it names a poison.
  bool readType(const Expr *expr, Frame &frame, bool mayBind, TypeSpec &spec);
  /// Binds New axes and checks the others. On a mismatch returns false and
  /// leaves what was expected in `wanted`.
  bool matchType(const TypeSpec &spec, TensorType type, Frame &frame, llvm::StringRef what,
                 std::string &wanted);
  bool matchValue(const TypeSpec &spec, Value &value, Frame &frame, llvm::StringRef what,
                  SourceRange range);
  std::string formatSpec(const TypeSpec &spec) const;
  /// True when `value` is of the static kind (`int`, `float`, ...).
  static bool hasStaticKind(const Value &value, llvm::StringRef kind);
  std::optional<mlir::Type> dtypeNamed(llvm::StringRef name, bool &reserved);

  // Parts and parameters (ElabHyper.cpp, ElabPart.cpp, ElabParam.cpp).
  std::optional<BlockValue> giveHypers(const BlockValue &block, const BracketExpr *expr,
                                       Frame &frame);
  bool completeHypers(const BlockValue &block, SourceRange range, Frame &frame,
                      std::vector<GivenHyper> &out);
  bool checkHyper(const Hyper &hyper, Value &value, SourceRange range, Frame &frame);
  void declarePart(const PartStatement *statement, Frame &frame);
  /// Makes a function or an entry of a part's suite a member of the part.
  void addMember(const Identifier &name, const Value &value, Frame &frame);
  void declareParam(const ParamStatement *statement, Frame &frame);
  /// A part or parameter inside `part`.
  Value member(Part &part, const Identifier &name, Frame &frame);

  // Initial values (ElabInitial.cpp).
  /// Checks it and says how it is made; what is computed awaits its parameter in
  /// `computed`.
  InitialValue readInitialValue(const ParamStatement *statement, TensorType type, Frame &frame,
                                mlir::Value &computed);
  /// How a parameter's first value is drawn.
  static InitialValue initialValueOf(const Distribution &distribution, TensorType type,
                                     bool isInputFirst);
  /// Gives the parameters' ops their initial values, the function of computed ones an end.
  void finishInitialValues();
  void addInitializer(const GlobStatement *statement, Frame &frame);
  /// A pattern of parameter names; nothing after an error.
  std::optional<llvm::GlobPattern> readGlob(const StringLiteral &glob, Frame &frame);
  void applyInitializers(Frame &frame);

  // Statements (ElabStatement.cpp).
  void execSuite(Suite suite, Frame &frame);
  void exec(const Statement *statement, Frame &frame);
  /// Defines `name`, or reports that it exists. Null after an error.
  Binding *define(const Identifier &name, BindingKind kind, Value value, Frame &frame);

  /// The part whose application made this tensor, for notes.
  llvm::DenseMap<mlir::Value, Part *> madeBy;

private:
  // The model (Elaborator.cpp).
  void defineFile(const FileUnit &unit);
  void defineImport(const ImportStatement &import, const FileUnit &unit, Scope &scope);
  bool setModelHypers(const Declaration &model, llvm::StringRef config, Frame &frame);
  std::optional<Value> readDefine(llvm::StringRef name, llvm::StringRef text, const Hyper &hyper,
                                  Frame &frame);
  void checkCount(const ConfigStatement &config);

  // The configuration file (ElabConfigFile.cpp).
  bool loadConfigFile(const Declaration &model);
  const JsonMember *findConfigMember(const Hyper &hyper) const;
  std::optional<Value> readConfigMember(const JsonMember &member, const Hyper &hyper, Frame &frame);
  Value readJson(const JsonValue &json, const Hyper &hyper, Frame &frame);
  std::string describeHyper(const Hyper &hyper, SourceRange range) const;
  std::string describeMissingKey(const Hyper &hyper) const;

  // Entries (ElabEntry.cpp).
  void elaborateEntry(const Declaration &entry, Frame &modelFrame);
  bool makeEntryInputs(const Declaration &entry, Frame &frame);
  void finishEntry(const Declaration &entry, Frame &frame);
  /// A size that `function` uses and none of its inputs has; null when there is none.
  static mlir::StringAttr findSizeNotGiven(mlir::func::FuncOp function);

  // Train sections (ElabTrain.cpp, ElabOptimizer.cpp).
  void elaborateTrain(const Declaration &train, Frame &modelFrame);
  /// Evaluates the suite of a section, and calls `finish` if that went well.
  void execSection(TrainSection &executed, Frame &modelFrame,
                   llvm::function_ref<void(Frame &)> finish);
  void execTraining(const Statement *statement, Frame &frame);
  void minimize(const ValuesStatement *statement, Frame &frame);
  void metric(const NamedStatement *statement, Frame &frame);
  /// Reports an option that is set twice.
  void setOption(llvm::StringRef name, SourceRange range, Frame &frame);
  void addRule(const GlobStatement *statement, Frame &frame);
  void applyRules(Frame &frame);
  void checkLoss(llvm::ArrayRef<const Parameter *> updated);
  void checkDefaults(const NamedStatement *statement, Frame &frame);
  void notSupported(const llvm::Twine &what, SourceRange range, Frame &frame);
  /// Evaluates the suite of an optimizer for a parameter of `type`.
  void checkOptimizer(const TrainRule &rule, TensorType type, Frame &frame);
  void declareOptimizerState(const ParamStatement *statement, Frame &frame);
  /// Evaluates the suite of an optimizer; the binding of what becomes of `w`, null after
  /// an error.
  Binding *runOptimizer(const TrainRule &rule, TensorType type, mlir::Value w, mlir::Value g,
                        Frame &caller);

  // A step (ElabStep.cpp).
  /// Keeps what a train section makes of a state of the model.
  void noteState(const Parameter &parameter, const Value &value);
  std::string describeOptimizers() const;
  /// Gradients, clipping, optimizers; returns loss, metrics and next values.
  void buildStep(Frame &frame);
  /// Adds gradients up; returns loss, metrics and the sums.
  void buildAccumulation(Frame &frame);
  /// Updates by the sums.
  void buildUpdate(Frame &frame);
  /// Returns loss and metrics.
  void buildEvaluation();
  /// The derivatives of the loss by the parameters that are updated.
  llvm::SmallVector<mlir::Value> buildGradients(Frame &frame);
  /// The sum so far of the gradients of a parameter, which is declared and read.
  std::pair<const Parameter *, mlir::Value> readGradientSum(const Parameter &parameter,
                                                            mlir::Location loc);
  /// Clips the gradients and runs the optimizers; false after an error.
  bool addUpdates(llvm::MutableArrayRef<mlir::Value> gradients, Frame &frame,
                  std::vector<StepResult> &results);
  void addStates(std::vector<StepResult> &results) const;
  /// Takes what is not used, and the data, out of `function`; false where it needs them.
  bool dropData();
  std::vector<StepResult> lossAndMetrics() const;
  /// Names what every step is given.
  void nameStepInputs();
  mlir::Value clipGradients(llvm::MutableArrayRef<mlir::Value> gradients, mlir::Location loc);
  mlir::Value optimize(const TrainRule &rule, const Parameter &parameter, mlir::Value gradient,
                       Frame &caller);
  /// What an optimizer has made of its states.
  void keepOptimizerStates(Scope &scope);
  /// The moving average of a parameter that `ema` asks for.
  StepResult average(const Parameter &parameter, mlir::Value next, mlir::Location loc);
  /// Declares a parameter of the training's own, "tenon.NAME", or finds it, and reads it.
  std::pair<const Parameter *, mlir::Value> addOwnState(const llvm::Twine &name, TensorType type,
                                                        double initial, mlir::Location loc);
  /// Declares a state of the optimizer for the parameter at hand and reads it.
  mlir::Value addOptimizerState(llvm::StringRef name, TensorType type, double initial,
                                mlir::Location loc);
  /// Ends `function` with results of these names, of which some are next values.
  void returnStep(llvm::ArrayRef<StepResult> results, mlir::Location loc);

  // Statements (ElabStatement.cpp).
  void assign(const AssignStatement *statement, Frame &frame);
  void change(const ChangeStatement *statement, Frame &frame);
  bool keepsType(const Value &value, TensorType type, const Identifier &name, Frame &frame);
  void changeOne(const ChangeStatement *statement, const Identifier &name, Value value,
                 Frame &frame);
  std::optional<std::vector<Value>> takeApart(llvm::ArrayRef<const Expr *> values, size_t count,
                                              Frame &frame);
  void require(const RequireStatement *statement, Frame &frame);
  void requireDivides(const Fact &fact, const RequireStatement *statement, Frame &frame);
  void requireTrue(const Fact &fact, const RequireStatement *statement, Frame &frame);
  bool multiplyDim(const Fact &fact, Size divisor, Size multiple, Frame &frame);
  bool boundDim(const Value &left, TokenKind op, const Value &right);
  void declareDims(const DimStatement *statement, Frame &frame);
  void execFor(const ForStatement *statement, Frame &frame);
  void execIf(const IfStatement *statement, Frame &frame);
  void execReturn(const ValuesStatement *statement, Frame &frame);
  void readPrecision(Suite suite, Frame &frame);
  void setPrecision(const Argument &argument, Frame &frame);

  // Expressions (ElabExpr.cpp, ElabSubscript.cpp).
  Value evalName(const NameExpr *expr, Frame &frame);
  Value evalKind(const Expr *expr, Frame &frame);
  /// In a train section the scalar that `schedule` stands for; before, `expr` as a number
  /// that is not known yet.
  Value evalSchedule(const Schedule *schedule, const Expr *expr, Frame &frame);
  Value evalChain(const ChainExpr *expr, Frame &frame);
  Value evalCall(const CallExpr *expr, Frame &frame, const CallArgument *piped);
  Value evalBracket(const BracketExpr *expr, Frame &frame);
  Value evalMember(const MemberExpr *expr, Frame &frame);
  Value evalListItem(const ListValue &items, const BracketExpr *expr, Frame &frame);
  Value fixArguments(const Value &callee, const BracketExpr *expr, Frame &frame);

  // Calls (ElabCall.cpp).
  bool matchArguments(const Declaration &callee, llvm::ArrayRef<CallArgument> arguments,
                      SourceRange range, Frame &caller, std::vector<const CallArgument *> &given);
  bool bindInputs(const Declaration &callee, llvm::ArrayRef<CallArgument> arguments,
                  SourceRange range, Frame &caller, Frame &frame);
  bool bindInput(const Input &input, Value value, SourceRange range, Frame &caller, Frame &frame);
  Value finishCall(const Declaration &callee, Frame &frame, bool bound);
  /// `return f(x)`: the list that a function of several results gives is as many values.
  static void spreadResults(const Declaration &callee, Activation &activation);
  /// Adds `callee` to the calls, or reports that they are too deep: once, and none is
  /// added until those that led there have ended.
  bool enterCall(const Declaration &callee, SourceRange range, Frame &caller);

  // Parts (ElabPart.cpp).
  Value makePart(const PartStatement *statement, const Value &kind, const std::string &step,
                 const std::string &shown, const Value *existing, Frame &frame);
  Value makeParts(const PartStatement *statement, size_t level, std::vector<int64_t> &indices,
                  const Value *existing, Frame &frame);
  void declareMembers(Part &part, Frame &frame);
  /// The first entry of the model that `part` is; poison after an error.
  Value firstEntry(Part &part, SourceRange range, Frame &frame);

  friend class DimBinding;

  DiagnosticsEngine &diagnostics;
  Loader &files;
  const ImportOptions &options;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  /// The first entry's function: declarations stay before it.
  mlir::Operation *firstFunction = nullptr;

  std::deque<Scope> scopes;
  std::deque<ListValue> lists;
  std::deque<Value> listValues;
  std::deque<BlockValue> blocks;
  std::deque<GivenHyper> givenHypers;
  std::deque<OptimizerValue> optimizers;
  std::deque<FnValue> functions;
  std::deque<BuiltinValue> builtins;
  std::deque<Part> parts;
  std::deque<Distribution> distributions;
  std::deque<Schedule> schedules;
  std::deque<Parameter> parameters;
  std::map<std::string, const Parameter *> parametersByName;
  /// Those of the training's own.
  std::map<std::string, const Parameter *> ownStates;
  int64_t parameterBytes = 0;
  /// The statements that models have obeyed before anything else.
  std::set<const Statement *> readPrecisions;
  std::map<const FileUnit *, Scope *> fileScopes;
  std::map<std::string, DimBounds> dims;
  /// The models of files, which serve as blocks of others.
  std::map<const FileUnit *, const BlockValue *> models;
  /// Per model's scope, the call of an entry that binds its dims now.
  std::map<Scope *, DimBinding *> dimBindings;
  std::vector<Initializer> initializers;
  bool checksInitialValues = false;
  Training training = Training::Ignored;
  bool buildsStep = false;
  /// Computes initial values; null before the first.
  mlir::func::FuncOp initialFunction;
  std::vector<std::pair<const Parameter *, mlir::Value>> initialValues;
  std::map<std::string, SourceRange> symbolNames;
  llvm::DenseMap<const Parameter *, mlir::Value> reads;
  std::vector<const Declaration *> entries;
  /// The train section that is being checked, or null.
  TrainSection *section = nullptr;
  /// The texts of `-D` values: what is wrong there is the command line's fault.
  std::set<const SourceFile *> defineSources;
  /// The blocks and functions that are being evaluated, each called by the one before.
  llvm::SmallVector<const Declaration *> calls;
  /// They were too deep, and have not all ended.
  bool areTooDeep = false;
  /// The object of the configuration file; null without one.
  const JsonValue *configFile = nullptr;
};

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_ELABORATOR_H
