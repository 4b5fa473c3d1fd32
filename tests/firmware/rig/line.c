/* The board's serial line as a pty, for a host that runs in real time. A cut line is a closed pty, as a pulled cable. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "rig.h"

#define EXTERNAL_FLAG 0x02

static int master = -1;
static bool open_before, resets_on_open;
static const char *link_path;
static uint8_t heard[4096];
static size_t heard_length;

void line_mend(void) {
  char name[128];
  struct termios raw;
  int slave;
  if (!link_path || master >= 0) return;
  if (openpty(&master, &slave, name, NULL, NULL)) fail("no pty: %s", strerror(errno));
  tcgetattr(slave, &raw);
  cfmakeraw(&raw);
  tcsetattr(slave, TCSANOW, &raw);
  close(slave);
  fcntl(master, F_SETFL, O_NONBLOCK);
  unlink(link_path);
  if (symlink(name, link_path)) fail("no link %s: %s", link_path, strerror(errno));
}

void line_cut(void) {
  if (master < 0) return;
  unlink(link_path);
  close(master);
  master = -1;
  heard_length = 0;
  open_before = false;
}

void line_begin(const char *path, bool dtr) {
  link_path = path;
  resets_on_open = dtr;
  line_mend();
}

/* A host that does not read loses the newest bytes, as it would a USB bridge's. */
void line_hear(uint8_t byte) {
  if (master >= 0 && heard_length < sizeof heard) heard[heard_length++] = byte;
}

/* Without a host on the other end a read fails with EIO: what the board says then is lost. */
void line_poll(void) {
  uint8_t bytes[512];
  if (master < 0) return;
  const ssize_t length = read(master, bytes, sizeof bytes);
  const bool open_now = length >= 0 || errno == EAGAIN;
  if (open_now && !open_before && resets_on_open) avr_restart(EXTERNAL_FLAG);
  open_before = open_now;
  if (!open_now) {
    heard_length = 0;
    return;
  }
  if (length > 0 && powered) uart_host_sends(bytes, (size_t)length);
  if (!heard_length) return;
  const ssize_t written = write(master, heard, heard_length);
  if (written > 0) memmove(heard, heard + written, heard_length -= (size_t)written);
}
