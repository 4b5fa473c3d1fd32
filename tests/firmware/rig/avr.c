/* The ATmega328P: loading, resets, and what simavr 1.6 gets wrong about the core. */
#include <simavr/avr_watchdog.h>
#include <simavr/sim_core.h>
#include <simavr/sim_elf.h>
#include <simavr/sim_regbit.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

#define RAM_START 0x100
#define PAINT 0xA5
#define MCUSR_ADDRESS 0x54
#define TCNT1L_ADDRESS 0x84
#define WDTCSR_ADDRESS 0x60
#define WDE 0x08
#define WDRF 0x08
#define PORF 0x01
#define SPARE_FLASH 0x7C00 /* nothing of the sketch is there; a jump to itself goes in */
#define ENTRY_CYCLES 4
#define WAKE_CYCLES 4

avr_t *avr;
uint32_t avr_masked_most, avr_handler_most;
static bool stepping;
static void (*core_reset)(avr_t *it);
static bool slept;
static uint32_t stall_us;
static uint16_t paint_from;
static avr_watchdog_t *watchdog;
static event_t bite;
static int in_handler;
static bool in_stall;
static bool enabled; /* interrupts were on since the reset */

/* Correction: interrupt entry takes no cycles in simavr; the core needs 4, and 4 more out of sleep. */
static void on_running(avr_irq_t *irq, uint32_t value, void *param) {
  (void)irq;
  (void)param;
  in_handler += value ? 1 : -1;
  if (!value) return;
  avr->cycle += ENTRY_CYCLES + (slept ? WAKE_CYCLES : 0);
  slept = false;
}

/* Sleeping costs no time of ours: the run loop in main.c paces itself. */
static void on_sleep(avr_t *it, cycle_t cycles) {
  (void)it;
  (void)cycles;
  slept = true;
}

static void on_reset(avr_t *it) {
  LOG("b %llu\n", (unsigned long long)it->cycle);
  core_reset(it);
  in_handler = 0;
  slept = enabled = false;
  event_at(&bite, 0);
  it->run_cycle_limit = stepping ? 1 : 1000;
  events_rearm();
  uart_reset();
  ports_reset();
}

static void quiet(avr_t *it, const int level, const char *format, va_list args) {
  (void)it;
  if (level <= LOG_ERROR) vfprintf(stderr, format, args);
}

/* Correction: a watchdog interrupt that cannot be executed before the next time-out (interrupts are off) is followed by
 * the reset all the same; simavr goes on raising the interrupt. */
static void on_watchdog(avr_irq_t *irq, uint32_t pending, void *param) {
  (void)irq;
  (void)param;
  const bool resets = avr->data[WDTCSR_ADDRESS] & WDE;
  event_at(&bite, pending && resets ? avr->cycle + watchdog->cycle_count : 0);
}

static void on_bite(event_t *self, cycle_t when) {
  (void)self;
  (void)when;
  avr_restart(WDRF);
}

/* Timer 1 is the board's clock: say when its count is set, so that ticks can be held against cycles. */
static avr_io_write_t timer_write;
static void *timer;

static void on_timer_write(avr_t *it, avr_io_addr_t address, uint8_t value, void *param) {
  (void)param;
  timer_write(it, address, value, timer);
  LOG("k %llu\n", (unsigned long long)it->cycle);
}

void avr_begin(const char *elf_path, bool single_step) {
  elf_firmware_t firmware = {0};
  avr_global_logger_set(quiet);
  if (elf_read_firmware(elf_path, &firmware)) fail("cannot read %s", elf_path);
  avr = avr_make_mcu_by_name("atmega328p");
  if (!avr) fail("simavr knows no atmega328p");
  core_reset = avr->reset;
  avr->reset = NULL;
  avr_init(avr);
  avr->frequency = CPU_HZ;
  avr->vcc = avr->avcc = avr->aref = 5000;
  avr_loadcode(avr, firmware.flash, firmware.flashsize, firmware.flashbase);
  avr->codeend = avr->flashend;
  avr->flash[SPARE_FLASH] = 0xFF;
  avr->flash[SPARE_FLASH + 1] = 0xCF;
  avr->sleep = on_sleep;
  for (int i = 0; i < avr->interrupts.vector_count; i++)
    avr_irq_register_notify(avr->interrupts.vector[i]->irq + AVR_INT_IRQ_RUNNING, on_running, NULL);
  paint_from = (uint16_t)(RAM_START + firmware.datasize + firmware.bsssize + 16);
  stepping = single_step;
  timer_write = avr->io[AVR_DATA_TO_IO(TCNT1L_ADDRESS)].w.c;
  timer = avr->io[AVR_DATA_TO_IO(TCNT1L_ADDRESS)].w.param;
  avr_take_io(TCNT1L_ADDRESS, avr->io[AVR_DATA_TO_IO(TCNT1L_ADDRESS)].r.c, on_timer_write, timer);
  watchdog = avr_find_io("watchdog", 0);
  event_add(&bite, on_bite, NULL);
  avr_irq_register_notify(watchdog->watchdog.irq + AVR_INT_IRQ_PENDING, on_watchdog, NULL);
  uart_begin();
  ports_begin();
  avr->reset = core_reset ? on_reset : NULL;
  if (!avr->reset) fail("this core has no reset");
}

