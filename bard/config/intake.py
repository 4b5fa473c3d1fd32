"""The intake's questions: TOML -> Checklist.

One law: a key nobody reads is an error, and so is everything else that is not exactly right. It asks nobody.
"""

from pathlib import Path

from msgspec import structs

from bard.config.checked import checked, refuse_unknown
from bard.config.toml import parse_toml, read_text
from bard.errors import ConfigError
from bard.settings import Checklist

_TOP_LEVEL = [field.name for field in structs.fields(Checklist)]


def load_checklist(path: Path) -> Checklist:
    """The questions in the file at `path`. Raises ConfigError: one line with the file, the key and what is allowed."""
    if not path.exists():
        raise ConfigError(
            f"{path}: no such file: copy the intake.toml that comes with bard there and look it through, or set "
            "[studio] intake_file"
        )
    document = parse_toml(read_text(path), path)
    refuse_unknown(document, _TOP_LEVEL, path)
    return checked(document, Checklist, path)
