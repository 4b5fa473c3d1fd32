"""A listener in a process of its own, so that its stamps wait for nobody.

`python -m bench.listener socket PATH OUT`, `... mqtt PORT OUT`: the row time of each load_near that becomes active, and
when it was heard. `... line FD OUT`: the board's side of the line, which answers every command: pattern and time of
each signal to the vibrator.
"""

import json
import os
import select
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from bard.control.client import ControlClient
from bard.control.protocol import PushedEvent
from bard.errors import LinkError
from bard.messages import ConditionChanged
from bard.wire.decoder import NEED_DATA, Decoder, encode
from bard.wire.frames import FROM_HOST, OUTPUT_VIBRATOR, Answer, Command, Hello, Verb


def _note(out: TextIO, at_us: int) -> None:
    out.write(f"{at_us} {time.monotonic_ns() // 1000}\n")
    out.flush()


def listen_socket(path: str, out: TextIO) -> None:
    """Until bard hangs up."""
    with ControlClient(path) as client:
        client.subscribe(0, events=True)
        out.write("\n")
        out.flush()
        for message in client.messages(1.0):
            event = message.event if isinstance(message, PushedEvent) else None
            if isinstance(event, ConditionChanged) and (event.id, event.state) == ("load_near", "active"):
                _note(out, event.at_us)


def listen_mqtt(port: int, out: TextIO) -> None:
    """Until ended."""
    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.enums import CallbackAPIVersion

    def subscribed(*_: Any) -> None:
        out.write("\n")
        out.flush()

    def heard(_client: Client, _data: Any, message: MQTTMessage) -> None:
        event = json.loads(message.payload)
        if (event["id"], event["state"]) == ("load_near", "active"):
            _note(out, event["at_us"])

    client = Client(CallbackAPIVersion.VERSION2)
    client.on_subscribe = subscribed
    client.on_message = heard
    client.connect("127.0.0.1", port)
    client.subscribe("bard/bench/alarm_event", 1)
    client.loop_forever()


def listen_line(master: int, out: TextIO) -> None:
    """Until the line is hung up for good."""
    decoder = Decoder(FROM_HOST)
    poll = select.poll()
    poll.register(master, select.POLLIN)
    while True:
        poll.poll()
        try:
            data = os.read(master, 4096)
        except BlockingIOError:
            continue
        except OSError:
            time.sleep(0.001)  # nobody has it open
            continue
        heard_us = time.monotonic_ns() // 1000
        decoder.receive_data(data)
        while (frame := decoder.next_event()) is not NEED_DATA:
            if not isinstance(frame, Command):
                continue
            if frame.verb == Verb.SIGNAL and frame.args[0] == OUTPUT_VIBRATOR:
                out.write(f"{frame.args[1]} {heard_us}\n")
                out.flush()
            if frame.verb == Verb.HELLO:
                _say(master, encode(Hello(1, (1, 0, 0), b"latency!", 1, 1, 4, 31)))
            _say(master, encode(Answer(frame.id, 0)))


def _say(master: int, data: bytes) -> None:
    """Whole, however busy the line is with the samples of the other half."""
    while data:
        try:
            data = data[os.write(master, data) :]
        except BlockingIOError:
            time.sleep(0.0002)


def main() -> None:
    """See the module."""
    kind, where, path = sys.argv[1:]
    with Path(path).open("w") as out:
        try:
            if kind == "socket":
                listen_socket(where, out)
            elif kind == "mqtt":
                listen_mqtt(int(where), out)
            else:
                listen_line(int(where), out)
        except LinkError:
            return


if __name__ == "__main__":
    main()
