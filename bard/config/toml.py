"""A TOML file as plain values, or one line that names the file and the place.

One law: what is not text in UTF-8, or not TOML, is told with its line. It knows no key.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from bard.errors import ConfigError

_SYNTAX_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


def read_text(path: Path) -> str:
    """The file's text. Raises ConfigError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line}: byte 0x{content[error.start]:02x}; allowed: text in UTF-8") from None


def parse_toml(text: str, source: Path) -> dict[str, Any]:
    """The document; `source` names it in messages. Raises ConfigError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: {_syntax(str(error), text)}") from None
    except RecursionError:
        raise ConfigError(f"{source}: nested too deeply") from None


def _syntax(message: str, text: str) -> str:
    """tomllib's words, the place first."""
    found = _SYNTAX_PLACE.fullmatch(message)
    if found is None:
        return message
    words, line, column = found.groups()
    if line is None:
        lines = text.split("\n")
        return f"line {len(lines)}, column {len(lines[-1]) + 1}: {words} (the file ends here)"
    return f"line {line}, column {column}: {words}"
