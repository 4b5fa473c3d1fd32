"""`bard tape` and `bard replay`."""

import sys
from pathlib import Path

import click
import msgspec

from bard.journal.recompute import statistics_of
from bard.journal.replay import check_golden, rebuild_golden, replay
from bard.journal.show import KINDS, show

_TAPE = click.argument("tape_path", metavar="TAPE", type=click.Path(path_type=Path))


@click.group()
def tape() -> None:
    """Look at tapes: every input of the core, as it came."""


@tape.command("show")
@_TAPE
@click.option("--since", "since_s", type=float, default=0.0, metavar="S", help="From this second of the tape on.")
@click.option("--until", "until_s", type=float, metavar="S", help="Up to this second.")
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Only these kinds of lines.")
def tape_show(tape_path: Path, since_s: float, until_s: float | None, kinds: tuple[str, ...]) -> None:
    """Print TAPE for people: frames, commands and events, a line each."""
    show(tape_path, sys.stdout, since_s=since_s, until_s=until_s, kinds=kinds or KINDS)


@tape.command("statistics")
@click.argument("tape_paths", metavar="TAPE...", nargs=-1, required=True, type=click.Path(path_type=Path))
def tape_statistics(tape_paths: tuple[Path, ...]) -> None:
    """Work out the statistics of each session on the tapes, given in their order: a JSON object a line.

    They are the journal's, made by replay; a session that a restart cut in two needs both tapes.
    """
    for found in statistics_of(tape_paths):
        click.echo(msgspec.json.encode(found))


@click.command("replay")
@_TAPE
@click.option("--check", "golden", type=click.Path(path_type=Path), help="Compare the events with this golden file.")
@click.option("--rebuild", type=click.Path(path_type=Path), help="Write the events to this golden file.")
def replay_command(tape_path: Path, golden: Path | None, rebuild: Path | None) -> None:
    """Play TAPE into a fresh core; the events must be those it recorded, to the bit (else exit status 1)."""
    if rebuild is not None:
        click.echo(f"{rebuild_golden(tape_path, rebuild)} events written to {rebuild}")
        return
    if golden is not None:
        differences = check_golden(tape_path, golden)
    else:
        replayed = replay(tape_path)
        differences = replayed.differences
        click.echo(
            f"{replayed.duration_us / 1e6:.1f} s, {replayed.calls} calls, {replayed.rows} rows, "
            f"{len(replayed.events)} events"
        )
        if replayed.truncated is not None:
            click.echo(f"the tape is {replayed.truncated}")
        elif not replayed.ended:
            click.echo("the tape was not closed: up to 1 s may be missing at its end")
        if replayed.missing:
            click.echo(f"{replayed.missing} records are missing: the disk refused them")
    for line in differences:
        click.echo(line)
    click.echo("events differ" if differences else "events are the same, to the bit")
    sys.exit(1 if differences else 0)
