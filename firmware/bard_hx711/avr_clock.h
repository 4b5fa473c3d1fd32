// The clock as interrupt handlers read it: interrupts are off, and an overflow may not have been added yet.
#pragma once

#include <avr/io.h>
#include <stdint.h>

namespace bard {

extern volatile uint32_t overflows_us;

inline uint32_t now_us_masked() {
  const uint16_t half_us = TCNT1;
  const bool overflowed = (TIFR1 & _BV(TOV1)) && half_us < 0x8000;
  return overflows_us + (half_us >> 1) + (overflowed ? 32768 : 0);
}

}  // namespace bard
