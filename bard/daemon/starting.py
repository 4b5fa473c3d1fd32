"""A session for people of people.db: looked at, written down, begun.

One law: people.db is read and written in threads, never on the loop; whose session it is stands there before the
session begins, and where the disk refuses that, it is said and people are watched over all the same. What goes on to
the core are numbers and a random id.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import date
from pathlib import Path

from msgspec import Struct, structs

from bard.alarm.facts import Around
from bard.annunciate.output import Output
from bard.config.intake import load_checklist
from bard.control.protocol import PreflightLine, Start, StartResult
from bard.daemon.naming import named
from bard.daemon.outputs import SELF_TEST_S, try_output
from bard.errors import BardError, ConfigError, DataError, Refused, UsageError
from bard.journal.daily import DailyRow, daily_checks
from bard.journal.reading import Reader
from bard.journal.schema import JOURNAL_FILE
from bard.messages import Command, StartSession
from bard.monitor import Monitor
from bard.people.reader import PeopleReader
from bard.people.records import Client, LimitsGiven, Override, Therapist, Weight
from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from bard.settings import Settings
from bard.studio.admission import Party, Weighed, limits_of, people_lines, weigh
from bard.studio.intake import Standing, standing
from bard.studio.preflight import Room, room_lines

_SENSED_S = 2.0
"""Within that an output whose self-test failed says so."""


class _Found(Struct, frozen=True):
    """What people.db and the checklist hold for a request."""

    client: Client | None = None
    standing: Standing | None = None
    therapist: Therapist | None = None
    daily: tuple[DailyRow, ...] | None = None
    anothers: bool = False
    """The fresh weigh-in is kept as another therapist's."""


