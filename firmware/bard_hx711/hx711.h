// The HX711: how chips are clocked, and what a channel's conversions tell about it.
// One law: a conversion is delivered only if nothing speaks against it, and every other one is counted. Knows no
// register: `clock_out` takes the pins as a parameter, `Channel` takes times as arguments.
#pragma once

#include <stdint.h>

namespace bard {

constexpr uint8_t CHANNELS = 4;
constexpr uint8_t ALL_CHANNELS = (1 << CHANNELS) - 1;
constexpr int32_t RAIL_LOW = -0x800000;
constexpr int32_t RAIL_HIGH = 0x7FFFFF;

enum Fault : uint8_t {
  RECOVERED = 0,
  SILENT = 1,
  DESYNC = 2,
  CLOCK_TOO_LONG = 3,
  UNSETTLED = 4,
  NOTHING = 0xFF,  // nothing to tell
};

// What one clocking of some channels gave: after each of 24 pulses the levels of all DOUT, a bit per channel.
struct Bits {
  uint8_t levels[24];
  uint8_t low_after;  // DOUT low after the 25th pulse: chip and reader disagree about the count
  bool too_long;      // one pulse may have been longer than the chip stands
};

// 25 pulses on the channels in the mask at once: 24 bits and gain 128 for the next conversion.
// Pins: pulse(mask) -> whether it may have been too long; levels() of DOUT, at least 0.1 us after the last rising edge.
template <class Pins>
inline void clock_out(Pins &pins, uint8_t mask, Bits &bits) {
  bool too_long = false;
  for (uint8_t &level : bits.levels) {
    too_long |= pins.pulse(mask);
    level = pins.levels();
  }
  too_long |= pins.pulse(mask);
  bits.low_after = static_cast<uint8_t>(~pins.levels() & mask);
  bits.too_long = too_long;
}

// The 24-bit two's complement number that one channel clocked out.
int32_t counts_of(const Bits &bits, uint8_t channel);

// A read of one channel that ended at end_us.
struct Read {
  uint32_t ready_us;  // when DOUT fell, or was first seen low
  uint32_t end_us;
  bool stamped;       // it is when DOUT fell
  bool too_long;
  bool desync;
};

class Channel {
 public:
  // To be called once before all else: what is not 0 at boot is set here, where it costs no memory.
  void begin(uint32_t now_us);
  // Whether the counts of this read may be delivered. `told` is the fault to report, or NOTHING.
  bool take(const Read &read, Fault *told);
  // Time has passed: call at least each 20 ms. Returns the fault to report, or NOTHING.
  Fault step(uint32_t now_us);
  // Clock pin high: the chip is being put to sleep, so that it wakes with its count at zero.
  bool resetting() const { return resetting_; }
  // False during a reset, and a while after one that followed a desync: a shorted DOUT looks ready for ever.
  bool readable() const { return !resetting_ && !blind_; }
  uint16_t missed() const { return missed_; }
  uint16_t abandoned() const { return abandoned_; }

 private:
  Fault enter(Fault fault);
  void reset(uint32_t now_us);
  bool torn(const Read &read) const;
  bool follow(uint32_t gap_us);
  void learn(uint32_t gap_us);

  uint32_t ready_us_ = 0;    // the last conversion, or boot
  uint32_t settle_us_ = 0;   // the first conversion since a reset
  uint32_t reset_us_ = 0;
  uint32_t period_us_ = 0;   // 0: not known yet
  uint32_t silent_after_us_ = 0;
  uint16_t missed_ = 0;
  uint16_t abandoned_ = 0;
  Fault fault_ = RECOVERED;
  bool stamped_ = false;
  bool fresh_ = false;       // no conversion since boot, a reset or silence
  bool resetting_ = false;
  bool blind_ = false;
};

}  // namespace bard
