/* The rig: the real ELF on simavr, with HX711 chips on its pins and a serial line that behaves as the datasheet says.
 * One law: all that happens to the board happens in an event at its cycle, and all that the board does is written to
 * the log with its cycle; nothing here judges. simavr 1.6 itself is corrected where it is wrong: uart.c, ports.c, avr.c.
 */
#pragma once

#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_interrupts.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CPU_HZ 16000000ULL
#define CYCLES_PER_US 16
#define CHIPS 4

typedef avr_cycle_count_t cycle_t;

/* events.c: one simavr timer for all of the rig's events, which a reset of the AVR does not wipe. */
typedef struct event {
  cycle_t when; /* 0: not set */
  void (*run)(struct event *self, cycle_t when);
  void *owner;
} event_t;
void event_add(event_t *event, void (*run)(event_t *, cycle_t), void *owner);
void event_at(event_t *event, cycle_t when); /* 0 cancels */
void events_rearm(void);
cycle_t events_next(void);

/* avr.c: the machine, its resets and its corrections. */
extern avr_t *avr;
void avr_begin(const char *elf_path, bool single_step);
void avr_restart(uint8_t mcusr_bit); /* PORF also loses the memory; done by avr_do_wanted */
void avr_do_wanted(void);            /* between instructions */
void avr_lose_memory(void);
void avr_hang(void);
void avr_stall_next_pulse(uint32_t us);
bool avr_stalls_now(void);
int avr_stack_free(void);
bool avr_writes_one_bit(uint16_t address, uint8_t *mask);
void *avr_find_io(const char *kind, char name);
void avr_take_io(uint16_t address, avr_io_read_t read, avr_io_write_t write, void *owner);
void avr_note_masked(void); /* after each instruction, where avr_begin was told to step singly */
extern uint32_t avr_masked_most, avr_handler_most; /* cycles with interrupts off outside handlers, and in them */

/* uart.c. */
void uart_begin(void);
void uart_reset(void);
void uart_host_sends(const uint8_t *bytes, size_t length);
extern void (*uart_host_hears)(uint8_t byte, cycle_t end);

/* ports.c: levels by port letter 'B', 'C', 'D'. `drive` sets what the world puts on an input pin; -1 leaves it alone. */
void ports_begin(void);
void ports_reset(void);
void port_drive(char port, uint8_t pin, int level);

/* chip.c. */
void chips_begin(uint8_t mask, const double rates_hz[CHIPS], uint32_t seed, bool numbered);
void chip_clock(uint8_t channel, bool high, cycle_t now);
uint8_t chips_settling_output(uint8_t pins_c, cycle_t now);
bool chip_command(const char *verb, const char *args); /* one line of a scenario; false: not a chip's */

/* scenario.c: lines `<us|-> verb args`. */
void scenario_begin(void);
void scenario_line(const char *line);

/* line.c: a pty in real time. */
void line_begin(const char *link_path, bool resets_on_open);
void line_cut(void);
void line_mend(void);
void line_poll(void);
void line_hear(uint8_t byte);

/* main.c. */
extern bool realtime;
extern bool powered;
extern uint64_t end_cycle;
void power(bool on);
void log_output(const char *name, bool level, cycle_t now);
#define LOG(...) printf(__VA_ARGS__)
uint64_t monotonic_ns(void);
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint32_t random_next(uint32_t *state);
