/* A sketch that is wrong on purpose, or asks what a real ATmega328P would do: the rig must notice, and answer as it does.
 * A byte from the host names the case; the answer is bytes and a 0x00.
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/delay.h>

#define CLOCK _BV(PD4) /* of channel 0 */
#define MARK _BV(PB1)  /* logged by the rig as the vibrator */

static volatile uint8_t entry_cycles;
static volatile uint8_t pin_changes;

ISR(TIMER1_COMPA_vect, ISR_NAKED) {
  __asm__ volatile("push r24\n lds r24, %0\n sts entry_now, r24\n pop r24\n reti" ::"n"(_SFR_MEM_ADDR(TCNT1L)));
}
volatile uint8_t entry_now __asm__("entry_now");

ISR(PCINT0_vect) { pin_changes++; }

static void put(uint8_t byte) {
  while (!(UCSR0A & _BV(UDRE0))) {
  }
  UDR0 = byte;
}

static uint8_t get(void) {
  while (!(UCSR0A & _BV(RXC0))) {
  }
  return UDR0;
}

/* Two bytes at once: the second goes into the buffer without waiting. */
static void transmit(void) {
  PORTB |= MARK;
  UDR0 = 1;
  put(2);
  PORTB &= (uint8_t)~MARK;
  for (uint8_t i = 3; i < 11; i++) put(i);
}

/* Five bytes arrive while nobody reads. */
static void overrun(void) {
  put('r');
  put(0);
  _delay_us(400);
  const uint8_t status = UCSR0A;
  while (UCSR0A & _BV(RXC0)) put(UDR0);
  put(status & _BV(DOR0) ? 'D' : '-');
}

static void interrupt_entry(void) {
  TCCR1A = 0;
  TCCR1B = _BV(CS10);
  TCNT1 = 0;
  OCR1A = 100;
  TIFR1 = _BV(OCF1A);
  TIMSK1 = _BV(OCIE1A);
  sei();
  for (uint8_t i = 0; i < 120; i++) __asm__ volatile("nop");
  cli();
  TIMSK1 = 0;
  put((uint8_t)(entry_now - 100));
}

static void write_one_to_clear(void) {
  PCMSK0 = _BV(PCINT0);
  PCMSK2 = _BV(PCINT20);
  PINB = _BV(PB0);
  PIND = CLOCK;
  PIND = CLOCK;
  put(PCIFR | 0x80);
  PCIFR |= _BV(PCIF0); /* an SBI: this flag alone */
  put(PCIFR | 0x80);
  PCICR = _BV(PCIE0);
  sei();
  __asm__ volatile("nop\nnop\nnop");
  cli();
  PCICR = 0;
  put(pin_changes + 1);
  PCIFR = 7;
  PCMSK2 = 0;
}

static void toggle_one_pin(void) {
  PORTB = _BV(PB0) | _BV(PB1);
  PINB |= _BV(PB1); /* an SBI */
  put(PORTB | 0x80);
  PORTB = 0;
}

/* DOUT of channel 0 is held low by the rig against the pull-up. */
static void pull_up(void) {
  PORTC = 0x0F;
  put((PINC & 0x0F) | 0x80);
  PORTC = 0x0F;
  put((PINC & 0x0F) | 0x80);
}

static void wait_ready(void) {
  while (PINC & 1) {
  }
}

static void pulses(uint8_t count) {
  while (count--) {
    PORTD |= CLOCK;
    _delay_us(1);
    PORTD &= (uint8_t)~CLOCK;
    _delay_us(1);
  }
}

static void bad_read(uint8_t kind) {
  wait_ready();
  switch (kind) {
    case 's': /* high for one cycle */
      pulses(24);
      PORTD |= CLOCK;
      PORTD &= (uint8_t)~CLOCK;
      break;
    case 'l': /* high too long */
      pulses(24);
      PORTD |= CLOCK;
      _delay_us(55);
      PORTD &= (uint8_t)~CLOCK;
      break;
    case 'c': /* a pulse too few */
      pulses(24);
      break;
    case 'n': /* again, with nothing to read */
      pulses(25);
      wait_ready();
      pulses(25);
      PORTD |= CLOCK;
      _delay_us(100);
      PORTD &= (uint8_t)~CLOCK;
      _delay_us(10);
      pulses(1);
      break;
    case 't': /* over the next conversion */
      for (uint8_t i = 0; i < 25; i++) {
        pulses(1);
        _delay_us(700);
      }
      break;
    default:
      pulses(25);
      break;
  }
  put('k');
}

int main(void) {
  DDRB = MARK | _BV(PB0);
  DDRD = CLOCK;
  PORTC = 0x0F;
  UBRR0 = 3;
  UCSR0A = _BV(U2X0);
  UCSR0B = _BV(RXEN0) | _BV(TXEN0);
  for (;;) {
    const uint8_t what = get();
    if (what == 'T') transmit();
    else if (what == 'O') overrun();
    else if (what == 'I') interrupt_entry();
    else if (what == 'W') write_one_to_clear();
    else if (what == 'P') toggle_one_pin();
    else if (what == 'U') pull_up();
    else bad_read(what);
    put(0);
  }
}
