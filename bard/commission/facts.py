"""What a look at an installation found: cells, boards and what their ports hang on, as plain numbers.

One law: what was not looked at is None, never 0. It judges nothing (`bard.commission.doctor`) and looks at nothing.
"""

from msgspec import Struct


class CellFacts(Struct, frozen=True):
    """One cell over `seconds`. `load_kg` and `noise_kg` are None without a calibration.

    `states`: share of the time in each state but ok, by the name of its `CellState`, after the first second.
    """

    name: str
    key: str
    seconds: float
    conversions: int
    calibrated: bool
    rate_hz: float | None = None
    """Of the chip: one over the usual time between conversions."""
    lost: int | None = None
    """Conversions that should have come in between and did not."""
    noise_counts: float | None = None
    noise_kg: float | None = None
    middle_counts: int | None = None
    low_counts: int | None = None
    high_counts: int | None = None
    """Lowest and highest, single wrong readings left out."""
    unique: int | None = None
    rails: int | None = None
    """Conversions at either end of the converter's range."""
    gated_share: float | None = None
    load_kg: float | None = None
    counts_per_kg: float | None = None
    """By its calibration, without the sign."""
    states: dict[str, float] = {}
    board_fault: int | None = None
    """The kind of fault its board last reported (`bard.wire.frames.FaultKind`)."""


class PortFacts(Struct, frozen=True):
    """What a device path hangs on. `is_device` False: simulated, a pty, a socket, where nothing of it applies."""

    path: str
    is_device: bool = False
    exists: bool = True
    stable_name: bool = True
    """The path names the bridge or its socket, not the order of plugging in."""
    driver: str = ""
    usb_id: str = ""
    serial: str = ""
    latency_timer_ms: int | None = None
    may_open: bool = True
    owner: str = ""
    """User, group and mode, as `root:dialout 0660`."""
    group: str = ""
    holder: str = ""
    """Another program that has it open."""
    told_off: bool = False
    """ModemManager is told to leave it."""
    candidate: bool = False
    """ModemManager's own rules have marked it as one that may be a modem."""
    rule_works: bool = False
    """bard's udev rule has touched it."""


class HostFacts(Struct, frozen=True):
    """This machine. `modem_manager`: it runs. `rule`: the file with bard's udev rule, empty where there is none."""

    user: str = ""
    modem_manager: bool = False
    rule: str = ""


class BoardFacts(Struct, frozen=True):
    """One board over `seconds`. `state`: how its link stands, in words; `found`: a good frame has come."""

    name: str
    port: str
    state: str
    found: bool
    seconds: float = 0.0
    baud: int | None = None
    wanted_baud: int | None = None
    """The rate that the configuration asks for; None: any."""
    good_baud: int | None = None
    """The rate at which it answered where it did not at the wanted one."""
    bytes: int | None = None
    frames_good: int = 0
    frames_bad: int = 0
    bad_by_reason: dict[str, int] = {}
    frames_missed: int = 0
    protocol: int | None = None
    firmware: str = ""
    uid: str = ""
    reset_cause: int | None = None
    boots: int = 0
    """How often it said hello with another boot count while it was looked at."""
    losses: int = 0
    """How often the open link was gone while it was looked at."""
    channels: int | None = None
    missed: int | None = None
    """Conversions that the board itself missed, by its status."""
    abandoned: int | None = None
    rejected: int | None = None
    """Commands and bytes that came damaged to the board."""
    supply_mv: int | None = None
    late_ms: float | None = None
    """Half of its frames came later than this after the read, against the earliest."""
    allow_10_sps: bool = False


class Facts(Struct, frozen=True):
    """All of a look. `how`: "ports" opened by us, one that is "bare" of any configuration, or "watched": a bard that
    runs a session was asked."""

    how: str
    seconds: float
    boards: tuple[BoardFacts, ...]
    cells: tuple[CellFacts, ...]
    ports: dict[str, PortFacts] = {}
    """By board."""
    host: HostFacts = HostFacts()
    calibration: str = ""
    """Why the calibration cannot be used, in words."""
    quiet_channels: tuple[str, ...] = ()
    """Without a configuration: channels of which nothing came."""
