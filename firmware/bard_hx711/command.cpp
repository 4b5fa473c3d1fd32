#include "command.h"

#include "frame.h"
#include "hx711.h"
#include "patterns.h"

namespace bard {

namespace {

constexpr uint8_t HEAD = 4;  // type, id, verb
constexpr uint32_t SAME_ID_US = 1000000;
constexpr uint8_t ARGS_LENGTH[] = {0, 0, 1, 0, 2, 9, 9, 0};  // by verb

}  // namespace

int32_t Command::i32(uint8_t at) const {
  uint32_t bits = 0;
  for (uint8_t i = 4; i-- > 0;) bits = bits << 8 | args[at + i];
  return static_cast<int32_t>(bits);
}

bool parse(const uint8_t *payload, uint8_t length, Command *command) {
  if (length < HEAD || payload[0] != COMMAND) return false;
  command->id = static_cast<uint16_t>(payload[1] | payload[2] << 8);
  command->verb = payload[3];
  command->args = payload + HEAD;
  command->args_length = static_cast<uint8_t>(length - HEAD);
  return true;
}

Result judge(const Command &command) {
  if (command.verb < VERB_HELLO || command.verb > VERB_DISARM) return UNKNOWN_VERB;
  if (command.args_length != ARGS_LENGTH[command.verb]) return BAD_ARGUMENT;
  bool good = true;
  switch (command.verb) {
    case VERB_STREAM:
      good = command.u8(0) <= 1;
      break;
    case VERB_SIGNAL:
      good = command.u8(0) >= 1 && command.u8(0) <= 3 && command.u8(1) < PATTERN_COUNT;
      break;
    case VERB_SCALE:
      good = command.u8(0) < CHANNELS;
      break;
    case VERB_ARM:
      good = command.u8(4) != 0 && command.i32(5) >= 0;
      break;
    default:
      break;
  }
  return good ? DONE : BAD_ARGUMENT;
}

bool RecentCommands::find(uint16_t id, uint32_t now_us, Result *result) const {
  for (const Entry &entry : entries_) {
    if (!entry.used || entry.id != id || now_us - entry.at_us >= SAME_ID_US) continue;
    *result = entry.result;
    return true;
  }
  return false;
}

void RecentCommands::remember(uint16_t id, Result result, uint32_t now_us) {
  entries_[next_] = {now_us, id, result, true};
  next_ = static_cast<uint8_t>((next_ + 1) % RECENT);
}

void RecentCommands::forget_old(uint32_t now_us) {
  for (Entry &entry : entries_) {
    if (now_us - entry.at_us >= SAME_ID_US) entry.used = false;
  }
}

}  // namespace bard
