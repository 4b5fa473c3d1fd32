"""A house whose board is a workshop's, on a real pty: loads are hung by the test while the daemon reads them."""

import subprocess
import sys
import time
from pathlib import Path

from bard.commission.record import Source
from bard.commission.steps import Accept, Asked, Begin, Check, Free, Load, Look
from bard.commission.told import View
from bard.config.calibration_file import load_calibration, save_calibration
from bard.control.client import ControlClient
from bard.errors import Refused
from bard.weigh.calibration import Calibration
from tests.daemon.house import PATIENCE_S, House, wait_for

NEAR_KG = 0.25
LEFT, RIGHT = "left bar", "right bar"
KEYS = {LEFT: ("a/0", "a/1"), RIGHT: ("a/2", "a/3")}
_LOOK_S = 0.05
LIVE_S = 1.0
"""What a live light looks back on."""


def plate(kg: float) -> Source:
    """A good weight."""
    return Source(f"{kg:g} kg", "weight", kg=kg, u_kg=kg * 0.001)


def hangs(kg: float, place: float | None, support: str = LEFT, *, verifies: bool = False) -> Load:
    """What is told of a weight."""
    return Load(support, "weights", (plate(kg),), place, verifies=verifies)


class Workshop(House):
    """`hang` loads; `carry_out` and `look` are a client's."""

    _looking: ControlClient | None = None
    _looked_at: object = None

    def open(self, seed: int = 3, *, calibrated: bool = False, more: str = "") -> None:
        """The room, the daemon, and its board greeted."""
        link, truth = self.folder / "boards", self.folder / "truth.json"
        self.furnish(f"sim://workshop?seed={seed}", calibrated=False, more=more)
        self.config.write_text(self.config.read_text().replace(f"sim://workshop?seed={seed}", str(link / "a")))
        (self.folder / "var").mkdir()
        options = ["--seed", seed, "--link", link, "--calibration", truth]
        command = [sys.executable, "-u", "-m", "bard", "simulate", "workshop", *map(str, options)]
        self.room = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.also(self.room)
        wait_for((link / "a").is_symlink, "the pty is offered")
        self.truth: Calibration = load_calibration(truth)
        if calibrated:
            save_calibration(self.file(), self.truth)
        self.start()
        self.greeted()

    def greeted(self) -> None:
        """The board has said who it is, and every cell is proved."""
        states = {"ok", "uncalibrated"}
        self.until(
            lambda s: s.boards[0].uid and all(cell.state in states for bar in s.supports for cell in bar.cells),
            "every cell is proved",
        )

    def hang(self, support: str, kg: float, place: float = 0.5, sway_kg: float = 0.0) -> None:
        """Have that and nothing else hang there, at rest; the room's other supports stay as they are."""
        assert self.room.stdin is not None
        self.room.stdin.write(f'"{support}" {kg} {place} {sway_kg}\n'.encode())
        self.room.stdin.flush()
        since = time.monotonic()
        shares = (kg,) if len(KEYS[support]) == 1 else (kg * (1 - place), kg * place)

        def there() -> bool:
            live = {cell.key: cell for cell in self.look().live}
            for key, share_kg in zip(KEYS[support], shares, strict=True):
                true, found = self.truth.cells[key], live[key].counts
                if found is None:
                    return False
                if abs((found - true.zero_counts) / true.counts_per_kg - share_kg) > NEAR_KG + sway_kg:
                    return False
            return time.monotonic() - since > LIVE_S

        wait_for(there, f"{kg} kg hang at {place} of {support}")

    def look(self) -> View:
        """Where it stands, asked over one connection for as long as the daemon lives."""
        time.sleep(_LOOK_S)
        if self._looking is None or self._looked_at is not self.process:
            self._looking, self._looked_at = self.client(), self.process
        return self._looking.calibrate(Look())

    def ask(self, asked: Asked) -> View:
        """Ask once."""
        with self.client() as client:
            return client.calibrate(asked)

    def carry_out(self, asked: Asked) -> View:
        """... and wait until it is over; a refusal of what was read is raised too."""
        if isinstance(asked, Check | Free):
            wait_for(lambda: {cell.light for cell in self.look().live} == {"still"}, "no board shakes its bars")
        done = self.look().done
        self.ask(asked)
        wait_for(
            lambda: (view := self.look()).done > done and view.averaging is None, f"{asked} is over", PATIENCE_S * 2
        )
        view = self.look()
        if view.refusal:
            raise Refused(view.refusal)
        return view

    def prepared(self, *supports: str) -> View:
        """Begun, checked, zeroed."""
        self.carry_out(Begin("R. Igger", supports=supports, capacity_kg=200.0))
        self.carry_out(Check())
        return self.carry_out(Free())

    def calibrated(self, support: str = LEFT) -> View:
        """The whole procedure for one support, without a mistake."""
        self.prepared(support)
        for kg, place in ((10, 0.25), (20, 0.25), (20, 0.75), (40, 0.75), (30, 0.5)):
            self.hang(support, kg, place)
            self.carry_out(hangs(kg, place, support))
        self.hang(support, 25, 0.2)
        self.carry_out(hangs(25, 0.2, support, verifies=True))
        return self.carry_out(Accept())

    def file(self) -> Path:
        return self.folder / "var" / "calibration.json"
