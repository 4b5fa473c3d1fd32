"""What the tests on a real broker share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bard.annunciate.mqtt import MqttOutput, Submit
from bard.settings import AlarmSettings, MqttSettings
from tests.annunciate.broker import STATION, Broker, Ear, Opened


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def ear(broker: Broker) -> Iterator[Ear]:
    made = Ear(broker.port, "ear")
    yield made
    made.close()


@pytest.fixture
def opened() -> Iterator[Opened]:
    outputs = []

    def open_output(
        port: int, outbox_path: Path | None = None, submit: Submit | None = None, **settings: object
    ) -> MqttOutput:
        made = MqttOutput(
            MqttSettings("127.0.0.1", port, **settings),  # type: ignore[arg-type]
            STATION,
            AlarmSettings(),
            outbox_path,
            submit,
        )
        outputs.append(made)
        return made

    yield open_output
    for output in outputs:
        output.close()
