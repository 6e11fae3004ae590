//===- RunKernel.cpp - Runs one kernel through the CUDA driver ------------===//
///
///   run-kernel IMAGE KERNEL GRID BLOCK [--shared BYTES] [--graph N] ARGUMENT...
///
/// GRID and BLOCK are sizes as in `4` or `4,2,1`. An argument is a number,
/// `i32:7` or `f32:0.5`, or a buffer `TYPE[COUNT]=FILL`: TYPE is i32 or f32;
/// FILL is a number for all elements, `iota`, or `none`. A buffer is printed
/// after the run when a `!` follows. `map:I:C,R:c,r` is a tensor map of R rows of
/// C f32 elements in buffer I, in boxes of r rows of c. With --graph the launch is captured once
/// and the graph launched N times.
///
//===----------------------------------------------------------------------===//

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace {

void *library;

[[noreturn]] void stop(const std::string &message) {
  std::printf("error: %s\n", message.c_str());
  std::exit(1);
}

/// Calls function `name` of the driver and stops when it does not succeed.
template <typename... Parameters> void call(const char *name, Parameters... arguments) {
  void *address = dlsym(library, name);
  if (!address)
    stop(std::string("no ") + name);
  int result = reinterpret_cast<int (*)(Parameters...)>(address)(arguments...);
  if (result == 0)
    return;
  const char *text = "unknown";
  reinterpret_cast<int (*)(int, const char **)>(dlsym(library, "cuGetErrorName"))(result, &text);
  stop(std::string(name) + ": " + text);
}

using DevicePointer = unsigned long long;

struct Buffer {
  bool isFloat, isPrinted;
  size_t count;
  DevicePointer address = 0;
};

/// The value as it is passed: a number, a buffer's address, a tensor map.
struct alignas(64) Argument {
  uint64_t bits[16] = {};
};

double number(const char *text) {
  char *end = nullptr;
  double value = std::strtod(text, &end);
  if (end == text || *end != '\0')
    stop(std::string("cannot read '") + text + "'");
  return value;
}

uint32_t wordOf(bool isFloat, double value) {
  if (!isFloat)
    return static_cast<uint32_t>(static_cast<int64_t>(value));
  float narrow = static_cast<float>(value);
  uint32_t bits;
  std::memcpy(&bits, &narrow, sizeof bits);
  return bits;
}

std::vector<Buffer> buffers;

/// The numbers between commas, up to three.
template <typename Integer> void parseSizes(std::string text, Integer (&sizes)[3]) {
  for (Integer &size : sizes) {
    size_t comma = text.find(',');
    size = static_cast<Integer>(number(text.substr(0, comma).c_str()));
    if (comma == std::string::npos)
      return;
    text.erase(0, comma + 1);
  }
}

/// What follows `map:`.
Argument parseMap(const std::string &text) {
  size_t first = text.find(':'), second = text.find(':', first + 1);
  if (second == std::string::npos)
    stop("cannot read 'map:" + text + "'");
  uint64_t size[3];
  uint32_t box[3];
  parseSizes(text.substr(first + 1, second - first - 1), size);
  parseSizes(text.substr(second + 1), box);
  size_t index = static_cast<size_t>(number(text.substr(0, first).c_str()));
  if (index >= buffers.size())
    stop("there is no buffer of 'map:" + text + "'");
  const uint64_t strides[] = {size[0] * 4};
  const uint32_t steps[] = {1, 1};
  constexpr int kFloat32 = 7;
  Argument argument;
  call("cuTensorMapEncodeTiled", argument.bits, kFloat32, 2u,
       reinterpret_cast<void *>(buffers[index].address), // NOLINT(performance-no-int-to-ptr)
       size, strides, box, steps, 0, 0, 0, 0);
  return argument;
}

Argument parse(std::string text) {
  if (text.compare(0, 4, "map:") == 0)
    return parseMap(text.substr(4));
  Argument argument;
  bool isFloat = text.compare(0, 3, "f32") == 0;
  if (text[3] == ':') {
    argument.bits[0] = wordOf(isFloat, number(text.c_str() + 4));
    return argument;
  }
  size_t close = text.find(']'), fill = text.find('=');
  if (text[3] != '[' || close == std::string::npos || fill == std::string::npos)
    stop("cannot read '" + text + "'");
  Buffer buffer{isFloat, text.back() == '!', std::strtoull(text.c_str() + 4, nullptr, 10)};
  if (buffer.isPrinted)
    text.pop_back();
  std::string how = text.substr(fill + 1);
  std::vector<uint32_t> words(buffer.count);
  for (size_t i = 0; i < words.size(); ++i)
    words[i] = wordOf(isFloat, how == "iota"   ? static_cast<double>(i)
                               : how == "none" ? 0
                                               : number(how.c_str()));
  call("cuMemAlloc_v2", &buffer.address, words.size() * 4);
  if (how != "none")
    call("cuMemcpyHtoD_v2", buffer.address, words.data(), words.size() * 4);
  argument.bits[0] = buffer.address;
  buffers.push_back(buffer);
  return argument;
}

void print(const Buffer &buffer) {
  std::vector<uint32_t> words(buffer.count);
  call("cuMemcpyDtoH_v2", words.data(), buffer.address, words.size() * 4);
  for (size_t i = 0; i < words.size(); ++i) {
    float value;
    std::memcpy(&value, &words[i], sizeof value);
    if (buffer.isFloat)
      std::printf("%s%g", i ? " " : "", value);
    else
      std::printf("%s%d", i ? " " : "", static_cast<int32_t>(words[i]));
  }
  std::printf("\n");
}

} // namespace

