"""All that conditions may know about one row.

One law: facts are filled in by the monitor, once a row, and judged by bard.alarm.conditions; NaN is unknown.
"""

from collections.abc import Callable, Mapping, Sequence
from math import nan

from msgspec import Struct

from bard.settings import AlarmSettings
from bard.weigh.cell import Cell
from bard.weigh.confirm import Confirmation

Subjects = Mapping[str, str]
"""Who a condition is about, by name, and what is known of each in words, which may be none."""
NOBODY: Subjects = {}


class Around(Struct, frozen=True):
    """What the shell knows and the core cannot: parts that ail, by name, and in words what ails each."""

    output_failed: dict[str, str] = {}
    journal_failed: dict[str, str] = {}
    disk_low: dict[str, str] = {}
    broker_lost: dict[str, str] = {}
    calibration_expired: dict[str, str] = {}
    clock_untrusted: bool = False


class Facts:
    """One instance, overwritten row by row. Loads in kg; lists go over the room's cells."""

    at_us: int = 0
    in_session: bool = False
    body_weight_kg: float = nan
    near_kg: float = nan
    limit_kg: float = nan
    critical_kg: float = nan
    stir_kg: float = nan
    """A slow load below this, guard added, neither raises a load condition nor holds one."""
    cue: bool = True
    """The therapist wants the ticks below the limit."""
    guard_kg: float = 0.0
    """Added to a client load before it is judged; fixed in the session."""
    on_client: bool = False
    """Phase `on` or `released`."""
    phase_age_us: int = 0
    hands_off: bool = False
    """`released` and in its first seconds."""
    never_taken: bool = False
    bar_slow_kg: float = nan
    bar_unknown: bool = True
    client_slow_kg: float = nan
    client_fast_kg: float = nan
    fallen: bool = False
    """The bar load has fallen as by a lost grip, and stands so."""
    weighing: bool = False
    """A weigh-in runs."""
    mismatch: bool = False
    """A weigh-in and the typed weight disagree, and nobody has said which is wrong."""
    zero_moved: bool = False
    zero_off_kg: float = 0.0
    """How far free bars stand from the installer's zero."""
    sustained_kg: float = nan
    """The bound of load_sustained; NaN without one."""
    sustained: bool = False
    """The slow load has been above it for as long as the client may bear it."""
    rising: bool = False
    """The fast load rises faster than the client's rate."""
    used_shares: Sequence[float] = ()
    """Of each support's rated load, by the reference zero; NaN where it is not rated or its load not known."""
    support_names: Sequence[str] = ()
    to_inspect: Subjects = NOBODY
    doubted: Subjects = NOBODY
    """Supports that carried more than their rated load since they were calibrated."""
    uncalibrated: Subjects = NOBODY
    chattering: Subjects = NOBODY
    slow_boards: Subjects = NOBODY
    bad_lines: Subjects = NOBODY
    lost_boards: Subjects = NOBODY
    faulty_cells: Subjects = NOBODY
    """What ails each faulty cell, in words; the same for boards, where there is no more to say."""
    restarted_boards: Subjects = NOBODY
    restarted_stream: bool = False
    """All restarted boards stream again."""
    troubled: bool = False
    """Something ails around the core."""
    cells: Sequence[Cell] = ()

    def __init__(self, settings: AlarmSettings, cell_names: Sequence[str], pushed_kg: float, above_kg: float) -> None:
        self.not_watching_kg = settings.not_watching_kg
        self.hands_off_escalate_us = settings.hands_off_escalate_us
        self.cell_names = cell_names
        self.pushed_kg = pushed_kg
        """Bars, or a cell, below minus this are pushed."""
        self.above_body_kg = above_kg
        """Bars that carry this much more than the body weight do not fit it."""
        self.slow_uncertainty_kg: Callable[[], float] = lambda: nan
        self.fast_uncertainty_kg: Callable[[], float] = lambda: nan
        """Expanded, of `client_slow_kg` and `client_fast_kg`; worked out only when somebody asks."""
        self.around = Around()
        self.cell_slow_kg: list[float] = []
        self.cell_fast_kg: list[float] = []
        self.cell_fast_before_kg: list[float] = []
        self._fall: Confirmation | None = None

    @property
    def slow_u_kg(self) -> float:
        """Expanded uncertainty of `client_slow_kg`; NaN where that is."""
        return self.slow_uncertainty_kg()

    @property
    def fast_u_kg(self) -> float:
        """The same of `client_fast_kg`."""
        return self.fast_uncertainty_kg()

    def load_stirs(self) -> bool:
        """The load on the client is not known to be well below near. (NaN compares false.)"""
        return self.on_client and not (
            self.client_slow_kg + self.guard_kg < self.stir_kg and self.client_fast_kg + self.guard_kg < self.limit_kg
        )

    def hands_stir(self) -> bool:
        """Hands or strain give cause."""
        return self.fallen or self.hands_off or self.sustained or self.rising

    def bars_stir(self) -> bool:
        """The bars are unknown, pushed, too heavy, or used without a session or not at all."""
        return (
            self.bar_unknown
            or self.mismatch
            or self.never_taken
            or min(self.cell_slow_kg) < -1.0
            or self.bar_slow_kg < -1.0
            or (
                self.bar_slow_kg > self.body_weight_kg
                if self.in_session
                else abs(self.bar_slow_kg) >= self.not_watching_kg - 1.0
            )
        )

    def ails(self) -> bool:
        """Boards, cells, lines, zero, supports, calibration or what is around the core give cause."""
        return bool(
            self.faulty_cells
            or self.lost_boards
            or self.restarted_boards
            or self.slow_boards
            or self.bad_lines
            or self.zero_moved
            or self.chattering
            or self.to_inspect
            or self.doubted
            or self.used_shares
            or self.uncalibrated
            or self.troubled
        )

    def ailing(self, part: str) -> Subjects:
        """What ails that part around the core; a doubt ends a calibration as its last day does."""
        found: Subjects = getattr(self.around, part)
        return {**found, **self.doubted} if part == "calibration_expired" and self.doubted else found

    def report(self, around: Around) -> None:
        """What ails around the core, from now on."""
        self.around = around
        self.troubled = around != Around()

    def watch(
        self, body_weight_kg: float, near_kg: float, limit_kg: float, critical_kg: float, guard_kg: float
    ) -> None:
        """A session runs, with these numbers."""
        self.in_session = True
        self.body_weight_kg = body_weight_kg
        self.near_kg, self.limit_kg, self.critical_kg, self.guard_kg = near_kg, limit_kg, critical_kg, guard_kg
        self.stir_kg = 0.9 * near_kg

    def unwatch(self) -> None:
        """The session ended."""
        self.cue = True
        self.in_session = self.on_client = self.hands_off = self.never_taken = False
        self.body_weight_kg = self.near_kg = self.limit_kg = self.critical_kg = nan
        self.guard_kg = 0.0

    def confirm_fall(self, above: bool) -> bool:
        """True once a load above critical still stands after 2 further conversions of the cell that brought it there.

        That cell is the one whose own load fell most into the row of the crossing.
        """
        if not above:
            self._fall = None
            return False
        if self._fall is None:
            self._fall = Confirmation(self.cell_fast_before_kg, self.cell_fast_kg, self.cells)
        return self._fall.given
