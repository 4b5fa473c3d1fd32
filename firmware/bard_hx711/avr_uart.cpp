// Serial line: 8N1 at BARD_BAUD, interrupt-driven both ways.
// One law: nothing here waits. A frame goes into the ring whole or not at all; a byte lost on the way in is counted.
#include <avr/interrupt.h>
#include <avr/io.h>

#include "avr_machine.h"
#include "fast.h"

#ifndef BARD_BAUD
#define BARD_BAUD 500000  // or 115200, where the USB bridge cannot do it
#endif

namespace bard {

namespace {

constexpr uint16_t UBRR = (F_CPU + 4UL * BARD_BAUD) / (8UL * BARD_BAUD) - 1;
constexpr uint8_t RX_MASK = 127;
constexpr uint8_t ENABLED = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);

uint8_t tx_ring[256];
volatile uint8_t tx_head;
volatile uint8_t tx_tail;
uint8_t rx_ring[RX_MASK + 1];
volatile uint8_t rx_head;
volatile uint8_t rx_tail;
volatile uint16_t overruns;

}  // namespace

void begin_uart() {
  UBRR0 = UBRR;
  UCSR0A = _BV(U2X0);
  UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
  UCSR0B = ENABLED;
}

bool received() { return rx_head != rx_tail; }

namespace hal {

bool send(const uint8_t *wire, uint8_t length) {
  uint8_t head = tx_head;
  const uint8_t room = static_cast<uint8_t>(tx_tail - head - 1);
  if (length > room) return false;
  for (uint8_t i = 0; i < length; i++) tx_ring[head++] = wire[i];
  tx_head = head;
  UCSR0B = ENABLED | _BV(UDRIE0);
  return true;
}

bool all_sent() { return tx_head == tx_tail; }

int16_t receive() {
  const uint8_t tail = rx_tail;
  if (tail == rx_head) return -1;
  const uint8_t byte = rx_ring[tail];
  rx_tail = static_cast<uint8_t>((tail + 1) & RX_MASK);
  return byte;
}

uint16_t rx_overruns() {
  const uint8_t sreg = SREG;
  cli();
  const uint16_t count = overruns;
  SREG = sreg;
  return count;
}

}  // namespace hal
}  // namespace bard

ISR(USART_UDRE_vect) {
  using namespace bard;
  uint8_t tail = tx_tail;
  UDR0 = tx_ring[tail++];
  tx_tail = tail;
  if (tail == tx_head) UCSR0B = ENABLED;
}

ISR(USART_RX_vect) {
  using namespace bard;
  const bool overrun = UCSR0A & _BV(DOR0);
  const uint8_t byte = UDR0;
  const uint8_t head = rx_head;
  const uint8_t next = static_cast<uint8_t>((head + 1) & RX_MASK);
  const bool full = next == rx_tail;
  if (overrun || full) overruns = static_cast<uint16_t>(overruns + overrun + full);
  if (full) return;
  rx_ring[head] = byte;
  rx_head = next;
}
