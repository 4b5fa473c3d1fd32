"""Numbers as people read them: unknown is said, and no rounding makes all or none of what is not."""

import pytest

from bard.report.words import (
    gram_words,
    kept_together,
    long_words,
    minus_words,
    percent_words,
    seconds_words,
    signed_words,
    when_words,
)

NAN = float("nan")


@pytest.mark.parametrize(
    ("fraction", "words"),
    [
        *((0.0, "0.0 %"), (1.0, "100.0 %"), (0.982, "98.2 %"), (None, "unknown"), (NAN, "unknown")),
        *((0.0001, "below 0.1 %"), (0.0006, "0.1 %"), (0.9999, "above 99.9 %"), (0.9994, "99.9 %")),
    ],
)
def test_shares(fraction: float | None, words: str) -> None:
    assert percent_words(fraction) == words


def test_numbers() -> None:
    assert [signed_words(value) for value in (0.03, -0.1, 0.001, -0.001)] == ["+0.03", "−0.10", "0.00", "0.00"]
    assert [minus_words(value) for value in (8589.44, -8589.44, -0.01)] == ["8589.4", "−8589.4", "0.0"]
    assert [gram_words(value) for value in (0.0123, None, NAN)] == ["12 g", "unknown", "unknown"]
    assert [seconds_words(value) for value in (0.0, 1.44, 59.94, 59.96, 185.0)] == [
        *("0 s", "1.4 s", "59.9 s", "59 s", "3 min 5 s"),
    ]
    assert [long_words(value) for value in (150.0, 359_999.0, 6_000_000.0)] == ["2 min 30 s", "99 h 59 min", "1667 h"]


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    words = kept_together("for 96.6 % of 2 min 27 s, 46.5 ± 1.8 kg of a gram")
    assert words == "for 96.6\u00a0% of 2\u00a0min 27\u00a0s, 46.5\u00a0±\u00a01.8\u00a0kg of a gram"


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ("2026-11-25T03:45:25+00:00", "2026-11-25 03:45 +00:00"),
        ("2026-11-25T03:45:25.123Z", "2026-11-25 03:45 Z"),
        ("2026-11-25T03:45", "2026-11-25 03:45"),
        *((words, words) for words in ("2026-03-02 14:05", "", "a spring day")),
    ],
)
def test_times_of_files_as_people_read_them(made: str, words: str) -> None:
    assert when_words(made) == words
