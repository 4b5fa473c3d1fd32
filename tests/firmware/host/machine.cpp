#include "machine.h"

#include "hal.h"

Machine machine;

namespace {

// Four chips that shift their counts out, most significant bit first, and raise DOUT with the 25th pulse.
struct ShiftedChips {
  uint8_t pulses = 0;

  bool pulse(uint8_t) {
    pulses++;
    return machine.too_long;
  }
  uint8_t levels() const {
    if (pulses > 24) return static_cast<uint8_t>(~machine.desync);
    uint8_t levels = 0;
    for (uint8_t i = 0; i < bard::CHANNELS; i++) {
      const uint32_t bits = static_cast<uint32_t>(machine.counts[i]);
      levels = static_cast<uint8_t>(levels | (bits >> (24 - pulses) & 1) << i);
    }
    return levels;
  }
};

}  // namespace

namespace bard {
namespace hal {

uint32_t now_us() { return machine.now_us; }
bool ticked() { return machine.tick; }
void clear_tick() { machine.tick = false; }

uint8_t ready() { return machine.ready; }
bool stamp(uint8_t channel, uint32_t *ready_us) {
  if (!(machine.stamped >> channel & 1)) return false;
  *ready_us = machine.stamps_us[channel];
  return true;
}
void read(uint8_t mask, Bits *bits) {
  ShiftedChips chips;
  clock_out(chips, mask, *bits);
  machine.ready = static_cast<uint8_t>(machine.ready & ~mask);
}
void hold_clocks_high(uint8_t mask) { machine.clocks_high = mask; }

bool send(const uint8_t *wire, uint8_t length) {
  if (length > machine.room) return false;
  machine.sent.insert(machine.sent.end(), wire, wire + length);
  return true;
}
bool all_sent() { return machine.all_sent; }
int16_t receive() {
  if (machine.received.empty()) return -1;
  const uint8_t byte = machine.received.front();
  machine.received.pop_front();
  return byte;
}
uint16_t rx_overruns() { return 0; }

uint8_t inputs() { return machine.inputs; }
void set_outputs(uint8_t levels) { machine.outputs = levels; }
uint8_t sensed_outputs() { return machine.outputs; }
void set_lamp(bool) {}
uint16_t supply_mv() { return 5000; }

}  // namespace hal
}  // namespace bard
