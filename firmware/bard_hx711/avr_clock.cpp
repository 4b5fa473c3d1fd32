// Time: timer 1 runs free at 2 MHz; its overflows are added up in microseconds. Timer 2 wakes the loop each millisecond.
#include "avr_clock.h"

#include <avr/interrupt.h>

#include "avr_machine.h"
#include "fast.h"

namespace bard {

volatile uint32_t overflows_us;
static volatile bool tick_flag;

void begin_clock() {
  TIMSK0 = 0;  // Arduino's millis() would only delay the interrupts that matter
  TCCR1A = 0;
  TCCR1B = _BV(CS11);
  TCNT1 = 0;
  TIFR1 = _BV(TOV1);
  TIMSK1 = _BV(TOIE1);
  TCCR2A = _BV(WGM21);
  TCCR2B = _BV(CS22);
  OCR2A = 249;
  TIMSK2 = _BV(OCIE2A);
}

uint32_t hal::now_us() {
  const uint8_t sreg = SREG;
  cli();
  const uint32_t us = now_us_masked();
  SREG = sreg;
  return us;
}

bool hal::ticked() { return tick_flag; }

void hal::clear_tick() { tick_flag = false; }

}  // namespace bard

ISR(TIMER1_OVF_vect) { bard::overflows_us += 32768; }

ISR(TIMER2_COMPA_vect) { bard::tick_flag = true; }
