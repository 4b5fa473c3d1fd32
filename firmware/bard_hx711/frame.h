// Frames of protocol 1: COBS(payload + CRC-16/XMODEM) 0x00, both ways.
// One law: what is not a whole, right frame is dropped whole, and the decoder goes on at the next 0x00 with a buffer
// that never holds more than one frame. Knows no port and no clock.
#pragma once

#include <stdint.h>

namespace bard {

constexpr uint8_t MAX_PAYLOAD = 64;
constexpr uint8_t MAX_ENCODED = MAX_PAYLOAD + 3;  // CRC and one byte of COBS; the delimiter not counted

enum Type : uint8_t {
  SAMPLES = 0x01,
  HELLO = 0x02,
  STATUS = 0x03,
  CHANNEL_FAULT = 0x04,
  GUARD = 0x05,
  ANSWER = 0x06,
  COMMAND = 0x10,
};

uint16_t crc16(uint16_t crc, uint8_t byte);

// A payload as it stands on the wire, CRC and delimiter included. Returns the length; `wire` holds four bytes more.
uint8_t encode(const uint8_t *payload, uint8_t length, uint8_t *wire);

// A frame of the board's own being written: type byte first, integers little-endian.
class Frame {
 public:
  static constexpr uint8_t LONGEST = 32;  // samples of four channels take 29

  explicit Frame(uint8_t type) : next_(payload_) { u8(type); }
  void u8(uint8_t value) { *next_++ = value; }
  void u16(uint16_t value) {
    u8(static_cast<uint8_t>(value));
    u8(static_cast<uint8_t>(value >> 8));
  }
  void i24(int32_t value) {
    u16(static_cast<uint16_t>(value));
    u8(static_cast<uint8_t>(value >> 16));
  }
  void u32(uint32_t value) {
    u16(static_cast<uint16_t>(value));
    u16(static_cast<uint16_t>(value >> 16));
  }
  const uint8_t *payload() const { return payload_; }
  uint8_t length() const { return static_cast<uint8_t>(next_ - payload_); }

 private:
  uint8_t payload_[LONGEST];
  uint8_t *next_;
};

class Decoder {
 public:
  enum Verdict : uint8_t { NEED_DATA, FRAME, BAD_COBS, BAD_LENGTH, BAD_CRC };

  // Take one byte; after FRAME payload() and length() stand until the next call.
  Verdict take(uint8_t byte);
  const uint8_t *payload() const { return bytes_; }
  uint8_t length() const { return length_; }

 private:
  Verdict finish();

  uint8_t bytes_[MAX_ENCODED];
  uint8_t fill_ = 0;
  uint8_t length_ = 0;
  bool overlong_ = false;
};

}  // namespace bard
