"""Which cell answers a pull: is it the one that the person says is pulled, and does it read as a pull?

One law: the strongest answer is believed only where it stands well above the others; a doubt is said. It knows no port
and asks nobody.
"""

from collections.abc import Mapping, Sequence
from statistics import median

from msgspec import Struct

from bard.commission.findings import Finding, finding
from bard.weigh.calibration import CellCalibration
from bard.weigh.cell import NOMINAL_COUNTS_PER_KG

PULL_LEAST_KG = 1.0
PULL_SHARE = 0.6
"""A second answer of more than this share of the first leaves a doubt."""

Conversions = Sequence[tuple[int, int]]


class Pull(Struct, frozen=True):
    """How far one cell went from its rest, down positive; kg by its calibration, or by a usual cell without one."""

    name: str
    kg: float
    counts: int
    calibrated: bool


def answers(
    names: Mapping[str, str],
    rest: Mapping[str, Conversions],
    pulled: Mapping[str, Conversions],
    calibration: Mapping[str, CellCalibration],
) -> list[Pull]:
    """The strongest first. All by cell key: names, conversions at rest and during the pull, calibrations."""
    found = []
    for key, name in names.items():
        if len(rest.get(key, ())) < 3 or len(pulled.get(key, ())) < 3:
            continue
        level = median(counts for _, counts in rest[key])
        away = max((moved - level for moved in _gated(pulled[key])), key=abs)
        own = calibration.get(key)
        kg = away / (own.counts_per_kg if own else NOMINAL_COUNTS_PER_KG)
        found.append(Pull(name, kg, round(away), own is not None))
    return sorted(found, key=lambda pull: -abs(pull.kg))


def judge_pull(expected: str, found: Sequence[Pull]) -> list[Finding]:
    """What is wrong where `expected` was pulled, and these answered, the strongest first."""
    if not found or abs(found[0].kg) < PULL_LEAST_KG:
        strongest = f"; the strongest was {_words(found[0])}" if found else ""
        return [finding("tap_none", expected, f"nothing above {PULL_LEAST_KG:g} kg{strongest}")]
    first = found[0]
    alike = [pull for pull in found if abs(pull.kg) > PULL_SHARE * abs(first.kg)]
    if len(alike) > 1:
        return [finding("tap_several", expected, "; ".join(map(_words, alike)))]
    if first.name != expected:
        return [finding("tap_other", expected, f"{_words(first)} answered")]
    if first.calibrated and first.kg < 0:
        return [finding("tap_backwards", expected, _words(first))]
    return []


def exchanged(answered: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs that answer for one another, of who answered for whom."""
    return [(one, other) for one, other in answered.items() if one < other and answered.get(other) == one]


def _gated(conversions: Conversions) -> list[float]:
    """Without single wrong readings."""
    counts = [one for _, one in conversions]
    return [median(counts[at : at + 3]) for at in range(len(counts) - 2)]


def _words(pull: Pull) -> str:
    how_far = f"{pull.kg:+.1f} kg" if pull.calibrated else f"{pull.counts:+d} counts"
    return f"{pull.name} ({how_far})"
