from bard.client.uncertainty import Basis
from bard.messages import SessionEnded, SessionNumbers, SessionStarted, decode, encode

NUMBERS = SessionNumbers(70.0, Basis.TYPED, 40.0, 34.0, 50.0, 1.5)


def test_events_without_a_session_id_are_written_as_before_there_was_one() -> None:
    """So that a tape of then replays to the bit."""
    ended = b'{"type":"session_ended","at_us":2,"started_us":1}'
    assert decode(ended) == SessionEnded(2, 1)
    for event in (SessionEnded(2, 1), SessionStarted(1, NUMBERS, ())):
        assert b'"session"' not in encode(event)
    assert b'"session":"0123456789abcdef"' in encode(SessionStarted(1, NUMBERS, (), "0123456789abcdef"))
