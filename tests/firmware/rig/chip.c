/* HX711 chips: free-running conversions, shifted out by the clock pin, with the datasheet's times checked.
 * What a conversion is: the mean of the load over its period, then the chip's filter over successive periods (as in
 * bard.simulate), or, numbered, a scrambled serial number that tells every conversion from every other.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

enum {
  HIGH_LEAST = 4,                       /* 0.2 us is 3.2 cycles */
  LOW_LEAST = 4,
  SETUP_LEAST = 2,                      /* DOUT low to the first clock; and clock to DOUT valid: 0.1 us */
  HIGH_MOST = 50 * CYCLES_PER_US,
  SLEEP_AFTER = 60 * CYCLES_PER_US,
  REPLACED_HIGH = 1 * CYCLES_PER_US,    /* DOUT rises this long when an unread conversion is replaced */
  TORN_WITHIN = 1000 * CYCLES_PER_US,   /* of the last clock edge: a read was under way */
  SETTLING = 4,                         /* conversions a woken chip keeps to itself */
  FILTER = 5,
  MEAN_POINTS = 8,
};
static const double FIR[FILTER] = {0.147, 0.498, 0.274, 0.069, 0.012};

typedef struct {
  uint8_t channel;
  bool fitted, numbered, plugged, asleep, has_data, clock, dout, dout_before;
  int settling, pulses, swallow, slip, shorted, glitch_set, immediate;
  double period, phase;
  uint32_t serial, latched_serial, noise_seed;
  int32_t latched, glitch;
  double from, to, noise, means[FILTER];
  cycle_t ramp_start, ramp_end, rise, fall, dout_at, read_start;
  event_t convert, lower, sleep;
} chip_t;

static chip_t chips[CHIPS];

static void violation(const chip_t *it, const char *kind, cycle_t now) {
  LOG("v %llu %d %s\n", (unsigned long long)now, it->channel, kind);
}

/* What is on the wire: nothing at all where the cable is out, and a short beats the chip. */
static void wire(chip_t *it) {
  const int level = it->shorted >= 0 ? it->shorted : it->plugged ? it->dout : -1;
  port_drive('C', it->channel, level);
}

static void set_dout(chip_t *it, bool level, cycle_t now) {
  if (level != it->dout) it->dout_before = it->dout, it->dout_at = now;
  it->dout = level;
  wire(it);
}

static double load_at(const chip_t *it, double cycle) {
  if (cycle >= it->ramp_end) return it->to;
  if (cycle <= it->ramp_start) return it->from;
  return it->from + (it->to - it->from) * (cycle - it->ramp_start) / (double)(it->ramp_end - it->ramp_start);
}

static int32_t convert(chip_t *it, cycle_t now) {
  const uint32_t serial = it->serial++;
  if (it->numbered) return (int32_t)(serial * 2654435761u << 8) >> 8;
  double mean = 0, value = 0;
  for (int i = 0; i < MEAN_POINTS; i++) mean += load_at(it, now - it->period * (i + 0.5) / MEAN_POINTS) / MEAN_POINTS;
  memmove(it->means + 1, it->means, sizeof it->means - sizeof *it->means);
  it->means[0] = mean;
  for (int i = 0; i < FILTER; i++) value += FIR[i] * it->means[i];
  for (int i = 0; i < 12; i++) value += it->noise * (random_next(&it->noise_seed) / 4294967296.0 - 0.5);
  if (it->glitch_set) value = it->glitch, it->glitch_set = 0;
  return value > 0x7FFFFF ? 0x7FFFFF : value < -0x800000 ? -0x800000 : (int32_t)lround(value);
}

static void show(chip_t *it, cycle_t now) {
  set_dout(it, false, now);
  LOG("c %llu %d %u %d\n", (unsigned long long)now, it->channel, it->latched_serial, it->latched);
}

static void on_convert(event_t *self, cycle_t when) {
  chip_t *it = self->owner;
  it->phase += it->period;
  event_at(&it->convert, (cycle_t)it->phase);
  const uint32_t serial = it->serial;
  const int32_t counts = convert(it, when);
  if (it->settling && it->settling--) {
    if (!it->immediate) return;
  }
  if (it->swallow) {
    it->swallow--;
    LOG("w %llu %d %u\n", (unsigned long long)when, it->channel, serial);
    return;
  }
  const bool reading = it->pulses > 0 && it->pulses < 25 && when - it->fall < TORN_WITHIN;
  if (reading) violation(it, "torn_by_conversion", when);
  else if (it->pulses != 0 && it->pulses != 25) violation(it, "wrong_pulse_count", when);
  const bool unread = it->has_data;
  if (unread) LOG("l %llu %d %u\n", (unsigned long long)when, it->channel, it->latched_serial);
  it->latched = counts;
  it->latched_serial = serial;
  it->pulses = 0;
  it->has_data = true;
  if (!unread) {
    show(it, when);
    return;
  }
  set_dout(it, true, when);
  event_at(&it->lower, when + REPLACED_HIGH);
}

static void on_lower(event_t *self, cycle_t when) {
  chip_t *it = self->owner;
  if (it->has_data && !it->pulses) show(it, when);
}

static void restart(chip_t *it, cycle_t now) {
  it->asleep = false;
  it->has_data = false;
  it->pulses = 0;
  it->settling = SETTLING;
  it->phase = (double)now + it->period;
  event_at(&it->convert, (cycle_t)it->phase);
  event_at(&it->lower, 0);
  set_dout(it, it->immediate ? it->dout : true, now);
}

