/* Calls of the system that fail, for LD_PRELOAD. TENON_FAULT=write:3:28 has the third
 * write to a regular file, and those after it, fail with errno 28; write:0:0 has all of
 * them write at most 5 bytes, some of them nothing, with EINTR and EAGAIN. TENON_CALLS
 * names a file that gets a line per call. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *fault(const char *name) {
  const char *text = getenv("TENON_FAULT");
  size_t length = strlen(name);
  return text && !strncmp(text, name, length) && text[length] == ':' ? text + length + 1 : NULL;
}

/* Whether this call of `name` fails; errno is set. */
static int fails(const char *name, int *count) {
  const char *text = fault(name);
  int first = 0, number = 0;
  if (!text || sscanf(text, "%d:%d", &first, &number) != 2 || first == 0 || ++*count < first)
    return 0;
  errno = number;
  return 1;
}

static void note(const char *name, int descriptor, const char *path) {
  static int log = -1;
  char line[8192], link[64], target[4096] = "";
  const char *text = getenv("TENON_CALLS");
  if (!text)
    return;
  if (log < 0)
    log = (int)((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open"))(
        text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (!path) {
    snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
    if (readlink(link, target, sizeof(target) - 1) < 0)
      return;
  }
  int length = snprintf(line, sizeof(line), "%s %s\n", name, path ? path : target);
  ((ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write"))(log, line, (size_t)length);
}

static int isRegular(int descriptor) {
  struct stat info;
  return fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
}

ssize_t write(int descriptor, const void *data, size_t size) {
  static int count, turn;
  ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  if (descriptor <= STDERR_FILENO || !isRegular(descriptor))
    return real(descriptor, data, size);
  note("write", descriptor, NULL);
  if (fails("write", &count))
    return -1;
  if (fault("write") && !strncmp(fault("write"), "0:", 2)) {
    if (++turn % 3) {
      errno = turn % 3 == 1 ? EINTR : EAGAIN;
      return -1;
    }
    size = size < 5 ? size : 5;
  }
  return real(descriptor, data, size);
}

int fsync(int descriptor) {
  static int count;
  note("fsync", descriptor, NULL);
  return fails("fsync", &count) ? -1 : ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(descriptor);
}

int close(int descriptor) {
  static int count;
  struct stat info;
  int isWritten = isRegular(descriptor) && fstat(descriptor, &info) == 0 &&
                  (fcntl(descriptor, F_GETFL) & O_ACCMODE) == O_WRONLY;
  int failed = isWritten && fails("close", &count), number = errno;
  int result = ((int (*)(int))dlsym(RTLD_NEXT, "close"))(descriptor);
  errno = failed ? number : errno;
  return failed ? -1 : result;
}

int rename(const char *from, const char *to) {
  static int count;
  note("rename", -1, from);
  return fails("rename", &count)
             ? -1
             : ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename"))(from, to);
}

int open(const char *path, int flags, ...) {
  static int count;
  mode_t mode = 0;
  if (flags & O_CREAT) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
    if (fails("open", &count))
      return -1;
  }
  return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open"))(path, flags, mode);
}
