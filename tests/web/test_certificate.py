"""The made certificate: trusted once, good for this machine's names, renewed by itself; the studio's own as it is."""

import os
import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from bard.errors import ConfigError, LinkError
from bard.settings import WebSettings
from bard.web import certificate as module
from bard.web.certificate import fingerprint, server_context
from tests.annunciate.certificates import Authority

NAMES = ["bard.local", "192.168.7.9", "localhost", "127.0.0.1"]


def shaken(server: ssl.SSLContext, authority: Path, name: str) -> None:
    """A real handshake in which the client trusts this authority. Raises ssl.SSLError."""
    ours, theirs = socket.socketpair()
    client = ssl.create_default_context(cafile=str(authority))

    def serve() -> None:
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except (ssl.SSLError, OSError):
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        client.wrap_socket(ours, server_hostname=name).close()
    finally:
        ours.close()
        thread.join(10)


@pytest.mark.parametrize("name", NAMES)
def test_a_client_that_trusts_the_authority_reaches_every_name(tmp_path: Path, name: str):
    shaken(server_context(WebSettings(), tmp_path, NAMES), tmp_path / "authority.crt", name)


def test_it_speaks_for_no_other_name(tmp_path: Path):
    context = server_context(WebSettings(), tmp_path, NAMES)
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(context, tmp_path / "authority.crt", "bank.example")


def test_not_even_with_the_authoritys_key(tmp_path: Path):
    server_context(WebSettings(), tmp_path, NAMES)
    authority = module._authority(tmp_path, NAMES)
    module._issue(authority, ["bank.example"], tmp_path / "forged.crt", tmp_path / "forged.key")
    forged = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    forged.load_cert_chain(tmp_path / "forged.crt", tmp_path / "forged.key")
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        shaken(forged, tmp_path / "authority.crt", "bank.example")


def test_it_is_made_once_and_keys_are_the_owners(tmp_path: Path):
    server_context(WebSettings(), tmp_path, NAMES)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert fingerprint(tmp_path)
    server_context(WebSettings(), tmp_path, NAMES[:2])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    for name in ("authority.key", "page.key"):
        assert stat.S_IMODE(os.stat(tmp_path / name).st_mode) == 0o600


def test_a_new_address_or_a_late_day_renews_it_and_keeps_the_authority(tmp_path: Path, monkeypatch):
    server_context(WebSettings(), tmp_path, NAMES)
    authority, page = ((tmp_path / name).read_bytes() for name in ("authority.crt", "page.crt"))
    shaken(server_context(WebSettings(), tmp_path, [*NAMES, "10.0.0.8"]), tmp_path / "authority.crt", "10.0.0.8")
    assert (tmp_path / "page.crt").read_bytes() != page

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz or UTC) + timedelta(days=350)

    page = (tmp_path / "page.crt").read_bytes()
    monkeypatch.setattr(module, "datetime", Later)
    server_context(WebSettings(), tmp_path, NAMES)
    renewed = x509.load_pem_x509_certificate((tmp_path / "page.crt").read_bytes())
    assert (tmp_path / "page.crt").read_bytes() != page
    assert renewed.not_valid_after_utc - renewed.not_valid_before_utc < timedelta(days=398)
    assert (tmp_path / "authority.crt").read_bytes() == authority


def test_the_studios_own_is_used_as_it_is(tmp_path: Path):
    studio = Authority(tmp_path / "studio")
    certificate = studio.issue("page", "DNS:studio.example")
    settings = WebSettings(cert_file=str(certificate), key_file=str(certificate.with_suffix(".key")))
    shaken(server_context(settings, tmp_path / "web", NAMES), studio.ca, "studio.example")
    assert not (tmp_path / "web").exists()


def test_what_cannot_be_used_is_one_line(tmp_path: Path):
    studio = Authority(tmp_path / "studio")
    page, other = (studio.issue(name) for name in ("page", "other"))
    wrong = WebSettings(cert_file=str(page), key_file=str(other.with_suffix(".key")))
    with pytest.raises(ConfigError, match=r"web\.cert_file: .*page\.crt: no certificate and key that belong together"):
        server_context(wrong, tmp_path, NAMES)
    locked = WebSettings(cert_file=str(page), key_file=str(studio.lock_key("page")))
    with pytest.raises(ConfigError, match="without a password"):
        server_context(locked, tmp_path, NAMES)
    missing = WebSettings(cert_file=str(page), key_file=str(tmp_path / "none.key"))
    with pytest.raises(ConfigError, match=r"web.key_file: .*none.key: No such file"):
        server_context(missing, tmp_path, NAMES)
    with pytest.raises(LinkError, match="no certificate can be made there"):
        server_context(WebSettings(), tmp_path / "nowhere", NAMES)
