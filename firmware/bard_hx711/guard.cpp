#include "guard.h"

#include "fast.h"

namespace bard {

namespace {

constexpr uint32_t BEAT_LOST_US = 1000000;
constexpr uint32_t LOST_MOST_US = 600000000;
constexpr uint32_t LOST_MOST_UNARMED_US = 5000000;
constexpr uint32_t PEDAL_HELD_US = 3000000;
constexpr uint32_t MUTE_US = 15000000;
constexpr uint32_t EMPTY_ROUND_US = 100000;
constexpr uint32_t LIVE_LEAST_US = 100000;
constexpr uint8_t LIVE_PERIODS = 5;
constexpr uint32_t INTERVAL_MOST_US = 0xFFFFFFFF / LIVE_PERIODS;
constexpr uint8_t SCALE_SHIFT = 20;

int32_t median(const int32_t counts[3]) {
  const int32_t a = counts[0], b = counts[1], c = counts[2];
  if (a < b) return b < c ? b : (a < c ? c : a);
  return a < c ? a : (b < c ? c : b);
}

int32_t clamped(int64_t value) {
  return value < INT32_MIN ? INT32_MIN : value > INT32_MAX ? INT32_MAX : static_cast<int32_t>(value);
}

}  // namespace

void Guard::scale(uint8_t channel, int32_t zero_counts, int32_t scale) {
  channels_[channel].zero_counts = zero_counts;
  channels_[channel].scale = scale;
  weigh(&channels_[channel]);
}

void Guard::arm(int32_t min_g, uint8_t rounds, int32_t margin_g, uint32_t now_us) {
  min_g_ = min_g;
  rounds_ = rounds;
  margin_g_ = margin_g;
  armed_ = true;
  tripped_ = muted_ = false;
  in_a_row_ = converted_ = 0;
  round_us_ = armed_quiet_us_ = now_us;
}

void Guard::disarm() { armed_ = tripped_ = muted_ = false; }

GuardEvent Guard::beat(uint32_t now_us) {
  armed_quiet_us_ = signal_quiet_us_[VIBRATOR] = signal_quiet_us_[BUZZER] = now_us;
  if (!lost_) return NO_EVENT;
  lost_ = given_up_ = false;
  return HOST_BACK;
}

void Guard::signal(uint8_t outputs, uint8_t pattern, uint32_t now_us) {
  for (uint8_t output = 0; output < OUTPUT_COUNT; output++) {
    if (!(outputs >> output & 1) || host_[output].pattern() == pattern) continue;
    host_[output].play(output, pattern, now_us);
    signal_quiet_us_[output] = now_us;
  }
  if (pattern == 0 && tripped_) {
    muted_ = true;
    muted_us_ = now_us;
  }
}

void Guard::pedal(bool closed, uint32_t now_us) {
  pedal_ = closed;
  pedal_us_ = now_us;
}

GuardEvent Guard::conversion(uint8_t channel, int32_t counts, uint32_t now_us) {
  Channel &it = channels_[channel];
  it.counts[2] = it.counts[1];
  it.counts[1] = it.counts[0];
  it.counts[0] = counts;
  const uint32_t interval_us = now_us - it.newest_us;
  if (it.delivered < 3) it.delivered++;
  if (it.delivered == 3) {
    uint32_t period_us = interval_us < it.interval_us ? interval_us : it.interval_us;
    if (period_us > INTERVAL_MOST_US) period_us = INTERVAL_MOST_US;
    const uint32_t live_for_us = LIVE_PERIODS * period_us;
    it.live_for_us = live_for_us < LIVE_LEAST_US ? LIVE_LEAST_US : live_for_us;
    it.middle = median(it.counts);
    it.carries = it.middle != RAIL_LOW && it.middle != RAIL_HIGH;
    weigh(&it);
  }
  it.interval_us = interval_us;
  it.newest_us = now_us;
  converted_ |= static_cast<uint8_t>(1 << channel);
  return judge(now_us);
}

GuardEvent Guard::fault(uint8_t channel, uint32_t now_us) {
  channels_[channel].delivered = 0;
  channels_[channel].carries = false;
  return judge(now_us);
}

// At most 33 bits times 32: the product fits 64. The shift of a negative is arithmetic in every compiler used here.
// Done as conversions come, one at a time, so that the end of a round has little left to do.
void Guard::weigh(Channel *channel) {
  const int64_t above_zero = static_cast<int64_t>(channel->middle) - channel->zero_counts;
  const int32_t above = static_cast<int32_t>(above_zero);
  const int64_t product = above == above_zero ? static_cast<int64_t>(above) * channel->scale : above_zero * channel->scale;
  channel->load_g = product >> SCALE_SHIFT;
}

bool Guard::live(const Channel &channel, uint32_t now_us) {
  return channel.carries && now_us - channel.newest_us < channel.live_for_us;
}

bool Guard::round_complete(uint32_t now_us) const {
  bool any = false;
  for (uint8_t i = 0; i < CHANNELS; i++) {
    if (!live(channels_[i], now_us)) continue;
    if (!(converted_ >> i & 1)) return false;
    any = true;
  }
  return any || now_us - round_us_ >= EMPTY_ROUND_US;
}

int64_t Guard::sum_g(uint32_t now_us) const {
  int64_t sum = 0;
  for (const Channel &channel : channels_) {
    if (live(channel, now_us)) sum += channel.load_g;
  }
  return sum;
}

GuardEvent Guard::judge(uint32_t now_us) {
  if (!armed_ || !round_complete(now_us)) return NO_EVENT;
  converted_ = 0;
  round_us_ = now_us;
  const int64_t load_g = sum_g(now_us);
  bar_load_g_ = clamped(load_g);
  const bool decides = tripped_ ? load_g >= static_cast<int64_t>(min_g_) + margin_g_ : load_g < min_g_;
  in_a_row_ = decides ? static_cast<uint8_t>(in_a_row_ + 1) : 0;
  if (in_a_row_ < rounds_) return NO_EVENT;
  in_a_row_ = 0;
  muted_ = false;
  tripped_ = !tripped_;
  return tripped_ ? TRIP : CLEAR;
}

// Armed, the beat matters; else it matters while a pattern of the host's own plays. Once given up, only the latter.
bool Guard::host_due(uint32_t now_us) const {
  if (armed_ && !lost_) return now_us - armed_quiet_us_ >= BEAT_LOST_US;
  for (uint8_t output = 0; output < OUTPUT_COUNT; output++) {
    const Player &host = host_[output];
    if (host.playing() && host.pattern() != PATTERN_NOT_MONITORED &&
        now_us - signal_quiet_us_[output] >= BEAT_LOST_US) {
      return true;
    }
  }
  return false;
}

bool Guard::give_up_due(uint32_t now_us) const {
  const uint32_t lost_for_us = now_us - lost_us_;
  if (lost_for_us >= (armed_ ? LOST_MOST_US : LOST_MOST_UNARMED_US)) return true;
  return pedal_ && lost_for_us >= PEDAL_HELD_US && now_us - pedal_us_ >= PEDAL_HELD_US;
}

GuardEvent Guard::watch_host(uint32_t now_us) {
  if (muted_ && now_us - muted_us_ >= MUTE_US) muted_ = false;
  for (Player &player : host_) player.step(now_us);
  if (lost_ && !given_up_) {
    if (give_up_due(now_us)) {
      given_up_ = true;
      for (uint8_t output = 0; output < OUTPUT_COUNT; output++) host_[output].play(output, 0, now_us);
    }
    return NO_EVENT;
  }
  if (!host_due(now_us)) return NO_EVENT;
  lost_ = true;
  given_up_ = false;
  lost_us_ = now_us;
  return HOST_LOST;
}

uint8_t Guard::over() const {
  if (tripped_ && !muted_) return PATTERN_HIGH;
  return lost_ && !given_up_ ? PATTERN_NOT_MONITORED : 0;
}

}  // namespace bard
