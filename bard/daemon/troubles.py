"""What ails the parts around the core, for whoever reads the service's log.

One law: a trouble is said once when it is found and once when it is over. It decides nothing: what a trouble means for
the load is the core's business.
"""

import contextlib
from collections.abc import Mapping
from typing import TextIO


class Troubles:
    """`look` at all parts now and then; what changed since goes to `stream`, a line each."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._known: dict[str, str] = {}

    def look(self, found: Mapping[str, str | None]) -> None:
        """`found`: part -> its trouble in words, None where there is none."""
        for part, trouble in found.items():
            known = self._known.pop(part, None)
            if trouble is not None:
                self._known[part] = trouble
            if trouble != known:
                with contextlib.suppress(OSError):  # nobody reads it: no reason to stop watching
                    print(f"bard: {part}: {trouble or 'well again'}", file=self._stream, flush=True)
