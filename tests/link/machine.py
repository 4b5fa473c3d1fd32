"""A machine in a folder: devices, sysfs, udev's records, programs and users as files."""

import os
from pathlib import Path

USB = "sys/devices/pci0/usb1/1-1/1-1.2"


class Machine:
    """`plug` a bridge in, `run` programs, `install` the rule."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("dev", "proc", "etc/udev/rules.d", "sys/class/tty", "run/udev/data"):
            (root / folder).mkdir(parents=True)
        self.write("etc/passwd", "root:x:0:0::/root:/bin/sh\npi:x:1000:1000::/home/pi:/bin/sh\n")
        self.write("etc/group", f"root:x:0:\ndialout:x:20:pi\nowners:x:{os.getegid()}:\n")

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def plug(
        self,
        name: str = "ttyUSB0",
        *,
        driver: str = "ftdi_sio",
        usb_id: tuple[str, str] = ("0403", "6001"),
        serial: str = "A50285BI",
        timer: str = "16",
        mode: int = 0o660,
        by_id: str = "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
    ) -> Path:
        """A USB bridge; its device node. `by_id`: its name there, none where that is empty."""
        number = f"188:{name[-1]}"
        folder = self.root / USB / f"1-1.2:1.0/{name}"
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in (("idVendor", usb_id[0]), ("idProduct", usb_id[1]), ("serial", serial)):
            if text:
                self.write(f"{USB}/{file}", text + "\n")
        if timer:
            (folder / "latency_timer").write_text(timer + "\n")
        (folder / "driver").symlink_to(self.root / "sys/bus/usb-serial/drivers" / driver)
        tty = self.root / "sys/class/tty" / name
        tty.mkdir(exist_ok=True)
        (tty / "device").symlink_to(folder)
        (tty / "dev").write_text(number + "\n")
        node = self.write(f"dev/{name}", "")
        node.chmod(mode)
        if by_id:
            link = self.root / "dev/serial/by-id" / by_id
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(node)
        self.record(name, "E:ID_PATH=pci-0000:01:00.0-usb-0:1.2:1.0")
        return node

    def record(self, name: str, *lines: str) -> None:
        """What udev keeps of a device."""
        self.write(f"run/udev/data/c188:{name[-1]}", "\n".join(("S:serial/by-id/x", *lines)) + "\n")

    def run(self, pid: int, name: str, *opened: Path) -> None:
        """A program, and what it has open."""
        self.write(f"proc/{pid}/comm", name + "\n")
        folder = self.root / "proc" / str(pid) / "fd"
        folder.mkdir()
        for number, file in enumerate(opened, start=3):
            (folder / str(number)).symlink_to("/" + str(file.relative_to(self.root)))
