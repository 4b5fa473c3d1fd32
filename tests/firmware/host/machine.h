// A machine for the board's logic on the host: what hal.h asks for, settable by the driver and the fuzzer.
#pragma once

#include <stdint.h>

#include <deque>
#include <vector>

#include "hx711.h"

struct Machine {
  uint32_t now_us = 0;
  uint8_t ready = 0;
  uint8_t stamped = 0;
  uint32_t stamps_us[bard::CHANNELS] = {};
  int32_t counts[bard::CHANNELS] = {};
  uint8_t desync = 0;
  bool too_long = false;
  uint8_t inputs = 0;
  uint8_t outputs = 0;
  uint8_t clocks_high = 0;
  bool tick = false;
  bool all_sent = true;
  uint16_t room = 255;
  std::deque<uint8_t> received;
  std::vector<uint8_t> sent;
};

extern Machine machine;
