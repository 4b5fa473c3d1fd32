/* What happens when: lines `<microseconds|-> verb args`, in order of time; `-` is now. */
#include <stdlib.h>
#include <string.h>

#include "rig.h"

typedef struct {
  cycle_t when;
  char *text; /* verb and args */
} step_t;

static step_t *steps;
static size_t count, room, next;
static event_t due;

enum { POWER_ON = 0x01, EXTERNAL = 0x02, BROWN_OUT = 0x04 };

static void host(const char *hex) {
  uint8_t bytes[512];
  size_t length = 0;
  unsigned byte;
  while (length < sizeof bytes && sscanf(hex + 2 * length, "%2x", &byte) == 1) bytes[length++] = (uint8_t)byte;
  uart_host_sends(bytes, length);
}

static void input(const char *args) {
  char name[16];
  int closed;
  if (sscanf(args, "%15s %d", name, &closed) != 2) fail("input: %s", args);
  port_drive('D', strcmp(name, "pedal") ? 2 : 3, closed ? 0 : -1);
}

static void reset(const char *cause) {
  if (!strncmp(cause, "power", 5)) avr_restart(POWER_ON);
  else if (!strncmp(cause, "external", 8)) avr_restart(EXTERNAL);
  else if (!strncmp(cause, "brownout", 8)) avr_restart(BROWN_OUT);
  else if (!strncmp(cause, "bootloader", 10)) avr_restart(0); /* one that has cleared MCUSR */
  else if (!strncmp(cause, "cold", 4)) avr_lose_memory(), avr_restart(0); /* the same, power lost */
  else fail("reset: %s", cause);
}

static void perform(const char *text) {
  char verb[16];
  int used = 0;
  if (sscanf(text, "%15s %n", verb, &used) < 1) return;
  const char *args = text + used;
  if (realtime) LOG("d %llu %llu %s\n", (unsigned long long)avr->cycle, (unsigned long long)monotonic_ns(), text);
  if (!strcmp(verb, "host")) host(args);
  else if (!strcmp(verb, "input")) input(args);
  else if (!strcmp(verb, "reset")) reset(args);
  else if (!strcmp(verb, "power")) power(atoi(args));
  else if (!strcmp(verb, "hang")) avr_hang();
  else if (!strcmp(verb, "stretch")) avr_stall_next_pulse((uint32_t)atoi(args));
  else if (!strcmp(verb, "line")) atoi(args) ? line_mend() : line_cut();
  else if (!strcmp(verb, "mark")) LOG("m %llu %s\n", (unsigned long long)avr->cycle, args);
  else if (!strcmp(verb, "end")) end_cycle = avr->cycle;
  else if (!chip_command(verb, args)) fail("no such verb: %s", text);
}

static void on_due(event_t *self, cycle_t when) {
  while (next < count && steps[next].when <= when) perform(steps[next++].text);
  if (next < count) event_at(self, steps[next].when);
}

void scenario_line(const char *line) {
  char time[24];
  int used = 0;
  if (line[0] == '\n' || line[0] == '#' || sscanf(line, "%23s %n", time, &used) < 1) return;
  char *text = strdup(line + used);
  text[strcspn(text, "\n")] = 0;
  if (!strcmp(time, "-")) {
    perform(text);
    free(text);
    return;
  }
  if (count == room) steps = realloc(steps, (room = room ? 2 * room : 256) * sizeof *steps);
  size_t at = count++;
  const cycle_t when = (cycle_t)(atof(time) * CYCLES_PER_US) + 1;
  for (; at > next && steps[at - 1].when > when; at--) steps[at] = steps[at - 1];
  steps[at] = (step_t){when, text};
  event_at(&due, steps[next].when);
}

void scenario_begin(void) { event_add(&due, on_due, NULL); }
