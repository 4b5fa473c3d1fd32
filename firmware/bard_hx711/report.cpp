// The frames a board sends: what each holds, in the order of docs/protocol.md, "Board to host".
#include "board.h"
#include "fast.h"

namespace bard {

void Board::send(const Frame &frame) {
  uint8_t wire[Frame::LONGEST + 4];
  const uint8_t length = encode(frame.payload(), frame.length(), wire);
  if (!hal::send(wire, length)) frames_dropped_++;
}

void Board::send_samples(uint32_t ticks_us, uint8_t mask, const uint16_t *ages_us, const int32_t *counts) {
  Frame frame(SAMPLES);
  frame.u16(seq_++);
  frame.u32(ticks_us);
  frame.u8(inputs_);
  frame.u8(mask);
  for (uint8_t i = 0; mask; i++, mask >>= 1) {
    if (!(mask & 1)) continue;
    frame.u16(ages_us[i]);
    frame.i24(counts[i]);
  }
  send(frame);
}

void Board::send_hello() {
  Frame frame(HELLO);
  frame.u8(PROTOCOL);
  for (uint8_t part : VERSION) frame.u8(part);
  for (uint8_t byte : identity_.uid) frame.u8(byte);
  frame.u16(identity_.boot);
  frame.u8(identity_.reset_cause);
  frame.u8(CHANNELS);
  frame.u8(CAPABILITIES);
  send(frame);
}

void Board::send_status() {
  status_due_ = false;
  uint16_t abandoned = 0;
  Frame frame(STATUS);
  frame.u32(uptime_s_);
  for (const Channel &channel : channels_) {
    frame.u16(channel.missed());
    abandoned = static_cast<uint16_t>(abandoned + channel.abandoned());
  }
  frame.u16(abandoned);
  frame.u16(frames_dropped_);
  frame.u16(commands_rejected_);
  frame.u16(hal::rx_overruns());
  frame.u16(hal::supply_mv());
  frame.u8(guard_.state());
  frame.u8(hal::sensed_outputs());
  send(frame);
}

void Board::send_answer(uint16_t id, Result result) {
  Frame frame(ANSWER);
  frame.u16(id);
  frame.u8(result);
  send(frame);
}

void Board::send_fault(uint32_t ticks_us, uint8_t channel, Fault fault) {
  Frame frame(CHANNEL_FAULT);
  frame.u32(ticks_us);
  frame.u8(channel);
  frame.u8(fault);
  send(frame);
}

void Board::send_guard(uint32_t ticks_us, GuardEvent event) {
  if (event == NO_EVENT) return;
  Frame frame(GUARD);
  frame.u32(ticks_us);
  frame.u8(event);
  frame.u32(static_cast<uint32_t>(guard_.bar_load_g()));
  send(frame);
}

}  // namespace bard
