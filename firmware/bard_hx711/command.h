// Commands of protocol 1: what each may carry, and which were executed a moment ago.
// One law: a command is judged whole before any of it is done, and one id is done once in a second. Executes nothing.
#pragma once

#include <stdint.h>

namespace bard {

enum Verb : uint8_t {
  VERB_HELLO = 1,
  VERB_STREAM = 2,
  VERB_BEAT = 3,
  VERB_SIGNAL = 4,
  VERB_SCALE = 5,
  VERB_ARM = 6,
  VERB_DISARM = 7,
};

enum Result : uint8_t { DONE = 0, UNKNOWN_VERB = 1, BAD_ARGUMENT = 2, NOT_NOW = 3 };

struct Command {
  uint16_t id;
  uint8_t verb;
  const uint8_t *args;
  uint8_t args_length;

  uint8_t u8(uint8_t at) const { return args[at]; }
  int32_t i32(uint8_t at) const;
};

// False where the payload is not a command at all: another type, or shorter than id and verb.
bool parse(const uint8_t *payload, uint8_t length, Command *command);

// DONE where it may be executed.
Result judge(const Command &command);

// The commands executed in the last second, the newest RECENT of them.
class RecentCommands {
 public:
  static constexpr uint8_t RECENT = 16;

  // Whether `id` was executed less than a second ago; then its result.
  bool find(uint16_t id, uint32_t now_us, Result *result) const;
  void remember(uint16_t id, Result result, uint32_t now_us);
  // Call at least each minute: times wrap.
  void forget_old(uint32_t now_us);

 private:
  struct Entry {
    uint32_t at_us;
    uint16_t id;
    Result result;
    bool used;
  };

  Entry entries_[RECENT] = {};
  uint8_t next_ = 0;
};

}  // namespace bard
