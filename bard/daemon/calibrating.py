"""An installer's procedure while the daemon runs: what is asked, read, kept and at last used.

One law: never in a session, and nothing is used before it is stored. What is taken and what is refused is decided by
bard.commission; files are read and written in threads, and so are fits.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from bard.commission.fit import shown_kg
from bard.commission.model import zeros_at
from bard.commission.plans import check_room, first_step
from bard.commission.procedure import Bar, accepted, bars_of, began
from bard.commission.reading import Taken, check_load, checked, freed, loaded, striking
from bard.commission.readings import Readings
from bard.commission.record import BoardRecord
from bard.commission.stages import refused_of, step_words
from bard.commission.steps import (
    Accept,
    Asked,
    Begin,
    Check,
    Drop,
    Free,
    Load,
    Look,
    Revert,
    Shown,
    Step,
    Stop,
    Strike,
    Undo,
)
from bard.commission.told import Averaging, View
from bard.config.calibration_file import Stored, find
from bard.daemon.journey import Journey
from bard.daemon.sampling import Sampling
from bard.errors import BardError, Refused
from bard.messages import Command, SetCalibration, Verified
from bard.monitor import Monitor

_FOUND_WRONG = "a verification found it wrong: calibrate it anew"
_READ_S = {"check": 5.0, "free": 5.0, "load": 3.0, "hold": 30.0}


class Calibrating:
    """`ask` one thing after another. `monitor` gives the present core; `command` carries out a core command."""

    def __init__(
        self, monitor: Callable[[], Monitor], folder: Path, command: Callable[[Command, str], str | None]
    ) -> None:
        self._monitor = monitor
        self._journey = Journey(folder)
        self._command = command
        self._sampling = Sampling(monitor)
        self._one_at_a_time = asyncio.Lock()
        self._averaging: Averaging | None = None
        self._began_s = 0.0
        self._reading: asyncio.Task[None] | None = None
        self._pull: Taken | None = None
        self._done = 0
        self._said = ""
        self._refusal = ""

    @property
    def busy(self) -> bool:
        """A reading of this core's rows is being taken."""
        return self._reading is not None

    async def ask(self, asked: Asked, origin: str) -> View:
        """Carry it out; a reading goes on after this returns. Raises BardError where it is refused."""
        async with self._one_at_a_time:
            if not isinstance(asked, Drop | Revert):
                await self._journey.load()
            await self._carry_out(asked, origin)
        return self._view()

    def close(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
        self._sampling.close()

    # What is asked

    async def _carry_out(self, asked: Asked, origin: str) -> None:
        if isinstance(asked, Look):
            return
        if not isinstance(asked, Stop):
            self._check_free(asked)
        match asked:
            case Begin():
                await self._begin(asked)
            case Check() | Free() | Load():
                self._start(asked)
            case Shown():
                if self._pull is None:
                    raise Refused("no pull waits for what its scale showed: pull first")
                await self._add(loaded(self._pull, asked.kg))
                self._pull = None
            case Strike():
                await self._add(striking(self._journey.steps, asked))
            case Undo():
                await self._undo()
            case Stop():
                if self._reading is not None:
                    self._reading.cancel()
                self._pull = None
            case Drop():
                self._pull = None
                await self._journey.keep(())
                self._over("dropped; the calibration in use stays")
            case Accept():
                await self._accept(origin)
            case Revert():
                await self._revert(asked.digest, origin)

    def _check_free(self, asked: Asked) -> None:
        if self._monitor().in_session:
            raise Refused("a session runs: end it before calibrating")
        if self._reading is not None:
            raise Refused("a reading is being taken: wait for it, or stop it")
        if self._pull is not None and not isinstance(asked, Shown | Undo | Drop):
            raise Refused("a pull waits for what its scale showed: type it, or stop")

    async def _begin(self, asked: Begin) -> None:
        if self._journey.steps and not asked.anew:
            open_one = began(self._journey.steps)
            who = f"one by {open_one.installer} from {open_one.at[:16]}"
            raise Refused(f"{who} is open: go on with it, drop it or begin anew")
        monitor = self._monitor()
        boards = tuple(BoardRecord(b.name, b.uid, b.firmware) for b in monitor.snapshot().boards)
        first = first_step(asked, monitor.settings.room, boards, monitor.calibration, _now(), time.time())
        await self._journey.know(damaged_too=asked.purpose == "calibrate")
        bars = await asyncio.to_thread(bars_of, (first,), self._journey.known)
        missing = next((bar.refusal for bar in bars if not bar.fits and bar.record is None), None)
        if missing is not None:
            raise Refused(missing)
        await self._journey.keep((first,))
        self._over("begun")

    async def _undo(self) -> None:
        if self._pull is not None:
            self._pull = None
            self._over("taken back: the pull without a scale reading")
            return
        if not self._journey.steps:
            raise Refused("nothing to take back: no calibration is open")
        last = self._journey.steps[-1]
        await self._journey.keep(self._journey.steps[:-1])
        self._over(f"taken back: {step_words(last)}")

    async def _accept(self, origin: str) -> None:
        steps, before = self._journey.steps, self._monitor().calibration
        first = began(steps)
        made = _now()
        expires = _plus_months(datetime.now(UTC).date(), first.months).isoformat()
        calibration, record = await asyncio.to_thread(accepted, steps, before, self._journey.known, made, expires)
        await self._store(Stored(calibration, record), origin)
        refused = refused_of(self._journey.bars)
        if first.purpose == "verify":
            for bar in self._journey.bars:
                if bar.verification is not None:
                    wrong = bar.verification.verdict == "refused"
                    self._command(Verified(bar.plan.name, _FOUND_WRONG if wrong else ""), origin)
        await self._journey.keep(())
        what = "verified" if first.purpose == "verify" else "calibrated"
        said = f"{what}: calibration {calibration.digest} is in use"
        self._over("" if refused else said, f"{refused}; kept in the record" if refused else "")

    async def _revert(self, digest: str, origin: str) -> None:
        if self._journey.steps:
            raise Refused("a calibration is under way: accept or drop it first")
        await self._store(await asyncio.to_thread(find, self._journey.calibration_path, digest), origin)
        self._over(f"calibration {self._monitor().calibration.digest} is in use again")

    async def _store(self, new: Stored, origin: str) -> None:
        """On the disk first, then in use; where the core refuses, the disk has the one before again."""
        old = await self._journey.store(new)
        if new.calibration == self._monitor().calibration:
            return
        refusal = self._command(SetCalibration(new.calibration), origin)
        if refusal is not None:
            if old is not None:
                await self._journey.store(old)
            raise Refused(refusal)

    # Reading

    def _start(self, asked: Check | Free | Load) -> None:
        steps = self._journey.steps
        began(steps)
        check_room(steps, self._monitor().settings.room)
        if isinstance(asked, Load):
            check_load(steps, self._journey.bars, asked)
            seconds = _READ_S["hold" if asked.hold else "load"]
            what = f"{asked.support}: held still" if asked.hold else asked.support
        else:
            seconds = _READ_S["check" if isinstance(asked, Check) else "free"]
            what = "rate and noise of all cells" if isinstance(asked, Check) else "zero of all cells"
        self._averaging = Averaging(what, seconds, 0.0)
        self._began_s = time.monotonic()
        self._reading = asyncio.get_running_loop().create_task(self._read(asked, seconds))

    async def _read(self, asked: Check | Free | Load, seconds: float) -> None:
        try:
            found = await self._sampling.collect(seconds)
            async with self._one_at_a_time:
                await self._take(asked, found)
        except BardError as error:
            self._over(refusal=str(error))
        except asyncio.CancelledError:
            self._over(refusal="stopped: nothing was read")
        finally:
            self._reading = self._averaging = None

    async def _take(self, asked: Check | Free | Load, found: Sequence[Readings]) -> None:
        if self._monitor().in_session:
            raise Refused("a session began meanwhile: nothing was read")
        steps, at_s = self._journey.steps, time.time()
        keys = [cell.key for cell in self._monitor().settings.room.cells]
        by_key = dict(zip(keys, found, strict=True))
        if isinstance(asked, Check):
            snapshot = self._monitor().snapshot()
            cells = {cell.key: cell for support in snapshot.supports for cell in support.cells}
            await self._add(checked(steps, by_key, cells))
        elif isinstance(asked, Free):
            await self._add(freed(steps, by_key, at_s))
        else:
            taken = Taken.of(steps, asked, by_key, at_s)
            if asked.kind == "scale" and asked.shown_kg is None:
                self._pull = taken
                self._over("read; now what the scale showed")
            else:
                await self._add(loaded(taken, asked.shown_kg))

    async def _add(self, step: Step) -> None:
        await self._journey.keep((*self._journey.steps, step))
        self._over(step_words(step))

    def _over(self, said: str = "", refusal: str = "") -> None:
        self._done += 1
        self._said, self._refusal = said, refusal

    def _view(self) -> View:
        monitor, averaging = self._monitor(), self._averaging
        if averaging is not None:
            done_s = min(time.monotonic() - self._began_s, averaging.seconds)
            averaging = Averaging(averaging.what, averaging.seconds, round(done_s, 2))
        live = self._sampling.look()
        counts = {cell.key: cell.counts for cell in live}
        return View(
            state=self._journey.state,
            live=live,
            loads_kg={bar.plan.name: _load_kg(bar, counts) for bar in self._journey.bars},
            averaging=averaging,
            waits_for_scale=self._pull is not None,
            done=self._done,
            said=self._said,
            refusal=self._refusal,
            digest=None if monitor.uncalibrated else monitor.calibration.digest,
            expires=monitor.calibration.expires,
            in_session=monitor.in_session,
        )


def _load_kg(bar: Bar, counts: dict[str, float | None]) -> float | None:
    """What hangs there now."""
    now = [counts.get(cell.key) for cell in bar.plan.cells]
    known = [value for value in now if value is not None]
    if bar.record is None or not bar.free or len(known) < len(now):
        return None
    return round(float(shown_kg(bar.record, known, zeros_at(bar.free, bar.free[-1].at_s).tolist())), 3)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _plus_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
