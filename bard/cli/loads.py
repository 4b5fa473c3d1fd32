"""Loads as an installer types them: weights, a scale and its person, a person who hangs.

One law: what is not told of an error is taken as wide as such things are; a name stands for one thing all through.
"""

import click

from bard.cli.asking import NUMBER
from bard.commission.record import Source
from bard.errors import UsageError

WEIGHT_U = 0.006
"""Relative standard uncertainty of a weight nobody certified: within 1 % of what it says."""
SCALE_U = 0.005
PERSON_U_KG = 0.1
HANG_U_KG = 0.3
SCALE, PERSON = "scale", "person"
_DUMBBELL = "{} kg"


class Named(click.ParamType):  # type: ignore[type-arg]
    """`KG` or `NAME=KG`."""

    name = "weight"

    def convert(
        self, value: str | tuple[str, float], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        if isinstance(value, tuple):
            return value
        name, separator, kg = value.rpartition("=")
        number = NUMBER.convert(kg, param, ctx)
        return (name if separator else _DUMBBELL.format(f"{number:g}")), number


def weight(name: str, kg: float, u_fraction: float = WEIGHT_U) -> Source:
    """A weight good to `u_fraction` of what it says."""
    return Source(name, "weight", kg=kg, u_kg=round(kg * u_fraction, 4))


def scale_and_person(body_kg: float | None, u_fraction: float = SCALE_U) -> tuple[Source, Source]:
    """Who pulls and on what; `body_kg`: what that scale shows without a pull, None: the fit shall find it."""
    scale = Source(SCALE, "scale", u_fraction=u_fraction)
    if body_kg is None:
        return scale, Source(PERSON, "person")
    return scale, Source(PERSON, "person", kg=body_kg, u_kg=PERSON_U_KG, weighed_on=SCALE)


def hanging(kg: float, u_kg: float = HANG_U_KG) -> Source:
    """Who hangs, weighed on something else."""
    return Source("hanging person", "person", kg=kg, u_kg=u_kg)


def choose(**kinds: object) -> str:
    """Which one of these was given. Raises UsageError for none or several."""
    given = [kind for kind, value in kinds.items() if value]
    if len(given) != 1:
        raise UsageError(f"{len(given)} kinds of load; allowed: one of {', '.join(f'--{kind}' for kind in kinds)}")
    return given[0]
