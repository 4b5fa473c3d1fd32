"""`bard`, on a machine whose clock is taken to be right, that looks ten times a second for what is due."""

from bard.cli import main
from bard.daemon import app, telling

if __name__ == "__main__":
    telling.clock_trusted = lambda: True
    app._RENEW_CHECK_S = 0.1
    main()
