// libFuzzer on what comes over the line, and on conversions and time between: no input may break the board, and every
// frame it sends must be one that its own decoder takes. Built and run by `make -C firmware fuzz`.
#include <stddef.h>
#include <stdlib.h>

#include "../host/machine.h"
#include "board.h"

namespace {

void check_sent() {
  bard::Decoder decoder;
  for (uint8_t byte : machine.sent) {
    const bard::Decoder::Verdict verdict = decoder.take(byte);
    if (verdict != bard::Decoder::NEED_DATA && verdict != bard::Decoder::FRAME) abort();
  }
  machine.sent.clear();
}

// A frame whose CRC is right, so that the fuzzer gets past it.
void receive_whole(const uint8_t *payload, size_t length) {
  uint8_t wire[bard::MAX_PAYLOAD + 4];
  const uint8_t wire_length = bard::encode(payload, static_cast<uint8_t>(length), wire);
  machine.received.insert(machine.received.end(), wire, wire + wire_length);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  machine = Machine();
  bard::Board board;
  board.begin(bard::Identity{});
  size_t at = 0;
  while (at + 1 < size) {
    const uint8_t what = data[at++];
    const size_t wanted = what & 0x3F;
    const size_t length = wanted < size - at ? wanted : size - at;
    const uint8_t *bytes = data + at;
    at += length;
    switch (what >> 6) {
      case 0:
        machine.received.insert(machine.received.end(), bytes, bytes + length);
        break;
      case 1:
        if (length) receive_whole(bytes, length);
        break;
      case 2:
        for (size_t i = 0; i + 3 < length; i += 4) {
          const uint8_t channel = bytes[i] % bard::CHANNELS;
          machine.counts[channel] = static_cast<int32_t>(static_cast<uint32_t>(bytes[i + 1]) << 24 |
                                                         bytes[i + 2] << 16 | bytes[i + 3] << 8) >> 8;
          machine.ready = static_cast<uint8_t>(machine.ready | 1 << channel);
          machine.stamped = static_cast<uint8_t>(bytes[i] >> 4);
          machine.desync = static_cast<uint8_t>(bytes[i] >> 7 ? bytes[i + 1] : 0);
          machine.stamps_us[channel] = machine.now_us - bytes[i + 3];
        }
        break;
      default:
        machine.now_us += length ? static_cast<uint32_t>(bytes[0]) << (bytes[length - 1] & 23) : 1000;
        machine.inputs = length ? bytes[0] & 3 : 0;
        machine.tick = true;
        break;
    }
    for (int step = 0; step < 40; step++) board.step();
    check_sent();
  }
  return 0;
}
