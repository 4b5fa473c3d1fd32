"""A backup as a file: a ZIP that any program opens, with a manifest that says what must be in it.

One law: nothing of a backup is used that its manifest does not name with size and SHA-256. It knows no database.

    manifest.json           Manifest, written last
    data/...                as below journal.directory
    config/bard.toml        the configuration, and config/intake.toml the questions; files with secrets that the
                            configuration names are not in a backup
"""

import hashlib
import os
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, Annotated
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import msgspec
from msgspec import Meta, Struct

from bard.errors import DataError
from bard.studio.audit import Stamp

MANIFEST = "manifest.json"
DATA = "data/"
CONFIG = "config/bard.toml"
INTAKE = "config/intake.toml"
CONFIGS = (CONFIG, INTAKE)
"""What lies outside of the journal's directory, where the configuration says."""
FORMAT = 1
_BLOCK = 1 << 20
_MANIFEST_MOST = 64_000_000
_PACKED = (".tape", ".zip", ".gz", ".png")
"""Kinds of files that packing does not make smaller."""

Progress = Callable[[int], None]
"""Told so many bytes more are done."""


class Content(Struct, frozen=True):
    """One file of a backup, by its name in it."""

    name: str
    bytes: Annotated[int, Meta(ge=0)]
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup is and holds. `databases`: versions by file name."""

    format: int
    bard: str
    id: str
    station: str
    made: Stamp
    tapes: bool
    databases: dict[str, int]
    content: tuple[Content, ...]

    @property
    def bytes(self) -> int:
        """Of all files, unpacked."""
        return sum(content.bytes for content in self.content)


class Packer:
    """Writes a backup into `file`; a context manager: `add` each, then `finish`."""

    def __init__(self, file: IO[bytes], progress: Progress) -> None:
        self._zip = ZipFile(file, "w", allowZip64=True)
        self._progress = progress
        self.content: list[Content] = []

    def __enter__(self) -> "Packer":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def add(self, name: str, path: Path) -> None:
        """The file as long as it is now; one that grows meanwhile is cut there."""
        kind = ZIP_STORED if path.suffix in _PACKED else ZIP_DEFLATED
        with path.open("rb") as source:
            left = os.fstat(source.fileno()).st_size
            digest, done = hashlib.sha256(), 0
            with self._zip.open(_info(name, kind), "w", force_zip64=True) as into:
                while left and (block := source.read(min(_BLOCK, left))):
                    digest.update(block)
                    into.write(block)
                    left -= len(block)
                    done += len(block)
                    self._progress(len(block))
        self.content.append(Content(name, done, digest.hexdigest()))

    def finish(self, manifest: Manifest) -> None:
        """The last call."""
        with self._zip.open(_info(MANIFEST, ZIP_DEFLATED), "w") as into:
            into.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))


class Unpacker:
    """Reads the backup at `path`; also a context manager. Raises DataError for whatever is not as it should be."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = ZipFile(path)
            self.manifest = self._read_manifest()
        except OSError as error:
            raise DataError(f"{path}: {error.strerror or error}") from None
        except (BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
            raise DataError(f"{path}: not a whole backup of bard: {error}") from None
        self._check_names()

    def __enter__(self) -> "Unpacker":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def unpack(self, content: Content, into: IO[bytes], progress: Progress) -> None:
        """Write one file's content, if it is that of the manifest."""
        digest, done = hashlib.sha256(), 0
        try:
            with self._zip.open(content.name) as source:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    done += len(block)
                    if done > content.bytes:
                        break
                    into.write(block)
                    progress(len(block))
        except (BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise DataError(f"{self._path}: {content.name}: damaged: {error}") from None
        if done != content.bytes or digest.hexdigest() != content.sha256:
            raise DataError(f"{self._path}: {content.name}: damaged: its SHA-256 is not that of the manifest")

    def _read_manifest(self) -> Manifest:
        try:
            found = self._zip.getinfo(MANIFEST)
        except KeyError:
            raise DataError(f"{self._path}: not a backup of bard: no {MANIFEST} in it") from None
        if found.file_size > _MANIFEST_MOST:
            raise DataError(f"{self._path}: damaged: {MANIFEST}")
        plain = self._zip.read(found)
        try:
            version = msgspec.json.decode(plain, type=dict[str, object]).get("format")
            if version != FORMAT:
                raise DataError(f"{self._path}: a backup of format {version}; this bard reads format {FORMAT}")
            return msgspec.json.decode(plain, type=Manifest)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DataError(f"{self._path}: damaged: {MANIFEST}: {error}") from None

    def _check_names(self) -> None:
        named = [content.name for content in self.manifest.content]
        there = self._zip.namelist()
        if sorted([*named, MANIFEST]) != sorted(there):
            raise DataError(f"{self._path}: damaged: its files are not those of its manifest")
        for name in named:
            parts = PurePosixPath(name).parts
            if name not in CONFIGS and (
                not name.startswith(DATA) or ".." in parts or str(PurePosixPath(*parts)) != name
            ):
                raise DataError(f"{self._path}: not a backup of bard: {name!r} in it")


def _info(name: str, kind: int) -> ZipInfo:
    info = ZipInfo(name)
    info.compress_type = kind
    info.external_attr = 0o600 << 16
    return info


def discard(_bytes: int) -> None:
    """Progress that nobody watches."""
