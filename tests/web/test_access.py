"""Codes and devices: one-time, hashed at rest, revocable, seen by other processes."""

import os
import stat
import time
from pathlib import Path

import pytest

from bard.errors import LinkError
from bard.web import access as module
from bard.web.access import Access
from bard.web.roles import Role


def paired(access: Access, role: Role = Role.THERAPIST) -> str:
    token = access.redeem(access.proof(access.new_code(role)), "Android")
    assert token is not None
    return token


def test_a_code_pairs_one_device_with_its_role(tmp_path: Path):
    access = Access(tmp_path, 90)
    assert not access.is_set_up
    code = access.new_code(Role.INSTALLER)
    assert access.is_set_up
    token = access.redeem(access.proof(code), "iPhone")
    assert token is not None
    device = access.device_of(token)
    assert device is not None
    assert (device.role, device.words) == (Role.INSTALLER, "iPhone")
    assert device.expires - device.made == 90 * 86_400
    assert access.redeem(access.proof(code), "iPhone") is None


@pytest.mark.parametrize("change", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_a_code_may_be_typed_as_it_comes(tmp_path: Path, change):
    access = Access(tmp_path, 90)
    code = access.new_code(Role.STUDIO)
    assert access.redeem(access.proof(change(code)), "") is not None


def test_letters_that_look_like_digits_count_as_those(tmp_path: Path):
    access = Access(tmp_path, 90)
    assert access.proof("OIL00-11111") == access.proof("01100-11111")
    assert access.proof("a\ud800") != access.proof("b")


def test_neither_a_code_nor_a_token_is_kept(tmp_path: Path):
    access = Access(tmp_path, 90)
    code = access.new_code(Role.THERAPIST)
    token = paired(access)
    access.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in (code, code.replace("-", ""), token):
        assert secret.encode() not in content
    assert stat.S_IMODE(os.stat(tmp_path).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(tmp_path / "access.db").st_mode) == 0o600


def test_what_another_process_writes_is_seen(tmp_path: Path):
    page, shell = Access(tmp_path, 90), Access(tmp_path, 90)
    page.refresh()
    assert not page.refresh()
    code = shell.new_code(Role.THERAPIST)
    assert page.refresh()
    assert page.is_set_up
    token = page.redeem(page.proof(code), "")
    assert token is not None
    shell.refresh()
    (device,) = shell.devices()
    assert shell.revoke(device.id)
    assert page.device_of(token) is not None
    assert page.refresh()
    assert page.device_of(token) is None
    assert not page.has(device.id)
    assert not page.is_set_up
    assert not shell.revoke(device.id)


def test_codes_and_devices_end_by_themselves(tmp_path: Path, monkeypatch):
    access = Access(tmp_path, 1)
    code, token = access.new_code(Role.THERAPIST), paired(access)
    now = time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + 601)
    assert access.redeem(access.proof(code), "") is None
    assert access.device_of(token) is not None
    monkeypatch.setattr(module.time, "time", lambda: now + 86_401)
    assert access.device_of(token) is None
    assert access.devices() == []
    assert not access.is_set_up


def test_there_are_never_many_of_either(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(module, "MOST_CODES", 2)
    monkeypatch.setattr(module, "MOST_DEVICES", 3)
    access = Access(tmp_path, 1)
    oldest, *others = [access.new_code(Role.THERAPIST) for _ in range(3)]
    assert access.redeem(access.proof(oldest), "") is None
    assert all(access.redeem(access.proof(code), "") for code in others)
    for _ in range(4):
        paired(access)
    assert len(access.devices()) == 3
    access.new_code(Role.STUDIO)
    assert access.revoke_all() == 3
    assert not access.is_set_up


def test_a_file_that_cannot_be_used_is_one_line(tmp_path: Path):
    (tmp_path / "access.db").write_text("no database" * 100)
    with pytest.raises(LinkError, match=r"access\.db: file is not a database"):
        Access(tmp_path, 1)
    (tmp_path / "file").touch()
    with pytest.raises(LinkError, match="Not a directory"):
        Access(tmp_path / "file" / "web", 1)
