"""The session: who is weighed and watched, by which numbers, and who is on the client.

One law: nothing else changes the session's numbers or steps the phase. A weigh-in is a mode in which no phase runs.
It judges no load and plays no signal.
"""

from collections.abc import Callable

from msgspec import structs

from bard.client.estimate import GUARDS_IN_A_LIMIT, BodyWeight, Given, Session, Strains, changed, make_session
from bard.client.phase import Phase, PhaseMachine
from bard.client.uncertainty import Basis
from bard.client.weigh_in import Hung, WeighIn, cross_check
from bard.errors import Refused
from bard.messages import (
    Event,
    PhaseChanged,
    SavedHung,
    SavedSession,
    SessionChanged,
    SessionEnded,
    SessionNumbers,
    SessionStarted,
    StartSession,
    WeighInChanged,
)
from bard.settings import CoreSettings

_NO_CUE = "no ticks below the limit: this therapist wants none"


def numbers_of(session: Session) -> SessionNumbers:
    """What is told of a session."""
    body, limits = session.body, session.limits
    return SessionNumbers(
        body.kg, body.basis, limits.limit_kg, limits.near_kg, limits.critical_kg, limits.guard_kg, session.zone
    )


class Watch:
    """`step` for each row; `say` takes the events. Refusals are raised as BardError."""

    def __init__(self, settings: CoreSettings, say: Callable[[Event], None]) -> None:
        self._settings = settings
        self._say = say
        self.budget = settings.uncertainty
        """With the span as uncertain as the calibration in use says."""
        self.phases = PhaseMachine(settings.phase)
        self.session: Session | None = None
        self.weigh_in: WeighIn | None = None
        self._hung: Hung | None = None
        self._taken = False
        self.never_taken = False
        """A session runs and the bars have not been taken for a long time."""

    @property
    def phase(self) -> Phase:
        """Who is on the client."""
        return self.phases.phase

    @property
    def off(self) -> bool:
        """Nobody is on the client and nobody is being weighed."""
        return self.phases.phase is Phase.OFF and self.weigh_in is None

    @property
    def mismatch(self) -> bool:
        """A weigh-in disagrees with the typed weight, and nobody has said which is right."""
        return self.session is not None and self.session.body.mismatch_kg is not None

    # Commands

    def start(self, command: StartSession, notes: tuple[str, ...], now_us: int) -> None:
        """Begin to watch. Raises Refused where no body weight is known, UsageError for limits out of order."""
        if not command.hung:
            self._hung = None
        body = self._body(command.body_weight_kg, now_us, command.body_u_kg)
        given = (command.limit_kg, command.near_kg, command.critical_kg)
        alarm, budget = self._settings.alarm, self.budget
        strains = Strains(command.sustained_kg, command.sustained_s, command.rate_kg_s)
        session = make_session(body, given, alarm, budget, now_us, zones=command.zones, strains=strains)
        self.session = session = structs.replace(session, id=command.session, cue=command.cue)
        self._taken = self.never_taken = False
        notes = (*notes, *_notes_on(session), *(() if command.cue else (_NO_CUE,)))
        self._say(SessionStarted(now_us, numbers_of(session), notes, session.id))

    def stop(self, now_us: int) -> None:
        """Stop watching."""
        session = self._running()
        was = self.phase
        self.phases.end(now_us)
        self._report_phase(was, now_us)
        self.session, self.never_taken = None, False
        self._say(SessionEnded(now_us, session.started_us, session.id))

    def tell_off(self, now_us: int, why: str) -> None:
        """Step-down or pause."""
        self._running()
        was = self.phase
        self.phases.tell_off(now_us, why)
        self._report_phase(was, now_us)

    def begin_weigh_in(self, now_us: int) -> None:
        """Raises Refused while somebody may be on the client."""
        if self.phase is not Phase.OFF:
            raise Refused("somebody may be on the client: step down first, then weigh in")
        if self.weigh_in is None:
            self.weigh_in = WeighIn(self._settings.weigh_in, self._settings.phase.release_kg)
            self._say(WeighInChanged(now_us, "began", self.weigh_in.words))

    def end_weigh_in(self, now_us: int, why: str) -> None:
        """Leave it, with a weight or without; bars that are held now are taken anew later."""
        if self.weigh_in is None:
            raise Refused("no weigh-in runs")
        self.weigh_in = None
        self.phases.tell_off(now_us, why)
        self._say(WeighInChanged(now_us, "ended", why))

    def set_body_weight(self, typed_kg: float | None, by: str, now_us: int) -> None:
        """Typed anew; None: the hung one."""
        self._running()
        if typed_kg is None and self.fresh_hung(now_us) is None:
            raise Refused("no fresh weigh-in: weigh in, or type the weight")
        why = "the hung body weight is the right one" if typed_kg is None else f"body weight typed: {typed_kg:g} kg"
        self._change(now_us, why, by, body=self._body(typed_kg, now_us))

    def set_zone(self, zone: str | None, by: str, now_us: int, *, only_lower: bool = False) -> None:
        """Raises UsageError for a zone this client does not have, Refused for a limit that may not rise."""
        session = self._running()
        limit_kg = session.zones.get(zone, session.given[0]) if zone is not None else session.given[0]
        if only_lower and limit_kg > session.limits.limit_kg:
            raise Refused(f"that would raise the limit from {session.limits.limit_kg:g} to {limit_kg:g} kg")
        self._change(now_us, f"zone: {zone}" if zone else "no zone", by, zone=zone, same_zone=False)

    def set_limit(self, given: Given, who: str, why: str, by: str, now_us: int) -> None:
        """Raises Refused for a limit that rises without a name and a reason, UsageError for limits out of order."""
        session = self._running()
        alarm, budget = self._settings.alarm, self.budget
        after, was = changed(session, alarm, budget, zone=session.zone, given=given).limits, session.limits
        raises = given[0] > session.given[0] or after.limit_kg > was.limit_kg or after.critical_kg > was.critical_kg
        if raises and not (who.strip() and why.strip()):
            raise Refused("a limit is raised in a session only with the name of who decided it and the reason why")
        words = f"limit set by {who.strip()}: {why.strip()}" if who.strip() or why.strip() else "limit lowered"
        self._change(now_us, words, by, given=given)

    def next_zone(self, by: str, now_us: int) -> None:
        """The next of the client's zones, then none."""
        if self.session is not None and self.session.zones:
            ring = [None, *self.session.zones]
            self.set_zone(ring[(ring.index(self.session.zone) + 1) % len(ring)], by, now_us)

    # Rows

    def step(self, at_us: int, slow_kg: float, fast_kg: float, presence: bool | None) -> None:
        """Take one row: bar loads (NaN unknown) and the presence input."""
        if self.weigh_in is not None:
            self._weigh(self.weigh_in, at_us, slow_kg, fast_kg, presence)
            return
        session, phases = self.session, self.phases
        if session is None:
            return
        was = phases.phase
        if phases.step(at_us, slow_kg, presence):
            self._report_phase(was, at_us)
        self._taken = self._taken or phases.phase is Phase.ON
        waited_us = at_us - session.started_us
        self.never_taken = not self._taken and waited_us >= self._settings.alarm.bars_never_taken_us

    def _weigh(self, weigh_in: WeighIn, at_us: int, slow_kg: float, fast_kg: float, presence: bool | None) -> None:
        hung = weigh_in.step(at_us, slow_kg, fast_kg)
        if hung is not None:
            self._hung = hung
            words = f"{hung.kg:.1f} kg hang on the bars"
            self._say(WeighInChanged(at_us, "weighed", words, hung.kg, hung.sd_kg))
            if self.session is not None:
                body = self._body(self.session.body.typed_kg, at_us, self.session.body.u_kg)
                self._change(at_us, words, "weigh-in", body=body)
        if presence:
            self.end_weigh_in(at_us, "somebody steps onto the client")
        elif weigh_in.over:
            self.end_weigh_in(at_us, weigh_in.words)

    def fresh_hung(self, now_us: int) -> Hung | None:
        """The last weigh-in, while it is fresh."""
        hung = self._hung
        if hung is None or now_us - hung.at_us > self._settings.weigh_in.fresh_s * 1e6:
            return None
        return hung

    def _body(self, typed_kg: float | None, now_us: int, u_kg: float | None = None) -> BodyWeight:
        hung = self.fresh_hung(now_us)
        if hung is None:
            if typed_kg is None:
                raise Refused("no body weight: type it, or weigh in first")
            return BodyWeight(float(typed_kg), Basis.TYPED, float(typed_kg), u_kg=u_kg)
        if typed_kg is not None and cross_check(typed_kg, hung.kg, self._settings.weigh_in):
            return BodyWeight(max(typed_kg, hung.kg), Basis.TYPED, float(typed_kg), hung.kg, u_kg)
        return BodyWeight(hung.kg, Basis.HUNG, None if typed_kg is None else float(typed_kg), u_kg=u_kg)

    def _change(
        self,
        now_us: int,
        why: str,
        by: str,
        *,
        body: BodyWeight | None = None,
        zone: str | None = None,
        same_zone: bool = True,
        given: Given | None = None,
    ) -> None:
        session = self._running()
        zone = session.zone if same_zone else zone
        alarm, budget = self._settings.alarm, self.budget
        self.session = session = changed(session, alarm, budget, body=body, zone=zone, given=given)
        self._say(SessionChanged(now_us, numbers_of(session), "; ".join((why, *_notes_on(session))), by))

    def _running(self) -> Session:
        if self.session is None:
            raise Refused("no session runs")
        return self.session

    def _report_phase(self, was: Phase, at_us: int) -> None:
        if self.phase is not was:
            self._say(PhaseChanged(at_us, self.phase.value, was.value, self.phases.why))

    # What a restart leaves

    def saved(self, now_us: int) -> tuple[SavedHung | None, SavedSession | None]:
        """What a fresh core must know to go on."""
        hung, session = self._hung, self.session
        saved_hung = SavedHung(hung.kg, hung.sd_kg, now_us - hung.at_us) if hung else None
        if session is None:
            return saved_hung, None
        body = session.body
        return saved_hung, SavedSession(
            *(body.kg, body.basis, body.typed_kg, body.mismatch_kg),
            *session.given,
            session.zones,
            session.zone,
            now_us - session.started_us,
            self.phase.value,
            session.strains,
            session.id,
            session.cue,
            body.u_kg,
        )

    def restore(self, hung: SavedHung | None, saved: SavedSession | None, now_us: int) -> None:
        """Go on from there."""
        if hung is not None:
            self._hung = Hung(hung.kg, hung.sd_kg, now_us - hung.age_us)
        if saved is None:
            return
        body = BodyWeight(saved.body_weight_kg, saved.basis, saved.typed_kg, saved.mismatch_kg, saved.body_u_kg)
        given = (saved.limit_kg, saved.near_kg, saved.critical_kg)
        alarm, budget = self._settings.alarm, self.budget
        session = make_session(body, given, alarm, budget, now_us, zones=saved.zones, strains=saved.strains)
        session = changed(session, alarm, budget, zone=saved.zone)
        self.session = session = structs.replace(session, started_us=now_us - saved.age_us, id=saved.id, cue=saved.cue)
        self._taken = True
        note = "the session goes on after a restart: what happened meanwhile was not watched"
        self._say(SessionStarted(now_us, numbers_of(session), (note,), session.id))
        if saved.phase != Phase.OFF.value:
            self.phases.restore(now_us)
            self._report_phase(Phase.OFF, now_us)


def _notes_on(session: Session) -> tuple[str, ...]:
    """What the therapist must know about these numbers."""
    body, limits, notes = session.body, session.limits, []
    if body.mismatch_kg is not None:
        notes.append(
            f"typed {body.typed_kg:g} kg and hung {body.mismatch_kg:.1f} kg are too far apart: which one is wrong? "
            "Until somebody says so the higher one counts"
        )
    if limits.limit_kg < GUARDS_IN_A_LIMIT * limits.guard_kg:
        notes.append(
            f"the limit of {limits.limit_kg:g} kg is below {GUARDS_IN_A_LIMIT} times the uncertainty at it of "
            f"{limits.guard_kg:.1f} kg: expect early warnings; a weigh-in makes it smaller"
        )
    return tuple(notes)
