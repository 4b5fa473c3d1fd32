"""Options that name loads: weights with or without a name, and one kind of load at a time.

One law: what is wrong with them is said with what is allowed. What loads are is in `bard.commission.sources`.
"""

import click

from bard.cli.asking import NUMBER
from bard.errors import UsageError


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
        return (name if separator else f"{number:g} kg"), number


def choose(**kinds: object) -> str:
    """Which one of these was given. Raises UsageError for none or several."""
    given = [kind for kind, value in kinds.items() if value]
    if len(given) != 1:
        raise UsageError(f"{len(given)} kinds of load; allowed: one of {', '.join(f'--{kind}' for kind in kinds)}")
    return given[0]
