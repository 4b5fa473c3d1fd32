// The firmware's logic behind standard input and output: one request a line, one reply a line. Numbers are decimal,
// bytes hexadecimal. One law: it only carries values to the code under test and back.
#include <stdio.h>
#include <stdlib.h>

#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "board.h"
#include "boot_ring.h"
#include "machine.h"

using namespace bard;

namespace {

typedef std::istringstream Words;
typedef std::ostringstream Reply;

long long number(Words &words) {
  long long value;
  if (!(words >> value)) exit(2);
  return value;
}

uint8_t byte(Words &words) { return static_cast<uint8_t>(number(words)); }
uint32_t time_us(Words &words) { return static_cast<uint32_t>(number(words)); }

std::vector<uint8_t> hex(Words &words) {
  std::string text;
  words >> text;
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(strtoul(text.substr(i, 2).c_str(), nullptr, 16)));
  }
  return bytes;
}

void put_hex(Reply &reply, const uint8_t *bytes, size_t length) {
  static const char DIGITS[] = "0123456789abcdef";
  for (size_t i = 0; i < length; i++) reply << DIGITS[bytes[i] >> 4] << DIGITS[bytes[i] & 15];
}

void encode_one(Words &words, Reply &reply) {
  const std::vector<uint8_t> payload = hex(words);
  std::vector<uint8_t> wire(payload.size() + 4);
  const uint8_t length = encode(payload.data(), static_cast<uint8_t>(payload.size()), wire.data());
  put_hex(reply, wire.data(), length);
}

// A fresh decoder for each request; the payload is copied, so that a read past its end is seen.
void decode_all(Words &words, Reply &reply) {
  static const char *const NAMES[] = {"", "frame", "cobs", "length", "crc"};
  Decoder decoder;
  for (uint8_t it : hex(words)) {
    const Decoder::Verdict verdict = decoder.take(it);
    if (verdict == Decoder::NEED_DATA) continue;
    reply << NAMES[verdict];
    if (verdict == Decoder::FRAME) {
      const std::vector<uint8_t> payload(decoder.payload(), decoder.payload() + decoder.length());
      Command command;
      reply << ':';
      put_hex(reply, payload.data(), payload.size());
      if (parse(payload.data(), static_cast<uint8_t>(payload.size()), &command)) {
        reply << ':' << command.id << ':' << static_cast<int>(judge(command));
      }
    }
    reply << ' ';
  }
}

std::unique_ptr<Guard> guard(new Guard);

GuardEvent guard_call(const std::string &verb, Words &words) {
  if (verb == "conversion") {
    const uint8_t channel = byte(words);
    const int32_t counts = static_cast<int32_t>(number(words));
    return guard->conversion(channel, counts, time_us(words));
  }
  if (verb == "fault") {
    const uint8_t channel = byte(words);
    return guard->fault(channel, time_us(words));
  }
  if (verb == "beat") return guard->beat(time_us(words));
  if (verb == "scale") {
    const uint8_t channel = byte(words);
    const int32_t zero = static_cast<int32_t>(number(words));
    guard->scale(channel, zero, static_cast<int32_t>(number(words)));
  } else if (verb == "arm") {
    const int32_t min_g = static_cast<int32_t>(number(words));
    const uint8_t rounds = byte(words);
    const int32_t margin_g = static_cast<int32_t>(number(words));
    guard->arm(min_g, rounds, margin_g, time_us(words));
  } else if (verb == "disarm") {
    guard->disarm();
  } else if (verb == "signal") {
    const uint8_t outputs = byte(words);
    const uint8_t pattern = byte(words);
    guard->signal(outputs, pattern, time_us(words));
  } else if (verb == "pedal") {
    const bool closed = number(words);
    guard->pedal(closed, time_us(words));
  } else {
    guard.reset(new Guard);
  }
  return NO_EVENT;
}

// Events, bar load, state, and what plays on vibrator and buzzer.
void guard_one(Words &words, Reply &reply) {
  std::string verb;
  words >> verb;
  std::vector<GuardEvent> events;
  if (verb == "timer") {
    const uint32_t now_us = time_us(words);
    events = {guard->watch_host(now_us), guard->judge(now_us)};
  } else {
    events = {guard_call(verb, words)};
  }
  for (GuardEvent event : events) {
    if (event) reply << static_cast<int>(event) << ',';
  }
  reply << ' ' << guard->bar_load_g() << ' ' << static_cast<int>(guard->state());
  for (uint8_t i = 0; i < OUTPUT_COUNT; i++) {
    const Player &host = guard->host_player(i);
    reply << ' ' << static_cast<int>(guard->over() ? guard->over() : host.playing() ? host.pattern() : 0);
  }
}

