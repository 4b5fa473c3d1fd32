"""A daemon of nothing but its MQTT output, for a test to kill: `python -m tests.annunciate.dying PORT [OUTBOX EVENTS]`.

It tells so many events, and says their ids on stdout once all are in the outbox.
"""

import sys
import time
from pathlib import Path

from bard.annunciate.mqtt import MqttOutput
from bard.settings import AlarmSettings, MqttSettings
from tests.annunciate.broker import STATION, wait_for
from tests.annunciate.messages import changed, stamp

if __name__ == "__main__":
    outbox_path = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    output = MqttOutput(MqttSettings("127.0.0.1", int(sys.argv[1])), STATION, AlarmSettings(), outbox_path)
    if outbox_path is not None:
        stamps = [stamp() for _ in range(int(sys.argv[3]))]
        for each in stamps:
            output.tell(changed(), each)
        wait_for(lambda: len(output._outbox) == len(stamps))
        print(*(each.uid for each in stamps), flush=True)
    while True:
        output.refresh(0)
        time.sleep(0.1)
