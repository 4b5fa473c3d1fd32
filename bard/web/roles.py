"""Who may see and do what on the page.

One law: what a role may do stands in these tables and nowhere else; what is not in them is refused. It knows no
request and no socket.
"""

from enum import StrEnum

from msgspec import Struct

from bard.messages import Acknowledge, PauseAudio, SetZone, StepDown

PageCommand = Acknowledge | PauseAudio | SetZone | StepDown
"""All that any page can ask for."""


class Role(StrEnum):
    """Whom a device was paired for."""

    THERAPIST = "therapist"
    STUDIO = "studio"
    INSTALLER = "installer"


class Page(Struct, frozen=True):
    """One page: its file in bard/web/pages, and who may open it."""

    file: str
    roles: frozenset[Role]


EVERYBODY = frozenset(Role)
STUDIO = frozenset((Role.STUDIO,))
INSTALL = frozenset((Role.INSTALLER,))
"""Cells, outputs, doctor, calibrations: all below /install."""
ROOM = frozenset((Role.THERAPIST, Role.STUDIO))
COMMANDS: dict[Role, frozenset[type]] = {
    Role.THERAPIST: frozenset((Acknowledge, PauseAudio, SetZone, StepDown)),
    Role.STUDIO: frozenset((Acknowledge, PauseAudio, SetZone, StepDown)),
    Role.INSTALLER: frozenset((Acknowledge, PauseAudio)),
}
PAGES: dict[str, Page] = {
    "/live": Page("live.html", EVERYBODY),
    "/start": Page("start.html", ROOM),
    "/sessions": Page("sessions.html", STUDIO),
    "/session": Page("session.html", STUDIO),
    "/people": Page("people.html", STUDIO),
    "/install": Page("install.html", INSTALL),
}
LOOKS: dict[str, frozenset[Role]] = {
    "/data/me": EVERYBODY,
    "/data/sessions": STUDIO,
    "/data/session": STUDIO,
    "/data/load": STUDIO,
    "/data/start": ROOM,
    "/data/intake": ROOM,
    "/data/people": STUDIO,
    "/data/client": STUDIO,
}
"""What a page may be told of the records, beside the live view."""
DOES: dict[str, frozenset[Role]] = {
    "/do/start": ROOM,
    "/do/end": ROOM,
    "/do/intake": ROOM,
    "/do/client": STUDIO,
    "/do/therapist": STUDIO,
}
"""What a page may have done, beside the commands of the live view."""
NAMES = STUDIO
"""Who sees the names of clients, where the studio keeps any."""
DOWNLOADS: dict[str, frozenset[Role]] = {
    "report": STUDIO,
    "minutes": STUDIO,
    "series": STUDIO,
    "alarms": STUDIO,
    "sessions": STUDIO,
    "studio": STUDIO,
    "client": STUDIO,
}
"""Files that may be fetched."""
HOME: dict[Role, str] = {Role.THERAPIST: "/live", Role.STUDIO: "/live", Role.INSTALLER: "/install"}
"""Where a device of this role begins."""


def may(role: Role, command: PageCommand) -> bool:
    """Whether the role may give it."""
    return type(command) in COMMANDS[role]


def allowed(role: Role) -> list[str]:
    """The names of what it may give, as on the socket."""
    return sorted(str(kind.__struct_config__.tag) for kind in COMMANDS[role])  # type: ignore[attr-defined]


def pages_of(role: Role) -> list[str]:
    """The paths of those it may open, in the order of the table."""
    return [path for path, page in PAGES.items() if role in page.roles]
