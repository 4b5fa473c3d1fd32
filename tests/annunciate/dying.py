"""A daemon of nothing but its MQTT output, for a test to kill: `python -m tests.annunciate.dying PORT`."""

import sys
import time

from bard.annunciate.mqtt import MqttOutput
from bard.settings import AlarmSettings, MqttSettings
from tests.annunciate.broker import STATION

if __name__ == "__main__":
    output = MqttOutput(MqttSettings("127.0.0.1", int(sys.argv[1])), STATION, AlarmSettings())
    while True:
        output.refresh(0)
        time.sleep(0.1)