static void on_sleep(event_t *self, cycle_t when) {
  chip_t *it = self->owner;
  if (it->pulses > 0 && it->pulses < 25 && it->has_data) violation(it, "slept_in_a_read", when);
  it->asleep = true;
  it->has_data = false;
  event_at(&it->convert, 0);
  event_at(&it->lower, 0);
  set_dout(it, true, when);
  LOG("z %llu %d\n", (unsigned long long)when, it->channel);
}

static void rising(chip_t *it, cycle_t now) {
  event_at(&it->sleep, now + SLEEP_AFTER);
  if (it->fall && now - it->fall < LOW_LEAST) violation(it, "low_too_short", now);
  it->rise = now;
  if (!it->has_data) return;
  if (it->slip && !(it->latched & 1) && it->slip--) return;
  if (it->pulses == 0) {
    it->read_start = now;
    if (now - it->dout_at < SETUP_LEAST) violation(it, "clocked_too_soon", now);
  }
  it->pulses++;
  if (it->pulses <= 24) set_dout(it, it->latched >> (24 - it->pulses) & 1, now);
  else set_dout(it, true, now);
}

static void falling(chip_t *it, cycle_t now) {
  event_at(&it->sleep, 0);
  it->fall = now;
  const cycle_t high = now - it->rise;
  if (high >= SLEEP_AFTER && !it->asleep) on_sleep(&it->sleep, now); /* the clock was stopped meanwhile */
  if (it->asleep) {
    restart(it, now);
    return;
  }
  if (high < HIGH_LEAST) violation(it, "high_too_short", now);
  if (high > HIGH_MOST) violation(it, "high_too_long", now);
  if (!it->has_data && it->pulses != 0) it->pulses++; /* a pulse after the 25th selects another gain */
  else if (!it->has_data) violation(it, "read_while_not_ready", now);
  if (it->pulses == 25 && it->has_data) {
    it->has_data = false;
    LOG("r %llu %llu %d %u\n", (unsigned long long)it->read_start, (unsigned long long)now, it->channel,
        it->latched_serial);
  }
}

void chip_clock(uint8_t channel, bool high, cycle_t now) {
  chip_t *it = &chips[channel];
  it->clock = high;
  if (!it->fitted || !it->plugged) return;
  if (high) rising(it, now);
  else if (it->rise) falling(it, now);
}

/* DOUT is valid 0.1 us after the clock's edge: until then the pin still shows the bit before. */
uint8_t chips_settling_output(uint8_t pins, cycle_t now) {
  for (int i = 0; i < CHIPS; i++) {
    const chip_t *it = &chips[i];
    if (!it->fitted || !it->plugged || it->shorted >= 0 || !it->pulses || now - it->dout_at >= SETUP_LEAST) continue;
    pins = (uint8_t)((pins & ~(1 << i)) | it->dout_before << i);
  }
  return pins;
}

static void plug(chip_t *it, bool plugged) {
  it->plugged = plugged;
  event_at(&it->sleep, 0);
  if (plugged) {
    restart(it, avr->cycle);
    return;
  }
  it->has_data = false;
  it->pulses = 0;
  event_at(&it->convert, 0);
  event_at(&it->lower, 0);
  set_dout(it, true, avr->cycle);
}

static void load(chip_t *it, const char *args) {
  double counts = 0, ramp_us = 0;
  if (sscanf(args, "%*d %lf %lf", &counts, &ramp_us) < 1) fail("load: %s", args);
  it->from = load_at(it, (double)avr->cycle);
  it->to = counts;
  it->ramp_start = avr->cycle;
  it->ramp_end = avr->cycle + (cycle_t)(ramp_us * CYCLES_PER_US);
}

bool chip_command(const char *verb, const char *args) {
  int channel = 0;
  double value = 0;
  const int read = sscanf(args, "%d %lf", &channel, &value);
  if (channel < 0 || channel >= CHIPS) fail("%s: channel %d", verb, channel);
  chip_t *it = &chips[channel];
  if (!strcmp(verb, "load")) load(it, args);
  else if (!strcmp(verb, "noise")) it->noise = value;
  else if (!strcmp(verb, "glitch")) it->glitch = (int32_t)value, it->glitch_set = 1;
  else if (!strcmp(verb, "swallow")) it->swallow = (int)value;
  else if (!strcmp(verb, "slip")) it->slip = read < 2 ? 1 : (int)value;
  else if (!strcmp(verb, "short")) it->shorted = read < 2 ? -1 : (int)value, wire(it);
  else if (!strcmp(verb, "plug")) plug(it, true);
  else if (!strcmp(verb, "unplug")) plug(it, false);
  else if (!strcmp(verb, "brownout")) restart(it, avr->cycle);
  else if (!strcmp(verb, "clone")) it->immediate = (int)value;
  else return false;
  return true;
}

void chips_begin(uint8_t mask, const double rates_hz[CHIPS], uint32_t seed, bool numbered) {
  for (uint8_t i = 0; i < CHIPS; i++) {
    chip_t *it = &chips[i];
    it->channel = i;
    it->fitted = it->plugged = mask >> i & 1;
    it->numbered = numbered;
    it->dout = true;
    it->shorted = -1;
    it->serial = i * 1000000u + 1;
    it->noise_seed = seed + i;
    it->period = CPU_HZ / rates_hz[i];
    event_add(&it->convert, on_convert, it);
    event_add(&it->lower, on_lower, it);
    event_add(&it->sleep, on_sleep, it);
    if (!it->fitted) continue;
    it->phase = it->period * (random_next(&seed) / 4294967296.0) + 1;
    event_at(&it->convert, (cycle_t)it->phase);
    wire(it);
  }
}
