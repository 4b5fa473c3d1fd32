"""The transition table is whole, and what the docs draw is this table."""

from pathlib import Path

from bard.alarm.conditions import CONDITIONS
from bard.alarm.states import HOLDING, TRANSITIONS, Input, State, diagram

DOCS = Path(__file__).parents[2] / "docs" / "alarms.md"


def test_every_state_can_be_reached_and_left() -> None:
    assert {state for state, _ in TRANSITIONS} == set(State)
    assert set(TRANSITIONS.values()) == set(State)
    assert {what for _, what in TRANSITIONS} == set(Input)


def test_what_is_unacknowledged_never_ends_without_off_delay_or_acknowledge() -> None:
    for (old, what), new in TRANSITIONS.items():
        if old in HOLDING and new not in HOLDING:
            assert what in (Input.OFF_DELAY_OVER, Input.OFF_DELAY_OVER_LATCHING), (old, what, new)


def test_a_latched_condition_ends_by_acknowledgement_only() -> None:
    exits = {what for (old, what), new in TRANSITIONS.items() if old is State.LATCHED and new is State.NORMAL}
    assert exits == {Input.ACKNOWLEDGE}


def test_acknowledging_never_begins_a_condition() -> None:
    begins = {new for (old, what), new in TRANSITIONS.items() if what is Input.ACKNOWLEDGE and old not in HOLDING}
    assert begins <= {State.NORMAL, State.PENDING}


def test_the_docs_show_this_table() -> None:
    assert diagram() in DOCS.read_text()


def test_ids_are_unique_and_masks_name_conditions() -> None:
    ids = [condition.id for condition in CONDITIONS]
    assert len(set(ids)) == len(ids)
    assert all(mask in ids for condition in CONDITIONS for mask in condition.masked_by)


def test_the_docs_list_every_condition() -> None:
    text = DOCS.read_text()
    assert all(f"`{condition.id}`" in text for condition in CONDITIONS)
