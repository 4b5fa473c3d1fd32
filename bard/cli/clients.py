"""`bard client`: the practitioner's clients, by code.

One law: a limit is set by somebody with a name, and none is suggested. Names and notes only where the studio keeps
them.
"""

import json
from pathlib import Path

import click

from bard.cli.erasing import client_erase, client_export
from bard.cli.keeping import now_ms, read_people, settings_of, write_people
from bard.cli.limit_options import limits_typed, with_limits
from bard.cli.people_words import client_line, client_lines
from bard.config.intake import load_checklist
from bard.errors import ConfigError, UsageError
from bard.people.held import held_on_client
from bard.people.records import Client, LimitsGiven
from bard.people.store import People
from bard.settings import Settings
from bard.studio.intake import Standing, standing

_BY = click.option("--by", default="", metavar="WHO", help="Who sets these limits: needed with them.")
_NAME = click.option("--name", metavar="TEXT", help="Only where [studio] names = true; empty: no longer.")
_NOTES = click.option("--notes", metavar="TEXT", help="Only where [studio] names = true; empty: no longer.")
_JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group()
def client() -> None:
    """Add, show, edit, list, export or erase clients, with the limits that the practitioner sets for each."""


client.add_command(client_export)
client.add_command(client_erase)


@client.command("add")
@click.option("--code", metavar="CODE", help="Left out: one is made. No name: it has a digit in it.")
@_NAME
@_NOTES
@with_limits
@_BY
@click.pass_obj
def client_add(config: str, /, code: str | None, name: str | None, notes: str | None, by: str, **limits: float) -> None:
    """Add a client; prints the code. There is no default for the limit."""
    given = _set_by("client add", limits_typed("client add", limits), by)
    with write_people(settings_of(config)) as people:
        code = people.add_client(code, now_ms(), name=name or None, notes=notes or None)
        if given is not None:
            people.set_limits(code, given, at_ms=now_ms(), by=by)
    click.echo(code)


@client.command("edit")
@click.argument("code")
@_NAME
@_NOTES
@with_limits
@_BY
@click.pass_obj
def client_edit(config: str, /, code: str, name: str | None, notes: str | None, by: str, **limits: float) -> None:
    """Set other limits for CODE, whole: what is not given is not set. Those before are kept as history."""
    given = _set_by("client edit", limits_typed("client edit", limits), by)
    if given is None and name is None and notes is None:
        raise UsageError("client edit: nothing to change; allowed: --limit and what goes with it, --name, --notes")
    with write_people(settings_of(config)) as people:
        _rename(people, code, name, notes)
        if given is not None:
            people.set_limits(code, given, at_ms=now_ms(), by=by)
        click.echo(client_line(people.client(code)))


@client.command("show")
@click.argument("code")
@_JSON
@click.pass_obj
def client_show(config: str, code: str, as_json: bool) -> None:
    """Limits with their history, intake, overrides and sessions of CODE."""
    settings = settings_of(config)
    with read_people(settings) as people:
        if as_json:
            click.echo(json.dumps(held_on_client(people, code), ensure_ascii=False, indent=2))
            return
        found = people.client(code)
        stands = _stands(settings, found)
        sessions = people.sessions(client=code)
        lines = client_lines(found, people.limits(code), people.overrides(code), sessions, stands)
        for line in lines:
            click.echo(line)


@client.command("list")
@_JSON
@click.pass_obj
def client_list(config: str, as_json: bool) -> None:
    """All clients, one a line."""
    with read_people(settings_of(config)) as people:
        found = people.clients()
        if as_json:
            everyone = [held_on_client(people, one.code) for one in found]
            click.echo(json.dumps(everyone, ensure_ascii=False, indent=2))
            return
    for one in found:
        click.echo(client_line(one))


def _set_by(command: str, given: LimitsGiven | None, by: str) -> LimitsGiven | None:
    if given is not None:
        if not by.strip():
            raise UsageError(f"{command}: limits are set by somebody: give --by WHO")
        given.check()
    return given


def _rename(people: People, code: str, name: str | None, notes: str | None) -> None:
    if name is None and notes is None:
        return
    was = people.client(code)
    people.edit_client(
        code,
        name=was.name if name is None else name or None,
        notes=was.notes if notes is None else notes or None,
    )


def _stands(settings: Settings, found: Client) -> Standing | None:
    try:
        checklist = load_checklist(Path(settings.studio.intake_file))
    except ConfigError:
        return None
    return standing(checklist, found.intake, interval_days=settings.studio.intake_interval_days, now_ms=now_ms())
