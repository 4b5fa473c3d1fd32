"""`bard therapist`: who works here, by code: body weight and contact areas."""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import click

from bard.cli.asking import Number
from bard.cli.erasing import therapist_erase
from bard.cli.keeping import now_ms, read_people, settings_of, write_people
from bard.cli.people_words import therapist_line, therapist_lines
from bard.errors import DataError, UsageError
from bard.people.held import held_on_therapist
from bard.people.records import PARTS, Part, Weight
from bard.people.store import People
from bard.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")


class Contact(click.ParamType):  # type: ignore[type-arg]
    """`PART=CM2`, or `PART=` to state it no longer."""

    name = "contact"

    def convert(
        self, value: str | tuple[Part, float | None], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Part, float | None]:
        if isinstance(value, tuple):
            return value
        name, separator, cm2 = value.partition("=")
        part = next((part for part in PARTS if part == name), None)
        if not separator or part is None:
            self.fail(f'"{value}"; allowed: {", ".join(f"{one}=CM2" for one in PARTS)}.', param, ctx)
        return part, Number(0, 2_000, min_open=True).convert(cm2, param, ctx) if cm2 else None


def _with_what_changes(command: Any) -> Any:
    for option in (
        click.option("--cue/--no-cue", default=None, help="Ticks below the limit, wanted or not."),
        click.option("--contact", "contacts", type=Contact(), multiple=True, metavar="PART=CM2", help="An area."),
        click.option("--dated", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Left out: today."),
        click.option("--u", "u_kg", type=Number(0, 10), metavar="KG", help="Standard uncertainty of the weight."),
        click.option("--body-weight", "kg", type=Number(20, 250), metavar="KG"),
    ):
        command = option(command)
    return command


@click.group()
def therapist() -> None:
    """Add, show, edit, list, export or erase therapists."""


therapist.add_command(therapist_erase)


@therapist.command("add")
@click.option("--code", metavar="CODE", help="Left out: one is made. No name: it has a digit in it.")
@_with_what_changes
@click.pass_obj
def therapist_add(config: str, /, code: str | None, **what: Any) -> None:
    """Add a therapist; prints the code."""
    settings = settings_of(config)
    with write_people(settings) as people:
        code = people.add_therapist(code, now_ms())
        _change(people, settings, code, **what)
    click.echo(code)


@therapist.command("edit")
@click.argument("code")
@_with_what_changes
@click.pass_obj
def therapist_edit(config: str, /, code: str, **what: Any) -> None:
    """Another body weight for CODE, contact areas, or whether the ticks are wanted. What was before is kept."""
    if not any(value is not None and value != () for value in what.values()):
        raise UsageError("therapist edit: nothing to change; allowed: --body-weight, --contact, --cue, --no-cue")
    settings = settings_of(config)
    with write_people(settings) as people:
        _change(people, settings, code, **what)
        click.echo(therapist_line(people.therapist(code)))


@therapist.command("show")
@click.argument("code")
@_JSON
@click.pass_obj
def therapist_show(config: str, code: str, as_json: bool) -> None:
    """Body weight, contact areas and sessions of CODE."""
    with read_people(settings_of(config)) as people:
        if as_json:
            click.echo(json.dumps(held_on_therapist(people, code), ensure_ascii=False, indent=2))
            return
        for line in therapist_lines(people.therapist(code), people.sessions(therapist=code)):
            click.echo(line)


@therapist.command("export")
@click.argument("code")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Left out: to the terminal.")
@click.pass_obj
def therapist_export(config: str, code: str, output: Path | None) -> None:
    """All that is held on CODE in people.db as JSON; what each session was is in its clients' exports."""
    with read_people(settings_of(config)) as people:
        text = json.dumps(held_on_therapist(people, code), ensure_ascii=False, indent=2)
    if output is None:
        click.echo(text)
        return
    try:
        with open(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except FileExistsError:
        raise UsageError(f"export: {output} is there already; allowed: the name of a new file") from None
    except OSError as error:
        raise DataError(f"{output}: {error.strerror}") from None


@therapist.command("list")
@_JSON
@click.pass_obj
def therapist_list(config: str, as_json: bool) -> None:
    """All therapists, one a line."""
    with read_people(settings_of(config)) as people:
        found = people.therapists()
        if as_json:
            everyone = [held_on_therapist(people, one.code) for one in found]
            click.echo(json.dumps(everyone, ensure_ascii=False, indent=2))
            return
    for one in found:
        click.echo(therapist_line(one))


def _change(people: People, settings: Settings, code: str, **what: Any) -> None:
    kg, u_kg, dated = what["kg"], what["u_kg"], what["dated"]
    if kg is None and (u_kg is not None or dated is not None):
        raise UsageError("therapist: --u and --dated go with --body-weight")
    if kg is not None:
        day = dated.date() if dated is not None else date.today()
        if day > date.today():
            raise UsageError(f"therapist: --dated {day}; allowed: today or before")
        budget_kg = settings.core.uncertainty.body_kg
        people.set_weight(code, Weight(now_ms(), "", kg, budget_kg if u_kg is None else u_kg, day.isoformat(), "typed"))
    for part, cm2 in what["contacts"]:
        people.set_contact(code, part, cm2, at_ms=now_ms(), by="")
    if what["cue"] is not None:
        people.set_cue(code, what["cue"])
