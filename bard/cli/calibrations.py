"""`bard calibration`: which calibrations there were, what is in one, and using one of them again.

One law: with a daemon it is the daemon that writes; without one the file is replaced whole, as ever.
"""

from pathlib import Path

import click

from bard.commission.steps import Revert
from bard.config.calibration_file import CALIBRATION_FILE, Stored, find, history, load_stored, save_calibration
from bard.config.load import load_settings
from bard.control.client import ControlClient
from bard.errors import LinkError, UsageError


def _file(config: str) -> Path:
    return Path(load_settings(Path(config)).journal.directory) / CALIBRATION_FILE


@click.group()
def calibration() -> None:
    """The calibration in use and those before it."""


@calibration.command("list")
@click.pass_obj
def list_command(config: str) -> None:
    """All there are, the one in use first."""
    path = _file(config)
    now = load_stored(path)
    if now is not None:
        click.echo(f"{_line(now)}  in use")
    for kept in history(path):
        if kept.stored is None:
            click.echo(f"{kept.digest:14}  cannot be used: {kept.damage}")
        elif now is None or kept.digest != now.calibration.digest:
            click.echo(_line(kept.stored))


@calibration.command()
@click.argument("digest", required=False)
@click.pass_obj
def show(config: str, digest: str | None) -> None:
    """What is in the one in use, or in DIGEST (its first digits will do)."""
    path = _file(config)
    now = load_stored(path)
    if digest is not None and (now is None or not now.calibration.digest.startswith(digest)):
        now = find(path, digest)
    if now is None:
        raise UsageError(f"{path}: there is none yet; allowed: after `bard calibrate`")
    for line in describe(now):
        click.echo(line)


@calibration.command()
@click.argument("digest")
@click.pass_obj
def revert(config: str, digest: str) -> None:
    """Use DIGEST again. Never in a session; the one in use is kept in its place."""
    path, settings = _file(config), load_settings(Path(config))
    try:
        client = ControlClient(settings.control.socket)
    except LinkError:
        found = find(path, digest)
        save_calibration(path, found.calibration, found.record)
        click.echo(f"calibration {found.calibration.digest} is in use when bard runs")
        return
    with client:
        click.echo(client.calibrate(Revert(digest)).said)


def describe(stored: Stored) -> list[str]:
    """For people, a line each."""
    calibration, record = stored.calibration, stored.record
    lines = [_line(stored)]
    if calibration.span_u_fraction is not None:
        lines.append(f"span good to {200 * calibration.span_u_fraction:.2f} % (U, k = 2)")
    lines += [
        f"{key:12} zero {cell.zero_counts:+11.1f} counts  span {cell.counts_per_kg:+10.2f} counts/kg"
        for key, cell in sorted(calibration.cells.items())
    ]
    lines += [f"{key:12} zero {counts:+11.1f} counts  no span" for key, counts in sorted(calibration.zeros.items())]
    if record is None:
        return [*lines, "what it was made from is not known (made by an older bard)"]
    for support in record.supports:
        who = f"by {support.installer or 'nobody named'}, {support.made[:10]}"
        lines.append(f"{support.plan.name}: {support.method}; {who}")
        lines += [f"  {found.made[:10]} verified by {found.by}: {found.words}" for found in support.verifications]
    return lines


def _line(stored: Stored) -> str:
    calibration, record = stored.calibration, stored.record
    verdict = f"  {record.verdict}" if record is not None else ""
    expires = f"  expires {calibration.expires}" if calibration.expires else ""
    return f"{calibration.digest:14}  made {calibration.made[:16] or 'some day'}{expires}{verdict}"
