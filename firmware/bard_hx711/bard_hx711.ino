// bard: reads up to four HX711, reports over the serial line, drives vibrator and buzzer, guards by itself.
// Protocol: docs/protocol.md. Wiring: docs/wiring.md. All that happens is in board.cpp; here the machine is started.
#include "avr_machine.h"

#include <avr/interrupt.h>
#include <avr/sleep.h>

#include "board.h"

static bard::Board board;

void setup() {
  bard::begin_clock();
  bard::begin_pins();
  bard::begin_supply();
  const bard::Identity identity = bard::begin_identity();
  bard::begin_uart();
  board.begin(identity);
  bard::begin_watchdog();
  set_sleep_mode(SLEEP_MODE_IDLE);
  sleep_enable();
}

void loop() {
  bard::kick_watchdog();
  board.step();
  // The instruction after sei() is always executed: no interrupt slips in between the question and the sleep.
  cli();
  while (!board.pending() && !bard::received() && !bard::hal::ticked()) {
    sei();
    sleep_cpu();
    cli();
  }
  sei();
}
