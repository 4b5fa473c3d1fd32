"""`bard backup` and `bard restore`."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bard.config.atomic import write_whole
from bard.config.load import load_settings, parse_settings
from bard.control.listen import nobody_listens
from bard.control.words import time_words
from bard.daemon.wallclock import clock_trusted, wall_text
from bard.errors import DataError, UsageError
from bard.settings import Settings
from bard.studio.archive import CONFIG, INTAKE, Manifest, Progress, discard
from bard.studio.audit import BackupMade, Stamp, entries
from bard.studio.backup import file_for, make_backup, size_of
from bard.studio.restore import check, configs_of, erased_since, manifest_of, restore

_DAY_S = 86_400
_BACKUP = click.argument("backup", metavar="FILE", type=click.Path(path_type=Path))


@click.command("backup")
@click.argument("target", metavar="DIR|FILE", required=False, type=click.Path(path_type=Path))
@click.option("--tapes", is_flag=True, help="With the tapes: the raw record of each session, some MB an hour.")
@click.option("--list", "listing", is_flag=True, help="Say which backups were made, and end.")
@click.pass_obj
def backup_command(config: str, target: Path | None, tapes: bool, listing: bool) -> None:
    """Copy all that bard keeps into one file at DIR|FILE, while it runs.

    Passwords and certificates that the configuration names are not in it.
    """
    settings = load_settings(Path(config))
    folder = Path(settings.journal.directory)
    if listing:
        _list(folder)
        return
    if target is None:
        raise UsageError("backup: no DIR|FILE; allowed: a folder, the name of a new file, or --list")
    stamp = stamp_now()
    path = file_for(target, settings.core.room.station, stamp)
    with bar("copying", size_of(folder, tapes=tapes)) as progress:
        manifest = make_backup(
            *(folder, path),
            configs=_configs(Path(config), settings),
            station=settings.core.room.station,
            stamp=stamp,
            tapes=tapes,
            progress=progress,
        )
    without = "" if tapes else ", without tapes (--tapes takes them along)"
    click.echo(f"{path}: {len(manifest.content)} files, {path.stat().st_size / 1e6:.1f} MB{without}")
    click.echo("Whoever has this file can read everything in it: keep it locked away, or on an encrypted disk.")


@click.command("restore")
@_BACKUP
@click.option("--check", "only_check", is_flag=True, help="Only look at every byte of it, and end.")
@click.option("--with-config", is_flag=True, help="Put back the configuration too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def restore_command(config: str, backup: Path, only_check: bool, with_config: bool, yes: bool) -> None:
    """Replace all that bard keeps by the backup FILE. Stop bard first; what was there is kept in a folder beside it.

    Where there is no configuration file, the backup's is put there.
    """
    path = Path(config)
    manifest, kept = manifest_of(backup), configs_of(backup)
    settings = _settings(path, backup, kept.get(CONFIG))
    folder = Path(settings.journal.directory)
    if only_check:
        with bar("checking", manifest.bytes) as progress:
            check(backup, folder if folder.is_dir() else backup.parent, progress)
        click.echo(f"{backup}: whole: {_words(manifest)}")
        return
    with nobody_listens(settings.control.socket):
        click.echo(f"backup of {_words(manifest)}")
        erased = erased_since(folder, manifest.made)
        if erased:
            who = "1 person was" if erased == 1 else f"{erased} people were"
            click.echo(f"{who} erased here since then: whom this backup holds, erase again.")
        if not yes:
            click.confirm(f"Replace what is in {folder}?", abort=True)
        stamp = stamp_now()
        with bar("checking and copying", manifest.bytes) as progress:
            aside = restore(backup, folder, stamp, progress)
        click.echo(f"restored; what was there is in {folder / aside}")
        for name, place in _configs(path, settings).items():
            if name in kept:
                _put_config(place, kept[name], stamp, replace=with_config)


def stamp_now() -> Stamp:
    """This moment."""
    return Stamp(wall_text(time.time()), clock_trusted())


def age_words(at: Stamp) -> str:
    """`3 days ago`, with a doubt where the clock was not known to be right."""
    passed_s = time.time() - at.wall_s
    days = int(passed_s // _DAY_S)
    ago = f"{days} day{'' if days == 1 else 's'} ago" if days else f"{time_words(passed_s)} ago"
    return ago if at.clock_trusted else f"{ago}, by a clock that was not known to be right"


@contextmanager
def bar(label: str, total_bytes: int) -> Iterator[Progress]:
    """A progress bar on stderr; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield discard
        return
    with click.progressbar(length=max(1, total_bytes), label=label, file=sys.stderr) as shown:
        yield shown.update
        shown.update(max(1, total_bytes) - shown.pos)


def _configs(path: Path, settings: Settings) -> dict[str, Path]:
    return {CONFIG: path, INTAKE: Path(settings.studio.intake_file)}


def _settings(path: Path, backup: Path, kept: bytes | None) -> Settings:
    """Those of the file at `path`; where there is none, the backup's as if they stood there."""
    if path.exists() or kept is None:
        return load_settings(path)
    try:
        return parse_settings(kept.decode(), path)
    except UnicodeDecodeError:
        raise DataError(f"{backup}: its configuration is not text") from None


def _put_config(path: Path, kept: bytes, stamp: Stamp, *, replace: bool) -> None:
    try:
        there = path.read_bytes() if path.exists() else None
        if there == kept:
            return
        if there is not None and not replace:
            click.echo(f"{path} is another than the backup's and stays: --with-config puts that one back")
            return
        if there is not None:
            beside = path.with_name(f"{path.name}.before-restore-{stamp.name}")
            write_whole(beside, there)
            click.echo(f"{path}: the one before is {beside}")
        write_whole(path, kept)
        click.echo(f"{path}: put back")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}: all is restored but the configuration") from None


def _words(manifest: Manifest) -> str:
    tapes = "with" if manifest.tapes else "without"
    return (
        f"station {manifest.station}, made {manifest.made.wall} ({age_words(manifest.made)}) by bard {manifest.bard}, "
        f"{len(manifest.content)} files, {manifest.bytes / 1e6:.1f} MB, {tapes} tapes"
    )


def _list(folder: Path) -> None:
    made = list(entries(folder, BackupMade))
    for entry in made:
        gone = "" if Path(entry.path).exists() else "; not there now"
        tapes = "with" if entry.tapes else "without"
        click.echo(f"{entry.path}: made {age_words(entry.at)}, {tapes} tapes{gone}")
    if not made:
        click.echo("no backup was made")
