"""`python -m bench.screens`: the pictures of docs/calibration.md, from a real run of the guide in a real terminal.

It needs tmux. Each picture is the terminal's text as it stood, as an SVG.
"""

import tempfile
from html import escape
from pathlib import Path

from bard.errors import UsageError
from tests.cli.terminal import SCREEN, Terminal, weigh
from tests.daemon.house import wait_for
from tests.daemon.workshop import LEFT, Workshop

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
PICTURES = ("check", "zero", "mistyped", "pull", "scale", "verify", "accept")
_CELL_W, _LINE_H, _EDGE = 8.4, 17, 12
_PERSON_KG = 72.0


def svg(text: str) -> str:
    """A terminal's text as a picture."""
    width, height = SCREEN[0] * _CELL_W + 2 * _EDGE, SCREEN[1] * _LINE_H + 2 * _EDGE
    lines = [
        f'<text x="{_EDGE}" y="{_EDGE + (row + 0.8) * _LINE_H:.1f}" xml:space="preserve">{escape(line)}</text>'
        for row, line in enumerate(text.splitlines())
        if line.strip()
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">'
    style = 'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" fill="#e6e6e6"'
    back = f'<rect width="{width:.0f}" height="{height:.0f}" rx="6" fill="#1d2126"/>'
    return "\n".join((head, back, f"<g {style}>", *lines, "</g>", "</svg>", ""))


def main() -> None:
    """Play an installer and keep what the screen showed."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bard-") as folder:
        workshop = Workshop(Path(folder))
        terminal = Terminal(Path(folder))
        try:
            workshop.open()
            _play(workshop, terminal)
        finally:
            terminal.close()
            workshop.close()


def _play(workshop: Workshop, terminal: Terminal) -> None:
    done = workshop.bard("calibrate", "begin", "--installer", "A. Fitter", "--support", LEFT, "--capacity", 200)
    if done.returncode:
        raise UsageError(done.stderr)
    terminal.start("--config", workshop.config, "calibrate")
    _keep("check", terminal.shows("[CHECK]", "STILL"))
    terminal.type("")
    terminal.shows("[ZERO]")
    terminal.type("")
    _keep("zero", terminal.shows("READING zero", "[########"))
    terminal.shows("[SPAN]")
    weigh(workshop, terminal, 10, 0.25)
    weigh(workshop, terminal, 20, 0.25)
    weigh(workshop, terminal, 20, 0.75)
    weigh(workshop, terminal, 30, 0.75, typed="35")
    weigh(workshop, terminal, 10, 0.75)
    weigh(workshop, terminal, 40, 0.5)
    _keep("mistyped", text := terminal.shows("NO FIT", "LOOK", "Which load?"))
    number = next(line for line in text.splitlines() if line.endswith("LOOK")).split()[0]
    terminal.answer("Which load?", f"s {number}", "Why shall reading", "30 kg it was")
    terminal.shows("[VERIFY]")
    _pull(workshop, terminal)
    _keep("verify", terminal.shows("[ACCEPT]", "PASS", "accept?"))
    terminal.type("a")
    _keep("accept", terminal.shows("ENDED 0").partition("ENDED")[0])


def _pull(workshop: Workshop, terminal: Terminal) -> None:
    pull_kg = 28.0
    terminal.answer("Which load?", "p")
    _keep("pull", terminal.shows("What does it show when you stand on it"))
    terminal.type(f"{_PERSON_KG:g}")
    terminal.answer("right to within how many percent", "")
    workshop.hang(LEFT, pull_kg, 0.75, sway_kg=0.2)
    terminal.answer("Where on left bar", "r", "More than the pull before", "up")
    done = workshop.look().done
    terminal.answer("Pull and hold?", "")
    wait_for(lambda: workshop.look().done > done, "it is read")
    _keep("scale", terminal.shows("What did the scale show"))
    terminal.type(f"{_PERSON_KG - pull_kg:g}")
    terminal.shows("scale 44 kg")


def _keep(name: str, text: str) -> None:
    (FOLDER / f"{name}.svg").write_text(svg(text))
    print(f"--- {name}\n{text.rstrip()}")


if __name__ == "__main__":
    main()
