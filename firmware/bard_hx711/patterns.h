// Made by firmware/make_patterns.py from bard.settings.PATTERNS, the one table of rhythms: do not edit.
#pragma once

#include "flash.h"

namespace bard {

struct Rhythm {
  uint8_t first;  // its first step in STEPS_MS
  uint8_t count;  // of steps, on and off in turn; 0: silence
  uint16_t period_ms;  // 0: plays once
};

const uint16_t STEPS_MS[] IN_FLASH = {
    40, 200, 200, 200, 200, 150, 150, 150, 150, 150, 100, 80, 100, 80, 100, 200,
    100, 80, 100, 500, 100, 80, 100, 80, 100, 200, 100, 80, 100, 40, 160, 150,
    150, 100, 80, 100, 220, 400, 100,
};

constexpr uint8_t PATTERN_COUNT = 10;
// By pattern, then vibrator and buzzer.
const Rhythm RHYTHMS[PATTERN_COUNT][2] IN_FLASH = {
    {{0, 0, 0}, {0, 0, 0}},  // 0 off
    {{0, 1, 1600}, {0, 0, 0}},  // 1 cue 1
    {{0, 1, 1000}, {0, 0, 0}},  // 2 cue 2
    {{0, 1, 600}, {0, 0, 0}},  // 3 cue 3
    {{0, 1, 300}, {0, 0, 0}},  // 4 cue 4
    {{1, 1, 16000}, {2, 3, 0}},  // 5 low
    {{5, 5, 3250}, {5, 5, 3250}},  // 6 medium
    {{10, 19, 4880}, {10, 19, 4880}},  // 7 high
    {{29, 10, 0}, {29, 10, 0}},  // 8 self-test
    {{37, 1, 5000}, {37, 1, 5000}},  // 9 not monitored
};

}  // namespace bard
