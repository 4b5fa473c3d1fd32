"""The steps of a procedure that is under way, on disk: so that it goes on after Ctrl-C, a restart or a power cut.

One law: whoever reads sees the list of before or after a step, whole. It judges no step.
"""

from pathlib import Path

import msgspec

from bard.commission.steps import Journey, Step
from bard.config.atomic import write_whole
from bard.errors import ConfigError

JOURNEY_FILE = "calibrating.json"


def load_steps(path: Path) -> tuple[Step, ...]:
    """The steps in the file; none where there is no file. Raises ConfigError for one that cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Journey).steps
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: {error}: damaged or of another bard; allowed: drop it, begin anew") from None


def save_steps(path: Path, steps: tuple[Step, ...]) -> None:
    """Replace the file; no steps, no file. Raises ConfigError where the disk does not take it."""
    try:
        if steps:
            write_whole(path, msgspec.json.encode(Journey(steps)))
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
