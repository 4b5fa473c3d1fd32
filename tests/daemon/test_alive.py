"""Outputs tell by themselves that nobody watches: the loop of the daemon is blocked, or all of it is stopped."""

import signal

import pytest

from tests.annunciate.broker import Broker, Ear
from tests.daemon.blocked import BLOCK_S
from tests.daemon.house import House, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.apt]


def test_a_blocked_loop_is_not_monitored_within_the_deadline_and_comes_back(house: House, broker: Broker) -> None:
    broker.start()
    house.furnish("sim://idle?seed=3", more=f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\n')
    house.config.write_text(house.config.read_text().replace("terminal = false", "terminal = true"))
    house.start(module="tests.daemon.blocked")
    house.until_known()
    ear = Ear(broker.port)
    wait_for(lambda: ear.last("haptic"), "the band hears")
    assert house.process is not None
    house.process.send_signal(signal.SIGUSR1)
    waited_s = wait_for(lambda: ear.last("haptic")["pattern"] == 9, "not monitored")
    assert waited_s < BLOCK_S - 0.5
    wait_for(lambda: "NOT MONITORED" in house.log.read_text(), "the terminal says so", 2.0)
    assert ear.last("load")["valid"] is False
    wait_for(lambda: ear.last("haptic")["pattern"] == 0, "monitored again")
    wait_for(lambda: "monitored again" in house.log.read_text(), "the terminal says so")
    wait_for(lambda: ear.last("load")["valid"], "a load again")
    ear.close()
    assert house.end() == 0
