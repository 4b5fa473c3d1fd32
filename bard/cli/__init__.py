"""The command line: what a person types, and one plain line when it cannot be done."""

from bard.cli.main import main

__all__ = ["main"]
