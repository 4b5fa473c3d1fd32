// Constants that stay in flash on the AVR and are plain memory on the host.
#pragma once

#include <stdint.h>
#include <string.h>

#ifdef __AVR__
#include <avr/pgmspace.h>
#define IN_FLASH PROGMEM
#else
#define IN_FLASH
#endif

namespace bard {

template <class T>
inline T from_flash(const T &there) {
  T here;
#ifdef __AVR__
  memcpy_P(&here, &there, sizeof here);
#else
  memcpy(&here, &there, sizeof here);
#endif
  return here;
}

}  // namespace bard
