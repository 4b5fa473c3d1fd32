from bard.simulate.line import BYTE_US, Delivery, Line
from bard.wire.decoder import encode
from bard.wire.frames import Answer

FRAME = Answer(1, 0)
DATA = encode(FRAME)
LENGTH_US = BYTE_US * len(DATA)


def test_frames_follow_each_other_at_the_speed_of_the_line() -> None:
    line = Line(1)
    line.send(FRAME, 1000)
    line.send(FRAME, 1000)
    line.send(FRAME, 9000)
    assert list(line.out) == [
        Delivery(1, at_us, DATA) for at_us in (1000 + LENGTH_US, 1000 + 2 * LENGTH_US, 9000 + LENGTH_US)
    ]


def test_what_has_not_arrived_when_the_cable_comes_out_never_will() -> None:
    line = Line(0)
    line.send(FRAME, 1000)
    line.send(FRAME, 1000)
    line.pull(1000 + LENGTH_US)
    assert [delivery.data for delivery in line.out] == [DATA, b""]
