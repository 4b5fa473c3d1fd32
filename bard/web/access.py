"""Which devices may open the page: one-time codes and the devices paired with them, in one SQLite file.

One law: neither a code nor a device's token is kept, only what proves it: scrypt of a code, SHA-256 of a token of 256
bits. Any process may write; each sees the others' changes by `refresh`. It knows no request.
"""

import hashlib
import os
import secrets
import sqlite3
import time
from pathlib import Path

from msgspec import Struct

from bard.errors import LinkError
from bard.web.roles import Role

ACCESS_FILE = "access.db"
CODE_S = 600.0
MOST_CODES = 8
MOST_DEVICES = 200
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 10
_LOOKS_LIKE = str.maketrans("ILO", "110", " -\t")
_SEEN_S = 60.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS salt (salt BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS code (hash BLOB PRIMARY KEY, role TEXT NOT NULL, made REAL NOT NULL, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS device (id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, role TEXT NOT NULL,
    words TEXT NOT NULL, made REAL NOT NULL, seen REAL NOT NULL, expires REAL NOT NULL);
"""


class Device(Struct, frozen=True):
    """A paired device. Times in seconds since 1970; `words` what it said it is, of words known here."""

    id: str
    role: Role
    words: str
    made: float
    seen: float
    expires: float


class Access:
    """Raises LinkError of one line where the file cannot be used. `folder` is made, for its owner alone."""

    def __init__(self, folder: Path, days: int) -> None:
        self.path = folder / ACCESS_FILE
        self._days = days
        self._version = -1
        self._devices: dict[bytes, Device] = {}
        self._code_expires: list[float] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
            self._db = sqlite3.connect(self.path, timeout=5, isolation_level=None)
            self._db.executescript(_SCHEMA)
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.execute(
                    "INSERT INTO salt SELECT ? WHERE NOT EXISTS (SELECT 1 FROM salt)", (secrets.token_bytes(16),)
                )
            (self._salt,) = self._db.execute("SELECT salt FROM salt").fetchone()
            self._read()
        except (OSError, sqlite3.Error) as error:
            raise LinkError(f"{self.path}: {getattr(error, 'strerror', None) or error}") from None

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def refresh(self) -> bool:
        """Take over what other processes changed; True where something did. Raises LinkError."""
        try:
            (version,) = self._db.execute("PRAGMA data_version").fetchone()
            if version == self._version:
                return False
            self._version = version
            self._read()
        except sqlite3.Error as error:
            raise LinkError(f"{self.path}: {error}") from None
        return True

    @property
    def is_set_up(self) -> bool:
        """Somebody is paired, or a code waits to be used."""
        now = time.time()
        return any(now < expires for expires in self._code_expires) or bool(self.devices())

    def new_code(self, role: Role) -> str:
        """A code for one device, good for CODE_S: `ABCDE-FGHJK`. Raises LinkError."""
        code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
        now = time.time()
        self._write(
            ("INSERT INTO code VALUES (?, ?, ?, ?)", (self.proof(code), role.value, now, now + CODE_S)),
            ("DELETE FROM code WHERE expires <= ?", (now,)),
            ("DELETE FROM code WHERE hash NOT IN (SELECT hash FROM code ORDER BY made DESC LIMIT ?)", (MOST_CODES,)),
        )
        return f"{code[:5]}-{code[5:]}"

    def proof(self, typed: str) -> bytes:
        """What a code is known by; takes about 50 ms. Letters that look like digits count as those."""
        plain = typed.upper().translate(_LOOKS_LIKE)
        return hashlib.scrypt(plain.encode(errors="replace"), salt=self._salt, n=2**14, r=8, p=1, dklen=32)

    def redeem(self, proof: bytes, words: str) -> str | None:
        """A token for the device that brought this proof of a code, which is used up; None: no such code.

        Raises LinkError.
        """
        now = time.time()
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                row = self._db.execute(
                    "DELETE FROM code WHERE hash = ? AND expires > ? RETURNING role", (proof, now)
                ).fetchone()
                if row is None:
                    return None
                token = secrets.token_urlsafe(32)
                device = (secrets.token_hex(4), _hash(token), row[0], words, now, now, now + 86_400 * self._days)
                self._db.execute("INSERT INTO device VALUES (?, ?, ?, ?, ?, ?, ?)", device)
                self._db.execute(
                    "DELETE FROM device WHERE id NOT IN (SELECT id FROM device ORDER BY seen DESC LIMIT ?)",
                    (MOST_DEVICES,),
                )
            self._read()
        except sqlite3.Error as error:
            raise LinkError(f"{self.path}: {error}") from None
        return token

    def device_of(self, token: str) -> Device | None:
        """The device this token was given to, while it is paired."""
        device = self._devices.get(_hash(token))
        return device if device is not None and time.time() < device.expires else None

    def has(self, device_id: str) -> bool:
        """Whether it is paired still."""
        return any(device.id == device_id for device in self.devices())

    def devices(self) -> list[Device]:
        """All that are paired, the newest first."""
        now = time.time()
        return sorted((one for one in self._devices.values() if now < one.expires), key=lambda one: -one.made)

    def note_seen(self, device: Device) -> None:
        """It was here now; kept to the minute. Raises LinkError."""
        now = time.time()
        if now - device.seen > _SEEN_S:
            self._write(("UPDATE device SET seen = ? WHERE id = ?", (now, device.id)))

    def revoke(self, device_id: str) -> bool:
        """Shut it out; False where there is none of this id. Raises LinkError."""
        return self._write(("DELETE FROM device WHERE id = ?", (device_id,))) > 0

    def revoke_all(self) -> int:
        """Shut out every device, and void every code; returns how many devices. Raises LinkError."""
        count = len(self.devices())
        self._write(("DELETE FROM device", ()), ("DELETE FROM code", ()))
        return count

    def _write(self, *statements: tuple[str, tuple[object, ...]]) -> int:
        """In one transaction; returns how many rows the first one changed."""
        try:
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                counts = [self._db.execute(*statement).rowcount for statement in statements]
            self._read()
        except sqlite3.Error as error:
            raise LinkError(f"{self.path}: {error}") from None
        return counts[0]

    def _read(self) -> None:
        rows = self._db.execute("SELECT hash, id, role, words, made, seen, expires FROM device").fetchall()
        known = [row for row in rows if row[2] in list(Role)]
        self._devices = {row[0]: Device(row[1], Role(row[2]), *row[3:]) for row in known}
        self._code_expires = [row[0] for row in self._db.execute("SELECT expires FROM code")]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
