import pytest

from bard.term.font import big


@pytest.mark.parametrize("text", ["0123456789", "-.", "UNKNOWN", "NOT MONITORED"])
def test_all_rows_are_of_one_length(text):
    rows = big(text, 500, 14)
    assert len(rows) == 14
    assert len({len(row) for row in rows}) == 1
    assert set("".join(rows)) == {" ", "█"}


def test_every_digit_looks_different():
    assert len({tuple(big(digit, 10, 7)) for digit in "0123456789"}) == 10


def test_the_largest_size_that_fits_and_never_a_part():
    assert len(big("38.2", 100, 14)) == 14
    assert len(big("38.2", 50, 14)) == 7
    assert len(big("38.2", 20, 7)) == 7
    assert big("38.2", 10, 7) == ["38.2"]
    assert big("38.2", 100, 3) == ["38.2"]
