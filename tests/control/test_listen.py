from pathlib import Path

import pytest

from bard.control.listen import listen, nobody_listens, unlink_own
from bard.errors import LinkError, Refused


def test_inside_of_it_no_bard_starts_and_after_it_one_does(tmp_path: Path) -> None:
    path = str(tmp_path / "control.sock")
    with nobody_listens(path):
        with pytest.raises(LinkError, match="another bard is starting"):
            listen(path)
        with pytest.raises(Refused, match="bard is starting"), nobody_listens(path):
            pass
    listener, inode = listen(path)
    listener.listen()
    with pytest.raises(Refused, match="not while bard runs"), nobody_listens(path):
        pass
    listener.close()
    with nobody_listens(path), pytest.raises(LinkError, match="mine"):
        raise LinkError("mine")
    unlink_own(path, inode)
    with nobody_listens(str(tmp_path / "no folder yet" / "control.sock")):
        pass
