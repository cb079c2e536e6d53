/* Stands between a process and the kernel, and at the n-th write below a folder stops the process
   with SIGKILL (before it, after it, or with half of it done), or says that the disk is full.

   Loaded by LD_PRELOAD; `fault_arm` is called by the process itself. Calls that count: write, pwrite,
   fsync, fdatasync, ftruncate, rename, unlink, each on a file below the folder. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { COUNT, BEFORE, AFTER, HALF, FULL };

static char folder[PATH_MAX];
static size_t folder_length;
static volatile long counted, target;
static volatile int mode, armed;

void fault_arm(const char *below, long nth, int what) {
    snprintf(folder, sizeof folder, "%s", below);
    folder_length = strlen(folder);
    counted = 0;
    target = nth;
    mode = what;
    __sync_synchronize();
    armed = 1;
}

void fault_disarm(void) { armed = 0; }

long fault_count(void) { return counted; }

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int is_below(const char *path) {
    return path && strncmp(path, folder, folder_length) == 0;
}

static int is_file_below(int fd) {
    char link[64], path[PATH_MAX];
    ssize_t length;
    if (!armed) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_below(path);
}

static void stop(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* 1 where this call is the one; a full disk stays full. */
static int is_due(void) {
    long now = __sync_add_and_fetch(&counted, 1);
    return mode != COUNT && (mode == FULL ? now >= target : now == target);
}

#define WRITING(call, half) \
    if (!is_file_below(fd) || !is_due()) return call; \
    if (mode == FULL) { errno = ENOSPC; return -1; } \
    if (mode == HALF) (void)!half; \
    if (mode == AFTER) (void)!call; \
    stop(); \
    return -1

#define DOING(counts, call) \
    if (!(counts) || !is_due()) return call; \
    if (mode == FULL) return call; \
    if (mode == AFTER) (void)!call; \
    stop(); \
    return -1

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(write);
    WRITING(real(fd, bytes, count), real(fd, bytes, count / 2));
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL(pwrite);
    WRITING(real(fd, bytes, count, at), real(fd, bytes, count / 2, at));
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    REAL(pwrite64);
    WRITING(real(fd, bytes, count, at), real(fd, bytes, count / 2, at));
}

int fsync(int fd) { REAL(fsync); DOING(is_file_below(fd), real(fd)); }

int fdatasync(int fd) { REAL(fdatasync); DOING(is_file_below(fd), real(fd)); }

int ftruncate(int fd, off_t size) { REAL(ftruncate); DOING(is_file_below(fd), real(fd, size)); }

int ftruncate64(int fd, off64_t size) { REAL(ftruncate64); DOING(is_file_below(fd), real(fd, size)); }

int rename(const char *from, const char *to) {
    REAL(rename);
    DOING(armed && is_below(to), real(from, to));
}

int unlink(const char *path) { REAL(unlink); DOING(armed && is_below(path), real(path)); }

int unlinkat(int at, const char *path, int flags) {
    REAL(unlinkat);
    DOING(armed && (at == AT_FDCWD ? is_below(path) : is_file_below(at)), real(at, path, flags));
}
