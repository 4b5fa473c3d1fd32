"""`bard simulate unplugged`: a room of which the cable is soon pulled, for those who cannot wait for the demo's."""

from msgspec import structs

from bard.cli import main
from bard.simulate import SCENARIOS, steady
from bard.simulate.scenario import Unplugged

OUT = Unplugged(8.0, 10.0)

if __name__ == "__main__":
    SCENARIOS["unplugged"] = structs.replace(steady(25.0, "unplugged"), unplugged=(OUT,))
    main()
