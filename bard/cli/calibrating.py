"""`bard calibrate`: the guided procedure, and the same one step a command for scripts.

One law: both ask the daemon for the same things over its socket; no rule of the procedure is in here.
"""

import time
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from bard.cli.asking import NUMBER, Number, socket_path
from bard.cli.loads import Named, choose
from bard.commission.sources import HANG_KG, SCALE_PERCENT, WEIGHT_PERCENT, hanging, scale_and_person, weight
from bard.commission.steps import (
    Accept,
    Asked,
    Begin,
    Check,
    Drop,
    Free,
    Load,
    Look,
    Strike,
    Undo,
)
from bard.commission.told import View
from bard.config.load import load_settings
from bard.control.client import ControlClient
from bard.errors import Refused
from bard.term.guide import CERTIFICATE, guide

_LOOK_S = 0.1


def carry_out(client: ControlClient, asked: Asked, tell: Callable[[View], None] = lambda _: None) -> View:
    """Ask for it and wait until it is over. Raises Refused where it was refused."""
    done = client.calibrate(Look()).done
    view = client.calibrate(asked)
    while view.averaging is not None or view.done == done:
        tell(view)
        time.sleep(_LOOK_S)
        view = client.calibrate(Look())
    if view.refusal:
        raise Refused(view.refusal)
    return view


def do(config: str, asked: Asked) -> View:
    """Carry it out and print what came of it."""
    with ControlClient(socket_path(config)) as client:
        view = carry_out(client, asked)
    click.echo(view.said)
    if view.state is not None:
        click.echo(f"next: {view.state.stage}: {view.state.todo}")
    return view


@click.group(invoke_without_command=True)
@click.pass_context
def calibrate(ctx: click.Context) -> None:
    """Make counts into kg: step by step with what to do next, and on from where it was left.

    Without a command it guides through all of it. The commands take one step each, for scripts.
    """
    if ctx.invoked_subcommand is None:
        guide(load_settings(Path(ctx.obj)), "calibrate")


@calibrate.command()
@click.option("--installer", required=True, help="Your name, for the record.")
@click.option("--verify", "verifies", is_flag=True, help="Verify the calibration in use; make none.")
@click.option("--support", "supports", multiple=True, metavar="NAME", help="Only this one; else all.")
@click.option("--temperature", "temperature_c", type=Number(-40, 85), metavar="C")
@click.option("--capacity", "capacity_kg", type=Number(0, 50_000, min_open=True), metavar="KG", help="Of each cell.")
@click.option("--mv-per-v", type=Number(0, 10, min_open=True), metavar="MV/V", help="Of each cell, on its label.")
@click.option("--rated", type=Named(), multiple=True, metavar="NAME=KG", help="Rated load of a support.")
@click.option("--expected", "expected_kg", type=NUMBER, default=60.0, show_default=True, help="Load in use.")
@click.option("--tolerance", type=Number(0, 2, min_open=True), default=1.0, show_default=True, metavar="PERCENT")
@click.option("--months", type=click.IntRange(1, 60), default=12, show_default=True, help="Until it expires.")
@click.option("--anew", is_flag=True, help="In the place of one that was left.")
@click.pass_obj
def begin(
    config: str,
    /,
    verifies: bool,
    tolerance: float,
    supports: tuple[str, ...],
    rated: tuple[tuple[str, float], ...],
    **told: object,
) -> None:
    """Begin: who, and what is known of the cells."""
    plain = {name: value for name, value in told.items() if value is not None}
    plain |= {"tolerance_fraction": tolerance / 100, "supports": supports, "rated_kg": dict(rated)}
    plain["purpose"] = "verify" if verifies else "calibrate"
    do(config, msgspec.convert({"do": "begin", **plain}, Begin))


@calibrate.command()
@click.pass_obj
def check(config: str) -> None:
    """Look at rate and noise of all cells; the bars hang free."""
    do(config, Check())


@calibrate.command()
@click.pass_obj
def zero(config: str) -> None:
    """Read the free bars: this is zero."""
    do(config, Free())


