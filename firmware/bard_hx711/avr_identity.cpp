// Who this board is and why it started: uid and boot counter in EEPROM, reset cause, watchdog.
// One law: MCUSR is read before anything else runs, and where a bootloader has cleared it a magic word in memory that
// no start-up code touches tells a loss of power from a reset, and the watchdog's resets (but for those that found
// interrupts off) from all others.
#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/wdt.h>

#include "avr_machine.h"
#include "boot_ring.h"
#include "frame.h"

namespace bard {

namespace {

constexpr uint32_t RUNNING = 0x62617264;
constexpr uint32_t BITTEN = 0x64726162;
constexpr uint8_t ENTROPY_ROUNDS = 64;

struct Uid {
  uint8_t bytes[8];
  uint16_t crc;
};

struct {
  Uid uid;
  BootSlot boots[BOOT_SLOTS];
} stored EEMEM;

uint32_t magic __attribute__((section(".noinit")));
uint8_t reset_flags __attribute__((section(".noinit")));
volatile bool watchdog_is_entropy;  // until it rings

struct Eeprom {
  BootSlot read_slot(uint8_t number) {
    BootSlot slot;
    eeprom_read_block(&slot, &stored.boots[number], sizeof slot);
    return slot;
  }
  void write_slot(uint8_t number, const BootSlot &slot) { eeprom_update_block(&slot, &stored.boots[number], sizeof slot); }
};

uint16_t crc_of(const Uid &uid) {
  uint16_t crc = 0xBA2D;
  for (uint8_t byte : uid.bytes) crc = crc16(crc, byte);
  return crc;
}

void set_watchdog(uint8_t mode) {
  const uint8_t sreg = SREG;
  cli();
  wdt_reset();
  WDTCSR = _BV(WDCE) | _BV(WDE);
  WDTCSR = mode;
  SREG = sreg;
}

// The watchdog has an oscillator of its own, whose jitter against the crystal nobody can foretell.
void make_uid(Uid *uid) {
  uint16_t mix = 0;
  for (uint8_t round = 0; round < ENTROPY_ROUNDS; round++) {
    watchdog_is_entropy = true;
    set_watchdog(_BV(WDIE));
    while (watchdog_is_entropy) {
    }
    mix = crc16(mix, TCNT1L);
    uid->bytes[round % 8] = static_cast<uint8_t>(uid->bytes[round % 8] ^ mix ^ mix >> 8);
  }
  set_watchdog(0);
  uid->crc = crc_of(*uid);
}

ResetCause cause() {
  if (reset_flags & _BV(PORF)) return CAUSE_POWER_ON;
  if (reset_flags & _BV(BORF)) return CAUSE_BROWN_OUT;
  if (reset_flags & _BV(WDRF) || magic == BITTEN) return CAUSE_WATCHDOG;
  if (reset_flags & _BV(EXTRF) || magic == RUNNING) return CAUSE_EXTERNAL;
  return CAUSE_POWER_ON;
}

}  // namespace

// Before the memory is cleared: the watchdog may still be running at its shortest.
extern "C" void bard_early() __attribute__((naked, used, section(".init3")));
void bard_early() {
  reset_flags = MCUSR;
  MCUSR = 0;
  wdt_disable();
}

Identity begin_identity() {
  Identity identity;
  identity.reset_cause = cause();
  magic = RUNNING;
  Uid uid;
  eeprom_read_block(&uid, &stored.uid, sizeof uid);
  if (uid.crc != crc_of(uid)) {
    make_uid(&uid);
    eeprom_update_block(&uid, &stored.uid, sizeof uid);
  }
  for (uint8_t i = 0; i < sizeof identity.uid; i++) identity.uid[i] = uid.bytes[i];
  Eeprom eeprom;
  identity.boot = count_boot(eeprom);
  return identity;
}

// 64 ms to the interrupt, which leaves word; 64 more to the reset, which comes with interrupts off too.
void begin_watchdog() { set_watchdog(_BV(WDIE) | _BV(WDE) | _BV(WDP1)); }

void kick_watchdog() { wdt_reset(); }

}  // namespace bard

ISR(WDT_vect) {
  using namespace bard;
  if (watchdog_is_entropy) {
    watchdog_is_entropy = false;
    return;
  }
  magic = BITTEN;
  set_watchdog(_BV(WDE) | _BV(WDP1));
  for (;;) {
  }
}
