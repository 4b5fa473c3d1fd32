"""The page's own files, read once.

One law: what is served is what was there at the start, by exact name; a request opens no file.
"""

import hashlib
from importlib import resources
from importlib.resources.abc import Traversable

from msgspec import Struct

from bard.errors import ConfigError

_KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
_ENGLISH = b'lang="en"'


class Asset(Struct, frozen=True):
    """A file: its content, its kind and a tag that changes with it."""

    content: bytes
    kind: str
    tag: str


def static_files() -> dict[str, Asset]:
    """By path below /static/."""
    found: dict[str, Asset] = {}
    _collect(resources.files("bard.web") / "static", "", found)
    return found


def page_file(name: str, language: str) -> Asset:
    """One of bard/web/pages, in this language. Raises ConfigError where there are no texts in it."""
    if not (resources.files("bard.web") / "static" / "texts" / f"{language}.json").is_file():
        there = ", ".join(sorted(one.name.removesuffix(".json") for one in _texts()))
        raise ConfigError(f'web.language: "{language}"; allowed: {there}')
    content = (resources.files("bard.web") / "pages" / name).read_bytes()
    return asset_of(content.replace(_ENGLISH, f'lang="{language}"'.encode()), "text/html")


def _texts() -> list[Traversable]:
    return list((resources.files("bard.web") / "static" / "texts").iterdir())


def _collect(folder: Traversable, prefix: str, found: dict[str, Asset]) -> None:
    for entry in folder.iterdir():
        kind = _KINDS.get("." + entry.name.rpartition(".")[2])
        if entry.is_dir():
            _collect(entry, f"{prefix}{entry.name}/", found)
        elif kind is not None:
            found[prefix + entry.name] = asset_of(entry.read_bytes(), kind)


def asset_of(content: bytes, kind: str) -> Asset:
    """With its tag."""
    return Asset(content, kind, f'"{hashlib.sha256(content).hexdigest()[:16]}"')
