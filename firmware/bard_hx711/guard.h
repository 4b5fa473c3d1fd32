// The board's own guard: it watches the bar load and the host, and says which pattern plays.
// One law: every decision is a function of the calls made to it and their now_us; bard.simulate.guard makes the same
// ones, call by call. The law in words: docs/protocol.md, "Host to board" and "Readings". Knows no frame and no pin.
// Times are u32 microseconds and wrap: whatever may be older than half a wrap is held as a state, not as a time.
#pragma once

#include <stdint.h>

#include "hx711.h"
#include "signal.h"

namespace bard {

enum GuardEvent : uint8_t { NO_EVENT = 0, TRIP = 1, CLEAR = 2, HOST_LOST = 3, HOST_BACK = 4 };

constexpr uint8_t PATTERN_HIGH = 7;
constexpr uint8_t PATTERN_NOT_MONITORED = 9;

class Guard {
 public:
  // The verbs.
  void scale(uint8_t channel, int32_t zero_counts, int32_t scale);
  void arm(int32_t min_g, uint8_t rounds, int32_t margin_g, uint32_t now_us);
  void disarm();
  GuardEvent beat(uint32_t now_us);
  void signal(uint8_t outputs, uint8_t pattern, uint32_t now_us);

  // What happens on the board. `conversion`, `fault` and `judge` may end a round: TRIP, CLEAR or NO_EVENT.
  void pedal(bool closed, uint32_t now_us);
  GuardEvent conversion(uint8_t channel, int32_t counts, uint32_t now_us);
  GuardEvent fault(uint8_t channel, uint32_t now_us);
  GuardEvent watch_host(uint32_t now_us);  // HOST_LOST or NO_EVENT
  GuardEvent judge(uint32_t now_us);

  // The pattern that plays over the host's own on both outputs; 0: none does.
  uint8_t over() const;
  const Player &host_player(uint8_t output) const { return host_[output]; }
  int32_t bar_load_g() const { return bar_load_g_; }  // the sum at the end of the last round
  uint8_t state() const { return armed_ | tripped_ << 1 | lost_ << 2 | muted_ << 3; }

 private:
  struct Channel {
    int32_t counts[3];  // newest first
    uint8_t delivered;  // of them, since boot or the last fault
    uint32_t newest_us;
    uint32_t interval_us;
    uint32_t live_for_us;
    int32_t zero_counts;
    int32_t scale;
    int32_t middle;  // the median of 3
    int64_t load_g;  // by the middle
    bool carries;    // 3 delivered, the middle not at a rail
  };

  static void weigh(Channel *channel);
  static bool live(const Channel &channel, uint32_t now_us);
  bool round_complete(uint32_t now_us) const;
  int64_t sum_g(uint32_t now_us) const;
  bool host_due(uint32_t now_us) const;
  bool give_up_due(uint32_t now_us) const;

  Channel channels_[CHANNELS] = {};
  Player host_[OUTPUT_COUNT];
  uint32_t signal_quiet_us_[OUTPUT_COUNT] = {};  // no beat since then, nor a new pattern
  uint32_t armed_quiet_us_ = 0;                  // no beat since then, nor an arm
  uint32_t round_us_ = 0;
  uint32_t muted_us_ = 0;
  uint32_t lost_us_ = 0;
  uint32_t pedal_us_ = 0;
  int32_t min_g_ = 0;
  int32_t margin_g_ = 0;
  int32_t bar_load_g_ = 0;
  uint8_t rounds_ = 2;
  uint8_t in_a_row_ = 0;
  uint8_t converted_ = 0;  // bit per channel, since the last round
  bool armed_ = false;
  bool tripped_ = false;
  bool muted_ = false;
  bool lost_ = false;
  bool given_up_ = false;
  bool pedal_ = false;
};

}  // namespace bard
