// The board: reads ready chips, reports, obeys, guards.
// One law: step() never waits; samples go out before anything else, and a frame without room is dropped and counted.
#pragma once

#include <stdint.h>

#include "command.h"
#include "frame.h"
#include "guard.h"
#include "hal.h"
#include "hx711.h"
#include "signal.h"

namespace bard {

constexpr uint8_t PROTOCOL = 1;
constexpr uint8_t VERSION[3] = {1, 0, 0};
constexpr uint8_t CAPABILITIES = 0x1F;  // vibrator, buzzer, presence, pedal, guard

class Board {
 public:
  void begin(const Identity &identity);
  // One pass; to be called again at once while pending() or hal::ticked(), or when a byte has come.
  void step();
  // Whether a chip is ready to be read.
  bool pending() const { return hal::ready() & readable_; }

 private:
  void read(uint8_t ready);
  uint8_t take(uint8_t ready, const Bits &bits, uint32_t end_us, uint16_t ages_us[CHANNELS]);
  void receive();
  void obey(const uint8_t *payload, uint8_t length, uint32_t now_us);
  void execute(const Command &command, uint32_t now_us);
  void tick(uint32_t now_us);
  void second();
  void step_channel(uint32_t now_us);
  void hold_clock(uint8_t channel);
  void step_inputs(uint32_t now_us);
  bool debounce(uint8_t input, uint8_t raw, uint32_t now_us);
  void play(uint32_t now_us);

  void tell(uint32_t now_us, GuardEvent event);
  void tell_fault(uint32_t now_us, uint8_t channel, Fault fault);
  void send(const Frame &frame);
  // Never inlined: each would keep a buffer of its own on step()'s stack.
  __attribute__((noinline)) void send_samples(uint32_t ticks_us, uint8_t mask, const uint16_t *ages_us,
                                              const int32_t *counts);
  __attribute__((noinline)) void send_hello();
  __attribute__((noinline)) void send_status();
  __attribute__((noinline)) void send_answer(uint16_t id, Result result);
  __attribute__((noinline)) void send_fault(uint32_t ticks_us, uint8_t channel, Fault fault);
  __attribute__((noinline)) void send_guard(uint32_t ticks_us, GuardEvent event);

  Identity identity_ = {};
  Channel channels_[CHANNELS];
  Guard guard_;
  Player over_[OUTPUT_COUNT];
  Decoder decoder_;
  RecentCommands recent_;
  uint32_t tick_us_ = 0;
  uint32_t input_us_[INPUT_COUNT] = {};  // each raw input has been as it is since then
  uint32_t uptime_s_ = 0;
  uint16_t in_second_ms_ = 0;
  uint16_t seq_ = 0;
  uint16_t frames_dropped_ = 0;
  uint16_t commands_rejected_ = 0;
  uint8_t readable_ = ALL_CHANNELS;
  uint8_t held_ = 0;  // clock pins, by channel
  uint8_t next_channel_ = 0;
  uint8_t raw_inputs_ = 0;
  uint8_t inputs_ = 0;  // debounced
  bool streaming_ = false;
  bool status_due_ = false;
};

}  // namespace bard
