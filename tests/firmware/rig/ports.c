/* The pins, in place of simavr's ports.
 * Corrections: a pull-up overwrote a driven pin at the next PORT write; SBI on PINx toggled every high bit; PCIFR was not
 * cleared by a written 1; D2 and D3 as inputs polled for a level interrupt at every cycle, and leaked.
 */
#include "rig.h"

#define PCICR_ADDRESS 0x68
#define PCIFR_ADDRESS 0x3B
#define PCMSK0_ADDRESS 0x6B
#define CLOCK_SHIFT 4
#define BUZZER_PIN 0
#define VIBRATOR_PIN 1

typedef struct {
  char name;
  uint16_t pin, ddr, port;
  uint8_t driven, driven_levels; /* by the world */
  uint8_t levels;                /* what the pins are at, after the last change */
  uint8_t group;                 /* of pin change interrupts */
  avr_int_vector_t *vector;
} port_t;

static port_t ports[3] = {
    {.name = 'B', .pin = 0x23, .group = 0},
    {.name = 'C', .pin = 0x26, .group = 1},
    {.name = 'D', .pin = 0x29, .group = 2},
};

static uint8_t levels_of(const port_t *it) {
  const uint8_t port = avr->data[it->port], ddr = avr->data[it->ddr];
  const uint8_t outside = (uint8_t)((it->driven_levels & it->driven) | (port & ~it->driven)); /* else pull-up or low */
  return (uint8_t)((port & ddr) | (outside & ~ddr));
}

static void pin_change(port_t *it, uint8_t changed) {
  if (!(changed & avr->data[PCMSK0_ADDRESS + it->group])) return;
  avr->data[PCIFR_ADDRESS] |= (uint8_t)(1 << it->group);
  avr_raise_interrupt(avr, it->vector);
}

static void changed(port_t *it) {
  const cycle_t now = avr->cycle;
  const uint8_t levels = levels_of(it);
  const uint8_t edges = levels ^ it->levels;
  it->levels = levels;
  if (!edges) return;
  if (it->name == 'D') {
    for (uint8_t i = 0; i < CHIPS; i++)
      if (edges >> (CLOCK_SHIFT + i) & 1) chip_clock(i, levels >> (CLOCK_SHIFT + i) & 1, now);
    if (edges >> CLOCK_SHIFT & levels >> CLOCK_SHIFT) avr_stalls_now();
  }
  if (it->name == 'B') {
    if (edges >> VIBRATOR_PIN & 1) log_output("vibrator", levels >> VIBRATOR_PIN & 1, now);
    if (edges >> BUZZER_PIN & 1) log_output("buzzer", levels >> BUZZER_PIN & 1, now);
  }
  pin_change(it, edges);
}

static uint8_t read_pins(avr_t *it, avr_io_addr_t address, void *param) {
  port_t *port = param;
  it->data[address] = port->name == 'C' ? chips_settling_output(port->levels, it->cycle) : port->levels;
  return it->data[address];
}

static void write_pins(avr_t *it, avr_io_addr_t address, uint8_t value, void *param) {
  port_t *port = param;
  avr_writes_one_bit(address, &value);
  it->data[port->port] ^= value;
  changed(port);
}

static void write_register(avr_t *it, avr_io_addr_t address, uint8_t value, void *param) {
  it->data[address] = value;
  changed(param);
}

static void write_flags(avr_t *it, avr_io_addr_t address, uint8_t value, void *param) {
  (void)param;
  avr_writes_one_bit(address, &value);
  it->data[address] &= (uint8_t)~value;
  for (int i = 0; i < 3; i++)
    if (value >> ports[i].group & 1) ports[i].vector->pending = 0;
}

/* An interrupt enabled while its flag stands is due at once. */
static void write_enable(avr_t *it, avr_io_addr_t address, uint8_t value, void *param) {
  (void)param;
  it->data[address] = value;
  for (int i = 0; i < 3; i++)
    if (value & it->data[PCIFR_ADDRESS] & (1 << ports[i].group)) avr_raise_interrupt(it, ports[i].vector);
}

void port_drive(char name, uint8_t pin, int level) {
  port_t *it = &ports[name - 'B'];
  const uint8_t mask = (uint8_t)(1 << pin);
  it->driven = (uint8_t)(level < 0 ? it->driven & ~mask : it->driven | mask);
  it->driven_levels = (uint8_t)(level > 0 ? it->driven_levels | mask : it->driven_levels & ~mask);
  changed(it);
}

/* avr_reset() has cleared PORT and DDR behind our back: outputs float, and read low here. */
void ports_reset(void) {
  for (int i = 0; i < 3; i++) changed(&ports[i]);
}

void ports_begin(void) {
  for (int i = 0; i < 3; i++) {
    port_t *it = &ports[i];
    it->ddr = it->pin + 1;
    it->port = it->pin + 2;
    it->vector = &((avr_ioport_t *)avr_find_io("port", it->name))->pcint;
    avr_take_io(it->pin, read_pins, write_pins, it);
    avr_take_io(it->ddr, NULL, write_register, it);
    avr_take_io(it->port, NULL, write_register, it);
  }
  avr_take_io(PCIFR_ADDRESS, NULL, write_flags, NULL);
  avr_take_io(PCICR_ADDRESS, NULL, write_enable, NULL);
}
