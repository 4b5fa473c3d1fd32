from msgspec import convert
from msgspec.structs import replace

from bard.client.uncertainty import Basis
from bard.daemon.naming import named
from bard.messages import Restore, SavedSession, StartSession, StepDown
from bard.settings import SessionId

START = StartSession(70.0, 40.0)
SAVED = SavedSession(70.0, Basis.TYPED, 70.0, None, 40.0, None, None, {}, None, 5_000_000, "on")


def test_a_session_that_begins_or_comes_back_without_an_id_gets_one_of_its_own() -> None:
    first, second = named(START), named(START)
    assert isinstance(first, StartSession)
    assert isinstance(second, StartSession)
    assert len({first.session, second.session, ""}) == 3
    assert convert(first.session, SessionId) == first.session
    assert replace(first, session="") == START
    back = named(Restore("digest", session=SAVED))
    assert isinstance(back, Restore)
    assert back.session is not None
    assert len(back.session.id) == 16
    assert replace(back.session, id="") == SAVED


def test_who_has_an_id_keeps_it_and_nothing_else_gets_one() -> None:
    for command in (
        replace(START, session="0123456789abcdef"),
        Restore("digest", session=replace(SAVED, id="0123456789abcdef")),
        Restore("digest"),
        StepDown(),
    ):
        assert named(command) is command
