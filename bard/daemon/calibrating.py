"""A calibration step while the daemon runs: some seconds of readings, then a new calibration or a plain refusal.

One law: nothing is stored that was not accepted by bard.commission, and nothing is used before it is stored.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bard.commission.first import span, zero
from bard.commission.readings import Readings
from bard.config.calibration_file import save_calibration
from bard.control.protocol import Calibrate
from bard.errors import Refused, UsageError
from bard.messages import Command, SetCalibration
from bard.monitor import Monitor
from bard.weigh.calibration import Calibration

_READ_S = 3.0
_POLL_S = 0.005


class Calibrating:
    """One step at a time; `command` carries out a core command and returns its refusal."""

    def __init__(self, monitor: Monitor, path: Path, command: Callable[[Command, str], str | None]) -> None:
        self._monitor = monitor
        self._path = path
        self._command = command
        self.busy = False
        """A step is reading this core's rows."""

    async def step(self, request: Calibrate, origin: str) -> dict[str, object]:
        """Read, fit, store, use. Raises Refused or UsageError; the result names the digest and the cells changed."""
        if self.busy:
            raise Refused("another calibration step is running")
        if self._monitor.in_session:
            raise Refused("a session runs: end it before calibrating")
        chosen = self._chosen(request)
        self.busy = True
        try:
            means = await self._read(chosen)
        finally:
            self.busy = False
        calibration = self._fit(request, chosen, means)
        save_calibration(self._path, calibration)
        refusal = self._command(SetCalibration(calibration), origin)
        if refusal is not None:
            raise Refused(refusal)
        return {"digest": calibration.digest, "cells": {key: round(mean, 1) for key, mean in means.items()}}

    def _chosen(self, request: Calibrate) -> dict[str, str]:
        """Key -> name of the cells to read."""
        room = self._monitor.settings.room
        names = {cell.key: name for cell, name in zip(room.cells, room.cell_names, strict=True)}
        keys = {name: key for key, name in names.items()}
        allowed = ", ".join(f"{key} ({name})" for key, name in names.items())
        wanted = request.cells or list(names)
        unknown = [cell for cell in wanted if cell not in names and cell not in keys]
        if unknown:
            raise UsageError(f"no cell {unknown[0]!r}; allowed: {allowed}")
        chosen = {key: names[key] for key in (keys.get(cell, cell) for cell in wanted)}
        if request.step == "span" and len(chosen) != 1:
            raise UsageError(f"a span is made for one cell at a time; name it: {allowed}")
        return chosen

    async def _read(self, chosen: dict[str, str]) -> dict[str, float]:
        readings = {key: Readings(name) for key, name in chosen.items()}
        room_keys = [cell.key for cell in self._monitor.settings.room.cells]
        loop = asyncio.get_running_loop()
        end = loop.time() + _READ_S
        rows = self._monitor.rows
        while loop.time() < end:
            await asyncio.sleep(_POLL_S)
            if self._monitor.rows == rows:
                continue
            rows = self._monitor.rows
            for key, (counts, state) in zip(room_keys, self._monitor.readings, strict=True):
                if key in readings:
                    readings[key].take(counts, state)
        return {key: collected.mean_counts() for key, collected in readings.items()}

    def _fit(self, request: Calibrate, chosen: dict[str, str], means: dict[str, float]) -> Calibration:
        made = datetime.now(UTC).isoformat(timespec="seconds")
        if request.step == "zero":
            return zero(self._monitor.calibration, means, made)
        if request.kg is None or request.kg <= 0:
            raise UsageError("a span needs the weight in kg; allowed: above 0")
        [(key, name)] = chosen.items()
        return span(self._monitor.calibration, key, name, means[key], request.kg, made)
