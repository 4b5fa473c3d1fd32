"""What a device path hangs on, as this machine's files tell: sysfs, udev's records, other programs, users.

One law: it reads files below `root` and changes nothing; what cannot be read is empty or None, never a guess. What of
it matters is judged in `bard.commission.doctor`.
"""

import contextlib
import os
import stat
from pathlib import Path

from bard.commission.facts import HostFacts, PortFacts
from bard.link.urls import DEVICE, parse

RULE_FILE = "70-bard.rules"
"""After 60-serial.rules, which says where a device is plugged in."""
_RULES = (
    "etc/udev/rules.d",
    "run/udev/rules.d",
    "usr/local/lib/udev/rules.d",
    "usr/lib/udev/rules.d",
    "lib/udev/rules.d",
)
_TOLD_OFF = ("E:ID_MM_DEVICE_IGNORE=1", "E:ID_MM_PORT_IGNORE=1")
_CANDIDATE = "E:ID_MM_CANDIDATE=1"
_RULE_MARK = "E:ID_BARD=1"
_UNSTABLE = ("ttyUSB", "ttyACM")
_MANAGER = "ModemManager"
_COMM_LENGTH = 15
"""What the kernel keeps of a program's name."""


class Host:
    """This machine, or the file tree below `root` in its place."""

    def __init__(self, root: Path = Path("/"), *, uid: int | None = None, gids: frozenset[int] | None = None) -> None:
        self._root = root
        self._uid = os.geteuid() if uid is None else uid
        self._gids = frozenset({*os.getgroups(), os.getegid()}) if gids is None else gids

    def facts(self) -> HostFacts:
        """Of the machine as a whole."""
        rule = next((f"/{folder}/{RULE_FILE}" for folder in _RULES if self._there(folder, RULE_FILE)), "")
        return HostFacts(self._name("passwd", self._uid), self._runs(_MANAGER), rule)

    def port(self, port: str) -> PortFacts:
        """Of one port of the configuration. Raises ConfigError for one that can never be opened."""
        url = parse(port)
        if url.kind != DEVICE:
            return PortFacts(port)
        given = self._below(url.target)
        try:
            real = given.resolve(strict=True)
            status = real.stat()
        except OSError:
            return PortFacts(url.target, exists=False)
        tty = self._root / "sys/class/tty" / real.name
        if not tty.exists():
            return PortFacts(url.target)
        usb = _usb_device(tty)
        timer = _text(tty / "device" / "latency_timer")
        record = self._udev_record(tty)
        return PortFacts(
            path=url.target,
            is_device=True,
            stable_name=not Path(url.target).name.startswith(_UNSTABLE),
            driver=_link_name(tty / "device" / "driver"),
            usb_id=f"{_text(usb / 'idVendor')}:{_text(usb / 'idProduct')}" if usb else "",
            serial=_text(usb / "serial") if usb else "",
            latency_timer_ms=int(timer) if timer.isdigit() else None,
            may_open=may_open(status, self._uid, self._gids),
            owner=self._owner(status),
            group=self._name("group", status.st_gid),
            holder=self._holder(real),
            candidate=_CANDIDATE in record,
            told_off=any(line in record for line in _TOLD_OFF),
            rule_works=_RULE_MARK in record,
        )

    def physical_path(self, port: str) -> str:
        """udev's ID_PATH of a device: which socket it is plugged into; empty where udev does not say."""
        with contextlib.suppress(OSError):
            tty = self._root / "sys/class/tty" / self._below(parse(port).target).resolve(strict=True).name
            for line in self._udev_record(tty):
                if line.startswith("E:ID_PATH="):
                    return line.removeprefix("E:ID_PATH=")
        return ""

    def _below(self, path: str) -> Path:
        return self._root / path.lstrip("/")

    def _there(self, *parts: str) -> bool:
        return self._root.joinpath(*parts).is_file()

    def _udev_record(self, tty: Path) -> list[str]:
        """The lines that udev keeps of this device."""
        number = _text(tty / "dev")
        return _text(self._root / "run/udev/data" / f"c{number}").splitlines() if number else []

    def _runs(self, program: str) -> bool:
        return any(name == program[:_COMM_LENGTH] for _, name in self._programs())

    def _programs(self) -> list[tuple[Path, str]]:
        """(folder in /proc, name) of what runs."""
        with contextlib.suppress(OSError):
            folders = [folder for folder in (self._root / "proc").iterdir() if folder.name.isdigit()]
            return [(folder, _text(folder / "comm")) for folder in folders]
        return []

    def _holder(self, device: Path) -> str:
        """Another program that has it open, as far as this user may see."""
        for folder, name in self._programs():
            if int(folder.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                for opened in (folder / "fd").iterdir():
                    with contextlib.suppress(OSError):
                        if self._below(os.readlink(opened)) == device:
                            return f"{name} (pid {folder.name})"
        return ""

    def _owner(self, status: os.stat_result) -> str:
        user, group = self._name("passwd", status.st_uid), self._name("group", status.st_gid)
        return f"{user}:{group} {stat.S_IMODE(status.st_mode):04o}"

    def _name(self, table: str, number: int) -> str:
        """Of a user (passwd) or a group."""
        for line in _text(self._root / "etc" / table).splitlines():
            fields = line.split(":")
            if len(fields) > 2 and fields[2] == str(number):
                return fields[0]
        return str(number)


def may_open(status: os.stat_result, uid: int, gids: frozenset[int]) -> bool:
    """Whether this user may read and write it."""
    if uid == 0:
        return True
    shift = 6 if uid == status.st_uid else 3 if status.st_gid in gids else 0
    return status.st_mode >> shift & 0o6 == 0o6


def _usb_device(tty: Path) -> Path | None:
    """The USB device above a tty."""
    with contextlib.suppress(OSError):
        folder = (tty / "device").resolve(strict=True)
        for above in (folder, *folder.parents):
            if (above / "idVendor").is_file():
                return above
    return None


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""


def _link_name(link: Path) -> str:
    try:
        return Path(os.readlink(link)).name
    except OSError:
        return ""
