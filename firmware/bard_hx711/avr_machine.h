// The parts of the ATmega328P that only the sketch and the avr_*.cpp files see.
// One law: each register has one file that writes it. Pins: docs/wiring.md.
#pragma once

#if !defined(__AVR_ATmega328P__) || F_CPU != 16000000L
#error "bard_hx711 runs on an ATmega328P at 16 MHz (Arduino Uno or Nano); choose that board"
#endif

#include "hal.h"

namespace bard {

// avr_clock.cpp: a microsecond clock on timer 1, and an interrupt each millisecond on timer 2.
void begin_clock();

// avr_pins.cpp: chips, inputs, outputs, lamp.
void begin_pins();

// avr_uart.cpp.
void begin_uart();
bool received();

// avr_identity.cpp: EEPROM, reset cause, watchdog. `begin_identity` takes 15 ms, and a second on a new board's first
// boot; the watchdog is off until `begin_watchdog`, and kicked by `kick_watchdog` only.
Identity begin_identity();
void begin_watchdog();
void kick_watchdog();

// avr_supply.cpp.
void begin_supply();


}  // namespace bard