class Starting:
    """`start` for each request; one at a time. `command` is carried out on the loop and returns its refusal."""

    def __init__(
        self,
        settings: Settings,
        monitor: Callable[[], Monitor],
        command: Callable[[Command, str], str | None],
        outputs: Callable[[], list[Output]],
        around: Callable[[], Around],
    ) -> None:
        self._settings = settings
        self._path = Path(settings.journal.directory) / PEOPLE_FILE
        self._monitor = monitor
        self._command = command
        self._outputs = outputs
        self._around = around
        self._busy = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, request: Start, origin: str) -> StartResult:
        """Raises Refused and UsageError for what cannot even be looked at."""
        if self._busy:
            raise Refused("a session is just being started: wait until that is done")
        if request.client is None and not request.only_look:
            raise UsageError("start: no client; allowed: the code of one, or numbers (bard session start --limit KG)")
        self._busy = True
        try:
            return await self._start(request, origin)
        finally:
            self._busy = False

    async def _start(self, request: Start, origin: str) -> StartResult:
        tries = request.only_look and not self._monitor().in_session
        if tries:
            await self._try_outputs()
        found = await asyncio.to_thread(self._look_up, request, self._monitor().snapshot().hung_kg)
        party, lines = self._judge(request, found, tried=tries)
        given = limits_of(found.client)
        if request.only_look or given is None or any(line.verdict == "refuse" for line in lines):
            return StartResult(None, tuple(lines))
        weighed = weigh(party, self._settings.studio, date.today())
        begin = named(_command(given, weighed, found))
        assert isinstance(begin, StartSession)
        try:
            await asyncio.to_thread(self._write_down, begin.session, request, party)
        except BardError as error:
            lines.append(_unrecorded(party, error))
            if lines[-1].verdict == "refuse":
                return StartResult(None, tuple(lines))
        refusal = self._command(begin, origin)
        if refusal is not None:
            with contextlib.suppress(BardError):
                await asyncio.to_thread(self._forget, begin.session)
            lines.append(PreflightLine("session", "refuse", refusal))
            return StartResult(None, tuple(lines))
        self._name_client(request.client)
        await asyncio.sleep(_SENSED_S)
        return StartResult(begin.session, (*lines, *self._failed_since(lines)))

    def submit(self, command: Command | Start, origin: str, answer: Callable[[str | None], None]) -> None:
        """A command of somebody far away, or a start; `answer` gets the refusal or None, without a word on anybody."""
        if not isinstance(command, Start):
            answer(self._command(command, origin))
            return

        async def begin(request: Start) -> None:
            try:
                result = await self.start(request, origin)
            except BardError as error:
                answer(str(error))
                return
            refused = dict.fromkeys(line.what for line in result.lines if line.verdict == "refuse")
            answer(None if result.session else f"not begun: {', '.join(refused)}: bard session preflight says why")

        self._in_background(begin(command))

    def recall(self) -> None:
        """A session came back with a restart: whose is it? Answers come later, to the outputs."""
        session = self._monitor().snapshot().session
        if session is None or not self._path.exists():
            return

        async def ask(session_id: str) -> None:
            try:
                self._name_client(await asyncio.to_thread(self._client_of, session_id))
            except BardError:
                return  # what ails the file is told to whoever asks for it; nobody's alarm hangs on a code

        self._in_background(ask(session.id))

    def _in_background(self, doing: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _judge(self, request: Start, found: _Found, *, tried: bool) -> tuple[Party, list[PreflightLine]]:
        settings, snapshot = self._settings, self._monitor().snapshot()
        expires = self._monitor().calibration.expires
        room = Room(snapshot, self._around(), self._failures(), expires, tried, found.daily)
        party = Party(
            *(found.client, found.standing, found.therapist),
            *(request.body_weight_kg, None if found.anothers else snapshot.hung_kg),
            *(request.override_by, request.override_why),
        )
        lines = list(room_lines(room, settings.studio, date.today()))
        if request.client is not None or request.therapist is not None:
            lines += people_lines(party, settings.studio, date.today())
        return party, lines

    def _failures(self) -> Mapping[str, str | None]:
        return {output.name: output.failure for output in self._outputs()}

    def _failed_since(self, lines: list[PreflightLine]) -> list[PreflightLine]:
        """Outputs that the self-test found silent, and no line has told yet."""
        told = " ".join(line.words for line in lines)
        failed = [words for words in self._failures().values() if words and words not in told]
        return [PreflightLine("self-test", "warn", words, "bard test-alarms") for words in failed]

    async def _try_outputs(self) -> None:
        outputs = {output.name: output for output in self._outputs()}
        for name in outputs:
            try_output(outputs, name, lambda: self._monitor().signal)
        await asyncio.sleep(max(SELF_TEST_S, _SENSED_S))

    def _name_client(self, client: str | None) -> None:
        for output in self._outputs():
            output.name_client(client)

    # In a thread

    def _look_up(self, request: Start, hung_kg: float | None) -> _Found:
        return structs.replace(self._look_up_people(request, hung_kg), daily=self._last_daily())

    def _last_daily(self) -> tuple[DailyRow, ...] | None:
        """None where the journal cannot be read: the line about the disk tells of that."""
        try:
            with Reader(self._path.with_name(JOURNAL_FILE)) as journal:
                return tuple(daily_checks(journal, 1))
        except DataError:
            return None

    def _look_up_people(self, request: Start, hung_kg: float | None) -> _Found:
        if request.client is None and request.therapist is None:
            return _Found()
        settings = self._settings.studio
        with PeopleReader(self._path) as people:
            therapist = people.therapist(request.therapist) if request.therapist is not None else None
            anothers = _is_anothers(hung_kg, therapist, people.therapists())
            if request.client is None:
                return _Found(therapist=therapist, anothers=anothers)
            client = people.client(request.client)
        try:
            checklist = load_checklist(Path(settings.intake_file))
        except ConfigError as error:
            return _Found(client, Standing(str(error)), therapist, anothers=anothers)
        stands = standing(
            checklist, client.intake, interval_days=settings.intake_interval_days, now_ms=round(time.time() * 1000)
        )
        return _Found(client, stands, therapist, anothers=anothers)

    def _write_down(self, session: str, request: Start, party: Party) -> None:
        """Whose session it is, who overrode what, and a body weight that is new."""
        at_ms = round(time.time() * 1000)
        blocking = party.standing.blocking if party.standing is not None else ()
        with self._people() as people:
            people.link_session(session, request.client, request.therapist, at_ms)
            if blocking and request.client is not None:
                who, why = request.override_by.strip(), request.override_why.strip()
                items = tuple(item.id for item in blocking)
                people.record_override(request.client, Override(at_ms, who, session, why, items))
            weight = self._new_weight(party, at_ms)
            if weight is not None and request.therapist is not None:
                people.set_weight(request.therapist, weight)

    def _new_weight(self, party: Party, at_ms: int) -> Weight | None:
        budget, today = self._settings.core.uncertainty, date.today().isoformat()
        if party.typed_kg is not None:
            return Weight(at_ms, "session start", party.typed_kg, budget.body_kg, today, "typed")
        if party.hung_kg is None or _is_kept(party.hung_kg, party.therapist):
            return None
        return Weight(at_ms, "weigh-in", round(party.hung_kg, 2), budget.repeat_kg, today, "hung")

    def _forget(self, session: str) -> None:
        with self._people() as people:
            people.forget_session(session)

    def _client_of(self, session: str) -> str | None:
        with PeopleReader(self._path) as people:
            whose = people.session_of(session)
        return whose.client if whose is not None else None

    def _people(self) -> People:
        return People(self._path, names=self._settings.studio.names)


def _unrecorded(party: Party, error: BardError) -> PreflightLine:
    """Nobody begins in spite of an intake answer without a record of who decided it."""
    blocked = party.standing is not None and party.standing.blocking
    words = f"not recorded whose session this is: {error}"
    return PreflightLine("record", "refuse" if blocked else "warn", words, "free the disk or the lock")


def _is_kept(hung_kg: float, therapist: Therapist | None) -> bool:
    """As this therapist's newest weight."""
    weight = therapist.weight if therapist is not None else None
    return isinstance(weight, Weight) and weight.basis == "hung" and weight.kg == round(hung_kg, 2)


def _is_anothers(hung_kg: float | None, therapist: Therapist | None, everybody: list[Therapist]) -> bool:
    """Somebody else began a session with this very weigh-in: it was kept as their weight."""
    return hung_kg is not None and any(
        _is_kept(hung_kg, other) and (therapist is None or other.code != therapist.code) for other in everybody
    )


def _command(given: LimitsGiven, weighed: Weighed, found: _Found) -> StartSession:
    therapist = found.therapist
    return StartSession(
        *(weighed.typed_kg, given.limit_kg, given.near_kg, given.critical_kg, given.zones),
        *(given.sustained_kg, given.sustained_s, given.rate_kg_s),
        cue=therapist is None or therapist.cue is not False,
        hung=not found.anothers,
        body_u_kg=weighed.u_kg,
    )
