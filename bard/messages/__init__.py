"""What crosses the socket, the page, MQTT and the tape: commands in, events and snapshots out.

One law: frozen, and encoded the same everywhere (`encode`): JSON with sorted keys, floats that read back to the bit,
null for unknown, never NaN. Times `*_us` are the host's monotonic microseconds; who sends adds the wall clock.
"""

import msgspec

from bard.messages.commands import (
    FROM_THE_DAEMON,
    Acknowledge,
    Command,
    DailyCheck,
    Inspected,
    Noticed,
    Pause,
    PauseAudio,
    Report,
    Restore,
    Rezero,
    SavedAlarm,
    SavedHung,
    SavedSession,
    SavedZero,
    SetBodyWeight,
    SetCalibration,
    SetLimit,
    SetZone,
    StartSession,
    StepDown,
    StopSession,
    Verified,
    WeighIn,
)
from bard.messages.events import (
    BoardChanged,
    Calibrated,
    ConditionChanged,
    DailyChecked,
    Done,
    Event,
    OutputTried,
    PhaseChanged,
    SessionChanged,
    SessionEnded,
    SessionNumbers,
    SessionStarted,
    SignalChanged,
    WeighInChanged,
    ZeroChanged,
    noted,
)
from bard.messages.snapshots import (
    AlarmSnapshot,
    BoardSnapshot,
    CellSnapshot,
    SessionSnapshot,
    Snapshot,
    SupportSnapshot,
    WeighInSnapshot,
    ZeroSnapshot,
)

__all__ = [
    "FROM_THE_DAEMON",
    "Acknowledge",
    "AlarmSnapshot",
    "BoardChanged",
    "BoardSnapshot",
    "Calibrated",
    "CellSnapshot",
    "Command",
    "ConditionChanged",
    "DailyCheck",
    "DailyChecked",
    "Done",
    "Event",
    "Inspected",
    "Message",
    "Noticed",
    "OutputTried",
    "Pause",
    "PauseAudio",
    "PhaseChanged",
    "Report",
    "Restore",
    "Rezero",
    "SavedAlarm",
    "SavedHung",
    "SavedSession",
    "SavedZero",
    "SessionChanged",
    "SessionEnded",
    "SessionNumbers",
    "SessionSnapshot",
    "SessionStarted",
    "SetBodyWeight",
    "SetCalibration",
    "SetLimit",
    "SetZone",
    "SignalChanged",
    "Snapshot",
    "StartSession",
    "StepDown",
    "StopSession",
    "SupportSnapshot",
    "Verified",
    "WeighIn",
    "WeighInChanged",
    "WeighInSnapshot",
    "ZeroChanged",
    "ZeroSnapshot",
    "decode",
    "decode_command",
    "encode",
    "known",
    "noted",
]


def known(value_kg: float) -> float | None:
    """None for NaN."""
    return value_kg if value_kg == value_kg else None


Message = Event | Snapshot
_encoder = msgspec.json.Encoder(order="sorted")
encode = _encoder.encode
"""Any message as one line of JSON, without the line end."""
decode = msgspec.json.Decoder(Message).decode
decode_command = msgspec.json.Decoder(Command).decode
