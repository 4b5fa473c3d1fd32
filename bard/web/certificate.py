"""TLS: the studio's certificate, or one made here that devices are told to trust once.

One law: what is made is an authority that may speak for this machine's names and for private addresses alone, and a
certificate of it that is renewed by itself; keys are readable by their owner only. It opens no port.
"""

import contextlib
import ipaddress
import os
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bard.config.atomic import write_whole
from bard.errors import ConfigError, LinkError
from bard.settings import WebSettings

AUTHORITY_FILE, AUTHORITY_KEY = "authority.crt", "authority.key"
_CERT_FILE, _KEY_FILE = "page.crt", "page.key"
_AUTHORITY_DAYS, _DAYS, _RENEW_DAYS = 3650, 395, 60
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10")
_Key = ec.EllipticCurvePrivateKey


def server_context(settings: WebSettings, folder: Path, names: Sequence[str]) -> ssl.SSLContext:
    """For a server known by `names`; makes what is missing in `folder`. Raises ConfigError or LinkError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.cert_file is not None:
        key = settings.key_file or settings.cert_file
        try:
            context.load_cert_chain(settings.cert_file, key, password=lambda: "")
        except OSError as error:
            place = "key_file" if settings.key_file and not os.access(key, os.R_OK) else "cert_file"
            raise ConfigError(
                f"web.{place}: {key if place == 'key_file' else settings.cert_file}: {_words(error)}"
            ) from None
        return context
    try:
        made = _made(folder, names)
        context.load_cert_chain(*made)
    except (OSError, ValueError) as error:
        raise LinkError(f"{folder}: no certificate can be made there: {_words(error)}") from None
    return context


def fingerprint(folder: Path) -> str | None:
    """Of the authority that was made here, as devices show it; None: there is none."""
    try:
        certificate = x509.load_pem_x509_certificate((folder / AUTHORITY_FILE).read_bytes())
    except (OSError, ValueError):
        return None
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _made(folder: Path, names: Sequence[str]) -> tuple[Path, Path]:
    certificate, key = folder / _CERT_FILE, folder / _KEY_FILE
    if not (_is_good(certificate, names) and key.exists() and (folder / AUTHORITY_FILE).exists()):
        authority = _authority(folder, names)
        _issue(authority, names, certificate, key)
    return certificate, key


def _is_good(path: Path, names: Sequence[str]) -> bool:
    """It speaks for all of `names`, and for some time yet."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        own = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    lasts = certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=_RENEW_DAYS)
    return lasts and set(_general(names)) <= set(own)


def _authority(folder: Path, names: Sequence[str]) -> tuple[x509.Certificate, _Key]:
    """The one that is there and may speak for these names, or a new one."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        certificate = x509.load_pem_x509_certificate((folder / AUTHORITY_FILE).read_bytes())
        key = serialization.load_pem_private_key((folder / AUTHORITY_KEY).read_bytes(), None)
        bounds = certificate.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
        dns = [one for one in _general(names) if isinstance(one, x509.DNSName)]
        lasts = certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=_DAYS)
        if lasts and all(one in bounds for one in dns) and isinstance(key, _Key):
            return certificate, key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"bard on {names[0]}"[:64])])
    bounds = [one for one in _general(names) if isinstance(one, x509.DNSName)]
    bounds += [x509.IPAddress(ipaddress.ip_network(one)) for one in _networks(names)]
    certificate = (
        _begun(name, name, key.public_key(), _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=bounds, excluded_subtrees=None), critical=True)
        .add_extension(_usage(cert_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_key(folder / AUTHORITY_KEY, key)
    write_whole(folder / AUTHORITY_FILE, certificate.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def _issue(authority: tuple[x509.Certificate, _Key], names: Sequence[str], to: Path, key_to: Path) -> None:
    issuer, issuer_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    certificate = (
        _begun(name, issuer.subject, key.public_key(), _DAYS)
        .add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(cert_sign=False), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    _write_key(key_to, key)
    pem = serialization.Encoding.PEM
    write_whole(to, certificate.public_bytes(pem) + issuer.public_bytes(pem))


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    """Valid from a day ago on: a Pi's clock may be behind a phone's."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(cert_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not cert_sign,
        key_cert_sign=cert_sign,
        crl_sign=cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general(names: Sequence[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _networks(names: Sequence[str]) -> list[str]:
    """The private ones, and each of this machine's addresses that lies in none."""
    own = [ipaddress.ip_address(str(one.value)) for one in _general(names) if isinstance(one, x509.IPAddress)]
    networks = [ipaddress.ip_network(one) for one in _PRIVATE]
    return [*_PRIVATE, *(str(one) for one in own if not any(one in network for network in networks))]


def _write_key(path: Path, key: _Key) -> None:
    """Made readable by its owner only before there is anything in it."""
    pem, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    content = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_password)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(content)
    beside.replace(path)


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "no certificate and key that belong together, without a password"
    return getattr(error, "strerror", None) or str(error)
