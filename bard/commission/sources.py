"""What hangs, pulls or is pulled on, as a person tells it: made in one place for guide, page and scripts.

One law: from a bound that a person states to a standard uncertainty is one step, and it is here. It knows no question.
"""

from collections.abc import Mapping, Sequence

from bard.commission.record import Source

WEIGHT_PERCENT, SCALE_PERCENT, HANG_KG = 1.0, 1.0, 0.5
"""How far off such things are at most where nobody knows better."""
_STANDARD = 3**0.5
"""From a bound to a standard uncertainty."""
PERSON_U_KG = 0.1
SCALE, PERSON, HANGER = "scale", "person", "hanging person"


def weight(name: str, kg: float, percent: float = WEIGHT_PERCENT) -> Source:
    """A weight that is within `percent` of what it says."""
    return Source(name, "weight", kg=kg, u_kg=round(kg * percent / 100 / _STANDARD, 4))


def weight_names(kilograms: Sequence[float]) -> list[str]:
    """What weights without names are called: those that are alike have numbers."""
    return [
        f"{kg:g} kg" if kilograms[:index].count(kg) == 0 else f"{kg:g} kg, no. {kilograms[:index].count(kg) + 1}"
        for index, kg in enumerate(kilograms)
    ]


def weights(kilograms: Sequence[float], percent: float, known: Mapping[str, Source]) -> tuple[Source, ...]:
    """All that hang; what was told of one before (`known`, by name) stays."""
    names = weight_names(kilograms)
    return tuple(known.get(name) or weight(name, kg, percent) for name, kg in zip(names, kilograms, strict=True))


def scale_and_person(body_kg: float | None, percent: float = SCALE_PERCENT) -> tuple[Source, Source]:
    """Who pulls and on what; `body_kg`: what that scale shows without a pull, None: the fit shall find it."""
    scale = Source(SCALE, "scale", u_fraction=round(percent / 100 / _STANDARD, 5))
    if body_kg is None:
        return scale, Source(PERSON, "person")
    return scale, Source(PERSON, "person", kg=body_kg, u_kg=PERSON_U_KG, weighed_on=SCALE)


def hanging(kg: float, within_kg: float = HANG_KG) -> Source:
    """Who hangs, weighed on something else, right within `within_kg`."""
    return Source(HANGER, "person", kg=kg, u_kg=round(within_kg / _STANDARD, 4))
