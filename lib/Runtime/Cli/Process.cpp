//===- Process.cpp - descriptors, signals and messages of the process -----===//
#include "tenon/Runtime/Cli/Process.h"

#include "tenon/Runtime/Io/AtomicFile.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <unistd.h>

namespace tenon::runtime {

static std::atomic<int> caughtSignal{0};
static_assert(std::atomic<int>::is_always_lock_free, "the flag is set by a signal handler");
static bool isOutputLost = false;

static void writeAll(int descriptor, const char *text, size_t length) {
  while (length > 0) {
    ssize_t put = write(descriptor, text, length);
    if (put < 0 && errno != EINTR)
      return;
    if (put > 0) {
      text += put;
      length -= static_cast<size_t>(put);
    }
  }
}

static void outOfMemory() {
  static constexpr char message[] = "memory: error: the system refused memory for bookkeeping\n";
  writeAll(STDERR_FILENO, message, sizeof(message) - 1);
  removeTemporaries();
  _exit(static_cast<int>(ExitCode::Environment));
}

void prepareProcess() {
  // A closed descriptor is replaced by one that fails to write (or read), so
  // that no file opened later gets its number and lost output is noticed.
  for (int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF)
      continue;
    int flags = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", flags) != descriptor)
      _exit(static_cast<int>(ExitCode::Environment));
  }
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  std::set_new_handler(outOfMemory);
}

static void onStopSignal(int number) {
  int none = 0;
  if (caughtSignal.compare_exchange_strong(none, number))
    return;
  removeTemporaries();
  _exit(128 + number);
}

void catchStopSignals() {
  struct sigaction action;
  memset(&action, 0, sizeof(action));
  action.sa_handler = onStopSignal;
  sigemptyset(&action.sa_mask);
  for (int number : {SIGHUP, SIGINT, SIGTERM}) {
    // A signal that the parent had us ignore (nohup, background jobs) stays
    // ignored.
    struct sigaction before;
    if (sigaction(number, nullptr, &before) == 0 && before.sa_handler == SIG_IGN)
      continue;
    sigaction(number, &action, nullptr);
  }
}

const std::atomic<int> &stopSignal() { return caughtSignal; }

Status checkStopSignal(const char *where) {
  int number = caughtSignal.load();
  if (number == 0)
    return Status();
  return Status::error(static_cast<ExitCode>(128 + number), where, "stopped by a signal");
}

void printMessage(const std::string &line) {
  std::string text = line + "\n";
  writeAll(STDERR_FILENO, text.data(), text.size());
}

int reportFailure(const Status &status) {
  std::string text;
  for (const std::string &line : status.render())
    text += line + "\n";
  writeAll(STDERR_FILENO, text.data(), text.size());
  return static_cast<int>(status.code());
}

void print(const std::string &text) {
  isOutputLost |= fwrite(text.data(), 1, text.size(), stdout) != text.size();
}

Status finishOutput() {
  if (fflush(stdout) == 0 && !isOutputLost && !ferror(stdout))
    return Status();
  return Status::error(ExitCode::Environment, "stdout",
                       std::string("writing failed: ") + strerror(errno));
}

} // namespace tenon::runtime
