"""`bard doctor` for a page: one look at a time, and what the last one found.

One law: the page begins it and asks how it stands; it is the command that looks. Whoever else asks meanwhile is told
of the same look.
"""

import asyncio
import time
from typing import Literal

import msgspec
from msgspec import Struct

from bard.errors import BardError, Refused
from bard.web.commands import run

SECONDS = 10
LIMIT_S = 60.0
_LOOKED = (0, 4, 5)
"""Exit statuses of a look that was made (docs/doctor.md); any other says why there was none."""


class Finding(Struct, frozen=True):
    """One, as in `bard doctor --json`."""

    id: str
    severity: Literal["note", "warning", "fault"]
    about: str
    found: str
    meaning: str
    do: str


class Look(Struct, frozen=True):
    """How it stands. `seconds`: since it began, while it runs; of its end after. `refusal`: why there is nothing."""

    running: bool = False
    seconds: float = 0.0
    takes_s: int = SECONDS
    verdict: str | None = None
    findings: tuple[Finding, ...] = ()
    refusal: str = ""


class _Told(Struct):
    verdict: str
    findings: tuple[Finding, ...]


class Doctor:
    """`begin`, then `look` at it. `config`: the file that it reads."""

    def __init__(self, config: str) -> None:
        self._config = config
        self._task: asyncio.Task[None] | None = None
        self._at_s = 0.0
        self._last = Look()

    def begin(self) -> None:
        """Raises Refused where one runs."""
        if self._task is not None:
            raise Refused("doctor is looking already: wait for it")
        self._at_s = time.monotonic()
        self._task = asyncio.create_task(self._run())

    def look(self) -> Look:
        """As of now."""
        seconds = round(time.monotonic() - self._at_s, 1) if self._at_s else 0.0
        if self._task is not None:
            return Look(running=True, seconds=seconds)
        return msgspec.structs.replace(self._last, seconds=seconds)

    async def close(self) -> None:
        """End what runs; the ports go back to `bard run` with it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            said = await run(self._config, "doctor", "--json", "--seconds", str(SECONDS), limit_s=LIMIT_S)
            if said.status not in _LOOKED:
                raise Refused(said.complaint)
            told = msgspec.json.decode(said.out, type=_Told)
            self._last = Look(verdict=told.verdict, findings=told.findings)
        except (BardError, OSError, msgspec.MsgspecError) as error:
            self._last = Look(refusal=str(error))
        finally:
            self._at_s, self._task = time.monotonic(), None
