// A GPIO chip behind the kernel's own interface, for LD_PRELOAD: /dev/null is a chip of 54 lines to libgpiod.
// Each take, level and release is a line in the file named by BARD_CHIP_LOG; BARD_CHIP_BUSY is the line in use.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define MOST_FDS 1024

static int line_of_fd[MOST_FDS];  // line + 1; 0: not one of ours
static int is_low_active[MOST_FDS];

static void note(const char *what, int line, int level) {
  char text[96];
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  int length = snprintf(text, sizeof text, "%lld %s %d %d\n",
                        now.tv_sec * 1000000LL + now.tv_nsec / 1000, what, line, level);
  int fd = open(getenv("BARD_CHIP_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (write(fd, text, length) != length) abort();
  close(fd);
}

// libgpiod asks whether the device belongs to the kernel's GPIO subsystem.
char *realpath(const char *path, char *resolved) {
  static char *(*next)(const char *, char *);
  if (!next) next = (char *(*)(const char *, char *))dlsym(RTLD_NEXT, "realpath");
  if (strncmp(path, "/sys/dev/char/1:3/", 18) != 0) return next(path, resolved);
  return resolved ? strcpy(resolved, "/sys/bus/gpio") : strdup("/sys/bus/gpio");
}

char *__realpath_chk(const char *path, char *resolved, size_t size) {
  (void)size;
  return realpath(path, resolved);
}

static int take(struct gpio_v2_line_request *request) {
  const char *busy = getenv("BARD_CHIP_BUSY");
  unsigned line = request->offsets[0];
  if (busy && (unsigned)atoi(busy) == line) {
    errno = EBUSY;
    return -1;
  }
  if (request->num_lines != 1 || !(request->config.flags & GPIO_V2_LINE_FLAG_OUTPUT)) abort();
  request->fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  int low_active = (request->config.flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW) != 0;
  int on = 0;
  for (unsigned at = 0; at < request->config.num_attrs; at++) {
    const struct gpio_v2_line_attribute *attribute = &request->config.attrs[at].attr;
    if (attribute->id == GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES) on = attribute->values & 1;
  }
  line_of_fd[request->fd] = line + 1;
  is_low_active[request->fd] = low_active;
  note(request->consumer, line, on ^ low_active);
  return 0;
}

int ioctl(int fd, unsigned long asked, ...) {
  static int (*next)(int, unsigned long, ...);
  if (!next) next = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
  va_list arguments;
  va_start(arguments, asked);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  unsigned request = (unsigned)asked;  // some callers extend its sign
  if (request == GPIO_GET_CHIPINFO_IOCTL) {
    struct gpiochip_info *info = argument;
    memset(info, 0, sizeof *info);
    strcpy(info->name, "gpiochip0");
    info->lines = 54;
    return 0;
  }
  if (request == GPIO_V2_GET_LINEINFO_IOCTL) {
    struct gpio_v2_line_info *info = argument;
    info->flags = GPIO_V2_LINE_FLAG_USED | GPIO_V2_LINE_FLAG_OUTPUT;
    info->num_attrs = 0;
    info->name[0] = 0;
    strcpy(info->consumer, "pwm-beeper");
    return 0;
  }
  if (request == GPIO_V2_GET_LINE_IOCTL) return take(argument);
  if (request == GPIO_V2_LINE_SET_VALUES_IOCTL && fd < MOST_FDS && line_of_fd[fd]) {
    struct gpio_v2_line_values *values = argument;
    note("level", line_of_fd[fd] - 1, (int)(values->bits & 1) ^ is_low_active[fd]);
    return 0;
  }
  return next(fd, asked, argument);
}

int close(int fd) {
  static int (*next)(int);
  if (!next) next = (int (*)(int))dlsym(RTLD_NEXT, "close");
  if (fd >= 0 && fd < MOST_FDS && line_of_fd[fd]) {
    int line = line_of_fd[fd] - 1;
    line_of_fd[fd] = 0;
    note("free", line, 0);
  }
  return next(fd);
}
