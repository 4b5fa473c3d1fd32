"""The fake daemon of the control tests."""

from tests.control.conftest import running

__all__ = ["running"]
