/* rig --elf FILE [--seconds S] [--chips MASK] [--rates A,B,C,D] [--seed N] [--numbered] [--masked] [--eeprom FILE]
 *     [--pty LINK [--dtr]]     < scenario
 * Runs flat out, or with --pty in real time, when lines on standard input act as they come and its end is the end;
 * --dtr resets the board each time the pty is opened. The log goes to standard output; its lines are in log.py.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <simavr/avr_eeprom.h>
#include <simavr/sim_core.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rig.h"

#define PACE_CYCLES (250 * CYCLES_PER_US)
#define EEPROM_BYTES 1024
#define POWER_ON_FLAG 0x01

bool realtime;
bool powered = true;
uint64_t end_cycle = UINT64_MAX;
static const char *eeprom_path, *elf_path, *pty_path;
static double seconds = 1e9, rates_hz[CHIPS] = {86, 86, 86, 86};
static uint8_t chips = 0xF;
static uint32_t seed = 1;
static bool numbered, masked, dtr;
static volatile sig_atomic_t stopping;
static uint64_t base_ns;
static uint8_t frame[256];
static size_t frame_length;

uint64_t monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void fail(const char *format, ...) {
  va_list args;
  va_start(args, format);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  exit(2);
}

uint32_t random_next(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  uint32_t bits = *state;
  bits ^= bits >> 16;
  return bits * 0x45D9F3Bu;
}

void log_output(const char *name, bool level, cycle_t now) {
  LOG("o %llu %s %d %llu\n", (unsigned long long)now, name, level, (unsigned long long)monotonic_ns());
}

static void hear(uint8_t byte, cycle_t end) {
  if (realtime) {
    line_hear(byte);
    return;
  }
  if (frame_length < sizeof frame) frame[frame_length++] = byte;
  if (byte) return;
  LOG("t %llu ", (unsigned long long)end);
  for (size_t i = 0; i < frame_length; i++) LOG("%02x", frame[i]);
  LOG("\n");
  frame_length = 0;
}

/* Without power nothing runs and the memory is lost; the chips stop with the board. */
void power(bool on) {
  if (on == powered) return;
  powered = on;
  char args[8];
  for (int i = 0; i < CHIPS; i++) {
    snprintf(args, sizeof args, "%d", i);
    if (chips >> i & 1) chip_command(on ? "plug" : "unplug", args);
  }
  avr_restart(POWER_ON_FLAG);
}

static void eeprom(bool save) {
  uint8_t bytes[EEPROM_BYTES];
  avr_eeprom_desc_t desc = {.ee = bytes, .offset = 0, .size = sizeof bytes};
  if (!eeprom_path) return;
  FILE *file = fopen(eeprom_path, save ? "wb" : "rb");
  if (!file) return;
  if (save) {
    avr_ioctl(avr, AVR_IOCTL_EEPROM_GET, &desc);
    fwrite(bytes, 1, sizeof bytes, file);
  } else if (fread(bytes, 1, sizeof bytes, file) == sizeof bytes) {
    avr_ioctl(avr, AVR_IOCTL_EEPROM_SET, &desc);
  }
  fclose(file);
}

static void read_scenario(void) {
  static char text[1 << 16];
  static size_t length;
  const ssize_t got = read(STDIN_FILENO, text + length, sizeof text - length - 1);
  if (got == 0) stopping = 1; /* whoever started us has gone */
  if (got <= 0) return;
  length += (size_t)got;
  text[length] = 0;
  char *line = text, *end;
  while ((end = strchr(line, '\n'))) {
    *end = 0;
    scenario_line(line);
    line = end + 1;
  }
  length -= (size_t)(line - text);
  memmove(text, line, length + 1);
}

/* Keep simulated time on CLOCK_MONOTONIC; where the machine was late by more than 20 ms, say so and go on from there. */
static void pace(void) {
  static cycle_t next;
  if (avr->cycle < next) return;
  next = avr->cycle + PACE_CYCLES;
  const uint64_t due_ns = base_ns + avr->cycle * 1000 / CYCLES_PER_US;
  const uint64_t now_ns = monotonic_ns();
  line_poll();
  read_scenario();
  fflush(stdout);
  if (now_ns > due_ns + 20000000) {
    LOG("q %llu %llu\n", (unsigned long long)avr->cycle, (unsigned long long)(now_ns - due_ns));
    base_ns += now_ns - due_ns;
  } else if (now_ns < due_ns) {
    const struct timespec wait = {0, (long)(due_ns - now_ns)};
    nanosleep(&wait, NULL);
  }
}

static void run(void) {
  const cycle_t last = (cycle_t)(seconds * CPU_HZ);
  while (avr->cycle < last && avr->cycle < end_cycle && !stopping) {
    avr_do_wanted();
    if (powered) {
      const int state = avr_run(avr);
      if (state == cpu_Done || state == cpu_Crashed) fail("the AVR stopped (state %d) at pc %04x", state, avr->pc);
      if (masked) avr_note_masked();
    } else {
      const cycle_t next = events_next();
      avr->cycle = realtime || !next ? avr->cycle + PACE_CYCLES : next > avr->cycle ? next : avr->cycle + 1;
      avr_cycle_timer_process(avr);
    }
    if (realtime) pace();
  }
}

static void on_signal(int number) {
  (void)number;
  stopping = 1;
}

static void options(int argc, char **argv) {
  static const struct option known[] = {
      {"elf", 1, 0, 'e'},    {"seconds", 1, 0, 's'}, {"chips", 1, 0, 'c'},    {"rates", 1, 0, 'r'}, {"seed", 1, 0, 'n'},
      {"numbered", 0, 0, 'u'}, {"masked", 0, 0, 'm'},  {"eeprom", 1, 0, 'p'}, {"pty", 1, 0, 't'}, {"dtr", 0, 0, 'd'},   {0, 0, 0, 0}};
  int option;
  while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
    switch (option) {
      case 'e': elf_path = optarg; break;
      case 's': seconds = atof(optarg); break;
      case 'c': chips = (uint8_t)strtoul(optarg, NULL, 0); break;
      case 'r': sscanf(optarg, "%lf,%lf,%lf,%lf", &rates_hz[0], &rates_hz[1], &rates_hz[2], &rates_hz[3]); break;
      case 'n': seed = (uint32_t)strtoul(optarg, NULL, 0); break;
      case 'u': numbered = true; break;
      case 'm': masked = true; break;
      case 'p': eeprom_path = optarg; break;
      case 't': pty_path = optarg; break;
      case 'd': dtr = true; break;
      default: exit(2);
    }
  }
  if (!elf_path) fail("--elf is missing");
}

int main(int argc, char **argv) {
  static char buffer[1 << 20];
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  options(argc, argv);
  signal(SIGTERM, on_signal);
  signal(SIGINT, on_signal);
  signal(SIGPIPE, SIG_DFL);
  realtime = pty_path != NULL;
  avr_begin(elf_path, masked);
  uart_host_hears = hear;
  eeprom(false);
  scenario_begin();
  chips_begin(chips, rates_hz, seed, numbered);
  avr_restart(POWER_ON_FLAG);
  if (realtime) {
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    line_begin(pty_path, dtr);
    base_ns = monotonic_ns();
    LOG("p %s %llu\n", pty_path, (unsigned long long)base_ns);
    fflush(stdout);
  } else {
    static char line[4096];
    while (fgets(line, sizeof line, stdin)) scenario_line(line);
  }
  run();
  eeprom(true);
  line_cut();
  LOG("e %llu %d %u %u\n", (unsigned long long)avr->cycle, avr_stack_free(), avr_masked_most, avr_handler_most);
  return 0;
}
