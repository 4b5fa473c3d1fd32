#include "frame.h"

#include "fast.h"

#ifdef __AVR__
#include <util/crc16.h>
#endif

namespace bard {

namespace {

inline uint16_t crc_step(uint16_t crc, uint8_t byte) {
#ifdef __AVR__
  return _crc_xmodem_update(crc, byte);
#else
  crc = static_cast<uint16_t>(crc ^ byte << 8);
  for (uint8_t bit = 0; bit < 8; bit++) {
    crc = static_cast<uint16_t>(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
  }
  return crc;
#endif
}

// COBS, a byte at a time: the length byte of a block is filled in when the block ends.
struct Stuffer {
  uint8_t *block;
  uint8_t *next;

  void put(uint8_t byte) {
    if (byte) {
      *next++ = byte;
    } else {
      close();
    }
  }
  void close() {
    *block = static_cast<uint8_t>(next - block);
    block = next++;
  }
};

}  // namespace

uint16_t crc16(uint16_t crc, uint8_t byte) { return crc_step(crc, byte); }

uint8_t encode(const uint8_t *payload, uint8_t length, uint8_t *wire) {
  Stuffer out = {wire, wire + 1};
  uint16_t crc = 0;
  for (const uint8_t *at = payload; length--; at++) {
    crc = crc_step(crc, *at);
    out.put(*at);
  }
  out.put(static_cast<uint8_t>(crc >> 8));
  out.put(static_cast<uint8_t>(crc));
  out.close();
  *out.block = 0;
  return static_cast<uint8_t>(out.next - wire);
}

Decoder::Verdict Decoder::take(uint8_t byte) {
  if (byte == 0) {
    const Verdict verdict = overlong_ || fill_ == 0 ? NEED_DATA : finish();
    fill_ = 0;
    overlong_ = false;
    return verdict;
  }
  if (overlong_) return NEED_DATA;
  if (fill_ == MAX_ENCODED) {
    overlong_ = true;
    return BAD_LENGTH;
  }
  bytes_[fill_++] = byte;
  return NEED_DATA;
}

// Unstuff in place: the write never overtakes the read.
Decoder::Verdict Decoder::finish() {
  uint8_t at = 0;
  uint8_t out = 0;
  while (at < fill_) {
    const uint8_t following = static_cast<uint8_t>(at + bytes_[at]);
    if (bytes_[at] > fill_ - at) return BAD_COBS;
    for (at++; at < following; at++) bytes_[out++] = bytes_[at];
    if (at < fill_) bytes_[out++] = 0;
  }
  if (out < 3) return BAD_LENGTH;
  uint16_t crc = 0;
  for (uint8_t i = 0; i < out; i++) crc = crc16(crc, bytes_[i]);
  if (crc) return BAD_CRC;
  length_ = static_cast<uint8_t>(out - 2);
  return FRAME;
}

}  // namespace bard