int main(int count, char **texts) {
  if (count < 5)
    stop("run-kernel IMAGE KERNEL GRID BLOCK [OPTION] ARGUMENT...");
  library = dlopen("libcuda.so.1", RTLD_NOW);
  if (!library)
    stop(dlerror());
  int device = 0;
  void *context = nullptr, *module = nullptr, *function = nullptr, *stream = nullptr;
  call("cuInit", 0u);
  call("cuDeviceGet", &device, 0);
  call("cuDevicePrimaryCtxRetain", &context, device);
  call("cuCtxSetCurrent", context);
  call("cuStreamCreate", &stream, 1u);

  std::ifstream file(texts[1], std::ios::binary);
  std::string image((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  // An image has no length: zeros end it.
  image.append(8, '\0');
  call("cuModuleLoadData", &module, static_cast<const void *>(image.data()));
  call("cuModuleGetFunction", &function, module, static_cast<const char *>(texts[2]));
  unsigned grid[3] = {1, 1, 1}, block[3] = {1, 1, 1}, shared = 0;
  int graphLaunches = 0;
  parseSizes(texts[3], grid);
  parseSizes(texts[4], block);
  std::vector<Argument> arguments;
  for (int i = 5; i < count; ++i) {
    if (std::strcmp(texts[i], "--shared") == 0)
      shared = static_cast<unsigned>(number(texts[++i]));
    else if (std::strcmp(texts[i], "--graph") == 0)
      graphLaunches = static_cast<int>(number(texts[++i]));
    else
      arguments.push_back(parse(texts[i]));
  }
  constexpr int kMaxDynamicSharedBytes = 8;
  if (shared > 48 << 10)
    call("cuFuncSetAttribute", function, kMaxDynamicSharedBytes, static_cast<int>(shared));
  std::vector<void *> addresses;
  addresses.reserve(arguments.size());
  for (Argument &argument : arguments)
    addresses.push_back(argument.bits);
  auto launch = [&] {
    call("cuLaunchKernel", function, grid[0], grid[1], grid[2], block[0], block[1], block[2],
         shared, stream, addresses.data(), static_cast<void **>(nullptr));
  };
  if (graphLaunches == 0) {
    launch();
  } else {
    void *graph = nullptr, *executable = nullptr;
    call("cuStreamBeginCapture_v2", stream, 0);
    launch();
    call("cuStreamEndCapture", stream, &graph);
    call("cuGraphInstantiateWithFlags", &executable, graph, 0ull);
    call("cuGraphDestroy", graph);
    for (int i = 0; i < graphLaunches; ++i)
      call("cuGraphLaunch", executable, stream);
    call("cuStreamSynchronize", stream);
    call("cuGraphExecDestroy", executable);
  }
  call("cuStreamSynchronize", stream);
  for (const Buffer &buffer : buffers)
    if (buffer.isPrinted)
      print(buffer);
  for (const Buffer &buffer : buffers)
    call("cuMemFree_v2", buffer.address);
  call("cuModuleUnload", module);
  call("cuStreamDestroy_v2", stream);
}
