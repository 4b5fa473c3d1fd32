/* The serial line at the pins of the ATmega328P, in place of simavr's.
 * Corrections: simavr's transmitter takes 11 bits a byte and has no buffer beside the shift register (10, and one byte
 * of buffer); its receiver has 64 bytes of FIFO (2 and the shift register: a fourth byte's start bit loses the third).
 */
#include <string.h>

#include "rig.h"

enum { RXCIE = 0x80, UDRIE = 0x20, RXEN = 0x10, TXEN = 0x08 };
enum { RXC = 0x80, TXC = 0x40, UDRE = 0x20, DOR = 0x08, U2X = 0x02 };

static avr_uart_t *uart;
static event_t tx_done, rx_start, rx_done;
static bool tx_busy, tx_full;
static uint8_t tx_shift, tx_buffer;
static uint8_t rx_fifo[2], rx_shift;
static int rx_count;
static bool rx_waiting, overrun;
static uint8_t status; /* TXC and U2X */
static uint8_t from_host[1 << 16];
static uint16_t from_head, from_tail;
void (*uart_host_hears)(uint8_t byte, cycle_t end);

static cycle_t byte_cycles(void) {
  const uint16_t ubrr = (uint16_t)(avr->data[uart->ubrrl.reg] | (avr->data[uart->ubrrh.reg] & 0xF) << 8);
  return 10 * (ubrr + 1) * (status & U2X ? 8 : 16);
}

/* Level interrupts: pending while their flag stands and they are enabled. */
static void update(void) {
  const uint8_t control = avr->data[uart->r_ucsrb];
  const uint8_t flags = (uint8_t)(status | (rx_count ? RXC : 0) | (tx_full ? 0 : UDRE) | (overrun ? DOR : 0));
  avr->data[uart->r_ucsra] = flags;
  if (flags & UDRE && control & UDRIE) avr_raise_interrupt(avr, &uart->udrc);
  else uart->udrc.pending = 0;
  if (flags & RXC && control & RXCIE) avr_raise_interrupt(avr, &uart->rxc);
  else uart->rxc.pending = 0;
  avr->data[uart->r_ucsra] = flags;
}

static void begin_byte(uint8_t byte, cycle_t now) {
  tx_shift = byte;
  tx_busy = true;
  event_at(&tx_done, now + byte_cycles());
}

static void on_tx_done(event_t *self, cycle_t when) {
  (void)self;
  tx_busy = false;
  if (uart_host_hears) uart_host_hears(tx_shift, when);
  if (tx_full) {
    tx_full = false;
    begin_byte(tx_buffer, when);
  } else {
    status |= TXC;
  }
  update();
}

static void write_data(avr_t *it, avr_io_addr_t address, uint8_t value, void *param) {
  (void)address;
  (void)param;
  if (!(it->data[uart->r_ucsrb] & TXEN)) return;
  if (!tx_busy) begin_byte(value, it->cycle);
  else if (!tx_full) tx_full = true, tx_buffer = value;
  else LOG("v %llu -1 transmit_buffer_overwritten\n", (unsigned long long)it->cycle);
  update();
}

static uint8_t read_data(avr_t *it, avr_io_addr_t address, void *param) {
  (void)param;
  const uint8_t byte = rx_fifo[0];
  overrun = false;
  if (rx_count) {
    rx_fifo[0] = rx_fifo[1];
    rx_count--;
  }
  if (rx_waiting && rx_count < 2) {
    rx_fifo[rx_count++] = rx_shift;
    rx_waiting = false;
  }
  update();
  it->data[address] = byte;
  return byte;
}

static uint8_t read_status(avr_t *it, avr_io_addr_t address, void *param) {
  (void)param;
  update();
  return it->data[address];
}

static void write_status(avr_t *it, avr_io_addr_t address, uint8_t value, void *param) {
  (void)it;
  (void)address;
  (void)param;
  if (value & TXC) status &= (uint8_t)~TXC;
  status = (uint8_t)((status & ~U2X) | (value & U2X));
  update();
}

static void write_control(avr_t *it, avr_io_addr_t address, uint8_t value, void *param) {
  (void)param;
  it->data[address] = value;
  update();
}

static void write_plain(avr_t *it, avr_io_addr_t address, uint8_t value, void *param) {
  (void)param;
  it->data[address] = value;
}

static void on_rx_start(event_t *self, cycle_t when) {
  (void)self;
  if (rx_waiting) {
    rx_waiting = false;
    overrun = true;
    LOG("x %llu %02x\n", (unsigned long long)when, rx_shift);
    update();
  }
  event_at(&rx_done, when + byte_cycles());
}

static void on_rx_done(event_t *self, cycle_t when) {
  (void)self;
  const uint8_t byte = from_host[from_tail++];
  if (avr->data[uart->r_ucsrb] & RXEN) {
    if (rx_count < 2) {
      rx_fifo[rx_count++] = byte;
    } else {
      rx_shift = byte;
      rx_waiting = true;
    }
    update();
  }
  if (byte == 0) LOG("h %llu\n", (unsigned long long)when);
  if (from_tail != from_head) on_rx_start(&rx_start, when);
}

void uart_host_sends(const uint8_t *bytes, size_t length) {
  const bool idle = from_head == from_tail && !rx_done.when && !rx_start.when;
  for (size_t i = 0; i < length; i++) from_host[from_head++] = bytes[i];
  if (idle && length) event_at(&rx_start, avr->cycle + 1);
}

void uart_reset(void) {
  tx_busy = tx_full = rx_waiting = overrun = false;
  rx_count = 0;
  status = 0;
  event_at(&tx_done, 0);
}

void uart_begin(void) {
  uart = avr_find_io("uart", 0);
  event_add(&tx_done, on_tx_done, NULL);
  event_add(&rx_start, on_rx_start, NULL);
  event_add(&rx_done, on_rx_done, NULL);
  avr_take_io(uart->r_udr, read_data, write_data, NULL);
  avr_take_io(uart->r_ucsra, read_status, write_status, NULL);
  avr_take_io(uart->r_ucsrb, NULL, write_control, NULL);
  avr_take_io(uart->ubrrl.reg, NULL, write_plain, NULL);
}
