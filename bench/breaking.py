"""Ways to break an installation that must be refused, each with the words that say why.

One law: what is broken is the room or the hands, never the fit.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from bard.commission.record import CellPlan
from bard.errors import BardError
from bard.simulate.installation import Installation
from bench.installer import METHODS, PERSON, Installer, places, plan_of, read_all


class Broken(NamedTuple):
    """A set-up: its name, words of its refusal, and what is done to the room and to what was read."""

    name: str
    words: str
    before: Callable[[Installer], None] = lambda _: None
    after: Callable[[Installer], None] = lambda _: None
    method: str = "weights"
    cells: int = 2


def refused_for(kind: Broken, seed: int) -> str:
    """What is said; empty: it was taken."""
    installer = Installer(Installation(50_000 + seed, kind.cells))
    kind.before(installer)
    read_all(installer, kind.method)
    kind.after(installer)
    try:
        installer.fit()
    except BardError as refusal:
        return str(refusal)
    return ""


def _counts(change: Callable[[int, np.ndarray], np.ndarray]) -> Callable[[Installer], None]:
    def after(installer: Installer) -> None:
        installer.readings = [
            replace(reading, counts=tuple(change(index, np.array(reading.counts)).tolist()))
            for index, reading in enumerate(installer.readings)
        ]

    return after


def _stuck(installer: Installer) -> None:
    installer.readings[3] = replace(installer.readings[3], sd_counts=(0.0,) * len(installer.plan.cells))


def _dead(installer: Installer) -> None:
    installer.installation.specs[1] = replace(installer.installation.specs[1], counts_per_kg=1e-3)


def _drifting(installer: Installer) -> None:
    installer.installation.specs[0] = replace(installer.installation.specs[0], drift_kg_per_h=12.0)


def _middle(installer: Installer) -> None:
    installer.places = [0.49, 0.51]


def _written(factor: float) -> Callable[[Installer], None]:
    """Weights that are typed as so many times what they are."""

    def after(installer: Installer) -> None:
        installer.sources = {
            name: replace(source, kg=(source.kg or 0.0) * factor) for name, source in installer.sources.items()
        }

    return after


def _bought(installer: Installer) -> None:
    """The capacity of the cells is known."""
    installer.plan = plan_of(installer.installation, capacity=True)


def _bought_and_bypassed(installer: Installer) -> None:
    """... and four fifths of the load go past them."""
    _bought(installer)
    installer.installation.specs = [
        replace(spec, counts_per_kg=spec.counts_per_kg / 5) for spec in installer.installation.specs
    ]


def _known(installer: Installer) -> None:
    cells = tuple(
        CellPlan(cell.key, cell.name, known_counts_per_kg=spec.counts_per_kg)
        for cell, spec in zip(installer.plan.cells, installer.installation.specs, strict=True)
    )
    installer.plan = replace(installer.plan, cells=cells, expected_kg=20.0)


def _locked(installer: Installer) -> None:
    installer.readings = [
        replace(reading, shown_kg=64.2) if reading.kind == "scale" else reading for reading in installer.readings
    ]


def _light(installer: Installer) -> None:
    installer.installation.weights = [replace(w, nominal_kg=2.0, kg=w.kg / 10) for w in installer.installation.weights]


def _unweighed(installer: Installer) -> None:
    """Nothing but hangs of a person nobody weighed."""
    installer.readings = [reading for reading in installer.readings if reading.kind in ("free", "hang")]
    installer.sources[PERSON] = replace(installer.sources[PERSON], kg=None)
    hung = [reading for reading in installer.readings if reading.kind == "hang"]
    more = [reading for _ in range(2) for reading in hung]
    installer.readings += [replace(reading, number=100 + number) for number, reading in enumerate(more)]


BROKEN = (
    Broken(
        "a wire breaks",
        "the end of its range",
        after=_counts(lambda i, counts: np.where([i == 4, False], 8_388_607.0, counts)),
    ),
    Broken("an amplifier repeats itself", "all its readings are", after=_stuck),
    Broken("a cell that no load reaches", "no load moved it by more than", before=_dead),
    Broken("a zero that runs away", "its zero does not stay", before=_drifting),
    Broken("all loads in the middle", "hung too much in one place", before=_middle),
    Broken("too light weights", "hang more", before=_light),
    Broken("all weights typed ten times too heavy", "a slip of ten", after=_written(10.0)),
    Broken("... ten times too light", "80 kg meant", after=_written(0.1)),
    Broken("... in pounds, cells known", "pounds typed for kg", before=_bought, after=_written(2.2046)),
    Broken("... ten times too light, calibrated before", "a slip of ten", before=_known, after=_written(0.1)),
    Broken("most of the load goes past the cells", "goes past it", before=_bought_and_bypassed),
    Broken("cells in each other's place", "swapped", after=_counts(lambda _, counts: counts[::-1])),
    Broken("a scale that holds its reading", "it holds its reading", after=_locked, method="9 pulls"),
    Broken(
        "a person nobody weighed",
        "weight open",
        after=_unweighed,
        method=METHODS[-1],
    ),
    Broken(
        "too few loads",
        "are the least for its cells",
        after=lambda installer: installer.readings.__delitem__(slice(5, -1)),
    ),
)

__all__ = ["BROKEN", "Broken", "places", "refused_for"]
