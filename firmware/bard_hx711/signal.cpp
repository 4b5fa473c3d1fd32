#include "signal.h"

namespace bard {

namespace {

uint32_t step_us(const Rhythm &rhythm, uint8_t step) {
  return 1000UL * from_flash(STEPS_MS[rhythm.first + step]);
}

}  // namespace

void Player::play(uint8_t output, uint8_t pattern, uint32_t now_us) {
  pattern_ = pattern;
  rhythm_ = from_flash(RHYTHMS[pattern][output]);
  playing_ = rhythm_.count != 0;
  if (!playing_) return;
  step_ = 0;
  cycle_us_ = now_us;
  edge_us_ = now_us + step_us(rhythm_, 0);
}

void Player::step(uint32_t now_us) {
  while (playing_ && static_cast<int32_t>(now_us - edge_us_) >= 0) advance();
}

// The pause between the last step and the next cycle is a step of its own, with an odd number: silent.
void Player::advance() {
  step_++;
  if (step_ < rhythm_.count) {
    edge_us_ += step_us(rhythm_, step_);
  } else if (!rhythm_.period_ms) {
    playing_ = false;
  } else if (step_ == rhythm_.count) {
    step_ |= 1;
    edge_us_ = cycle_us_ + 1000UL * rhythm_.period_ms;
  } else {
    step_ = 0;
    cycle_us_ += 1000UL * rhythm_.period_ms;
    edge_us_ = cycle_us_ + step_us(rhythm_, 0);
  }
}

}  // namespace bard
