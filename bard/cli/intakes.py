"""`bard intake CLIENT`: asks what config/intake.toml holds, and keeps the answers.

One law: every question is put, none has a default answer, and nothing printed here clears anybody.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from bard.cli.keeping import now_ms, read_people, settings_of, write_people
from bard.cli.people_words import answer_lines, standing_lines
from bard.config.intake import load_checklist
from bard.control.protocol import PreflightLine
from bard.errors import UsageError
from bard.people.records import Damaged, Intake
from bard.settings import Checklist, Settings
from bard.studio.intake import standing
from bard.studio.intake_answers import REPLIES, checked_answers, read_answers, record_answers

_SHORT = {"n": "no", "y": "yes", "u": "unsure"}


@click.command("intake")
@click.argument("client")
@click.option("--by", default="", metavar="WHO", help="Who asks: needed.")
@click.option("--answer", "typed", multiple=True, metavar="ID=no|yes|unsure", help="All of them, instead of asking.")
@click.option("--answers", "file", type=click.File("rb"), metavar="FILE", help="... or as JSON; -: from stdin.")
@click.option("--show", is_flag=True, help="Show what was answered last; asks nothing.")
@click.pass_obj
def intake_command(config: str, client: str, by: str, typed: tuple[str, ...], file: Any, show: bool) -> None:
    """Ask the questions before a client's first session, and again when the answers are old.

    A reminder for the practitioner, who decides.
    """
    settings = settings_of(config)
    checklist = load_checklist(Path(settings.studio.intake_file))
    if show:
        with read_people(settings) as reader:
            _show(checklist, settings, reader.client(client).intake)
        return
    if not by.strip():
        raise UsageError("intake: somebody asks: give --by WHO")
    _keep(settings, checklist, client, by, _given(typed, file))


def ask_now(config: str, client: str, lines: Iterable[PreflightLine]) -> bool:
    """Where an intake that is due is all that refuses a session, and somebody sits here: ask it. Whether it was."""
    refusing = [line for line in lines if line.verdict == "refuse"]
    due = any(line.way_out.startswith("bard intake ") for line in refusing)
    if not due or any(line.what != "intake" for line in refusing) or not sys.stdin.isatty():
        return False
    by = click.prompt("Who asks the intake now (nobody: Enter)", default="", show_default=False)
    if not by.strip():
        return False
    settings = settings_of(config)
    _keep(settings, load_checklist(Path(settings.studio.intake_file)), client, by, None)
    return True


def _keep(settings: Settings, checklist: Checklist, client: str, by: str, answers: dict[str, Any] | None) -> None:
    """None: ask for them."""
    with read_people(settings) as reader:
        before = reader.client(client).intake
    if answers is None:
        answers = _ask(checklist, before)
    with write_people(settings) as people:
        record_answers(people, checklist, client, answers, by=by, at_ms=now_ms())
        _show(checklist, settings, people.client(client).intake, answered=False)


def _given(typed: tuple[str, ...], file: Any) -> dict[str, Any] | None:
    if file is not None:
        if typed:
            raise UsageError("intake: give either --answer or --answers")
        return read_answers(file.read())
    if not typed:
        return None
    parts = [one.partition("=") for one in typed]
    return {name: reply for name, _, reply in parts}


def _ask(checklist: Checklist, before: Intake | Damaged | None) -> dict[str, Any]:
    """Each question in turn, until it is answered."""
    if not sys.stdin.isatty():
        raise UsageError("intake: nobody to ask here; allowed: a terminal, or --answers FILE")
    known = before.answers if isinstance(before, Intake) else {}
    click.echo(checklist.reminder)
    answers: dict[str, Any] = {}
    for item in checklist.items:
        last = f", last time {known[item.id]}" if item.id in known else ""
        while item.id not in answers:
            reply = click.prompt(f"{item.words} [n]o, [y]es, [u]nsure{last}", prompt_suffix=": ").strip().lower()
            reply = _SHORT.get(reply, reply)
            if reply in REPLIES:
                answers[item.id] = reply
    return checked_answers(checklist, answers)


def _show(checklist: Checklist, settings: Settings, intake: Intake | Damaged | None, *, answered: bool = True) -> None:
    if answered and isinstance(intake, Intake):
        for line in answer_lines(checklist, intake):
            click.echo(line)
    days = settings.studio.intake_interval_days
    stands = standing(checklist, intake, interval_days=days, now_ms=now_ms())
    for line in standing_lines(stands):
        click.echo(line)
    if not (stands.due or stands.blocking or stands.cautions):
        click.echo("every question was answered with no")
    click.echo(checklist.reminder)
