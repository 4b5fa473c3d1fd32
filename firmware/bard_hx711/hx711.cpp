#include "hx711.h"

#include "fast.h"

namespace bard {

namespace {

constexpr uint32_t PERIOD_LEAST_US = 8000;    // 125 a second: no HX711 is as fast
constexpr uint32_t PERIOD_MOST_US = 200000;   // 5 a second: none is as slow
constexpr uint32_t SILENT_LEAST_US = 100000;
constexpr uint32_t SILENT_UNKNOWN_US = 550000;  // five periods of a chip strapped for 10 a second
constexpr uint32_t RESET_HIGH_US = 500;       // the chip sleeps after 60
constexpr uint32_t RESET_BLIND_US = 50000;    // a chip that wakes is silent for four periods
constexpr uint32_t RESET_EACH_US = 600000;    // a silent chip is woken again
constexpr uint32_t TORN_MARGIN_US = 250;
constexpr uint8_t SILENT_PERIODS = 5;

}  // namespace

int32_t counts_of(const Bits &bits, uint8_t channel) {
  const uint8_t mask = static_cast<uint8_t>(1 << channel);
  uint8_t bytes[3];
  const uint8_t *level = bits.levels;
  for (uint8_t &byte : bytes) {
    uint8_t shifted = 0;
    for (uint8_t bit = 0; bit < 8; bit++) {
      shifted = static_cast<uint8_t>(shifted << 1);
      if (*level++ & mask) shifted |= 1;
    }
    byte = shifted;
  }
  const uint8_t sign = bytes[0] & 0x80 ? 0xFF : 0;
  return static_cast<int32_t>(static_cast<uint32_t>(sign) << 24 | static_cast<uint32_t>(bytes[0]) << 16 |
                              static_cast<uint32_t>(bytes[1]) << 8 | bytes[2]);
}

void Channel::begin(uint32_t now_us) {
  ready_us_ = now_us;
  silent_after_us_ = SILENT_UNKNOWN_US;
  fault_ = UNSETTLED;
  fresh_ = true;
}

bool Channel::take(const Read &read, Fault *told) {
  const uint32_t gap_us = read.ready_us - ready_us_;
  const bool gap_known = read.stamped && stamped_ && !fresh_;
  *told = NOTHING;
  ready_us_ = read.ready_us;
  stamped_ = read.stamped;
  if (read.too_long || read.desync) {
    abandoned_++;
    *told = enter(read.desync ? DESYNC : CLOCK_TOO_LONG);
    reset(read.end_us);
    return false;
  }
  if (fresh_ || (gap_known && !follow(gap_us))) {
    fresh_ = false;
    settle_us_ = read.ready_us;
    *told = enter(UNSETTLED);
    return false;
  }
  if (torn(read)) {
    abandoned_++;
    return false;
  }
  if (fault_ == RECOVERED) return true;
  if (!period_us_ || 2 * (read.ready_us - settle_us_) < 7 * period_us_) return false;
  *told = enter(RECOVERED);
  return true;
}

// So late that the next conversion may have come while this one was being clocked out.
bool Channel::torn(const Read &read) const {
  return read.stamped && period_us_ && read.end_us - read.ready_us + TORN_MARGIN_US >= period_us_;
}

// Learn from the gap between two conversions. False where it is so long that the chip may have restarted in it.
bool Channel::follow(uint32_t gap_us) {
  if (!period_us_ || 2 * gap_us <= 3 * period_us_) {
    learn(gap_us);
    return true;
  }
  if (2 * gap_us > 7 * period_us_) return false;
  missed_ = static_cast<uint16_t>(missed_ + (2 * gap_us > 5 * period_us_ ? 2 : 1));
  return true;
}

void Channel::learn(uint32_t gap_us) {
  if (gap_us < PERIOD_LEAST_US || gap_us > PERIOD_MOST_US) return;
  if (!period_us_ || 4 * gap_us < 3 * period_us_) {
    period_us_ = gap_us;  // what was held before was a multiple
  } else {
    period_us_ = static_cast<uint32_t>(static_cast<int32_t>(period_us_) +
                                       (static_cast<int32_t>(gap_us) - static_cast<int32_t>(period_us_)) / 8);
  }
  const uint32_t periods_us = SILENT_PERIODS * period_us_;
  silent_after_us_ = periods_us < SILENT_LEAST_US ? SILENT_LEAST_US : periods_us;
}

Fault Channel::step(uint32_t now_us) {
  if (resetting_ || blind_ || fault_ == SILENT) {
    const uint32_t since_us = now_us - reset_us_;
    if (since_us >= RESET_HIGH_US) resetting_ = false;
    if (since_us >= RESET_BLIND_US) blind_ = false;
    if (fault_ == SILENT && since_us >= RESET_EACH_US) reset(now_us);
    return NOTHING;
  }
  if (now_us - ready_us_ < silent_after_us_) return NOTHING;
  const Fault told = enter(SILENT);
  reset(now_us);
  return told;
}

void Channel::reset(uint32_t now_us) {
  reset_us_ = now_us;
  resetting_ = true;
  blind_ = fault_ == DESYNC;
  fresh_ = true;
}

Fault Channel::enter(Fault fault) {
  if (fault_ == fault) return NOTHING;
  fault_ = fault;
  return fault;
}

}  // namespace bard
