// Rhythms on one output: a state machine stepped by time, that never waits.
// One law: edges lie at whole multiples of the table's times after play(), however late step() comes.
#pragma once

#include <stdint.h>

#include "patterns.h"

namespace bard {

enum Output : uint8_t { VIBRATOR = 0, BUZZER = 1, OUTPUT_COUNT = 2 };

class Player {
 public:
  // Begin `pattern` on `output` now; 0 is silence.
  void play(uint8_t output, uint8_t pattern, uint32_t now_us);
  // To be called at least each 30 minutes.
  void step(uint32_t now_us);
  uint8_t pattern() const { return pattern_; }
  bool on() const { return playing_ && !(step_ & 1); }
  // False for silence, and once a pattern that plays once has ended.
  bool playing() const { return playing_; }

 private:
  void advance();

  Rhythm rhythm_ = {0, 0, 0};
  uint8_t pattern_ = 0;
  uint8_t step_ = 0;
  bool playing_ = false;
  uint32_t cycle_us_ = 0;
  uint32_t edge_us_ = 0;
};

}  // namespace bard
