"""bard's own search: over the borders of its blocks, in capitals or not, packed, escaped, and in what is damaged."""

import json
from pathlib import Path

import pytest

from bard.errors import DataError
from bard.journal.records import Came, pack_header, pack_records
from bard.messages import Done, encode
from bard.studio import traces
from bard.studio.archive import discard
from bard.studio.traces import search, stands_in
from tests.journal.tapes import CALIBRATION, CORE, a_header

NAME = "Größling-Straße"


def test_over_the_border_of_two_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "_BLOCK", 16)
    path = tmp_path / "a"
    for before in range(40):
        path.write_bytes(b"x" * before + b"cZebra9" + b"x" * 20)
        assert stands_in(path, "CZEBRA9"), before
        assert not stands_in(path, "CZEBRA8")
    path.write_bytes(b"CZEBRA")
    assert not stands_in(path, "CZEBRA9")


@pytest.mark.parametrize("form", [str, str.lower, str.upper, str.casefold])
def test_letters_that_are_not_ascii(tmp_path: Path, form: object) -> None:
    path = tmp_path / "a.json"
    assert callable(form)
    for text in (form(NAME), json.dumps(form(NAME))):
        path.write_text(f"... {text} ...")
        assert stands_in(path, NAME), text


def test_in_a_tape_up_to_its_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.tape"
    told = [pack_records([Came(encode(Done(number, "x", f"CZEBRA{number}", None)).decode())]) for number in range(3)]
    whole = pack_header(a_header(CORE, CALIBRATION)) + b"".join(told)
    path.write_bytes(whole)
    assert [stands_in(path, f"CZEBRA{number}") for number in range(4)] == [True, True, True, False]
    path.write_bytes(whole[: -len(told[2]) // 2])
    assert [stands_in(path, f"CZEBRA{number}") for number in range(2)] == [True, True]


def test_every_file_and_every_word_but_the_short(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/a").write_text("czebra9")
    (tmp_path / "b").write_text("Zebulonia C2")
    (tmp_path / "link").symlink_to(tmp_path / "b")
    (tmp_path / "empty").touch()
    done: list[int] = []
    assert search(tmp_path, ["CZEBRA9", "zebulonia"], done.append) == [tmp_path / "b", tmp_path / "deep/a"]
    assert sum(done) == traces.size_of_all(tmp_path) == len("czebra9Zebulonia C2"), "a link is not followed"
    assert search(tmp_path, ["C2"], discard) == []


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match="cannot be searched: Is a directory"):
        stands_in(tmp_path / "folder", "CZEBRA9")