/* Chance where the sketch's variables are, so that none is thought kept; paint above, to see how far the stack came. */
void avr_lose_memory(void) {
  uint32_t seed = (uint32_t)avr->cycle + 1;
  for (int i = RAM_START; i < paint_from; i++) avr->data[i] = (uint8_t)(random_next(&seed) >> 24);
  memset(avr->data + paint_from, PAINT, avr->ramend + 1 - paint_from);
}

static void restart(uint8_t mcusr_bit) {
  avr_reset(avr);
  avr->data[MCUSR_ADDRESS] = mcusr_bit;
  if (mcusr_bit & PORF) avr_lose_memory();
}

/* Neither can be done in an event: simavr is then in the middle of its timers, and sets pc after them. */
enum { NOTHING = -1, HANG = -2 };
static int wanted = NOTHING;

void avr_restart(uint8_t mcusr_bit) { wanted = mcusr_bit; }

void avr_hang(void) { wanted = HANG; }

void avr_do_wanted(void) {
  const int it = wanted;
  if (it == NOTHING) return;
  wanted = NOTHING;
  if (it == HANG) avr->pc = SPARE_FLASH;
  else restart((uint8_t)it);
}

void avr_stall_next_pulse(uint32_t us) { stall_us = us; }

/* As if the clock had been stopped from outside in the middle of a pulse. */
bool avr_stalls_now(void) {
  if (!stall_us) return false;
  avr->cycle += (cycle_t)stall_us * CYCLES_PER_US;
  stall_us = 0;
  in_stall = true;
  return true;
}

void avr_note_masked(void) {
  static cycle_t since;
  static bool handler;
  if (avr->sreg[S_I]) {
    enabled = true;
    uint32_t *most = handler ? &avr_handler_most : &avr_masked_most;
    if (since && avr->cycle - since > *most && !in_stall) *most = (uint32_t)(avr->cycle - since);
    since = 0;
    in_stall = false;
    return;
  }
  if (!enabled) return;
  if (!since) {
    since = avr->cycle;
    handler = false;
  }
  handler |= in_handler > 0;
}

int avr_stack_free(void) {
  int free_bytes = 0;
  while (paint_from + free_bytes <= avr->ramend && avr->data[paint_from + free_bytes] == PAINT) free_bytes++;
  return free_bytes;
}

/* Correction: simavr runs SBI as read-modify-write, so that on registers where a written 1 acts (PINx toggles, PCIFR and
 * EIFR clear) it acts on every bit that reads 1. The core writes the one bit. True for an SBI on this register. */
bool avr_writes_one_bit(uint16_t address, uint8_t *mask) {
  const uint16_t opcode = (uint16_t)(avr->flash[avr->pc] | avr->flash[avr->pc + 1] << 8);
  if ((opcode & 0xFF00) != 0x9A00 || ((opcode >> 3) & 0x1F) + 32 != address) return false;
  *mask = (uint8_t)(1 << (opcode & 7));
  return true;
}

void *avr_find_io(const char *kind, char name) {
  for (avr_io_t *io = avr->io_port; io; io = io->next) {
    if (strcmp(io->kind, kind)) continue;
    if (!name || (!strcmp(kind, "port") && ((avr_ioport_t *)io)->name == name)) return io;
  }
  fail("simavr has no %s %c", kind, name ? name : ' ');
}

/* Replace simavr's handlers of a register; avr_register_io_* would only add to them. */
void avr_take_io(uint16_t address, avr_io_read_t read, avr_io_write_t write, void *owner) {
  const uint16_t io = AVR_DATA_TO_IO(address);
  avr->io[io].r.c = read;
  avr->io[io].r.param = owner;
  avr->io[io].w.c = write;
  avr->io[io].w.param = owner;
}
