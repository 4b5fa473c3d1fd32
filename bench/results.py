"""Where figures go: one text file a bench, with date, commit and the kind of machine."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def write(name: str, title: str, lines: Sequence[str]) -> str:
    """Keep `lines` as bench/results/<name>.md; returns the text."""
    root = Path(__file__).parent.parent
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=root, capture_output=True, text=True)
    head = [
        f"# {title}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, on top of commit {commit.stdout.strip() or 'unknown'}, {machine()}.",
        "",
    ]
    text = "\n".join([*head, *lines]) + "\n"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text)
    return text


def machine() -> str:
    """What ran it, without a name of it."""
    model = next((line for line in _cpuinfo() if line.startswith("model name")), ": unknown processor")
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return (
        f"{os.cpu_count()} cores of {model.split(':', 1)[1].strip()}, virtual and shared, {system}, "
        f"CPython {platform.python_version()}"
    )


def percentiles(values_us: Sequence[float]) -> str:
    """p50, p99 and max in ms."""
    ordered = sorted(values_us)
    p50, p99 = (ordered[min(int(len(ordered) * share), len(ordered) - 1)] for share in (0.5, 0.99))
    return f"p50 {p50 / 1000:.2f}, p99 {p99 / 1000:.2f}, max {ordered[-1] / 1000:.2f} ms (n = {len(ordered)})"


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
