"""`bard web` as a person types it: what it says, and every mistake as one line."""

import os
import socket
import ssl
import subprocess
import sys

import pytest

from tests.daemon.house import complains, wait_for
from tests.web.station import Station

PORT = "sim://steady?seed=1"


def answers(port: int, address: str = "127.0.0.1") -> bool:
    try:
        socket.create_connection((address, port), 1).close()
    except OSError:
        return False
    return True


def test_a_port_that_is_taken_is_one_line(house):
    station = Station(house)
    house.furnish(PORT, more=station.table)
    with socket.socket() as other:
        other.bind(("127.0.0.1", station.port))
        other.listen()
        complains(house.bard("web"), 1, f"port {station.port} is taken", "web.port")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('language = "xx"', ('web.language: "xx"', "allowed: en")),
        ('cert_file = "none.crt"', ("web.cert_file", "none.crt", "No such file")),
        ('host = "203.0.113.7"', ("web.host 203.0.113.7", "cannot listen there")),
    ],
)
def test_what_cannot_be_used_is_one_line(house, table, words):
    station = Station(house)
    house.furnish(PORT, more=f"[web]\nport = {station.port}\n{table}\n")
    if "host" in table:
        station.code()
    done = house.bard("web")
    complains(done, done.returncode, *words)
    assert done.returncode in (1, 2)


def test_without_aiohttp_it_is_one_line(house, tmp_path):
    house.furnish(PORT)
    (tmp_path / "aiohttp.py").write_text('raise ModuleNotFoundError("no", name="aiohttp")\n')
    command = [sys.executable, "-m", "bard", "--config", str(house.config), "web"]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.getcwd()}"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    complains(done, 2, "aiohttp is not installed", "bard[web]")


def test_mistakes_of_its_commands_are_one_line(house):
    house.furnish(PORT)
    complains(house.bard("web", "pair"), 2, "--role")
    complains(house.bard("web", "pair", "--role", "client"), 2, "therapist")
    complains(house.bard("web", "revoke"), 2, "either ID or --all")
    complains(house.bard("web", "revoke", "deadbeef"), 2, "none is paired")
    assert house.bard("web", "sessions").stdout == "no device is paired\n"


def test_pairing_shows_a_code_a_qr_code_and_the_address(house):
    station = Station(house)
    house.furnish(PORT, more=station.table)
    done = house.bard("web", "pair", "--role", "studio")
    assert done.returncode == 0, done
    assert f"http://127.0.0.1:{station.port}/pair" in done.stdout
    assert "▄" in done.stdout or "█" in done.stdout
    assert "within 10 min" in done.stdout
    assert "only a browser on this machine" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 100


def test_the_network_is_let_in_only_while_somebody_is_paired(house):
    station = Station(house, 'host = "0.0.0.0"\nname = "bard.local"')
    house.furnish(PORT, more=station.table)
    outside = "127.0.0.2"
    station.start()
    wait_for(lambda: "open to this machine alone" in station.log.read_text(), "it says so")
    assert not answers(station.port, outside)
    done = house.bard("web", "pair", "--role", "therapist")
    assert f"https://bard.local:{station.port}/authority.crt" in done.stdout
    assert "SHA-256" in done.stdout
    assert "only a browser on this machine" not in done.stdout
    wait_for(lambda: answers(station.port, outside), "open to the network")
    trusting = ssl.create_default_context(cafile=str(house.folder / "var" / "web" / "authority.crt"))
    with (
        socket.create_connection(("127.0.0.1", station.port), 5) as line,
        trusting.wrap_socket(line, server_hostname="bard.local") as encrypted,
    ):
        encrypted.sendall(b"GET /authority.crt HTTP/1.1\r\nHost: bard.local\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: encrypted.recv(65536), b""))
    assert (house.folder / "var" / "web" / "authority.crt").read_bytes() in answer
    assert house.bard("web", "revoke", "--all").returncode == 0
    wait_for(lambda: not answers(station.port, outside), "closed to the network again")
    assert station.end() == 0
