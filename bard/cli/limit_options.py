"""Limits as they are typed: the options that set them whole.

One law: what is not typed is not set; nothing is taken over from before, and there is no default for the limit.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from bard.cli.asking import NUMBER, Number
from bard.errors import UsageError
from bard.people.records import LimitsGiven

F = TypeVar("F", bound=Callable[..., Any])


class Zone(click.ParamType):  # type: ignore[type-arg]
    """`NAME=KG`."""

    name = "zone"

    def convert(
        self, value: str | tuple[str, float], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        if isinstance(value, tuple):
            return value
        zone, separator, kg = value.partition("=")
        if not separator or not zone:
            self.fail(f'"{value}"; allowed: NAME=KG, as "lower back=25".', param, ctx)
        return zone, NUMBER.convert(kg, param, ctx)


_OPTIONS = (
    click.option("--limit", "limit_kg", type=NUMBER, metavar="KG"),
    click.option("--near", "near_kg", type=NUMBER, metavar="KG"),
    click.option("--critical", "critical_kg", type=NUMBER, metavar="KG"),
    click.option("--zone", "zones", type=Zone(), multiple=True, metavar="NAME=KG", help="A lower limit for a zone."),
    click.option("--sustained", "sustained_kg", type=NUMBER, metavar="KG", help="With --for: tell what lasts."),
    click.option("--for", "sustained_s", type=Number(0, 3600, min_open=True), metavar="S"),
    click.option("--rate", "rate_kg_s", type=Number(0, 2000, min_open=True), metavar="KG/S", help="Tell a rise."),
)


def with_limits(command: F) -> F:
    """The options of a client's limits; the command takes them as `**limits` for `limits_typed`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def limits_typed(command: str, limits: dict[str, Any]) -> LimitsGiven | None:
    """What was typed, whole; None where nothing was. Raises UsageError for parts of a limit without the limit."""
    zones = limits.pop("zones")
    if len(dict(zones)) < len(zones):
        raise UsageError(f"{command}: a zone is given twice; allowed: once each")
    typed = {name: value for name, value in limits.items() if value is not None}
    if not typed and not zones:
        return None
    if "limit_kg" not in typed:
        raise UsageError(f"{command}: limits are set whole: give --limit with the others")
    return LimitsGiven(**typed, zones=dict(zones))
