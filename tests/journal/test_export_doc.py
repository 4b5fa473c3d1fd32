"""docs/export.md holds a table of columns for each export; `python -m tests.journal.test_export_doc` writes them."""

from pathlib import Path

from bard.journal.export import ALARMS, CHANGES, SESSIONS, words_of
from bard.journal.export_sessions import CONVERSIONS, MINUTES, SERIES, SESSION_FIGURES

PAGE = Path(__file__).parents[2] / "docs" / "export.md"
_MARK = "## `bard "
_TABLES = {
    "bard sessions": words_of(SESSION_FIGURES),
    "bard sessions --minutes": words_of(MINUTES),
    "bard sessions --series": words_of(SERIES),
    "bard sessions --conversions": words_of(CONVERSIONS),
    "bard alarms": words_of(ALARMS),
    "bard alarms --changes": words_of(CHANGES),
    "bard alarms --per-session": words_of(SESSIONS),
}


def tables() -> str:
    parts = []
    for name, columns in _TABLES.items():
        rows = [f"| `{column}` | {words} |" for column, words in columns.items()]
        parts.append("\n".join([f"## `{name}`", "", "| column | |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def test_the_page_holds_every_column() -> None:
    head, mark, rest = PAGE.read_text().partition(_MARK)
    assert mark + rest == tables()
    for name in _TABLES:
        assert set(name.split()) <= set(head.replace(";", " ").replace(",", " ").split()), name


def test_every_weight_and_length_has_its_unit_in_its_name() -> None:
    for columns in _TABLES.values():
        for name, words in columns.items():
            if words.startswith(("kg,", "kg ")):
                assert name.endswith(("_kg", "_kg_s")), name
            if words.startswith(("s,", "s ")):
                assert name.endswith("_s"), name


if __name__ == "__main__":
    PAGE.write_text(PAGE.read_text().partition(_MARK)[0] + tables())
