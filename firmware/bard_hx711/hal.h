// What the board's logic asks of the machine: the AVR (avr_*.cpp) or a test on the host gives it.
// One law: no call waits for anything outside the chip, and the logic sees no register.
#pragma once

#include <stdint.h>

#include "hx711.h"

namespace bard {

enum ResetCause : uint8_t {
  CAUSE_UNKNOWN = 0,
  CAUSE_POWER_ON = 1,
  CAUSE_EXTERNAL = 2,
  CAUSE_BROWN_OUT = 3,
  CAUSE_WATCHDOG = 4,
  CAUSE_SOFTWARE = 5,
};

struct Identity {
  uint8_t uid[8];
  uint16_t boot;
  ResetCause reset_cause;
};

constexpr uint8_t INPUT_PRESENCE = 1;
constexpr uint8_t INPUT_PEDAL = 2;
constexpr uint8_t INPUT_COUNT = 2;

namespace hal {

// Microseconds since boot, wrapping; and a flag that rises each millisecond.
uint32_t now_us();
bool ticked();
void clear_tick();

// Chips. `ready`: DOUT low, bit per channel. `stamp`: when DOUT of a ready channel fell; false where no edge was seen.
uint8_t ready();
bool stamp(uint8_t channel, uint32_t *ready_us);
void read(uint8_t mask, Bits *bits);
void hold_clocks_high(uint8_t mask);

// Serial line. `send` takes all or nothing; `receive` gives a byte or -1.
bool send(const uint8_t *wire, uint8_t length);
bool all_sent();
int16_t receive();
uint16_t rx_overruns();

// Inputs (1: contact closed), outputs (bit 0 vibrator, 1 buzzer; `sensed` reads the pins back), lamp, supply.
uint8_t inputs();
void set_outputs(uint8_t levels);
uint8_t sensed_outputs();
void set_lamp(bool lit);
uint16_t supply_mv();

}  // namespace hal
}  // namespace bard
