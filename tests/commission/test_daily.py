import pytest
from msgspec.structs import replace

from bard.commission.daily import DailyFacts, judge_daily

GOOD = DailyFacts(free_kg=0.1, typed_kg=68.0, hung_kg=68.6, felt={"vibrator": True, "buzzer": True})


def test_a_good_day_is_three_good_lines() -> None:
    judged = judge_daily(GOOD)
    assert judged.answer == "good"
    assert [(line.what, line.answer, line.do) for line in judged.lines] == [
        ("bars", "good", ""),
        ("weight", "good", ""),
        ("signals", "good", ""),
    ]
    assert judged.lines[1].found == "you hung 68.6 kg and typed 68.0 kg: +0.6 kg"


@pytest.mark.parametrize(
    ("changed", "what", "answer", "words"),
    [
        ({"free_kg": 0.6}, "bars", "look", "the free bars read +0.6 kg"),
        ({"free_kg": -1.2}, "bars", "stop", "the free bars read -1.2 kg"),
        ({"free_kg": None}, "bars", "not done", "nobody looked at the free bars"),
        ({"unknown": "left bar, cell 1 is silent"}, "bars", "stop", "left bar, cell 1 is silent"),
        ({"hung_kg": 69.2}, "weight", "look", "+1.2 kg"),
        ({"hung_kg": 65.9}, "weight", "stop", "-2.1 kg"),
        ({"hung_kg": None}, "weight", "not done", "nobody hung"),
        ({"typed_kg": None}, "weight", "not done", "your weight was not given"),
        ({"felt": {"vibrator": True, "buzzer": False}}, "signals", "stop", "not felt or heard: buzzer"),
        ({"felt": {"vibrator": None}}, "signals", "not done", "vibrator"),
        ({"felt": {}}, "signals", "not done", "no signal was played"),
    ],
)
def test_what_is_not_good_says_so_and_what_to_do(changed: dict, what: str, answer: str, words: str) -> None:
    judged = judge_daily(replace(GOOD, **changed))
    [line] = [line for line in judged.lines if line.answer != "good"]
    assert (line.what, line.answer) == (what, answer)
    assert words in line.found
    assert line.do
    assert judged.answer == answer


def test_the_worst_line_is_the_day() -> None:
    assert judge_daily(replace(GOOD, free_kg=1.5, hung_kg=None)).answer == "stop"
    assert judge_daily(replace(GOOD, free_kg=0.6, hung_kg=None)).answer == "not done"
    assert judge_daily(DailyFacts()).answer == "not done"
