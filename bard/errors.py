"""Everything bard raises on purpose, and the exit status each one ends a command with.

    BardError                1
    ├── UsageError           2   a person gave something that is not allowed: what, where, what is allowed
    │   └── ConfigError      2   ... in a configuration or calibration file
    ├── Refused              3   understood, but not now: no session, no calibration, bars loaded
    │   └── Mistyped         3   ... one reading of a calibration does not fit the others: `numbers` says which
    ├── DataError            1   a tape, recording or golden file is not what it should be
    └── LinkError            1   a port, socket or broker cannot be reached

The message of each is one line for a person. Anything else that reaches the top is a bug in bard.
"""


class BardError(Exception):
    """Base of the tree above; `exit_status` is what the command line ends with."""

    exit_status = 1


class UsageError(BardError):
    """What a person typed is not allowed."""

    exit_status = 2


class ConfigError(UsageError):
    """A file a person wrote is not allowed: names the file, the key and what is allowed."""


class Refused(BardError):
    """A command that cannot be done now; the message says what would make it possible."""

    exit_status = 3


class Mistyped(Refused):
    """One reading of a calibration does not fit the others; `numbers` are those that it may be, mostly one.

    Where it is a weight or a person whose kg were mistyped, `source` is its name and `numbers` are all that used it.
    """

    def __init__(self, words: str, numbers: tuple[int, ...], source: str = "") -> None:
        super().__init__(words)
        self.numbers = numbers
        self.source = source


class DataError(BardError):
    """A file of recorded data is damaged or of another kind."""


class LinkError(BardError):
    """A port, socket or broker cannot be reached."""