// Levels of a pattern, one digit for each millisecond.
void pattern(Words &words, Reply &reply) {
  const uint8_t output = byte(words);
  const uint8_t number_ = byte(words);
  const uint32_t start_us = time_us(words);
  const uint32_t most_ms = time_us(words);
  Player player;
  player.play(output, number_, start_us);
  for (uint32_t ms = 0; ms < most_ms; ms++) {
    player.step(start_us + 1000 * ms);
    reply << player.on();
  }
}

Channel channel;

void put_told(Reply &reply, Fault told) { reply << (told == NOTHING ? -1 : static_cast<int>(told)); }

void channel_one(Words &words, Reply &reply) {
  std::string verb;
  words >> verb;
  Fault told = NOTHING;
  bool deliver = false;
  if (verb == "new") {
    channel = Channel();
    channel.begin(time_us(words));
  } else if (verb == "step") {
    told = channel.step(time_us(words));
  } else {
    Read read;
    read.ready_us = time_us(words);
    read.end_us = time_us(words);
    read.stamped = number(words);
    read.too_long = number(words);
    read.desync = number(words);
    deliver = channel.take(read, &told);
  }
  reply << deliver << ' ';
  put_told(reply, told);
  reply << ' ' << channel.resetting() << ' ' << channel.readable() << ' ' << channel.missed() << ' '
        << channel.abandoned();
}

struct Slots {
  std::vector<BootSlot> slots = std::vector<BootSlot>(BOOT_SLOTS, BootSlot{0xFFFF, 0xFFFF});
  uint8_t written = 0;
  BootSlot read_slot(uint8_t at) { return slots.at(at); }
  void write_slot(uint8_t at, const BootSlot &slot) {
    slots.at(at) = slot;
    written = at;
  }
};

Slots boots;

// Count a boot; a second word tears the write.
void boot(Words &words, Reply &reply) {
  std::string verb;
  words >> verb;
  if (verb == "new") boots = Slots();
  reply << count_boot(boots) << ' ' << static_cast<int>(boots.written);
  if (verb == "torn") boots.slots[boots.written].inverse = 0x1234;
}

std::unique_ptr<Board> board;

// Set the machine, then let the board make one step. Reply: what it sent, outputs, clocks held high.
void board_one(Words &words, Reply &reply) {
  std::string verb;
  words >> verb;
  machine.sent.clear();
  if (verb == "new") {
    machine = Machine();
    machine.now_us = time_us(words);
    board.reset(new Board);
    board->begin(Identity{{1, 2, 3, 4, 5, 6, 7, 8}, 9, CAUSE_EXTERNAL});
  } else {
    machine.now_us = time_us(words);
    if (verb == "receive") {
      for (uint8_t it : hex(words)) machine.received.push_back(it);
    } else if (verb == "convert") {
      const uint8_t at = byte(words);
      machine.counts[at] = static_cast<int32_t>(number(words));
      machine.stamps_us[at] = time_us(words);
      machine.ready = static_cast<uint8_t>(machine.ready | 1 << at);
      machine.stamped = static_cast<uint8_t>(machine.stamped | 1 << at);
    } else if (verb == "inputs") {
      machine.inputs = byte(words);
    } else if (verb == "room") {
      machine.room = static_cast<uint16_t>(number(words));
    } else {
      machine.tick = true;
    }
    do board->step();
    while (!machine.received.empty() || machine.tick);
  }
  put_hex(reply, machine.sent.data(), machine.sent.size());
  reply << '|' << static_cast<int>(machine.outputs) << '|' << static_cast<int>(machine.clocks_high);
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    Words words(line);
    Reply reply;
    std::string what;
    words >> what;
    if (what == "encode") encode_one(words, reply);
    else if (what == "decode") decode_all(words, reply);
    else if (what == "guard") guard_one(words, reply);
    else if (what == "pattern") pattern(words, reply);
    else if (what == "channel") channel_one(words, reply);
    else if (what == "boot") boot(words, reply);
    else if (what == "board") board_one(words, reply);
    else return 2;
    std::cout << reply.str() << '\n';
  }
}
