"""What therapists and clients cost: `python -m bench.people`.

A people.db of some years (500 clients, 10 sets of limits each, 2 000 sessions): looking one up, writing a session down,
listing all, erasing one. Then the real daemon on a simulated room: how long the socket takes to answer while sessions
are started for a client, against how long it takes otherwise.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from bard.control.protocol import Start
from bard.messages import StopSession
from bard.people.reader import PeopleReader
from bard.people.records import LimitsGiven, Override, Weight
from bard.people.store import People
from bench.results import percentiles, write
from tests.daemon.house import House
from tests.daemon.studio import CLIENT, THERAPIST, admit, furnish

CLIENTS, LIMITS_EACH, SESSIONS, LOOKS, STARTS = 500, 10, 2_000, 200, 10
MS = 1_764_000_000_000


def main() -> None:
    """Measure and write."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.db"
        lines = [f"{CLIENTS} clients with {LIMITS_EACH} sets of limits each, {SESSIONS} sessions:", ""]
        built_s = _timed(lambda: _fill(path))
        lines += [f"- written in {built_s:.1f} s, {path.stat().st_size / 1e6:.1f} MB", *_costs(path)]
    with tempfile.TemporaryDirectory() as folder:
        lines += ["", *_daemon(Path(folder))]
    print(write("people", "People: looking up, writing down, starting", lines))


def _fill(path: Path) -> None:
    with People(path) as people:
        people.add_therapist("T1", MS)
        people._connection.execute("PRAGMA synchronous = OFF")  # only here: 7 500 commits
        for number in range(CLIENTS):
            code = people.add_client(f"C{number}", MS)
            for kg in range(20, 20 + LIMITS_EACH):
                people.set_limits(code, LimitsGiven(kg, zones={"ribs": 15}), at_ms=MS, by="Ada")
            people.record_intake(code, {f"question_{item}": "no" for item in range(20)}, at_ms=MS, by="Ada")
        for number in range(SESSIONS):
            people.link_session(f"{number:016x}", f"C{number % CLIENTS}", "T1", MS + number)


def _costs(path: Path) -> Iterator[str]:
    def look_up() -> None:
        with PeopleReader(path) as people:
            people.therapist("T1")
            people.client("C250")

    def write_down(number: int) -> None:
        session = f"ff{number:014x}"
        with People(path) as people:
            people.link_session(session, "C250", "T1", MS)
            people.record_override("C250", Override(MS, "Ada", session, "so", ("question_1",)))
            people.set_weight("T1", Weight(MS, "", 70, 0.5, "2026-03-01", "typed"))

    def list_all() -> None:
        with PeopleReader(path) as people:
            people.clients()

    yield f"- look up one client and therapist, opened anew: {percentiles(_times_us(look_up))}"
    numbers = iter(range(LOOKS))
    written_us = _times_us(lambda: write_down(next(numbers)))
    yield f"- write a session, an override and a weight down, synced: {percentiles(written_us)}"
    yield f"- list all clients: {_timed(list_all) * 1000:.0f} ms"
    with People(path) as people:
        yield f"- erase one client, the file written anew: {_timed(lambda: people.erase_client('C250')) * 1000:.0f} ms"


def _daemon(folder: Path) -> Iterator[str]:
    house = House(folder)
    try:
        furnish(house, "sim://normal_work?seed=3")
        admit(house)
        house.start()
        house.until_known()
        with _answers(house) as idle_us:
            time.sleep(20)
        with house.client() as client, _answers(house) as starting_us:
            for _ in range(STARTS):
                assert client.start(Start(0, CLIENT, THERAPIST)).session is not None
                client.command(StopSession())
        yield "The socket's answer to a query for the room, asked by another process 50 times a second:"
        yield ""
        yield f"- while nothing is asked: {percentiles(idle_us)}"
        yield f"- while {STARTS} sessions are started for a client and stopped: {percentiles(starting_us)}"
    finally:
        house.close()


@contextmanager
def _answers(house: House) -> Iterator[list[float]]:
    """How long queries take meanwhile, in us."""
    found: list[float] = []
    over = Event()

    def ask() -> None:
        with house.client() as client:
            while not over.wait(0.02):
                began_s = time.perf_counter()
                client.query()
                found.append((time.perf_counter() - began_s) * 1e6)

    asking = Thread(target=ask)
    asking.start()
    try:
        yield found
    finally:
        over.set()
        asking.join()


def _times_us(do: Callable[[], object]) -> list[float]:
    return [_timed(do) * 1e6 for _ in range(LOOKS)]


def _timed(do: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    do()
    return time.perf_counter() - began_s


if __name__ == "__main__":
    main()
