"""An installer's procedure on a real daemon with loads that hang: what is kept, used, refused and resumed."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bard.commission.record import Source
from bard.commission.steps import Accept, Begin, Check, Drop, Free, Load, Look, Revert, Shown, Stop, Strike, Undo
from bard.config.calibration_file import history, load_stored
from bard.errors import Refused, UsageError
from bard.messages import StartSession, StopSession
from tests.daemon.house import wait_for
from tests.daemon.workshop import LEFT, RIGHT, Workshop, hangs, plate

pytestmark = pytest.mark.slow


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    made = Workshop(tmp_path)
    yield made
    made.close()


def refused(workshop: Workshop, asked: object, words: str) -> None:
    with pytest.raises((Refused, UsageError), match=words):
        workshop.carry_out(asked)  # type: ignore[arg-type]


def test_from_nothing_to_a_calibration_in_use_over_a_kill_with_mistakes(workshop: Workshop) -> None:
    workshop.open()
    refused(workshop, Check(), "no calibration is open: begin one")
    refused(workshop, Begin("R. Igger", supports=("bar",)), "no support 'bar'; allowed: left bar, right bar")
    workshop.carry_out(Begin("R. Igger", supports=(LEFT,), capacity_kg=200.0))
    refused(workshop, Begin("Another"), "one by R. Igger from .* is open")
    refused(workshop, Free(), "rate and noise were not looked at yet")
    workshop.carry_out(Check())
    refused(workshop, hangs(10, 0.25), "no zero yet")
    workshop.carry_out(Free())
    for kg, place in ((10, 0.25), (20, 0.25), (20, 0.75)):
        workshop.hang(LEFT, kg, place)
        workshop.carry_out(hangs(kg, place))
    assert workshop.carry_out(Undo()).said.startswith("taken back: reading 4: 20 kg three quarters in")
    refused(workshop, Accept(), "4 more|3 are|readings")

    assert workshop.end(signal.SIGKILL) == -signal.SIGKILL
    workshop.start()
    workshop.greeted()
    state = workshop.look().state
    assert state is not None
    assert (state.stage, state.support, state.installer) == ("span", LEFT, "R. Igger")
    assert [line.words for line in state.bars[0].readings] == ["10 kg a quarter in", "20 kg a quarter in"]

    workshop.hang(LEFT, 20, 0.75)
    refused(workshop, hangs(20, 0.75, RIGHT), "no support 'right bar' in this calibration")
    refused(workshop, Load(LEFT, "weights", (Source("20 kg", "weight", 20.0, 1.0),)), "'20 kg' was told otherwise")
    refused(workshop, hangs(25, 0.2, verifies=True), "nothing to verify yet")
    workshop.carry_out(hangs(20, 0.75))
    workshop.hang(LEFT, 40, 0.75)
    workshop.carry_out(hangs(40, 0.75))
    workshop.hang(LEFT, 30, 0.5)
    stage = workshop.carry_out(hangs(30, 0.5)).state
    assert stage is not None
    assert stage.stage == "verify"
    assert workshop.look().loads_kg[LEFT] == pytest.approx(30, abs=0.2)
    workshop.hang(LEFT, 25, 0.2)
    workshop.carry_out(hangs(25, 0.2, verifies=True))
    accepted = workshop.carry_out(Accept())
    assert accepted.state is None
    stored = load_stored(workshop.file())
    assert stored is not None
    assert stored.record is not None
    assert workshop.folder.joinpath("var/calibrating.json").exists() is False
    assert stored.calibration.digest in accepted.said
    for key in ("a/0", "a/1"):
        assert stored.calibration.cells[key].counts_per_kg == pytest.approx(
            workshop.truth.cells[key].counts_per_kg, rel=0.005
        )
    [support] = stored.record.supports
    assert (support.installer, support.plan.cells[0].capacity_kg) == ("R. Igger", 200.0)
    assert support.verifications[0].verdict == "pass"
    assert stored.record.boards[0].uid
    assert stored.calibration.expires == stored.record.expires > stored.calibration.made[:10]
    workshop.until(lambda s: s.supports[0].load_kg is not None and abs(s.supports[0].load_kg - 25) < 0.3, "25 kg shown")


def test_never_in_a_session_and_back_to_one_of_before_without_a_restart(workshop: Workshop) -> None:
    workshop.open(calibrated=True)
    workshop.calibrated(LEFT)
    workshop.hang(LEFT, 0)
    both = load_stored(workshop.file())
    assert both is not None
    assert len(both.calibration.cells) == 4, "the right bar's are those of before"
    assert both.record is not None
    assert [support.plan.name for support in both.record.supports] == [LEFT]
    [first] = history(workshop.file())
    assert first.digest == workshop.truth.digest
    digest = both.calibration.digest
    with workshop.client() as client:
        client.command(StartSession(70.0, 40.0))
        for asked in (Begin("A"), Check(), Free(), Accept(), Revert(first.digest), Undo()):
            with pytest.raises(Refused, match="a session runs: end it before calibrating"):
                client.calibrate(asked)
        assert client.calibrate(Look()).in_session
        assert client.query().calibration == digest
        client.command(StopSession())
        assert client.calibrate(Revert(first.digest[:6])).said == f"calibration {first.digest} is in use again"
    assert workshop.snapshot().calibration == first.digest
    assert workshop.bard("calibration", "revert", digest).stdout == f"calibration {digest} is in use again\n"
    assert workshop.snapshot().calibration == digest
    kept = next(kept for kept in history(workshop.file()) if kept.digest == first.digest)
    document = json.loads(kept.path.read_text())
    document["calibration"]["made"] = "some other day"
    kept.path.write_text(json.dumps(document))
    refused(workshop, Revert(first.digest), "changed by hand or damaged")
    assert workshop.snapshot().calibration == digest

    workshop.carry_out(Begin("V. Erifier", "verify", supports=(LEFT,)))
    workshop.carry_out(Free())
    workshop.hang(LEFT, 33, 0.25)
    state = workshop.carry_out(hangs(33, 0.25, verifies=True)).state
    assert state is not None
    assert (state.stage, state.bars[0].verdict) == ("accept", "pass")
    workshop.carry_out(Accept())
    stored = load_stored(workshop.file())
    assert stored is not None
    assert stored.record is not None
    assert stored.calibration == both.calibration
    assert [found.by for found in stored.record.supports[0].verifications] == ["R. Igger", "V. Erifier"]


def test_what_moves_is_refused_a_pull_waits_for_its_scale_and_a_reading_can_be_stopped(workshop: Workshop) -> None:
    workshop.open()
    workshop.prepared(LEFT)
    workshop.hang(LEFT, 20, 0.5, sway_kg=3.0)
    refused(workshop, hangs(20, 0.5), r"not still \(sd .* let what hangs there come to rest")
    workshop.hang(LEFT, 30, 0.5, sway_kg=0.3)
    scale = Source("scale", "scale", u_fraction=0.005)
    person = Source("person", "person", kg=70.0, u_kg=0.1, weighed_on="scale")
    view = workshop.carry_out(Load(LEFT, "scale", (scale, person), 0.5, "up"))
    assert view.waits_for_scale
    refused(workshop, Free(), "a pull waits for what its scale showed")
    refused(workshop, Shown(90.0), "weighs 70 kg and cannot make a scale show 90 kg by pulling")
    view = workshop.carry_out(Shown(40.1))
    assert view.state is not None
    [line] = view.state.bars[0].readings
    assert line.words == "person pulls in the middle, scale 40.1 kg, pulling more"
    assert line.stated_kg == pytest.approx(29.9)
    assert view.state.bars[0].more == 8, "nine pulls are the least"

    workshop.ask(hangs(30, 0.5))
    assert workshop.look().averaging is not None
    with pytest.raises(Refused, match="a reading is being taken"):
        workshop.ask(Free())
    workshop.ask(Stop())
    wait_for(lambda: workshop.look().averaging is None, "it is stopped")
    assert workshop.look().refusal == "stopped: nothing was read"
    assert workshop.look().state == view.state

    refused(workshop, Strike(77), "no reading 77 to strike; allowed: 2")
    struck = workshop.carry_out(Strike(2, "typed wrong")).state
    assert struck is not None
    assert struck.bars[0].readings[0].struck == "typed wrong"
    back = workshop.carry_out(Undo()).state
    assert back is not None
    assert back.bars[0].readings[0].struck == ""
    assert plate(20).kg == 20
    assert workshop.carry_out(Drop()).state is None
    refused(workshop, Undo(), "nothing to take back")
