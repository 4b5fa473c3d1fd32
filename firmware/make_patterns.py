"""bard.settings.PATTERNS -> firmware/bard_hx711/patterns.h: the one table, as the board plays it.

One law: the header holds what the table holds and nothing else; a test makes it again and compares.
Run `python firmware/make_patterns.py` after a change of the table.
"""

from pathlib import Path

from bard.settings import PATTERNS, Rhythm

HEADER = Path(__file__).parent / "bard_hx711" / "patterns.h"


def header() -> str:
    """The text of patterns.h."""
    steps: list[int] = []
    rows = []
    for number, pattern in enumerate(PATTERNS):
        if pattern.number != number:
            raise ValueError(f"pattern {pattern.number} stands at place {number}")
        both = ", ".join(_rhythm(rhythm, steps) for rhythm in (pattern.vibrator, pattern.buzzer))
        rows.append(f"    {{{both}}},  // {number} {pattern.name}")
    return "\n".join(
        [
            "// Made by firmware/make_patterns.py from bard.settings.PATTERNS, the one table of rhythms: do not edit.",
            "#pragma once",
            "",
            '#include "flash.h"',
            "",
            "namespace bard {",
            "",
            "struct Rhythm {",
            "  uint8_t first;  // its first step in STEPS_MS",
            "  uint8_t count;  // of steps, on and off in turn; 0: silence",
            "  uint16_t period_ms;  // 0: plays once",
            "};",
            "",
            "const uint16_t STEPS_MS[] IN_FLASH = {",
            *_wrapped(steps),
            "};",
            "",
            f"constexpr uint8_t PATTERN_COUNT = {len(PATTERNS)};",
            "// By pattern, then vibrator and buzzer.",
            "const Rhythm RHYTHMS[PATTERN_COUNT][2] IN_FLASH = {",
            *rows,
            "};",
            "",
            "}  // namespace bard",
            "",
        ]
    )


def _rhythm(rhythm: Rhythm | None, steps: list[int]) -> str:
    if rhythm is None:
        return "{0, 0, 0}"
    wanted = list(rhythm.on_off_ms)
    places = (at for at in range(len(steps)) if steps[at : at + len(wanted)] == wanted)
    first = next(places, len(steps))
    if first == len(steps):
        steps += wanted
    return f"{{{first}, {len(wanted)}, {rhythm.period_ms}}}"


def _wrapped(steps: list[int]) -> list[str]:
    return ["    " + " ".join(f"{step}," for step in steps[at : at + 16]) for at in range(0, len(steps), 16)]


if __name__ == "__main__":
    HEADER.write_text(header())
