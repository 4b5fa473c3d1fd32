// The supply: the bandgap of 1.1 V measured against it, one conversion always under way, none waited for.
#include <avr/io.h>

#include "avr_machine.h"

namespace bard {

namespace {

constexpr uint32_t BANDGAP_MV = 1100;
constexpr uint8_t START = _BV(ADEN) | _BV(ADSC) | _BV(ADPS2) | _BV(ADPS1) | _BV(ADPS0);

uint16_t last_mv;

}  // namespace

// The bandgap is up after 70 us at most; the first conversion samples after 108.
void begin_supply() {
  ADMUX = _BV(REFS0) | _BV(MUX3) | _BV(MUX2) | _BV(MUX1);
  ADCSRA = START;
}

// Of the conversion started a second ago; 0 before the first.
uint16_t hal::supply_mv() {
  if (ADCSRA & _BV(ADSC)) return last_mv;
  const uint16_t reading = ADC;
  ADCSRA = START;
  if (reading) last_mv = static_cast<uint16_t>(BANDGAP_MV * 1023 / reading);
  return last_mv;
}

}  // namespace bard
