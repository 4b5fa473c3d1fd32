"""The random id of a session, under which tape, journal, series and reports keep it.

One law: it is made here, where a session begins or comes back without one, and nowhere else; the core has no chance in
it. It says nothing of anybody.
"""

import secrets

from msgspec.structs import replace

from bard.messages import Command, Restore, StartSession

_BYTES = 8


def named(command: Command) -> Command:
    """The same command; a session that it begins or brings back has an id."""
    if isinstance(command, StartSession) and not command.session:
        return replace(command, session=secrets.token_hex(_BYTES))
    if isinstance(command, Restore) and command.session is not None and not command.session.id:
        return replace(command, session=replace(command.session, id=secrets.token_hex(_BYTES)))
    return command
