#include "board.h"

#include "fast.h"

namespace bard {

namespace {

constexpr uint16_t TICK_US = 1000;
constexpr uint32_t DEBOUNCE_US = 20000;
constexpr uint8_t RECEIVE_MOST = 32;  // bytes a pass, so that chips are never kept waiting
constexpr uint16_t AGE_UNKNOWN_US = 0xFFFF;

}  // namespace

void Board::begin(const Identity &identity) {
  identity_ = identity;
  raw_inputs_ = inputs_ = hal::inputs();
  tick_us_ = hal::now_us();
  guard_.pedal(inputs_ & INPUT_PEDAL, tick_us_);
  const uint8_t flush = 0;  // the reset may have cut a frame: what is left of it ends here
  hal::send(&flush, 1);
  send_hello();
  for (uint8_t i = 0; i < CHANNELS; i++) {
    channels_[i].begin(tick_us_);
    send_fault(tick_us_, i, UNSETTLED);
  }
}

void Board::step() {
  const uint8_t ready = hal::ready() & readable_;
  if (ready) read(ready);
  receive();
  if (hal::ticked()) {
    hal::clear_tick();
    tick(hal::now_us());
  }
  if (status_due_ && hal::all_sent() && !pending()) send_status();
}

void Board::read(uint8_t ready) {
  uint16_t ages_us[CHANNELS];
  int32_t counts[CHANNELS];
  Bits bits;
  hal::read(ready, &bits);
  const uint32_t end_us = hal::now_us();
  const uint8_t good = take(ready, bits, end_us, ages_us);
  for (uint8_t i = 0, left = good; left; i++, left >>= 1) {
    if (left & 1) counts[i] = counts_of(bits, i);
  }
  if (good && streaming_) send_samples(end_us, good, ages_us, counts);
  for (uint8_t i = 0, left = good; left; i++, left >>= 1) {
    if (left & 1) tell(end_us, guard_.conversion(i, counts[i], end_us));
  }
}

// Let each channel judge its read. Returns the channels to deliver, and their ages.
uint8_t Board::take(uint8_t ready, const Bits &bits, uint32_t end_us, uint16_t ages_us[CHANNELS]) {
  uint8_t good = 0;
  uint8_t mask = 1;
  for (uint8_t i = 0; i < CHANNELS; i++, mask = static_cast<uint8_t>(mask << 1)) {
    if (!(ready & mask)) continue;
    Read it = {end_us, end_us, false, bits.too_long, (bits.low_after & mask) != 0};
    it.stamped = hal::stamp(i, &it.ready_us);
    Fault told;
    if (channels_[i].take(it, &told)) {
      good |= mask;
    } else {
      hold_clock(i);
    }
    const uint32_t age_us = end_us - it.ready_us;
    ages_us[i] = it.stamped && age_us < AGE_UNKNOWN_US ? static_cast<uint16_t>(age_us) : AGE_UNKNOWN_US;
    if (told != NOTHING) tell_fault(end_us, i, told);
  }
  return good;
}

// The guard's outputs first, then the frame that tells of it.
void Board::tell(uint32_t now_us, GuardEvent event) {
  if (event == NO_EVENT) return;
  play(hal::now_us());
  send_guard(now_us, event);
}

void Board::tell_fault(uint32_t now_us, uint8_t channel, Fault fault) {
  send_fault(now_us, channel, fault);
  if (fault != RECOVERED) tell(now_us, guard_.fault(channel, now_us));
}

void Board::receive() {
  for (uint8_t i = 0; i < RECEIVE_MOST; i++) {
    const int16_t byte = hal::receive();
    if (byte < 0) return;
    const Decoder::Verdict verdict = decoder_.take(static_cast<uint8_t>(byte));
    if (verdict == Decoder::NEED_DATA) continue;
    if (verdict == Decoder::FRAME) {
      obey(decoder_.payload(), decoder_.length(), hal::now_us());
      return;
    }
    commands_rejected_++;
  }
}

void Board::obey(const uint8_t *payload, uint8_t length, uint32_t now_us) {
  Command command;
  if (!parse(payload, length, &command)) {
    commands_rejected_++;
    return;
  }
  Result result;
  const bool again = recent_.find(command.id, now_us, &result);
  if (!again) {
    result = judge(command);
    recent_.remember(command.id, result, now_us);
    if (result != DONE) commands_rejected_++;
  }
  send_answer(command.id, result);
  if (!again && result == DONE) execute(command, now_us);
}

void Board::execute(const Command &command, uint32_t now_us) {
  switch (command.verb) {
    case VERB_HELLO:
      send_hello();
      break;
    case VERB_STREAM:
      streaming_ = command.u8(0);
      break;
    case VERB_BEAT:
      tell(now_us, guard_.beat(now_us));
      break;
    case VERB_SIGNAL:
      guard_.signal(command.u8(0), command.u8(1), now_us);
      break;
    case VERB_SCALE:
      guard_.scale(command.u8(0), command.i32(1), command.i32(5));
      break;
    case VERB_ARM:
      guard_.arm(command.i32(0), command.u8(4), command.i32(5), now_us);
      break;
    default:
      guard_.disarm();
      break;
  }
  play(now_us);
}

void Board::tick(uint32_t now_us) {
  while (now_us - tick_us_ >= TICK_US) {
    tick_us_ += TICK_US;
    in_second_ms_++;
  }
  step_channel(now_us);
  step_inputs(now_us);
  tell(now_us, guard_.watch_host(now_us));
  tell(now_us, guard_.judge(now_us));
  play(now_us);
  if (in_second_ms_ >= 1000) second();
}

void Board::second() {
  in_second_ms_ = static_cast<uint16_t>(in_second_ms_ - 1000);
  uptime_s_++;
  recent_.forget_old(tick_us_);
  status_due_ = true;
  hal::set_lamp(uptime_s_ & 1);
}

// One channel a tick: each has its turn every 4 ms.
void Board::step_channel(uint32_t now_us) {
  const uint8_t i = next_channel_;
  next_channel_ = static_cast<uint8_t>((i + 1) % CHANNELS);
  const Fault told = channels_[i].step(now_us);
  hold_clock(i);
  if (told != NOTHING) tell_fault(now_us, i, told);
}

void Board::hold_clock(uint8_t channel) {
  const uint8_t mask = static_cast<uint8_t>(1 << channel);
  const Channel &it = channels_[channel];
  readable_ = it.readable() ? readable_ | mask : readable_ & static_cast<uint8_t>(~mask);
  held_ = it.resetting() ? held_ | mask : held_ & static_cast<uint8_t>(~mask);
  hal::hold_clocks_high(held_);
}

void Board::step_inputs(uint32_t now_us) {
  const uint8_t raw = hal::inputs();
  const uint8_t before = inputs_;
  for (uint8_t i = 0; i < INPUT_COUNT; i++) {
    if (debounce(i, raw, now_us)) inputs_ = static_cast<uint8_t>(inputs_ ^ 1 << i);
  }
  raw_inputs_ = raw;
  if (inputs_ == before) return;
  if ((inputs_ ^ before) & INPUT_PEDAL) guard_.pedal(inputs_ & INPUT_PEDAL, now_us);
  if (streaming_) send_samples(now_us, 0, nullptr, nullptr);
}

// Whether this input has stood long enough at another level than the one known.
bool Board::debounce(uint8_t input, uint8_t raw, uint32_t now_us) {
  if ((raw ^ raw_inputs_) >> input & 1) input_us_[input] = now_us;
  return ((raw ^ inputs_) >> input & 1) && now_us - input_us_[input] >= DEBOUNCE_US;
}

// What plays over the host's own patterns begins when it becomes due; theirs run on beneath it.
void Board::play(uint32_t now_us) {
  const uint8_t pattern = guard_.over();
  uint8_t levels = 0;
  for (uint8_t i = 0; i < OUTPUT_COUNT; i++) {
    Player &over = over_[i];
    if (over.pattern() != pattern) over.play(i, pattern, now_us);
    over.step(now_us);
    const Player &player = pattern ? over : guard_.host_player(i);
    levels = static_cast<uint8_t>(levels | player.on() << i);
  }
  hal::set_outputs(levels);
}

}  // namespace bard
