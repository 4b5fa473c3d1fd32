"""TLS to a real broker: who is trusted, and one clear line for each way in which it is wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.annunciate.broker import Broker, Opened, connect, wait_for
from tests.annunciate.certificates import Authority

pytestmark = pytest.mark.apt


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "other")


class Secured:
    """`started(certificate)`: a broker with that one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._brokers: list[Broker] = []

    def started(self, certificate: Path, *options: str) -> Broker:
        key = certificate.with_suffix(".key")
        made = Broker(self._folder, f"certfile {certificate}", f"keyfile {key}", *options)
        made.start()
        self._brokers.append(made)
        return made

    def stop(self) -> None:
        for broker in self._brokers:
            broker.stop()


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Secured]:
    made = Secured(tmp_path)
    yield made
    made.stop()


def failure_of(opened: Opened, port: int, **settings: object) -> str:
    """What is said, without the address that it begins with."""
    output = opened(port, **settings)
    wait_for(lambda: output.failure is not None)
    failure = str(output.failure)
    assert not output.connected
    assert "\n" not in failure
    address = f"broker 127.0.0.1:{port}"
    assert failure.startswith(address)
    output.close()
    return failure.removeprefix(address)


def test_the_right_authority_and_no_other(secured: Secured, ours: Authority, other: Authority, opened: Opened) -> None:
    port = secured.started(ours.issue("right")).port
    right = opened(port, tls=True, ca_file=str(ours.ca))
    connect(right)
    assert right.failure is None
    wrong = failure_of(opened, port, tls=True, ca_file=str(other.ca))
    assert wrong == " is not trusted: unable to get local issuer certificate"
    assert failure_of(opened, port, tls=True) == wrong, "the system's authorities do not know ours"


@pytest.mark.parametrize(
    ("name", "names", "begin", "end", "words"),
    [
        ("expired", "IP:127.0.0.1", "", "20200101000000Z", "certificate has expired (the clock here says "),
        ("early", "IP:127.0.0.1", "20480101000000Z", "20491231235959Z", "certificate is not yet valid (the clock here"),
        ("host", "DNS:broker", "", "20491231235959Z", "IP address mismatch, certificate is not valid for '127.0.0.1'"),
    ],
)
def test_a_certificate_that_is_not_right(
    secured: Secured, ours: Authority, opened: Opened, name: str, names: str, begin: str, end: str, words: str
) -> None:
    port = secured.started(ours.issue(name, names, begin, end)).port
    assert failure_of(opened, port, tls=True, ca_file=str(ours.ca)).startswith(f" is not trusted: {words}")


def test_tls_on_one_side_only(broker: Broker, secured: Secured, ours: Authority, opened: Opened) -> None:
    with_tls = secured.started(ours.issue("one-side")).port
    assert failure_of(opened, with_tls).endswith("(does it want TLS?)")
    assert "speak" in failure_of(opened, broker.port, tls=True, ca_file=str(ours.ca))


def test_a_broker_that_wants_our_certificate(secured: Secured, ours: Authority, opened: Opened) -> None:
    server, client = ours.issue("server"), ours.issue("client", "DNS:bard")
    port = secured.started(server, f"cafile {ours.ca}", "require_certificate true").port
    secrets = {"tls": True, "ca_file": str(ours.ca), "cert_file": str(client)}
    connect(opened(port, **secrets, key_file=str(client.with_suffix(".key"))))
    none = failure_of(opened, port, tls=True, ca_file=str(ours.ca))
    assert none.endswith("(does it want our certificate?)")
    locked = failure_of(opened, port, **secrets, key_file=str(ours.lock_key("client")))
    assert locked == f" cannot be called: {client}: no client certificate with its key: the key is missing or locked"
    swapped = failure_of(opened, port, **secrets, key_file=str(server.with_suffix(".key")))
    assert swapped == f" cannot be called: {client}: no client certificate with its key: key values mismatch"


def test_files_that_are_not_there_or_no_certificates(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "ca.txt").write_text("no certificate")
    rubbish = failure_of(opened, 1, tls=True, ca_file=str(tmp_path / "ca.txt"))
    assert rubbish == f" cannot be called: {tmp_path}/ca.txt: no certificate in PEM in it"
    missing = failure_of(opened, 1, tls=True, cert_file="/nonexistent/us.crt")
    assert missing.endswith("No such file or directory: '/nonexistent/us.crt'")


def test_a_right_authority_put_in_place_of_a_wrong_one_heals(
    secured: Secured, ours: Authority, other: Authority, opened: Opened, tmp_path: Path
) -> None:
    port = secured.started(ours.issue("heals")).port
    ca = tmp_path / "ca.crt"
    ca.write_bytes(other.ca.read_bytes())
    output = opened(port, tls=True, ca_file=str(ca))
    wait_for(lambda: output.failure is not None)
    ca.write_bytes(ours.ca.read_bytes())
    connect(output)
    assert output.failure is None