@calibrate.command()
@click.argument("support")
@click.option("--weight", "weights", type=Named(), multiple=True, metavar="[NAME=]KG", help="All that hang there.")
@click.option("--scale", "shown_kg", type=NUMBER, metavar="KG", help="A pull: what the scale shows meanwhile.")
@click.option("--hang", "hang_kg", type=NUMBER, metavar="KG", help="A person of that weight hangs, feet off.")
@click.option("--body", "body_kg", type=NUMBER, metavar="KG", help="What the scale shows without a pull.")
@click.option("--place", type=Number(-0.5, 1.5), metavar="0-1", help="0 under the first cell, 1 under the last.")
@click.option("--direction", type=click.Choice(["up", "down"]), help="Of a pull: more than before, or less.")
@click.option("--error", "error_percent", type=Number(0, 10), metavar="PERCENT", help="What it is right within.")
@click.option("--hold", is_flag=True, help="Keep it there for 30 s, to see it creep.")
@click.option("--verify", "verifies", is_flag=True, help="The fit shall not see it.")
@click.pass_obj
def load(
    config: str,
    /,
    support: str,
    weights: tuple[tuple[str, float], ...],
    shown_kg: float | None,
    hang_kg: float | None,
    body_kg: float | None,
    error_percent: float | None,
    direction: str | None,
    **told: object,
) -> None:
    """Read SUPPORT with a load on it."""
    kind = choose(weight=weights, scale=shown_kg, hang=hang_kg)
    if kind == "weight":
        percent = WEIGHT_PERCENT if error_percent is None else error_percent
        sources = tuple(weight(name, kg, percent) for name, kg in weights)
    elif kind == "scale":
        sources = scale_and_person(body_kg, SCALE_PERCENT if error_percent is None else error_percent)
    else:
        assert hang_kg is not None
        sources = (hanging(hang_kg, HANG_KG if error_percent is None else hang_kg * error_percent / 100),)
    asked = Load(
        support=support,
        kind="weights" if kind == "weight" else "scale" if kind == "scale" else "hang",
        sources=sources,
        shown_kg=shown_kg,
        direction="up" if direction == "up" else "down" if direction == "down" else "",
    )
    view = do(config, msgspec.structs.replace(asked, **told))
    show_bar(view, support)


@calibrate.command()
@click.argument("number", type=int)
@click.option("--why", default="struck by the installer", show_default=True)
@click.pass_obj
def strike(config: str, number: int, why: str) -> None:
    """Reading NUMBER shall not count; it stays in the record."""
    do(config, msgspec.convert({"do": "strike", "number": number, "why": why}, Strike))


@calibrate.command()
@click.pass_obj
def undo(config: str) -> None:
    """Take back the last step."""
    do(config, Undo())


@calibrate.command()
@click.pass_obj
def drop(config: str) -> None:
    """Forget what was begun; the calibration in use stays."""
    do(config, Drop())


@calibrate.command()
@click.pass_obj
def accept(config: str) -> None:
    """Keep what came out and use it from now on."""
    do(config, Accept())
    click.echo(CERTIFICATE)


@calibrate.command()
@click.option("--json", "as_json", is_flag=True, help="All of it, for programs.")
@click.pass_obj
def state(config: str, as_json: bool) -> None:
    """Where it stands and what to do next."""
    with ControlClient(socket_path(config)) as client:
        view = client.calibrate(Look())
    if as_json:
        click.echo(msgspec.json.encode(view).decode())
        return
    if view.state is None:
        click.echo(f"no calibration is under way; in use: {view.digest or 'none'}")
        return
    click.echo(f"{view.state.purpose} by {view.state.installer}; {view.state.stage}: {view.state.todo}")
    for bar in view.state.bars:
        show_bar(view, bar.name)


def show_bar(view: View, support: str) -> None:
    """Its readings, what is wrong with them, and what came out."""
    for bar in view.state.bars if view.state is not None else ():
        if bar.name != support:
            continue
        for line in bar.readings:
            shown = "" if line.shown_kg is None else f"  shows {line.shown_kg:.2f} kg ({line.error_kg:+.2f})"
            struck = f"  struck: {line.struck}" if line.struck else ""
            click.echo(f"  {line.number}  {line.words}{'  verifies' if line.verifies else ''}{shown}{struck}")
        for words in (bar.refusal, bar.fit, *bar.notes, bar.corners, bar.verified):
            if words:
                click.echo(f"  {words}")
