"""Home Assistant's side on a real broker: found, found again at its birth, and forgotten."""

import json
import socket
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec import structs

from bard.annunciate.discovery import discovery
from bard.annunciate.forgetting import forget
from bard.cli.mqtt import mqtt
from bard.errors import LinkError, Refused, UsageError
from bard.settings import MqttSettings
from tests.annunciate.broker import STATION, Broker, Ear, Opened, connect, free_port, wait_for
from tests.annunciate.messages import changed, snapshot, stamp

pytestmark = pytest.mark.apt

CONFIG = f"homeassistant/device/{STATION}/config"
ROOM = f"""\
station = "{STATION}"
[[boards]]
name = "a"
port = "sim://steady"
[[supports]]
name = "bar"
cells = [{{ board = "a", channel = 0 }}]
[control]
socket = "control.sock"
"""


@pytest.fixture
def late() -> Iterator[list[Ear]]:
    made: list[Ear] = []
    yield made
    for ear in made:
        ear.close()


def retained_for(broker: Broker, late: list[Ear]) -> set[str]:
    """What a newcomer is given, up to a marker of ours."""
    late.append(ear := Ear(broker.port))
    ear.publish("marker", "x", retain=False)
    wait_for(lambda: ear.of("marker"))
    return {topic for topic, _, retained in ear.heard if retained}


def test_found_and_found_again_at_its_birth(broker: Broker, ear: Ear, opened: Opened, late: list[Ear]) -> None:
    output = opened(broker.port)
    wait_for(lambda: ear.of(CONFIG) == [json.loads(discovery(STATION))])
    assert CONFIG in retained_for(broker, late)
    wait_for(lambda: output._broker.hearing)
    ear.publish("/homeassistant/status", "offline", retain=False)
    ear.publish("/homeassistant/status", "online", retain=False)
    wait_for(lambda: len(ear.of(CONFIG)) == 2)
    connect(output)


def test_nothing_of_it_where_it_is_switched_off(broker: Broker, ear: Ear, opened: Opened) -> None:
    output = opened(broker.port, discovery=False)
    connect(output)
    output.show(snapshot(), stamp())
    wait_for(lambda: ear.of("load") and ear.of("session"))
    wait_for(lambda: not output._broker.unanswered)
    assert (ear.of(CONFIG), ear.of("summary")) == ([], [])


def test_the_summary_comes_once_a_second_and_at_once_when_it_matters(broker: Broker, ear: Ear, opened: Opened) -> None:
    output = opened(broker.port)
    connect(output)
    wait_for(lambda: ear.of(CONFIG))
    shown = 0

    def show(**other: object) -> None:
        nonlocal shown
        output.refresh(0)
        output.show(structs.replace(snapshot(shown * 200_000), **other), stamp())  # type: ignore[arg-type]
        shown += 1
        wait_for(lambda: len(ear.of("load")) == shown)

    came_s: list[float] = []
    while len(came_s) < 3:
        show()
        if len(ear.of("summary")) > len(came_s):
            came_s.append(time.monotonic())
    gaps_s = [later - earlier for earlier, later in pairwise(came_s)]
    assert min(gaps_s) > 0.8, "five times a second is not for a recorder"
    assert max(gaps_s) < 3
    before = len(ear.of("summary"))
    show(signal_of="load_over")
    wait_for(lambda: len(ear.of("summary")) > before and ear.last("summary")["condition"] == "load_over")


def config(folder: Path, port: int | None) -> str:
    path = folder / "bard.toml"
    path.write_text(ROOM + (f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\n' if port is not None else ""))
    return str(path)


def test_forget_leaves_nothing_of_the_station_and_nothing_of_others_away(
    broker: Broker, ear: Ear, opened: Opened, late: list[Ear], tmp_path: Path
) -> None:
    ear.publish("/bard/other/status", "online")
    ear.publish("alarm/of_an_older_version", '{"state": "active"}')
    output = opened(broker.port)
    connect(output)
    output.tell(changed(), stamp())
    wait_for(lambda: ear.of(CONFIG) and (ear.last("alarm/load_over") or {}).get("state") == "active")
    output.close()
    there = retained_for(broker, late) - {"bard/other/status"}
    result = CliRunner().invoke(mqtt, ["forget"], obj=config(tmp_path, broker.port), catch_exceptions=False)
    assert result.output == f"{len(there)} retained messages of station {STATION} removed from the broker\n"
    assert len(there) > 15
    assert retained_for(broker, late) == {"bard/other/status"}
    wait_for(lambda: ear.last(CONFIG) == "")


def test_forget_is_refused_while_a_bard_publishes(broker: Broker, ear: Ear, opened: Opened) -> None:
    output = opened(broker.port)
    connect(output)
    wait_for(lambda: not output._broker.unanswered)
    with pytest.raises(Refused, match="a bard runs for station room and would publish it all again: stop it first"):
        forget(MqttSettings("127.0.0.1", broker.port), STATION)
    assert ear.last("status") == "online"


def test_forget_is_refused_while_this_bard_runs_and_has_lost_its_broker(broker: Broker, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as control:
        control.bind(str(tmp_path / "control.sock"))
        control.listen()
        with pytest.raises(Refused, match="bard runs and would publish it all again: stop it first"):
            CliRunner().invoke(mqtt, ["forget"], obj=config(tmp_path, broker.port), catch_exceptions=False)


def test_forget_in_words_where_it_cannot(broker: Broker, tmp_path: Path) -> None:
    with pytest.raises(LinkError, match=r"^broker 127.0.0.1:\d+ not reached: "):
        forget(MqttSettings("127.0.0.1", free_port()), STATION)
    secret = tmp_path / "secret"
    secret.write_text("x")
    with pytest.raises(LinkError, match="cannot be called: "):
        forget(MqttSettings("127.0.0.1", broker.port, user="bard", password_file=str(tmp_path / "none")), STATION)
    run = CliRunner()
    with pytest.raises(UsageError, match=r"has no \[mqtt\]"):
        run.invoke(mqtt, ["forget"], obj=config(tmp_path, None), catch_exceptions=False)


def test_forget_ends_where_nothing_answers(monkeypatch: pytest.MonkeyPatch, broker: Broker) -> None:
    monkeypatch.setattr("bard.annunciate.forgetting._LIMIT_S", 0.3)
    broker.freeze()
    try:
        with pytest.raises(LinkError, match="does not answer"):
            forget(MqttSettings("127.0.0.1", broker.port), STATION)
    finally:
        broker.thaw()
