// The boot counter in EEPROM, spread over many cells.
// One law: each boot writes one slot, the next in turn, and a slot torn by a power cut is not believed: the counter
// goes on from the newest whole one. 32 slots of 100 000 writes each last for three million boots.
#pragma once

#include <stdint.h>

namespace bard {

constexpr uint8_t BOOT_SLOTS = 32;

struct BootSlot {
  uint16_t boot;
  uint16_t inverse;

  bool whole() const { return static_cast<uint16_t>(boot ^ inverse) == 0xFFFF; }
};

// Count this boot. Eeprom: read_slot(number) -> BootSlot, write_slot(number, slot).
template <class Eeprom>
uint16_t count_boot(Eeprom &eeprom) {
  uint16_t newest = 0;
  uint8_t slot = BOOT_SLOTS - 1;
  bool any = false;
  for (uint8_t i = 0; i < BOOT_SLOTS; i++) {
    const BootSlot it = eeprom.read_slot(i);
    if (!it.whole() || (any && static_cast<int16_t>(it.boot - newest) <= 0)) continue;
    any = true;
    newest = it.boot;
    slot = i;
  }
  const uint16_t boot = static_cast<uint16_t>(newest + 1);
  const BootSlot now = {boot, static_cast<uint16_t>(~boot)};
  eeprom.write_slot(static_cast<uint8_t>((slot + 1) % BOOT_SLOTS), now);
  return boot;
}

}  // namespace bard
