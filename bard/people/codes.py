"""Codes for people: pseudonyms that say nothing, short enough to type.

One law: a made code is random, and nothing about a person goes into it.
"""

import re
import secrets
from typing import get_args

from bard.errors import UsageError
from bard.settings import Code

_SIGNS = "2345679CDFGHJKLMNPQRTVWXY"
"""None that is taken for another, and no vowels: they make words."""
_LENGTH = 5
_PATTERN: str = get_args(Code)[1].pattern


def make_code(first: str) -> str:
    """`first` and five signs, a digit among them: 1 in 10 million."""
    while True:
        code = first + "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
        if any(sign.isdigit() for sign in code):
            return code


def checked_code(code: str) -> str:
    """The same. Raises UsageError for what is none."""
    if not re.match(_PATTERN, code):
        raise UsageError(
            f'code "{code}"; allowed: 2 to 24 letters, digits and -, with a digit among them, so that it is no name'
        )
    return code
