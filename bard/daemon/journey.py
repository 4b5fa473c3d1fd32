"""The steps of an installer's procedure as the daemon holds them: on the disk first, then in what follows from them.

One law: what follows is derived anew after each step and undo, in a thread. It asks nobody and reads no bar.
"""

import asyncio
from pathlib import Path

from bard.commission.procedure import Bar, bars_of
from bard.commission.record import CalibrationRecord
from bard.commission.stages import state_of
from bard.commission.steps import Step
from bard.commission.told import State
from bard.config.calibration_file import CALIBRATION_FILE, Stored, load_stored, save_calibration
from bard.config.journey_file import JOURNEY_FILE, load_steps, save_steps
from bard.errors import BardError


class Journey:
    """`steps` with what follows from them; `known`: the record of the calibration in use."""

    def __init__(self, folder: Path) -> None:
        self.calibration_path = folder / CALIBRATION_FILE
        self._path = folder / JOURNEY_FILE
        self.loaded = False
        self.steps: tuple[Step, ...] = ()
        self.known: CalibrationRecord | None = None
        self.bars: tuple[Bar, ...] = ()
        self.state: State | None = None

    async def load(self) -> None:
        """Once, when first asked for. Raises ConfigError for a file that cannot be read."""
        if not self.loaded:
            steps = await asyncio.to_thread(load_steps, self._path)
            await self.know(damaged_too=True)
            await self._derive(steps)

    async def know(self, *, damaged_too: bool) -> None:
        """Read the record of the calibration in use. Raises ConfigError for a damaged file, unless that may be."""
        try:
            stored = await asyncio.to_thread(load_stored, self.calibration_path)
        except BardError:
            if not damaged_too:
                raise
            stored = None
        self.known = stored.record if stored is not None else None

    async def keep(self, steps: tuple[Step, ...]) -> None:
        """These are the steps from now on. Raises ConfigError where the disk does not take them."""
        await asyncio.to_thread(save_steps, self._path, steps)
        await self._derive(steps)

    async def store(self, new: Stored) -> Stored | None:
        """Keep a calibration; returns the one before. Raises ConfigError where the disk does not take it."""
        try:
            old = await asyncio.to_thread(load_stored, self.calibration_path)
        except BardError:
            old = None
        await asyncio.to_thread(save_calibration, self.calibration_path, new.calibration, new.record)
        self.known = new.record
        return old

    async def _derive(self, steps: tuple[Step, ...]) -> None:
        self.bars = await asyncio.to_thread(bars_of, steps, self.known) if steps else ()
        self.state = state_of(steps, self.bars) if steps else None
        self.steps, self.loaded = steps, True
