"""docs/doctor.md holds the table of findings; `python -m tests.commission.test_findings_doc` writes it there."""

from pathlib import Path

from bard.commission.findings import FINDINGS

PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"
_MARK = "## What it finds\n\n"


def table() -> str:
    rows = [
        f"| `{name}` | {row.severity.name.lower()} | {row.meaning} | {row.do.replace('|', chr(92) + '|')} |"
        for name, row in FINDINGS.items()
    ]
    return "\n".join(["| finding | | what it means | what to do |", "|---|---|---|---|", *rows]) + "\n"


def test_the_page_holds_the_table() -> None:
    _, _, rest = PAGE.read_text().partition(_MARK)
    assert rest == table()


if __name__ == "__main__":
    PAGE.write_text(PAGE.read_text().partition(_MARK)[0] + _MARK + table())
