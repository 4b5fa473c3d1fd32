"""`bard daily`: the one-minute check before the day's first client, step by step, in words a therapist follows.

One law: it judges nothing itself (`bard.commission.daily`), and what came of it is told to bard, which keeps it. The
weight that is given here is compared and forgotten.
"""

import sys
import time
from collections import deque

import click

from bard.cli.asking import Number, socket_path
from bard.cli.hanging import hang
from bard.cli.trying import try_each
from bard.commission.daily import DailyFacts, DailyJudgement, judge_daily
from bard.control.client import ControlClient
from bard.control.health import health_words
from bard.control.protocol import PushedEvent
from bard.errors import LinkError, Refused
from bard.messages import DailyCheck, Snapshot

LOOK_S = 3.0
_WAIT_S = 20.0
_UNKNOWN_S = 5.0
"""A cell that has just come is proved in a second or two."""
_HZ = 10.0
_SILENT_S = 3.0
_STILL_KG = 0.3
_STATUS = {"good": 0, "look": 4, "stop": 5, "not done": 6}
_WORDS = {
    "good": "today's check is done, and nothing was found",
    "look": "today's check is done: go on, and have it looked at soon",
    "stop": "STOP: no client until it is put right",
    "not done": "today's check is NOT DONE: something was left out",
}


@click.command("daily")
@click.option("--weight", "typed_kg", type=Number(20, 250), metavar="KG", help="What a scale shows for you today.")
@click.option("--who", default="", help="Your code, for the record.")
@click.pass_obj
def daily_command(config: str, typed_kg: float | None, who: str) -> None:
    """The check before the day's first client: free bars, your weight on them, signals felt. It takes a minute.

    Exit status: 0 good, 4 go on and have it looked at, 5 stop, 6 something was left out.
    """
    with ControlClient(socket_path(config)) as client:
        if client.query().session is not None:
            raise Refused("a session runs: the day's check is made before it")
        facts = _check(client, typed_kg, who)
        judgement = judge_daily(facts)
        client.command(_told(facts, judgement, who))
    click.echo()
    for line in judgement.lines:
        click.echo(f"{line.what:8} {line.answer:8} {line.found}" + (f"\n{'':17} -> {line.do}" if line.do else ""))
    click.echo(_WORDS[judgement.answer])
    sys.exit(_STATUS[judgement.answer])


def _check(client: ControlClient, typed_kg: float | None, who: str) -> DailyFacts:
    click.echo("1 of 3: the bars. Let go of them and let them hang still.")
    free_kg, unknown = _free_kg(client)
    client.subscribe(0, events=False)  # who is pushed to and does not read, while a person is asked, is hung up on
    hung_kg = None
    click.echo("2 of 3: your weight.")
    if unknown:
        click.echo(f"  left out, since the bars do not read: {unknown}")
    else:
        if typed_kg is None:
            typed_kg = click.prompt("  what a scale shows for you today, in kg", type=Number(20, 250))
        hung_kg = hang(client)
    click.echo("3 of 3: the signals. Hold or wear what you will feel them with.")
    felt: dict[str, bool | None] = dict(try_each(client, client.try_output(None), who))
    return DailyFacts(free_kg, typed_kg, hung_kg, felt, unknown)


def _free_kg(client: ControlClient) -> tuple[float | None, str]:
    """What the free bars read for three still seconds, from the installer's zero; else why they do not read at all.

    None and no reason: they never stood still.
    """
    client.subscribe(_HZ, events=False)
    kept: deque[float] = deque(maxlen=round(LOOK_S * _HZ))
    begun_s = known_s = time.monotonic()
    unknown, said = "", False
    while time.monotonic() - begun_s < _WAIT_S and time.monotonic() - known_s < _UNKNOWN_S:
        snapshot = client.next_message(_SILENT_S)
        if snapshot is None:
            raise LinkError(f"nothing is heard from bard for {_SILENT_S:g} s: NOT MONITORED")
        if isinstance(snapshot, PushedEvent):
            continue
        unknown = _why_unknown(snapshot)
        if snapshot.bar_load_kg is None:
            kept.clear()
            continue
        known_s = time.monotonic()
        kept.append(snapshot.bar_load_kg + snapshot.zero.total_kg)
        if len(kept) == kept.maxlen and max(kept) - min(kept) < _STILL_KG:
            break
        if len(kept) == kept.maxlen and not said:
            said = True
            click.echo("  they move: let go, and wait")
    else:
        return None, unknown
    return sum(kept) / len(kept), ""


def _why_unknown(snapshot: Snapshot) -> str:
    return "" if snapshot.bar_load_kg is not None else health_words(snapshot)


def _told(facts: DailyFacts, judgement: DailyJudgement, who: str) -> DailyCheck:
    """For the record: no weight, only how far apart the two were."""
    apart_kg = None
    if facts.hung_kg is not None and facts.typed_kg is not None:
        apart_kg = round(facts.hung_kg - facts.typed_kg, 2)
    free_kg = round(facts.free_kg, 2) if facts.free_kg is not None else None
    missed = tuple(name for name, noticed in facts.felt.items() if noticed is False)
    return DailyCheck(judgement.answer, free_kg, apart_kg, missed if facts.felt else None, who)
