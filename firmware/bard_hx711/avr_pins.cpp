// Pins: DOUT of channel 0-3 on A0-A3, PD_SCK on D4-D7, presence D2, pedal D3, buzzer D8, vibrator D9, lamp D13.
// One law: a clock pin is high for half a microsecond with interrupts off, or it is a reset held on purpose.
#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/delay_basic.h>

#include "avr_clock.h"
#include "avr_machine.h"
#include "fast.h"
#include "signal.h"

namespace bard {

namespace {

constexpr uint8_t CLOCK_SHIFT = 4;  // channel 0 is clocked by PD4
constexpr uint8_t INPUT_SHIFT = 2;  // presence is PD2
constexpr uint8_t INPUT_MASK = (1 << INPUT_COUNT) - 1;
constexpr uint8_t BUZZER_PIN = _BV(PB0);
constexpr uint8_t VIBRATOR_PIN = _BV(PB1);
constexpr uint8_t LAMP_PIN = _BV(PB5);
constexpr uint8_t PULSE_MOST = 64;  // of half a microsecond: a power of two

// Written by the pin change interrupt for the channels it watches (PCMSK1).
volatile uint8_t stamped;
volatile uint8_t were_high;
volatile uint32_t stamps_us[CHANNELS];
// The stamps of the channels read last.
uint8_t read_stamped;
uint32_t read_stamps_us[CHANNELS];

struct Pins {
  __attribute__((always_inline)) bool pulse(uint8_t mask) {
    const uint8_t low = PORTD;
    const uint8_t high = static_cast<uint8_t>(low | mask << CLOCK_SHIFT);
    cli();
    const uint8_t before = TCNT1L;
    PORTD = high;
    __builtin_avr_delay_cycles(5);
    PORTD = low;
    const uint8_t length = static_cast<uint8_t>(TCNT1L - before);
    sei();
    __builtin_avr_delay_cycles(4);
    return length >= PULSE_MOST;
  }

  __attribute__((always_inline)) uint8_t levels() const { return PINC; }
};

}  // namespace

void begin_pins() {
  DDRD = ALL_CHANNELS << CLOCK_SHIFT;
  PORTD = INPUT_MASK << INPUT_SHIFT | _BV(PD0);
  DDRC = 0;
  PORTC = ALL_CHANNELS;
  DDRB = BUZZER_PIN | VIBRATOR_PIN | LAMP_PIN;
  PORTB = 0;
  __builtin_avr_delay_cycles(16);  // the pull-ups
  were_high = PINC;
  PCMSK1 = ALL_CHANNELS;
  PCIFR = _BV(PCIF1);
  PCICR = _BV(PCIE1);
}

namespace hal {

uint8_t ready() { return static_cast<uint8_t>(~PINC & ALL_CHANNELS); }

// The interrupt leaves alone what it does not watch: only the byte it shares with us needs it kept out.
void read(uint8_t mask, Bits *bits) {
  PCMSK1 = static_cast<uint8_t>(PCMSK1 & ~mask);
  cli();
  const uint8_t seen = stamped;
  stamped = static_cast<uint8_t>(seen & ~mask);
  sei();
  read_stamped = seen & mask;
  for (uint8_t i = 0; i < CHANNELS; i++) read_stamps_us[i] = stamps_us[i];
  Pins pins;
  clock_out(pins, mask, *bits);
  cli();
  were_high = static_cast<uint8_t>((were_high & ~mask) | (PINC & mask));
  PCMSK1 = static_cast<uint8_t>(PCMSK1 | mask);
  sei();
}

bool stamp(uint8_t channel, uint32_t *ready_us) {
  if (!(read_stamped >> channel & 1)) return false;
  *ready_us = read_stamps_us[channel];
  return true;
}

void hold_clocks_high(uint8_t mask) {
  PORTD = static_cast<uint8_t>((PORTD & ~(ALL_CHANNELS << CLOCK_SHIFT)) | mask << CLOCK_SHIFT);
}

uint8_t inputs() { return static_cast<uint8_t>(~PIND >> INPUT_SHIFT & INPUT_MASK); }

void set_outputs(uint8_t levels) {
  const uint8_t others = PORTB & static_cast<uint8_t>(~(BUZZER_PIN | VIBRATOR_PIN));
  PORTB = static_cast<uint8_t>(others | (levels >> VIBRATOR & 1 ? VIBRATOR_PIN : 0) |
                               (levels >> BUZZER & 1 ? BUZZER_PIN : 0));
}

uint8_t sensed_outputs() {
  const uint8_t pins = PINB;
  return static_cast<uint8_t>((pins & VIBRATOR_PIN ? 1 << VIBRATOR : 0) | (pins & BUZZER_PIN ? 1 << BUZZER : 0));
}

void set_lamp(bool lit) { PORTB = lit ? PORTB | LAMP_PIN : PORTB & static_cast<uint8_t>(~LAMP_PIN); }

}  // namespace hal
}  // namespace bard

// DOUT of a watched channel fell: note when. It rose again unread: the chip replaced the conversion.
ISR(PCINT1_vect) {
  const uint32_t us = bard::now_us_masked();
  const uint8_t pins = PINC;
  const uint8_t watched = PCMSK1;
  const uint8_t high = pins & watched;
  const uint8_t fell = static_cast<uint8_t>(bard::were_high & watched & ~pins);
  bard::were_high = static_cast<uint8_t>((bard::were_high & ~watched) | high);
  bard::stamped = static_cast<uint8_t>((bard::stamped & ~high) | fell);
  for (uint8_t i = 0; i < bard::CHANNELS; i++) {
    if (fell >> i & 1) bard::stamps_us[i] = us;
  }
}
