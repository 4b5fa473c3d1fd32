"""`python -m bard` is `bard`."""

from bard.cli import main

main()
